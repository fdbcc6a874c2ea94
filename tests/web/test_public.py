"""What a visitor reads on the public pages."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import brotli
import pytest
from flask import Flask

from tests.web.conftest import MORNING, SITE, Visit, plain
from webapp import create_app
from webapp.knowledge.shelf import Edition
from webapp.settings import Settings

Visitor = Callable[..., Visit]


def test_home_begins_with_the_question_and_shows_the_urgent_numbers(visit: Visitor) -> None:
    page = visit("/")
    assert plain(page.soup.h1.get_text()) == "Quelle est votre question ?"
    assert page.soup.select_one("form[role=search] input[name=q]")
    assert [link["href"] for link in page.soup.select(".urgent-strip a")] == ["tel:0199001010", "tel:0199001020"]
    assert len(page.soup.select(".themes a")) == 13
    assert len(page.soup.select(".questions a")) == 7
    assert "Ouvert, ferme à 19 h" in page.main


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 24, 19, 0, tzinfo=UTC), "Fermé, ouvre demain à 8 h 30"),
        (datetime(2026, 11, 28, 13, 0, tzinfo=UTC), "Fermé, ouvre lundi à 8 h 30"),
        (datetime(2026, 12, 25, 9, 0, tzinfo=UTC), "Fermé (jour férié), ouvre demain à 9 h"),
    ],
)
def test_the_state_of_the_phone_is_that_of_the_moment(settings: Settings, moment: datetime, words: str) -> None:
    client = create_app(settings, clock=lambda: moment).test_client()
    assert words in Visit(client.get("/")).main
    assert words in Visit(client.get("/contact")).main


def test_a_kept_page_changes_when_the_phone_closes(settings: Settings) -> None:
    now = [datetime(2026, 11, 24, 17, 59, 30, tzinfo=UTC)]  # 18:59:30 in Paris
    client = create_app(settings, clock=lambda: now[0]).test_client()
    before = client.get("/")
    assert "ferme à 19 h" in Visit(before).main
    assert before.headers["Cache-Control"] == "public, max-age=30"
    now[0] = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
    assert "Fermé, ouvre demain à 8 h 30" in Visit(client.get("/")).main


def test_an_urgent_article_begins_with_the_number_to_call(visit: Visitor) -> None:
    page = visit("/questions/carte-perdue-ou-volee")
    first = page.soup.select_one("main article > *")
    assert first is not None
    assert "Appelez maintenant : carte perdue ou volée" in plain(first.get_text(" "))
    assert first.select_one('a[href="tel:0199001010"]')
    assert "Ouvert 24 h sur 24" in first.get_text(" ").replace("\u00a0", " ")


def test_an_article_ends_with_sources_review_opinion_next_step_and_related(visit: Visitor) -> None:
    page = visit("/questions/comprendre-les-agios")
    assert page.texts(".sources li")
    assert "Réponse vérifiée le" in page.main
    form = page.soup.select_one(".opinion form")
    assert form is not None
    assert (form["method"], form["action"]) == ("post", "/questions/comprendre-les-agios/avis")
    answers = [button["value"] for button in form.select("button[name=answer]")]
    assert answers == ["useful", "unclear", "incomplete", "wrong", "person"]
    assert "Et maintenant ?" in page.main
    assert page.soup.select(".article-side .questions a")


def test_an_article_past_its_review_says_so(settings: Settings) -> None:
    client = create_app(settings, clock=lambda: datetime(2030, 1, 2, tzinfo=UTC)).test_client()
    page = Visit(client.get("/questions/comprendre-les-agios"))
    assert "Cette réponse devait être relue avant le" in page.main
    assert "Vérifiez auprès de nous" in page.main


def test_an_old_address_leads_to_the_article_for_good(visit: Visitor) -> None:
    moved = visit("/questions/opposition-carte")
    assert (moved.status, moved.headers["Location"]) == (301, "/questions/carte-perdue-ou-volee")


def test_the_contact_page_shows_every_point_with_what_a_caller_needs(visit: Visitor, edition: Edition) -> None:
    page = visit("/contact")
    for point in edition.catalog.contact_points:
        section = page.soup.find(id=point.id)
        assert section is not None, point.id
        text = plain(section.get_text(" "))
        assert plain(point.name["fr"]).replace("'", "’") in text
        assert not point.phone or point.phone in text
        assert not point.price or "Prix" in text
        assert not point.prepare or "À préparer" in text
        assert not point.hours or "Ouvert" in text
        assert not point.hours or point.hours.always or section.select("table.hours tr")
    assert {"tel:112", "tel:3114"} <= set(page.links())


def test_branches_are_found_by_town_or_postcode_and_never_by_a_dead_end(visit: Visitor) -> None:
    assert visit("/agences?q=strasbourg").texts(".branch-list h3") == ["Strasbourg Kléber"]
    assert visit("/agences?q=67000").texts(".branch-list h3") == ["Strasbourg Kléber"]
    nothing = visit("/agences?q=atlantis")
    assert "Aucune agence pour « atlantis »" in nothing.main
    assert len(nothing.texts(".branch-list li")) == len(visit("/agences").texts(".branch-list li")) == 25


def test_a_branch_in_alsace_knows_its_own_holidays(visit: Visitor) -> None:
    page = visit("/agences/strasbourg-kleber")
    assert "samedi 26 décembre" in page.main
    assert page.soup.select_one('a[href="tel:0353012010"]')


def test_search_answers_first_and_raises_the_urgent_number(visit: Visitor) -> None:
    page = visit("/recherche?q=j%27ai+perdu+ma+cb")
    assert "Cela semble urgent" in page.main
    assert page.main.index("01 99 00 10 10") < page.main.index("ou on me l’a volée")
    assert page.soup.select_one(".results li h3 a")["data-article"] == "carte-perdue-ou-volee"  # type: ignore[index]


def test_search_without_a_result_offers_themes_people_and_the_form_with_the_question(visit: Visitor) -> None:
    page = visit("/recherche?q=zzzz+qqqqq&theme=cartes")
    assert "Nous n’avons pas trouvé de réponse" in page.main
    assert len(page.soup.select(".themes a")) == 13
    assert page.soup.select_one('.reach a[href="tel:0199001030"]')
    form = page.soup.select_one("form[method=post]")
    assert form is not None
    assert form["action"] == "/ecrire/question"
    carried = {field["name"]: field["value"] for field in form.select("input")}
    assert carried == {"step": "start", "message": "zzzz qqqqq", "theme": "cartes"}


def test_a_question_is_shown_as_text_whatever_it_holds(visit: Visitor) -> None:
    page = visit('/recherche?q=<script>alert(1)</script>"onx=1')
    assert page.soup.select_one("input[name=q]")["value"] == '<script>alert(1)</script>"onx=1'  # type: ignore[index]
    assert all(
        script.get("src") or script.get("type") == "application/ld+json" for script in page.soup.select("script")
    )


def test_results_travel_compressed_and_forms_do_not(client: Any) -> None:
    asked = client.get("/recherche?q=carte", headers={"Accept-Encoding": "gzip, br"})
    assert asked.headers["Content-Encoding"] == "br"
    assert "carte" in brotli.decompress(asked.data).decode()
    assert int(asked.headers["Content-Length"]) == len(asked.data) < 6_000
    assert "Content-Encoding" not in client.get("/recherche?q=carte").headers
    form = client.get("/ecrire/question", headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in form.headers  # a stamp beside a visitor's words: see pages.pressed


def test_suggestions_are_a_fragment_of_links(visit: Visitor) -> None:
    page = visit("/recherche/suggestions?q=plafond+car")
    assert "<html" not in page.html
    assert all(each.startswith("/questions/") for each in page.links())
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert visit("/recherche/suggestions?q=").html.strip() == ""


def test_what_is_typed_and_cannot_wait_has_its_number_before_the_suggestions(visit: Visitor) -> None:
    page = visit("/recherche/suggestions?q=on+m%27a+vol%C3%A9+ma+carte")
    assert page.links()[0] == "tel:0199001010"
    assert page.links()[1].startswith("/questions/")
    assert "Cela semble urgent. Carte perdue ou volée" in page.html
    distress = visit("/recherche/suggestions?q=je+veux+mourir").links()
    assert distress == ["tel:3114", "tel:112"], "and nothing about something else"
    assert not any(each.startswith("tel:") for each in visit("/recherche/suggestions?q=virement").links())


def test_a_person_is_two_clicks_away_on_every_page(visit: Visitor) -> None:
    for path in (
        "/",
        "/themes/",
        "/themes/cartes",
        "/questions/comprendre-les-agios",
        "/recherche?q=x",
        "/agences",
        "/nope",
    ):
        page = visit(path)
        assert page.soup.select_one('header a[href="/contact"]'), path
        assert page.soup.select_one('footer a[href="/contact"]'), path
        assert page.soup.select_one(".urgent-strip a[href^=tel]"), path


def test_each_language_leads_to_the_same_page_in_the_other(visit: Visitor, edition: Edition) -> None:
    english = next(each for each in edition.catalog.articles if each.language == "en")
    french = visit(f"/questions/{english.translates}")
    assert french.soup.select_one("a.language")["href"] == f"/en/questions/{english.slug}"  # type: ignore[index]
    back = visit(f"/en/questions/{english.slug}")
    assert back.soup.html["lang"] == "en"  # type: ignore[index]
    assert back.soup.select_one("a.language")["href"] == f"/questions/{english.translates}"  # type: ignore[index]
    alternates = {link["hreflang"]: link["href"] for link in back.soup.select("link[hreflang]")}
    assert alternates["fr"] == alternates["x-default"] == f"{SITE}/questions/{english.translates}"


def test_a_page_without_translation_switches_to_the_home_of_the_other_language(
    visit: Visitor, edition: Edition
) -> None:
    translated = {each.translates for each in edition.catalog.articles}
    only = next(each for each in edition.catalog.articles if each.language == "fr" and each.slug not in translated)
    page = visit(f"/questions/{only.slug}")
    assert page.soup.select_one("a.language")["href"] == "/en/"  # type: ignore[index]
    assert not page.soup.select("link[hreflang]")
    assert page.soup.select_one("link[rel=canonical]")["href"] == f"{SITE}/questions/{only.slug}"  # type: ignore[index]


@pytest.mark.parametrize(
    "path", ["/", "/contact", "/questions/carte-perdue-ou-volee", "/agences/paris-opera", "/themes/cartes"]
)
def test_structured_data_is_json_with_a_known_type(visit: Visitor, path: str) -> None:
    found = [
        json.loads(script.string or "") for script in visit(path).soup.select('script[type="application/ld+json"]')
    ]
    assert found
    assert all(each["@context"] == "https://schema.org" for each in found)
    types = {each["@type"] for each in found}
    assert types <= {"BankOrCreditUnion", "FAQPage", "BreadcrumbList"}


def test_a_branch_tells_its_hours_to_machines(visit: Visitor) -> None:
    data: dict[str, Any] = json.loads(visit("/agences/paris-opera").soup.select_one("script").string or "")  # type: ignore[union-attr]
    assert {
        "@type": "OpeningHoursSpecification",
        "dayOfWeek": ["Saturday"],
        "opens": "09:30",
        "closes": "13:00",
    } in data["openingHoursSpecification"]


def test_every_page_has_one_h1_and_no_skipped_level(visit: Visitor) -> None:
    paths = ("/", "/themes/", "/themes/cartes", "/questions/carte-perdue-ou-volee", "/recherche?q=carte", "/contact")
    for path in (*paths, "/agences", "/agences/paris-opera", "/comptes-officiels", "/nope", "/ecrire", "/en/"):
        page = visit(path)
        levels = [int(each.name[1]) for each in page.soup.select("main h1, main h2, main h3, main h4")]
        assert levels.count(1) == 1, path
        inside = levels[levels.index(1) :]
        assert all(after - before <= 1 for before, after in pairwise(inside)), (path, levels)
        assert page.soup.title.get_text(), path  # type: ignore[union-attr]
        ids = [each["id"] for each in page.soup.select("[id]")]
        assert len(ids) == len(set(ids)), path


def test_site_map_lists_every_article_once(visit: Visitor, client: Any, edition: Edition) -> None:
    text = client.get("/sitemap.xml").get_data(as_text=True)
    for article in edition.catalog.articles:
        prefix = "" if article.language == "fr" else f"/{article.language}"
        assert text.count(f"<loc>{SITE}{prefix}/questions/{article.slug}</loc>") == 1
    assert f"Sitemap: {SITE}/sitemap.xml" in visit("/robots.txt").html


def test_every_link_of_every_page_answers(app: Flask, client: Any) -> None:
    seen, waiting = set(), ["/", "/en/"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        response = client.get(path)
        assert response.status_code == 200, path
        if "text/html" in response.content_type:
            page = Visit(response)
            found = [*page.links(), *(each["src"] for each in page.soup.select("[src]"))]
            found += [each["href"] for each in page.soup.select("link[href]")]
            for link in (str(each).split("#")[0].removeprefix(SITE) for each in found):
                if link.startswith("/"):
                    waiting.append(link)
    assert len(seen) > 150


def test_fragments_that_pages_link_to_exist(visit: Visitor, edition: Edition) -> None:
    ids = {each["id"] for each in visit("/contact").soup.select("[id]")}
    for article in edition.catalog.articles:
        for link in Visit.links_of(article.html):
            if link.startswith("/contact#"):
                assert link.removeprefix("/contact#") in ids


def test_files_are_immutable_under_the_digest_of_their_bytes(visit: Visitor) -> None:
    page = visit("/")
    style = page.soup.select_one("link[rel=stylesheet]")["href"]  # type: ignore[index]
    script = page.soup.select_one("script[src]")["src"]  # type: ignore[index]
    for path in (str(style), str(script), str(page.soup.select_one("header img")["src"])):  # type: ignore[index]
        assert visit(path).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    old = visit("/style-000000000000.css")
    assert (old.status, old.headers["Cache-Control"]) == (200, "no-cache")
    assert visit("/static/x/js/../../../wsgi.py").status == 404


def test_the_home_page_is_light(client: Any) -> None:
    """≤ 45 kB and ≤ 6 requests on the wire, favicon included (issue 2, section 7)."""
    page = Visit(client.get("/"))
    files = [str(each["href"]) for each in page.soup.select("link[rel=stylesheet], link[rel=icon]")]
    files += [str(each["src"]) for each in page.soup.select("script[src], img[src]")]
    sizes = [len(client.get(path, headers={"Accept-Encoding": "br"}).data) for path in ("/", *files)]
    assert len(sizes) <= 6
    assert sum(sizes) + 700 * len(sizes) <= 45_000  # about 700 bytes of headers each


def test_the_bank_changes_its_colours_in_its_content_alone(settings: Settings, edition: Edition) -> None:
    from webapp.web import assets

    other = assets.style_sheet(
        type(edition.catalog.site.colours)(
            accent="#663399", accent_dark="#d0b0ff", urgent="#aa0000", urgent_dark="#ffaaaa"
        )
    ).decode()
    assert "--accent:#663399" in other
    assert edition.catalog.site.colours.accent not in other


def test_no_page_depends_on_a_cookie_or_a_header(settings: Settings) -> None:
    made = create_app(replace(settings), clock=lambda: MORNING).test_client()
    plain_answer = made.get("/contact").data
    odd = {"Cookie": "a=b", "Accept-Language": "de", "User-Agent": "odd", "Referer": "https://x.example/"}
    other = create_app(replace(settings), clock=lambda: MORNING).test_client()
    assert other.get("/contact", headers=odd).data == plain_answer
