"""Rules of orientation: read, expanded, and every mistake of an editor on its line."""

import pytest

from tests.knowledge.small_bank import Content

RULES = """lists:
  fr: {DOSSIER: [dossier, prêt]}
themes: [{theme: frais, when: {fr: [DOSSIER frais]}}]
rules:
  - id: dossier
    leads_to: form
    nature: request
    theme: cartes
    because: {fr: vous parlez d'un dossier}
    when: {fr: [DOSSIER bloqué/coincé, = où en est]}
  - id: detresse
    leads_to: distress
    public_numbers: ["3114"]
    contacts: [service]
    because: {fr: vous nous inquiétez}
    message: {fr: Vous n'êtes pas seul.}
    when: {fr: [veux mourir]}
"""


@pytest.fixture
def ruled(content: Content) -> Content:
    content.write("orientation.yaml", RULES)
    return content


def test_a_bank_without_rules_is_whole(content: Content) -> None:
    report = content.check()
    assert report.problems == ()
    assert report.catalog is not None
    assert report.catalog.rules == ()


def test_rules_are_read_in_order_with_their_lists_expanded(ruled: Content) -> None:
    report = ruled.check()
    assert report.problems == ()
    assert report.catalog is not None
    assert [each.id for each in report.catalog.rules] == ["dossier", "detresse"]
    first = report.catalog.rule("dossier")
    assert first is not None
    assert first.when == {"fr": ("dossier/prêt bloqué/coincé", "= où en est")}
    assert [(each.theme, each.when) for each in report.catalog.theme_words] == [
        ("frais", {"fr": ("dossier/prêt frais",)})
    ]
    number = report.catalog.public_number("3114")
    assert number is not None
    assert number.name["fr"] == "Prévention du suicide"


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("leads_to: form", "leads_to: forms", "bad-value", 6),
        ("    nature: request\n", "", "missing-key", 5),
        ("nature: request", "nature: urgent", "unknown-form", 7),
        ("theme: cartes", "theme: carte", "unknown-theme", 8),
        ("because: {fr: vous parlez", "because: {fr: Vous parlez", "because-form", 9),
        ("vous parlez d'un dossier", "vous parlez " + "x" * 120, "because-long", 9),
        ("DOSSIER bloqué/coincé", "DOSSIERS bloqué", "unknown-list", 10),
        ("DOSSIER bloqué/coincé", "DOSSIER bloqué / coincé", "bad-value", 10),
        ("DOSSIER bloqué/coincé", "cb", "phrase-too-wide", 10),
        ("id: detresse", "id: dossier", "duplicate-id", 11),
        ('["3114"]', '["3115"]', "unknown-short-number", 13),
        ('    public_numbers: ["3114"]\n', "", "missing-key", 11),
        ("contacts: [service]", "contacts: [servic]", "unknown-contact", 14),
        ("leads_to: distress", "leads_to: urgent\n    nature: request", "", 0),
        ("veux mourir", "bloqué/coincé dossier", "", 0),
        ("veux mourir", "bloqué/coincé DOSSIER", "duplicate-phrase", 17),
        ("    when: {fr: [veux mourir]}\n", "", "rule-never-met", 11),
        ("when: {fr: [veux mourir]}", "asked: {fr: [acheter or, lingots, cours]}", "bad-value", 17),
        ("when: {fr: [veux mourir]}", "asked: {fr: [acheter or, lingots, once, napoléon, cours]}", "", 0),
        ("theme: frais", "theme: fraix", "unknown-theme", 3),
        ("[DOSSIER frais]", "[DOSIER frais]", "unknown-list", 3),
        ("Vous n'êtes pas seul.", "Appelez le 01 99 00 99 99.", "unknown-number", 16),
    ],
)
def test_a_mistake_is_explained_on_its_line(ruled: Content, old: str, new: str, code: str, line: int) -> None:
    assert old in RULES
    ruled.write("orientation.yaml", RULES.replace(old, new))
    found = [(each.code, each.line) for each in ruled.check().problems if each.file == "orientation.yaml"]
    assert found == ([(code, line)] if code else [])


def test_an_urgent_rule_names_someone_who_has_a_telephone(ruled: Content) -> None:
    urgent = RULES.replace("leads_to: distress", "leads_to: urgent").replace("[service]", "[message]")
    ruled.write("orientation.yaml", urgent)
    assert [each.code for each in ruled.check().problems] == ["urgent-without-phone"]
