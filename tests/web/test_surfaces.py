"""A partner's frame: the same pages, carried there whole; who may frame what; where forms open."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.web.conftest import MORNING, SITE, Visit
from tests.web.test_contact import GOOD, old_stamp
from webapp import create_app
from webapp.knowledge.shelf import Edition
from webapp.settings import Settings
from webapp.tables import opinion, ticket
from webapp.web.addresses import every_page
from webapp.web.routes import SPOKEN, UNFRAMED
from webapp.web.surfaces import Surface, carry, leaves, widget

OURS = "/integration/rivage"
THEIRS = "/integration/maison-des-aidants"
FROM_THEM = "depuis=widget.maison-des-aidants"
SAME = {"Sec-Fetch-Site": "same-origin"}
FRAME = Surface("widget", "p", "/integration/p", ("https://p.example",), "frame")
TOP = replace(FRAME, forms="top")


def test_every_link_and_form_of_every_framed_page_stays_inside_or_opens_a_tab(
    visit: Callable[..., Visit], edition: Edition
) -> None:
    paths = [path for page in every_page(edition.catalog) for path in page.values()]
    assert len(paths) > 150
    for path in [*paths, "/recherche?q=carte", "/en/search?q=card", "/ecrire", "/en/write/complaint", "/nope"]:
        page = visit(OURS + path)
        assert page.soup.body["class"] == ["framed"], path
        for tag in page.soup.select("a[href], form[action]"):
            address = str(tag.get("href") or tag.get("action"))
            inside = address.startswith((f"{OURS}/", "#", "tel:"))
            assert inside or tag.get("target") == "_blank", (path, address)
            assert not (inside and tag.get("target")), (path, address)
        for tag in page.soup.select("[data-answers], [data-suggestions]"):
            assert str(tag.get("data-answers") or tag.get("data-suggestions")).startswith(f"{OURS}/"), path


def test_links_inside_a_frame_lead_to_pages(visit: Callable[..., Visit]) -> None:
    seen: set[str] = set()
    for path in (f"{OURS}/", f"{OURS}/en/", f"{THEIRS}/contact", f"{OURS}/questions/carte-perdue-ou-volee"):
        page = visit(path)
        seen |= {href.partition("#")[0] for href in page.links() if href.startswith("/")}
    assert len(seen) > 40
    for path in sorted(seen):
        assert visit(path).status == 200, path


def test_a_framed_page_is_for_no_search_engine_and_names_the_hub_page(visit: Callable[..., Visit]) -> None:
    page = visit(f"{OURS}/en/questions/lost-or-stolen-card")
    assert page.soup.find("link", rel="canonical")["href"] == f"{SITE}/en/questions/lost-or-stolen-card"
    assert page.soup.find("meta", attrs={"name": "robots"})["content"] == "noindex"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert page.soup.html["lang"] == "en"
    assert not page.soup.select("script[type='application/ld+json'], .footer-main, link[hreflang]")
    assert page.soup.select(".urgent-strip a[href^='tel:']")


def test_the_hub_is_as_it_was(visit: Callable[..., Visit]) -> None:
    page = visit("/questions/carte-perdue-ou-volee")
    assert "/integration/" not in page.html
    assert "data-origins" not in page.html
    assert "X-Robots-Tag" not in page.headers


def test_an_article_that_carries_a_trail_stays_on_its_surface(client: FlaskClient) -> None:
    path = "/questions/carte-perdue-ou-volee?vu=o.plafond-carte"
    for prefix in ("", OURS, THEIRS, ""):  # one after the other: a copy must not serve another surface
        html = client.get(prefix + path).get_data(as_text=True)
        links = [link for link in re.findall(r'href="([^"]*vu=[^"]*)"', html) if "plafond-carte" in link]
        assert links
        assert {link.partition("/questions/")[0] for link in links if "/questions/" in link} == {prefix}


def test_a_framed_page_and_the_hub_page_have_copies_of_their_own(client: FlaskClient) -> None:
    for _ in range(2):
        for path, ancestors in (("/contact", "'none'"), (f"{OURS}/contact", "https://www.banque-rivage.example ")):
            answer = client.get(path)
            assert answer.headers["Cache-Control"] == "public, max-age=60"
            assert f"frame-ancestors {ancestors}".strip() in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/integration/nobody/", "/integration/nobody/questions/x", "/integration/rivage.x/"])
def test_a_partner_who_is_not_on_the_list_has_no_pages_and_frames_nothing(
    visit: Callable[..., Visit], path: str
) -> None:
    page = visit(path)
    assert page.status == 404
    assert page.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


@pytest.mark.parametrize("path", ["/sitemap.xml", "/health", "/robots.txt", "/widget.js", "/integration/", "/images/x"])
def test_a_frame_holds_pages_for_visitors_and_nothing_else(visit: Callable[..., Visit], path: str) -> None:
    assert visit(OURS + path).status == 404


def test_a_request_written_in_the_frame_says_where_it_was_written(app: Flask, visit: Callable[..., Visit]) -> None:
    answer = visit(f"{OURS}/ecrire/demande", "POST", data={**GOOD, "stamp": old_stamp(app)}, headers=SAME)
    assert answer.status == 303
    assert answer.headers["Location"].startswith(f"{OURS}/ecrire/recu/")
    receipt = visit(answer.headers["Location"])
    assert receipt.status == 200
    assert receipt.soup.body["data-announced"] == "sent"
    with app.extensions["guichet"].database.reading() as connection:
        (stored,) = connection.execute(select(ticket)).all()
    assert (stored.surface, stored.partner) == ("widget", "rivage")


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://www.banque-rivage.example"}])
def test_the_partner_itself_cannot_post_a_form(
    app: Flask, visit: Callable[..., Visit], headers: dict[str, str]
) -> None:
    answer = visit(f"{OURS}/ecrire/demande", "POST", data={**GOOD, "stamp": old_stamp(app)}, headers=headers)
    assert answer.status == 403
    assert GOOD["message"] in answer.soup.find("textarea").text


def test_forms_of_another_site_open_in_a_tab_with_the_question_carried_over(
    app: Flask, visit: Callable[..., Visit]
) -> None:
    found = visit(f"{THEIRS}/recherche?q=virement refusé")
    form = found.soup.select_one(".ask form")
    assert (form["action"], form["target"]) == (f"/ecrire/question?{FROM_THEM}", "_blank")
    assert form.select_one("[name=message]")["value"] == "virement refusé"
    for path in ("/ecrire", "/ecrire/question", "/en/write/complaint"):
        page = visit(THEIRS + path)
        assert page.status == 200
        assert page.soup.select_one("main a.button")["href"] == f"{path}?{FROM_THEM}"
        assert not page.soup.select("textarea")
    sent = visit(f"{THEIRS}/ecrire/demande", "POST", data={**GOOD, "stamp": old_stamp(app)}, headers=SAME)
    assert sent.status == 403
    assert sent.soup.select_one("main form")["action"] == f"/ecrire/demande?{FROM_THEM}"
    assert sent.soup.select_one("main [name=message]")["value"] == GOOD["message"]
    with app.extensions["guichet"].database.reading() as connection:
        assert connection.execute(select(ticket)).all() == []


def test_a_moved_article_moves_inside_the_frame(visit: Callable[..., Visit]) -> None:
    moved = visit("/questions/opposition-carte")
    assert moved.status == 301
    assert visit(f"{OURS}/questions/opposition-carte").headers["Location"] == OURS + moved.headers["Location"]


def test_the_preview_is_framed_by_ourselves_alone(visit: Callable[..., Visit]) -> None:
    assert visit("/integration/apercu/").headers["Content-Security-Policy"].endswith(f"frame-ancestors {SITE}")


def test_production_frames_only_over_https(edition: Edition) -> None:
    site = edition.catalog.site
    partner = replace_origins(site.partners[0], ("https://a.example", "http://localhost:9000"))
    site = type(site)(**{**{name: getattr(site, name) for name in site.__struct_fields__}, "partners": (partner,)})
    found = widget(site, partner.id, SITE, production=True)
    assert found is not None
    assert found.ancestors == "https://a.example"
    found = widget(site, partner.id, SITE, production=False)
    assert found is not None
    assert found.ancestors == "https://a.example http://localhost:9000"


def replace_origins(partner: object, origins: tuple[str, ...]) -> object:
    import msgspec

    return msgspec.structs.replace(partner, origins=origins)


def test_nothing_published_is_said_and_framed_by_nobody(settings: Settings, tmp_path: object) -> None:
    app = create_app(replace(settings, index=settings.data / "empty", content=settings.data), clock=lambda: MORNING)
    answer = app.test_client().get(f"{OURS}/")
    app.extensions["guichet"].mender.thread.join()
    assert answer.status_code == 503
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("html", "carried"),
    [
        ('<a href="/">x</a>', '<a href="/integration/p/">x</a>'),
        ('<a class="b" href="/x#y" lang="fr">', '<a class="b" href="/integration/p/x#y" lang="fr">'),
        (
            '<form method="post" action="/x" novalidate data-answers="/y">',
            '<form method="post" action="/integration/p/x" novalidate data-answers="/integration/p/y">',
        ),
        ('<a href="#here">', '<a href="#here">'),
        ('<a href="tel:3939">', '<a href="tel:3939">'),
        (
            '<a href="https://x.example" rel="noopener">',
            '<a href="https://x.example" rel="noopener" target="_blank" data-tab="N">',
        ),
        ('<a href="/questions/x" target="_blank">', '<a href="/questions/x" target="_blank">'),
        ('<link href="/style.css"><img src="/images/a.svg"><script src="/static/x.js">', None),
        ('<p>href="/x" &lt;a href="/y"></p>', None),
        ('<a title="1 > 0" href="/x">', '<a title="1 > 0" href="/integration/p/x">'),
        ('<a title=" href=&quot;/x" href="/y">', '<a title=" href=&quot;/x" href="/integration/p/y">'),
        ('<abbr title="x" href="/y">', None),
    ],
)
def test_a_page_is_carried_into_a_frame_by_its_links(html: str, carried: str | None) -> None:
    assert carry(html, FRAME, "N") == (carried or html)
    assert carry(html, Surface(), "N") == html


def test_only_the_writing_pages_leave_a_frame_whose_forms_are_elsewhere() -> None:
    assert leaves(TOP, "/ecrire")
    assert leaves(TOP, "/en/write/complaint?theme=cards")
    assert not leaves(TOP, "/ecrire-autre")
    assert not leaves(TOP, "/questions/ecrire")
    assert not leaves(FRAME, "/ecrire")
    assert leaves(FRAME, "/a/carte-perdue-ou-volee?de=facebook")
    assert not leaves(Surface(), "/a/carte-perdue-ou-volee")
    shown = carry('<a class="button" href="/ecrire/x">', TOP, "N")
    assert shown == '<a class="button" href="/ecrire/x?depuis=widget.p" target="_blank" rel="noopener" data-tab="N">'


@pytest.mark.parametrize(
    ("html", "carried"),
    [
        ('<a href="/ecrire">', '<a href="/ecrire?depuis=widget.p">'),
        ('<a href="/ecrire/x?theme=a#y">', '<a href="/ecrire/x?theme=a&amp;depuis=widget.p#y">'),
        ('<form action="/en/write/x?sending=1">', '<form action="/en/write/x?sending=1&amp;depuis=widget.p">'),
        ('<a href="/ecrire-autre">', '<a href="/ecrire-autre">'),
        ('<a href="/questions/x">', '<a href="/questions/x">'),
        ('<a href="https://x.example/ecrire">', '<a href="https://x.example/ecrire">'),
    ],
)
def test_a_form_that_left_its_frame_goes_on_saying_where_it_was_opened(html: str, carried: str) -> None:
    assert carry(html, Surface("widget", "p"), "N") == carried


@pytest.mark.parametrize(
    "typed", ["tab", "widget", "widget.rivage", "widget.nobody", "widget.apercu", "hub", "x" * 999]
)
def test_an_origin_that_is_not_on_the_list_is_the_hub(app: Flask, visit: Callable[..., Visit], typed: str) -> None:
    """No tab is served here, and forms of the bank's own site open in its frame."""
    page = visit(f"/ecrire/demande?depuis={typed}")
    assert page.status == 200
    assert "depuis=" not in page.html
    assert stored_after(app, visit, f"/ecrire/demande?depuis={typed}") == ("hub", "")


def test_a_form_opened_from_a_site_of_others_is_counted_as_theirs(app: Flask, visit: Callable[..., Visit]) -> None:
    form = visit(f"{THEIRS}/recherche?q=virement refusé").soup.select_one(".ask form")
    page = visit(form["action"], "POST", data={"step": "start", "message": "virement refusé"})
    assert page.status == 200
    assert page.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    assert page.soup.body.get("class") is None
    action = page.soup.select_one("form.request")["action"]
    assert action == f"/ecrire/question?envoi=1&{FROM_THEM}"
    assert stored_after(app, visit, action.replace("question", "demande")) == ("widget", "maison-des-aidants")


def test_the_door_goes_along_from_the_choice_of_a_form_to_the_form_and_to_the_other_language(
    visit: Callable[..., Visit],
) -> None:
    chosen = visit(f"/ecrire?{FROM_THEM}")
    assert f"/ecrire/reclamation?{FROM_THEM}" in chosen.links()
    form = visit(f"/ecrire/reclamation?{FROM_THEM}")
    assert f"/en/write/complaint?{FROM_THEM}" in form.links()
    assert not [each for each in form.links() if "depuis" in each and not each.startswith(("/ecrire", "/en/write"))]
    assert "depuis" not in visit("/ecrire/reclamation").html  # the blank form of the hub is another one


def test_an_opinion_is_counted_at_its_door_and_names_nobody(app: Flask, visit: Callable[..., Visit]) -> None:
    for prefix in ("", OURS, THEIRS):
        browser = {"User-Agent": f"browser {prefix}"}
        answer = visit(
            f"{prefix}/questions/carte-perdue-ou-volee/avis", "POST", data={"answer": "useful"}, headers=SAME | browser
        )
        assert answer.status == 200
    with app.extensions["guichet"].database.reading() as connection:
        found = connection.execute(select(opinion)).mappings().all()
    assert {(row["surface"], row["partner"], row["count"]) for row in found} == {
        ("hub", "", 1),
        ("widget", "rivage", 1),
        ("widget", "maison-des-aidants", 1),
    }
    assert {len(row["month"]) for row in found} == {7}


def stored_after(app: Flask, visit: Callable[..., Visit], path: str) -> tuple[str, str]:
    """Send the form at `path`; surface and partner of the ticket."""
    answer = visit(path, "POST", data={**GOOD, "stamp": old_stamp(app)}, headers=SAME)
    assert answer.status == 303
    with app.extensions["guichet"].database.reading() as connection:
        (stored,) = connection.execute(select(ticket)).all()
    return stored.surface, stored.partner


def test_what_no_frame_may_hold_opens_a_tab() -> None:
    """From the table of routes: a new page of the hub alone is either under ``ALONE`` or framed."""
    paths = {path for route in UNFRAMED for path in (route.fr, route.en)}
    assert {path for path in paths if not leaves(FRAME, path)} == set()
    framed = {path for route in SPOKEN for path in (route.fr, route.en)}
    assert {path for path in framed if leaves(FRAME, path)} == set()


def test_no_template_writes_a_link_that_the_carrying_would_miss(visit: Callable[..., Visit]) -> None:
    for path in ("/", "/contact", "/ecrire/reclamation", "/recherche?q=carte", "/questions/carte-perdue-ou-volee"):
        html = visit(OURS + path).html
        assert re.findall(r"<(?:a|form|area)[^>]*?(?:href|action)=(?!\")", html) == [], path
