"""The Facebook tab: who is believed, what is shown, where its links lead, and who may frame it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from tests.web.conftest import MORNING, SITE, Visit
from tests.web.facebook import PAGE, SECRET, signed, tab
from tests.web.test_contact import GOOD, old_stamp
from tests.web.test_security import addresses
from webapp import create_app
from webapp.db import Database
from webapp.settings import Settings
from webapp.tables import opinion, ticket

FRAMED = "frame-ancestors https://www.facebook.com https://*.facebook.com"
INSIDE = "/facebook/onglet"
Post = Callable[..., Visit]


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application whose Facebook app is configured."""
    database = Database(settings.database)
    database.upgrade()
    database.dispose()
    made = create_app(replace(settings, facebook_app_secret=SECRET, facebook_pages=f"42,{PAGE}"), clock=lambda: MORNING)
    yield made
    made.extensions["guichet"].database.dispose()


@pytest.fixture
def post(visit: Callable[..., Visit]) -> Post:
    def send(text: str, **options: Any) -> Visit:
        headers = {"Origin": "https://www.facebook.com", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}
        return visit("/facebook/tab", "POST", data={"signed_request": text}, headers=headers, **options)

    return send


def ancestors(answer: Visit) -> str:
    return answer.headers["Content-Security-Policy"].split("; ")[-1]


def test_a_visitor_of_the_page_gets_the_questions_in_the_frame(post: Post) -> None:
    answer = post(tab(MORNING))
    assert answer.status == 200
    assert answer.soup.html["lang"] == "fr"  # type: ignore[index]
    assert "Quelle est votre question" in answer.main
    assert FRAMED in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_a_reference_is_handed_on_to_the_hub_and_looked_up_by_nobody(post: Post, visit: Callable[..., Visit]) -> None:
    answer = post(tab(MORNING, app_data="ref:7k4m-29xq-c"))
    form = answer.soup.select_one("main form[method=post]")
    assert form is not None
    assert (form["action"], form["target"]) == ("/suivi/ouvrir", "_blank")
    fields = {str(each["name"]): str(each["value"]) for each in form.select("input[name]")}
    assert fields == {"reference": "7K4M-29XQ-C"}
    opened = visit(str(form["action"]), "POST", data=fields, headers={"Sec-Fetch-Site": "same-origin"})
    assert opened.status == 200
    assert [each["value"] for each in opened.soup.select("input[name=reference]")] == ["7K4M-29XQ-C"] * 2
    assert "Retry-After" not in opened.headers


@pytest.mark.parametrize(
    ("locale", "language"),
    [("fr_FR", "fr"), ("fr_CA", "fr"), ("en_US", "en"), ("en_GB", "en"), ("de_DE", "fr"), ("", "fr")],
)
def test_the_tab_speaks_the_visitors_language(post: Post, locale: str, language: str) -> None:
    assert post(tab(MORNING, locale=locale)).soup.html["lang"] == language  # type: ignore[index]


@pytest.mark.parametrize(
    ("link", "locale", "title"),
    [
        ("faq:carte-perdue-ou-volee", "fr_FR", "J'ai perdu ma carte bancaire ou on me l'a volée : que faire ?"),
        ("faq:opposition-carte", "fr_FR", "J'ai perdu ma carte bancaire ou on me l'a volée : que faire ?"),
        ("faq:carte-perdue-ou-volee", "en_GB", "My card has been lost or stolen"),
        ("faq:lost-or-stolen-card", "fr_FR", "J'ai perdu ma carte bancaire ou on me l'a volée : que faire ?"),
        ("motif:reclamation", "fr_FR", "Faire une réclamation"),
        ("motif:complaint", "fr_FR", "Faire une réclamation"),
        ("motif:reclamation", "en_US", "Make a complaint"),
        ("faq:carte-perdue", "fr_FR", "Quelle est votre question ?"),
        ("motif:nulle-part", "fr_FR", "Quelle est votre question ?"),
        ("ref:7k4m29xqd", "fr_FR", "Quelle est votre question ?"),
        ("ref:7k4m29xqc", "fr_FR", "Suivre une demande"),
        ("ref:7k4m-29xq-c", "en_US", "Follow a request"),
        ("https://evil.example", "fr_FR", "Quelle est votre question ?"),
    ],
)
def test_a_deep_link_chooses_the_page(post: Post, link: str, locale: str, title: str) -> None:
    answer = post(tab(MORNING, link, locale))
    assert answer.status == 200
    assert answer.texts("h1")[0].replace("’", "'").startswith(title)
    assert "evil" not in answer.html


def test_every_field_but_time_and_page_may_be_absent(post: Post) -> None:
    bare = {"algorithm": "HMAC-SHA256", "issued_at": int(MORNING.timestamp()), "page": {"id": int(PAGE)}}
    assert post(signed(bare)).status == 200


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (tab(MORNING - timedelta(minutes=11)), 403),
        (tab(MORNING + timedelta(minutes=2)), 403),
        (tab(MORNING, issued_at=None), 403),
        (tab(MORNING, page={"id": "99"}), 403),
        (tab(MORNING, page=None), 403),
        (tab(MORNING, algorithm="HMAC-SHA1"), 403),
        (signed({"algorithm": "HMAC-SHA256", "page": {"id": PAGE}}, "another secret"), 403),
        (tab(MORNING)[:43] + tab(MORNING, "faq:x")[43:], 403),
        ("", 400),
        ("no dot", 400),
        ("a." + "A" * 9000, 400),
    ],
)
def test_what_facebook_did_not_just_sign_is_refused_with_a_way_on(post: Post, text: str, status: int) -> None:
    answer = post(text)
    assert answer.status == status
    assert answer.headers["Cache-Control"] == "no-store"
    assert FRAMED in answer.headers["Content-Security-Policy"]  # the visitor is in Facebook's frame all the same
    assert f"{INSIDE}/" in answer.links()
    if text:
        assert text not in answer.html


def test_the_signed_request_is_read_in_the_body_alone(visit: Callable[..., Visit]) -> None:
    assert visit(f"/facebook/tab?signed_request={tab(MORNING)}", "POST").status == 400


def test_the_tab_writes_nothing(post: Post, settings: Settings) -> None:
    path = settings.data / "guichet.sqlite3"
    before = path.read_bytes()
    for link in ("", "faq:carte-perdue-ou-volee", "motif:reclamation"):
        post(tab(MORNING, link))
    assert path.read_bytes() == before


def test_the_address_opened_alone_leads_to_the_hub(visit: Callable[..., Visit]) -> None:
    answer = visit("/facebook/tab")
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_links_stay_in_the_frame_and_forms_leave_it(post: Post, visit: Callable[..., Visit]) -> None:
    seen: set[str] = set()
    pages = [post(tab(MORNING, link)) for link in ("", "faq:carte-perdue-ou-volee", "motif:reclamation")]
    pages += [visit(f"{INSIDE}{path}") for path in ("/", "/recherche?q=virement", "/contact", "/en/", "/themes/cartes")]
    for answer in pages:
        assert answer.status == 200
        assert FRAMED in answer.headers["Content-Security-Policy"]
        for link in answer.soup.select("a[href^='/'], form[action^='/']"):
            address = str(link.get("href") or link["action"])
            personal = urlsplit(address).path.startswith(("/ecrire", "/en/write"))
            assert personal or address.startswith(f"{INSIDE}/"), address
            assert (link.get("target") == "_blank") is personal, link
            seen.add("personal" if personal else "inside")
        for link in answer.soup.select("a[href^='http']"):
            assert link.get("target") == "_blank", link
    assert seen == {"personal", "inside"}


def test_a_form_never_opens_inside_facebook(visit: Callable[..., Visit]) -> None:
    for path in ("/ecrire", "/ecrire/question", "/en/write/complaint"):
        answer = visit(f"{INSIDE}{path}")
        assert answer.soup.select("textarea, input[name=email]") == []
        assert [each for each in answer.links() if each.startswith(path)] == [f"{path}?depuis=tab"]
    sent = visit(f"{INSIDE}/ecrire/question", "POST", data={"step": "send", "message": "Bonjour"})
    assert sent.status == 403


def test_the_question_typed_in_the_tab_goes_along_to_the_form(visit: Callable[..., Visit]) -> None:
    answer = visit(f"{INSIDE}/recherche?q=virement+bloque")
    form = answer.soup.select_one("form[action^='/ecrire/question']")
    assert form is not None
    assert (form["method"], form["target"]) == ("post", "_blank")
    assert form.select_one("input[name=message]")["value"] == "virement bloque"  # type: ignore[index]


def test_a_form_opened_from_the_tab_is_recorded_as_the_tabs(app: Flask, visit: Callable[..., Visit]) -> None:
    form = visit(f"{INSIDE}/recherche?q=virement+bloque").soup.select_one("form[action^='/ecrire/question']")
    opened = visit(form["action"], "POST", data={"step": "start", "message": "virement bloque"})  # type: ignore[index]
    action = opened.soup.select_one("form.request")["action"]  # type: ignore[index]
    assert str(action).endswith("depuis=tab")
    path = str(action).replace("/question", "/demande")
    same = {"Sec-Fetch-Site": "same-origin"}
    assert visit(path, "POST", data={**GOOD, "stamp": old_stamp(app)}, headers=same).status == 303
    opinion_path = f"{INSIDE}/questions/carte-perdue-ou-volee/avis"
    assert visit(opinion_path, "POST", data={"answer": "useful"}, headers=same).status == 200
    with app.extensions["guichet"].database.reading() as connection:
        assert tuple(connection.execute(select(ticket.c.surface, ticket.c.partner)).one()) == ("tab", "")
        assert tuple(connection.execute(select(opinion.c.surface, opinion.c.partner)).one()) == ("tab", "")


def test_search_engines_find_the_hub_and_not_the_tab(visit: Callable[..., Visit]) -> None:
    answer = visit(f"{INSIDE}/questions/carte-perdue-ou-volee")
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.soup.select_one("link[rel=canonical]")["href"] == f"{SITE}/questions/carte-perdue-ou-volee"  # type: ignore[index]


def test_facebook_frames_nothing_but_the_tab(visit: Callable[..., Visit]) -> None:
    for path in (
        "/",
        "/questions/carte-perdue-ou-volee",
        "/facebook/data-deletion/x",
        "/facebook/x/",
    ):
        assert "frame-ancestors 'none'" in visit(path).headers["Content-Security-Policy"], path
    for path in ("/health", "/sitemap.xml", "/a/carte-perdue-ou-volee", "/facebook/tab"):
        assert visit(f"{INSIDE}{path}").status == 404, path


def test_every_address_says_who_may_frame_it(app: Flask, visit: Callable[..., Visit]) -> None:
    """Under the tab's prefix, Facebook whatever the answer; elsewhere, nobody. What is not for visitors is 404."""
    for path, methods in addresses(app):
        for method in {"GET", "POST"} & methods:
            outside, inside = visit(path, method), visit(INSIDE + path, method)
            expected = FRAMED if (path, method) == ("/facebook/tab", "POST") else "frame-ancestors 'none'"
            assert expected in outside.headers["Content-Security-Policy"], path
            assert FRAMED in inside.headers["Content-Security-Policy"], path
            for answer in (outside, inside):
                assert "X-Frame-Options" not in answer.headers
                assert "Set-Cookie" not in answer.headers
            assert inside.headers["X-Robots-Tag"] == "noindex"
            if path.startswith(("/facebook", "/health", "/a/", "/t/", "/integration", "/widget")):
                assert inside.status == 404, path


def test_pages_of_the_tab_are_cached_apart_from_the_hubs(visit: Callable[..., Visit]) -> None:
    for _ in range(2):
        hub, inside = visit("/themes/cartes"), visit(f"{INSIDE}/themes/cartes")
        assert ancestors(hub) == "frame-ancestors 'none'"
        assert ancestors(inside) == FRAMED
        assert INSIDE not in hub.html
        assert inside.headers["Cache-Control"] == "public, max-age=60"


def test_without_a_facebook_app_nothing_answers(settings: Settings) -> None:
    client = create_app(settings, clock=lambda: MORNING).test_client()
    for path in ("/facebook/tab", "/facebook/data-deletion/x", f"{INSIDE}/", f"{INSIDE}/contact"):
        assert client.get(path).status_code == 404, path
    for path in ("/facebook/tab", "/facebook/data-deletion", "/facebook/deauthorise"):
        assert client.post(path, data={"signed_request": tab(MORNING)}).status_code == 404, path
