"""Every mistake an editor can make: found, placed on its line, explained."""

import json
import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.knowledge.small_bank import TODAY, Content
from webapp.knowledge.check import check

CARD = "fr/cartes/carte-perdue.md"
FEES = "fr/frais/frais-carte.md"
ENGLISH = "en/cartes/lost-card.md"
Codes = Callable[[], list[str]]


def test_good_content_gives_a_catalog_and_no_problem(content: Content) -> None:
    report = content.check()
    assert report.problems == ()
    assert report.catalog is not None
    article = report.catalog.article("fr", "carte-perdue")
    assert article is not None
    assert article.urgent
    assert article.next_step is not None
    assert article.next_step.id == "opposition"
    assert '<a href="/questions/frais-carte">' in article.html
    assert '<a href="/ecrire/demande">' in article.html
    assert 'href="tel:+33199001010"' in article.html
    assert report.catalog.site.bank.name == "Banque Essai"


NEW_THEME = "  - {id: prets, slug: {fr: prets}, title: {fr: Prêts}, summary: {fr: Vos prêts}}\n"
PARTNER = 'partners:\n  - {{id: a, name: A, forms: top, origins: ["{}"]}}\n'
PREVIEW_PARTNER = PARTNER.format("https://a.example").replace("id: a", "id: apercu")
SPOILED = [
    (CARD, "owner: Monétique", "owner: a : b", "yaml", 11),
    (CARD, "urgent: true", "urgant: true", "unknown-key", 7),
    (CARD, "owner: Monétique\n", "", "missing-key", 2),
    (CARD, "urgent: true", "urgent: peut-être", "bad-type", 7),
    (CARD, "owner: Monétique", "owner: no", "needs-quotes", 11),
    (CARD, "owner: Monétique", "owner:", "empty-value", 11),
    (CARD, "summary: Faites", "summary: F #", "bad-value", 3),
    (CARD, "g perdu ma cb, ", "", "bad-value", 4),
    (CARD, "reviewed: 2026-10-12", "reviewed: 12/10/2026", "bad-value", 12),
    (CARD, "reviewed: 2026-10-12", "reviewed: 2026-02-30", "bad-date", 12),
    (CARD, "review_by: 2027-10-12", "review_by: 2026-01-12", "review-order", 13),
    (CARD, "review_by: 2027-10-12", "review_by: 2026-11-12", "review-expired", 13),
    (CARD, "review_by: 2027-10-12", "review_by: 2026-12-12", "review-soon", 13),
    (CARD, "reviewed: 2026-10-12", "reviewed: 2026-12-12", "reviewed-later", 12),
    (CARD, "related: [frais-carte]", "related: [frais-cartes]", "unknown-article", 8),
    (CARD, "related: [frais-carte]", "related: [carte-perdue]", "related-self", 8),
    (CARD, "redirects: [opposition-carte]", "redirects: [frais-carte]", "redirect-collides", 9),
    (CARD, "contact: opposition", "contact: oposition", "unknown-contact", 6),
    (CARD, "contact: opposition", "contact: form:plainte", "unknown-form", 6),
    (FEES, "prix carte", "Carte volée hier SOIR !", "duplicate-phrasing", 4),
    (CARD, "(article:frais-carte)", "(article:frais)", "unknown-article", 19),
    (CARD, "(form:request)", "(form:plainte)", "unknown-form", 19),
    (CARD, "(form:request)", "(theme:prets)", "unknown-theme", 19),
    (CARD, "(form:request)", "(page:accueil)", "unknown-page", 19),
    (CARD, "(form:request)", "(contact:mediateur)", "unknown-contact", 19),
    (CARD, "jour et nuit. Après", "au 09 99 99 99 99. Après", "unknown-number", 3),
    (CARD, "## Ensuite", "### Ensuite", "heading-skipped", 17),
    ("site.yaml", "legal:", f"{PARTNER.format('https://a.example/x')}legal:", "bad-value", 13),
    ("site.yaml", "legal:", f"{PARTNER.format('https://*.a.example')}legal:", "bad-value", 13),
    ("site.yaml", "legal:", f"{PARTNER.format('http://a.example')}legal:", "bad-value", 13),
    ("site.yaml", "legal:", f"{PREVIEW_PARTNER}legal:", "reserved-partner", 13),
    (CARD, "## Ensuite", "Un <b>mot</b>", "raw-html", 17),
    (ENGLISH, "translates: carte-perdue", "translates: carte-volee", "unknown-article", 8),
    (ENGLISH, "translates: carte-perdue\n", "", "missing-key", 2),
    ("fr/pages/legal.md", "title: Mentions légales", "titre: Mentions légales", "unknown-key", 2),
    ("site.yaml", "urgent_strip: [opposition]", "urgent_strip: [oposition]", "unknown-contact", 11),
    ("site.yaml", "fr: [carte-perdue]", "fr: [carte-volee]", "unknown-article", 9),
    ("site.yaml", "logo: logo.svg", "logo: autre.svg", "missing-logo", 4),
    ("site.yaml", 'accent: "#0b5c7a"', 'accent: "#7cc7e0"', "contrast", 5),
    ("site.yaml", 'accent_dark: "#7cc7e0"', 'accent_dark: "#0b5c7a"', "contrast", 5),
    ("site.yaml", 'accent: "#0b5c7a"', "accent: bleu", "bad-value", 5),
    ("site.yaml", "value: 01 99 00 10 10", "value: 01 99 00 10 99", "unknown-number", 14),
    ("site.yaml", "id: frais,", "id: cartes,", "duplicate-id", 8),
    ("site.yaml", "most_asked:", NEW_THEME + "most_asked:", "empty-theme", 9),
    ("contacts.yaml", "price: {fr: Gratuit}", "price: {fr: Gratuit, sinon payant}", "unknown-key", 9),
    ("contacts.yaml", "price: {fr: Gratuit}", "price: {fr: Gratuit au 0899 99 99 99}", "unknown-number", 9),
    ("contacts.yaml", "form: request", "form: complaint", "unknown-form", 20),
    ("contacts.yaml", 'mon-fri: "08:30-19:00"', 'lun-ven: "08:30-19:00"', "bad-value", 17),
    ("contacts.yaml", 'mon-fri: "08:30-19:00"', "mon-fri: 10:30", "needs-quotes", 17),
    ("contacts.yaml", '"08:30-19:00"', '"08h30-19h"', "bad-value", 17),
    ("contacts.yaml", '"08:30-19:00"', '"19:00-08:30"', "hours-order", 17),
    ("contacts.yaml", "09:00-12:30, 13:30", "09:00-12:30, 12:00", "hours-overlap", 17),
    ("contacts.yaml", "sat:", "fri:", "hours-day-twice", 17),
    ("contacts.yaml", "mon-fri:", "fri-mon:", "hours-days", 17),
    ("contacts.yaml", "to: 2026-12-24", "to: 2026-12-23", "closure-order", 19),
    ("contacts.yaml", "hours: {always: true}", "hours: {holidays: open}", "bad-value", 10),
    ("contacts.yaml", "id: service", "id: opposition", "duplicate-id", 11),
    ("contacts.yaml", '    phone: "01 99 00 10 30"\n', "", "missing-key", 11),
    ("branches.yaml", 'postcode: "67000"', "postcode: 67000", "needs-quotes", 5),
    ("branches.yaml", "id: saint-etienne", "id: strasbourg-kleber", "duplicate-id", 9),
    ("forms.yaml", "phone_first: [opposition]", "phone_first: [fraude]", "unknown-contact", 6),
    ("forms.yaml", "id: what", "id: message", "duplicate-field", 9),
    ("forms.yaml", ", choices: [{id: a, label: {fr: A}}, {id: b, label: {fr: B}}]", "", "missing-key", 9),
    ("synonyms.yaml", "[carte, cb]", "[carte, cb]\n  - [cb, visa]", "synonym-twice", 3),
    ("assets/logo.svg", "<rect", "<script/><rect", "bad-image", 0),
    ("assets/logo.svg", "<rect", '<rect onload="x()"', "bad-image", 0),
    ("assets/logo.svg", "<rect", '<image href="https://a.example/x"/><rect', "bad-image", 0),
    ("assets/logo.svg", "<svg", "<!DOCTYPE svg><svg", "bad-image", 0),
]


@pytest.mark.parametrize(("file", "old", "new", "code", "line"), SPOILED)
def test_a_mistake_is_found_on_its_line(content: Content, file: str, old: str, new: str, code: str, line: int) -> None:
    content.change(file, old, new)
    problem = content.only(code)
    assert (problem.file, problem.line) == (file, line)
    assert problem.message.endswith((".", "»"))
    assert problem.hint
    blocking = any(each.severity == "error" for each in content.check().problems)
    assert (content.check().catalog is None) == blocking


def test_an_expired_review_warns_and_blocks_nothing(content: Content) -> None:
    report = check(content.root, date(2028, 1, 1))
    assert {each.code for each in report.errors} == set()
    assert [each.code for each in report.warnings] == ["review-expired"] * 3
    assert report.catalog is not None
    article = report.catalog.article("fr", "carte-perdue")
    assert article is not None
    assert article.review_by == "2027-10-12"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("contact: oposition", "opposition"), ("contact: servise", "service"), ("contact: mesage", "message")],
)
def test_a_near_miss_is_suggested(content: Content, typed: str, meant: str) -> None:
    content.change(CARD, "contact: opposition", typed)
    assert content.only("unknown-contact").hint == f"Vouliez-vous dire « {meant} » ?"


def test_a_required_page_must_exist_in_every_language(content: Content) -> None:
    (content.root / "en/pages/legal.md").unlink()
    problem = content.only("missing-page")
    assert (problem.file, problem.line) == ("site.yaml", 10)
    assert problem.hint == "Créez en/pages/legal.md."


def test_the_same_redirect_in_two_articles(content: Content) -> None:
    content.change(FEES, "owner:", "redirects: [opposition-carte]\nowner:")
    assert content.only("duplicate-redirect").file == FEES


def test_the_same_slug_in_two_themes(content: Content) -> None:
    text = (content.root / FEES).read_text(encoding="utf-8")
    content.write(
        "fr/frais/carte-perdue.md", text.replace("prix carte, combien la cb, tarif carte bancaire", "a, b, c")
    )
    assert content.only("duplicate-slug").message.endswith("est déjà celle de fr/cartes/carte-perdue.md.")


def test_a_translation_given_twice(content: Content) -> None:
    text = (content.root / ENGLISH).read_text(encoding="utf-8")
    text = text.replace("I have lost my card. What should I do?", "Where is it?")
    content.write("en/cartes/other-card.md", text.replace("lost my card, card stolen, cannot find my card", "d, e, f"))
    assert content.only("duplicate-translation").file == "en/cartes/other-card.md"


def test_an_image_and_its_description(content: Content) -> None:
    content.write("assets/plan.png", b"\x89PNG\r\n\x1a\n" + b"0" * 50)
    content.body("![Plan de la carte](plan.png)\n\n" + "Un mot. " * 70)
    report = content.check()
    assert report.problems == ()
    assert report.catalog is not None
    published = report.catalog.images["plan.png"]
    article = report.catalog.article("fr", "frais-carte")
    assert article is not None
    assert f'src="/images/{published}" alt="Plan de la carte"' in article.html
    content.change(FEES, "plan.png", "plant.png")
    assert content.only("missing-image").hint == "Vouliez-vous dire « plan.png » ?"


def test_an_image_that_is_something_else(content: Content) -> None:
    content.write("assets/plan.png", b"<html><script>")
    content.write("assets/notice.pdf", b"%PDF")
    assert [each.file for each in content.check().errors] == ["assets/notice.pdf", "assets/plan.png"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "front-matter"),
        (b"Bonjour", "front-matter"),
        (b"---\nquestion: x\n", "front-matter"),
        ("---\nquestion: é\n---\n".encode("latin-1"), "encoding"),
        (b"---\n\x00\x01\x89PNG\xff", "binary"),
        (b"---\nquestion: \x07\n---\n", "control-character"),
        (b"x" * 200_001, "too-big"),
        (b"\n" * 10_000_000, "too-big"),
        (b"---\n" + b"[" * 150_000 + b"\n---\n", "yaml-deep"),
        (b"---\n- a\n- b\n---\ntexte", "bad-type"),
        (b"---\ntexte\n---\ntexte", "bad-type"),
        (b"---\n---\ntexte", "empty"),
    ],
)
def test_a_file_that_is_no_article(content: Content, data: bytes, code: str) -> None:
    content.write("fr/cartes/essai.md", data)
    problem = content.only(code)
    assert problem.file == "fr/cartes/essai.md"
    assert {each.file for each in content.check().errors} == {"fr/cartes/essai.md"}  # the others are not blamed


def test_windows_line_ends_and_a_byte_order_mark_are_welcome(content: Content) -> None:
    text = (content.root / CARD).read_bytes()
    content.write(CARD, b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))
    assert content.check().problems == ()


def test_a_symbolic_link_never_publishes_another_file(content: Content, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text((content.root / CARD).read_text(encoding="utf-8"), encoding="utf-8")
    (content.root / "fr/cartes/copie.md").symlink_to(tmp_path / "secret.md")
    assert content.only("unreadable").file == "fr/cartes/copie.md"


def test_a_pipe_does_not_hang_the_check(content: Content) -> None:
    os.mkfifo(content.root / "fr/cartes/tuyau.md")
    assert content.only("unreadable").message == "Ce n'est pas un fichier ordinaire."


def test_files_out_of_place_are_told_and_editors_backups_ignored(content: Content, codes: Codes) -> None:
    for name in ("fr/cartes/.carte.md.swp", "fr/cartes/carte.md~", "fr/.DS_Store"):
        content.write(name, "x")
    assert codes() == []
    content.write("fr/perdu.md", "x")
    content.write("fr/cartes/notes.txt", "x")
    content.write("fr/carte/essai.md", "x")
    content.write("fr/cartes/Un Titre.md", "x")
    content.write("fr/pages/legale.md", "x")
    assert sorted(codes()) == ["bad-slug", "stray-file", "stray-file", "unknown-page", "unknown-theme"]


def test_a_missing_file_and_a_missing_folder(content: Content, tmp_path: Path) -> None:
    (content.root / "forms.yaml").unlink()
    assert content.only("missing-file").file == "forms.yaml"
    assert [each.code for each in check(tmp_path / "nowhere", TODAY).problems] == ["missing-folder"]


def test_a_broken_contacts_file_does_not_blame_the_articles(content: Content) -> None:
    content.write("contacts.yaml", "contact_points: [")
    assert {each.file for each in content.check().errors} == {"contacts.yaml"}


def test_a_broken_site_file_still_lets_articles_be_checked(content: Content) -> None:
    content.write("site.yaml", "bank: [")
    content.change(CARD, "(article:frais-carte)", "(article:frais)")
    assert {each.code for each in content.check().errors} == {"yaml", "unknown-article"}


def test_the_report_reads_well_in_a_terminal(content: Content) -> None:
    content.change(CARD, "contact: opposition", "contact: oposition")
    content.change(FEES, "review_by: 2027-10-12", "review_by: 2026-11-12")
    assert content.check().as_text() == (
        "fr/cartes/carte-perdue.md\n"
        "     ligne 6  erreur  Le point de contact « oposition » n'est pas dans contacts.yaml.\n"
        "              → Vouliez-vous dire « opposition » ?\n"
        "\n"
        "fr/frais/frais-carte.md\n"
        "     ligne 7  conseil  Ce texte devait être relu avant le 2026-11-12.\n"
        "              → Relisez-le, puis avancez « reviewed » et « review_by ».\n"
        "\n"
        "1 erreur, 1 conseil. Le contenu ne peut pas être publié : corrigez les erreurs."
    )
    assert "\033[31;1merreur\033[0m" in content.check().as_text(colour=True)


def test_the_report_for_machines(content: Content) -> None:
    content.change(CARD, "contact: opposition", "contact: oposition")
    report = json.loads(content.check().as_json())
    assert (report["errors"], report["warnings"]) == (1, 0)
    assert report["problems"][0] == {
        "file": CARD,
        "line": 6,
        "severity": "error",
        "code": "unknown-contact",
        "message": "Le point de contact « oposition » n'est pas dans contacts.yaml.",
        "hint": "Vouliez-vous dire « opposition » ?",
    }


def test_the_same_content_has_the_same_version_and_any_byte_changes_it(content: Content) -> None:
    first, again = content.check().catalog, content.check().catalog
    assert first is not None
    assert first == again
    content.change("assets/favicon.svg", 'r="4"', 'r="5"')
    other = content.check().catalog
    assert other is not None
    assert other.version != first.version


NAMES = [
    "site.yaml",
    "contacts.yaml",
    "branches.yaml",
    "forms.yaml",
    "synonyms.yaml",
    CARD,
    ENGLISH,
    "fr/pages/legal.md",
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(NAMES),
    at=st.floats(0, 1),
    cut=st.integers(0, 40),
    put=st.one_of(
        st.binary(max_size=12), st.sampled_from([b"\n", b": ", b"- ", b"[", b"{", b"'", b"null", b"[]", b"1"])
    ),
)
def test_whatever_is_done_to_a_file_the_check_never_raises(
    content: Content, name: str, at: float, cut: int, put: bytes
) -> None:
    path = content.root / name
    good = path.read_bytes()
    place = int(at * len(good))
    path.write_bytes(good[:place] + put + good[place + cut :])
    try:
        report = content.check()
    finally:
        path.write_bytes(good)
    assert (report.catalog is None) == bool(report.errors)
    assert all(each.message and each.hint for each in report.problems)


def test_120_articles_are_checked_within_two_seconds(content: Content) -> None:
    text = (content.root / FEES).read_text(encoding="utf-8")
    for number in range(120):
        changed = text.replace("Combien coûte", f"N° {number} coûte").replace("prix carte", f"prix {number}")
        changed = changed.replace("combien la cb", f"combien {number}").replace("tarif carte", f"tarif {number}")
        content.write(f"fr/frais/article-{number}.md", changed)
    start = time.process_time()
    assert content.check().problems == ()
    assert time.process_time() - start < 2
