"""From the search to the article to the form to the agent's letter: what was seen goes along, in the pages."""

from collections.abc import Callable

import pytest
from flask import Flask, template_rendered
from jinja2 import Template
from sqlalchemy import select

from tests.web.conftest import Visit
from tests.web.test_contact import GOOD, SAME, old_stamp
from webapp.tables import ticket
from webapp.tickets.trail import Seen, read

SEARCH = "/recherche?q=plafond+de+ma+carte"


@pytest.fixture
def kept(app: Flask) -> Callable[[], tuple[Seen, ...]]:
    def last() -> tuple[Seen, ...]:
        with app.extensions["guichet"].database.reading() as connection:
            return read(connection.execute(select(ticket.c.trail)).scalars().one())

    return last


def send(app: Flask, visit: Callable[..., Visit], **fields: str) -> Visit:
    data = {**GOOD, "stamp": old_stamp(app), **fields}
    return visit("/ecrire/demande", "POST", data=data, headers=SAME)


def trail_of(page: Visit) -> str:
    return str(page.soup.find("input", {"name": "trail"})["value"])


def test_results_go_along_to_the_form_and_to_the_article(visit: Callable[..., Visit]) -> None:
    page = visit(SEARCH)
    assert trail_of(page).startswith("p.plafond-carte~p.")
    assert trail_of(page).count("~") == 2
    link = page.soup.select_one(".results h3 a")["href"]
    assert link.startswith("/questions/plafond-carte?vu=p.plafond-carte~p.")


def test_an_article_adds_itself_and_goes_on_to_its_form(visit: Callable[..., Visit]) -> None:
    link = visit(SEARCH).soup.select_one(".results h3 a")["href"]
    article = visit(link)
    assert article.soup.find("input", {"name": "trail"})["value"].endswith("~o.plafond-carte")
    assert all("vu=" in each["href"] for each in article.soup.select(".questions a"))
    assert article.soup.find("link", rel="canonical")["href"].endswith("/questions/plafond-carte")


def test_an_article_asked_for_plainly_stays_one_page_for_everybody(client) -> None:
    answer = client.get("/questions/faire-une-reclamation")
    assert "public" in answer.headers["Cache-Control"]
    assert "?vu=" not in answer.get_data(as_text=True).replace("vu=o.faire-une-reclamation", "")
    carried = client.get("/questions/faire-une-reclamation?vu=o.plafond-carte")
    assert "public" not in carried.headers["Cache-Control"]


def test_the_empty_form_holds_the_trail_it_was_opened_with(visit: Callable[..., Visit]) -> None:
    assert trail_of(visit("/ecrire/demande?vu=o.plafond-carte~u.carte-refusee")) == "o.plafond-carte~u.carte-refusee"
    assert trail_of(visit("/ecrire/demande")) == ""


@pytest.mark.parametrize("sent", ["o.no-such-article", '"><script>', "x.plafond-carte", "o.lost-or-stolen-card", "~~~"])
def test_only_articles_of_the_catalog_are_believed(app, visit, kept, sent: str) -> None:
    assert trail_of(visit("/ecrire/demande", query_string={"vu": sent})) == ""
    assert send(app, visit, trail=sent).status == 303
    assert kept() == ()


def test_an_opinion_goes_along(visit: Callable[..., Visit]) -> None:
    data = {"answer": "incomplete", "trail": "p.carte-refusee~o.faire-une-reclamation"}
    page = visit("/questions/faire-une-reclamation/avis", "POST", data=data, headers=SAME)
    link = next(each["href"] for each in page.soup.select(".links a") if "/ecrire/" in each["href"])
    assert link.endswith("vu=p.carte-refusee~n.faire-une-reclamation")


def test_the_ticket_keeps_it_and_answers_shown_before_sending_are_in_it(app, visit, kept) -> None:
    seen = send(app, visit, step="check", trail="o.annuler-un-virement", message="comment augmenter mon plafond carte")
    trail = trail_of(seen)
    assert "o.annuler-un-virement" in trail
    assert "p.plafond-carte" in trail
    sent = send(app, visit, message="comment augmenter mon plafond carte", trail=trail)
    assert sent.status == 303
    assert Seen("annuler-un-virement", "opened") in kept()


def test_sending_again_with_more_in_the_trail_is_the_same_request(app, visit, kept) -> None:
    first = send(app, visit)
    again = send(app, visit, trail="o.plafond-carte")
    assert first.status == again.status == 303
    assert kept() == ()


def test_a_case_of_one_s_own_is_sent_without_being_held_up_by_general_answers(app, visit, kept) -> None:
    message = "Mon dossier de prêt n'avance pas depuis trois semaines et personne ne me répond."
    assert send(app, visit, step="check", message=message).status == 303


def test_distress_in_a_message_shows_the_numbers_once_before_sending(app, visit) -> None:
    seen = send(app, visit, step="check", message="Je n'en peux plus de mes dettes, je veux mourir.")
    assert seen.status == 200
    assert seen.soup.select_one('.before-sending a[href="tel:3114"]')


def test_an_article_with_a_trail_is_rendered_once_for_all_trails(app, client) -> None:
    rendered: list[str] = []

    def count(_: object, template: Template, **__: object) -> None:
        rendered.append(str(template.name))

    with template_rendered.connected_to(count, app):
        first = client.get("/questions/plafond-carte?vu=o.carte-refusee").get_data(as_text=True)
        second = client.get("/questions/plafond-carte?vu=p.trouver-son-rib~u.changer-de-banque").get_data(as_text=True)
    assert rendered == ["article.html"]
    assert "o.carte-refusee~o.plafond-carte" in first
    assert "carte-refusee~o.plafond-carte" not in second
    assert second == first.replace(
        "o.carte-refusee~o.plafond-carte", "p.trouver-son-rib~u.changer-de-banque~o.plafond-carte"
    )
    assert "the-trail-goes-here" not in first + second
    pressed = client.get("/questions/plafond-carte?vu=o.carte-refusee", headers={"Accept-Encoding": "gzip"})
    assert pressed.headers["Content-Encoding"] == "gzip"
