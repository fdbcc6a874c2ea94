"""A request that cannot be taken: the form comes back with every word, a reason, and a stamp that works."""

import sqlite3
import time
from contextlib import closing

import pytest

from tests.product import SECRET, Opener, Product
from tests.visitor import Page, Visitor
from tests.writing import FORM, TYPED, filled, kept, reference, sent
from webapp.web.stamps import Stamps

DAY = 86_400


@pytest.fixture
def visitor(product: Product) -> Visitor:
    return Visitor(product.url)


def returned(answer: Page, status: int, words: str) -> dict[str, str]:
    """Check that `answer` gives everything back with an explanation; the form as the next press would send it."""
    assert answer.status == status, answer.text[:500]
    summary = answer.soup.select_one(".error-summary")
    assert summary is not None
    assert words in " ".join(summary.get_text(" ").split())
    assert kept(answer) == TYPED
    assert answer.headers["Cache-Control"] == "no-store"
    title = answer.soup.title
    assert title is not None
    assert title.get_text().startswith("Erreur")
    return answer.typed(FORM) | {"step": "send"}


def an_old_stamp(seconds: int) -> str:
    stamps = Stamps(SECRET, 0, DAY)
    return stamps.issue(int((time.time() - seconds) * 1000))


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, "another site's page"),
        ({"Sec-Fetch-Site": "same-site"}, "another host of the bank's domain"),
        ({"Sec-Fetch-Site": "none"}, "no page at all"),
        ({"Origin": "https://banque-rivage.example.net"}, "an older browser on another site"),
        ({"Origin": "null"}, "an opaque origin"),
        ({}, "neither header"),
    ],
)
def test_a_message_from_elsewhere_is_given_back(visitor: Visitor, headers: dict[str, str], why: str) -> None:
    again = returned(sent(visitor, filled(visitor), headers), 403, "vérifier que ce message vient bien de notre site")
    reference(visitor, sent(visitor, again))


def test_an_older_browser_shows_where_it_comes_from_with_origin(visitor: Visitor, product: Product) -> None:
    reference(visitor, sent(visitor, filled(visitor), {"Origin": product.url}))


@pytest.mark.parametrize("stamp", ["", "abc", "WyJhIiwxXQ.Zm9yZ2Vk", "é" * 500])
def test_a_forged_stamp_is_renewed(visitor: Visitor, stamp: str) -> None:
    again = returned(sent(visitor, filled(visitor, stamp=stamp)), 400, "nous avons renouvelé la page")
    assert again["stamp"] != stamp
    reference(visitor, sent(visitor, again))


def test_a_page_left_open_since_yesterday_is_renewed(visitor: Visitor) -> None:
    again = returned(sent(visitor, filled(visitor, stamp=an_old_stamp(DAY + 60))), 400, "plus de 24 heures")
    reference(visitor, sent(visitor, again))


def test_a_page_left_open_all_day_still_sends(visitor: Visitor) -> None:
    reference(visitor, sent(visitor, filled(visitor, stamp=an_old_stamp(DAY - 600))))


def test_a_renewed_page_that_was_already_sent_is_still_one_request(visitor: Visitor) -> None:
    fields = filled(visitor)
    first = reference(visitor, sent(visitor, fields))
    stamps = Stamps(SECRET, 0, DAY)
    key = stamps.read(fields["stamp"], int(time.time() * 1000)).form_key
    yesterday = stamps.issue(int((time.time() - DAY - 60) * 1000), key)
    again = returned(sent(visitor, fields | {"stamp": yesterday}), 400, "plus de 24 heures")
    assert reference(visitor, sent(visitor, again)) == first


def test_a_filled_trap_is_explained_to_the_human_it_caught(visitor: Visitor) -> None:
    again = returned(sent(visitor, filled(visitor, website="https://spam.example")), 400, "case cachée")
    assert again["website"] == ""
    reference(visitor, sent(visitor, again))


def test_a_robot_s_speed_is_asked_to_press_again(counter: Opener) -> None:
    visitor = Visitor(counter(GUICHET_STAMP_MINIMUM_AGE="1.5").url)
    again = returned(sent(visitor, filled(visitor)), 400, "très vite")
    deadline = time.monotonic() + 15
    while (answer := sent(visitor, again)).status != 303 and time.monotonic() < deadline:
        time.sleep(0.2)  # a person who presses again and again gets through
        assert answer.status == 400
    reference(visitor, answer)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("GUICHET_LIMIT_PER_NETWORK", "Trop de messages sont partis de votre réseau"),
        ("GUICHET_LIMIT_PER_ADDRESS", "avec cette adresse e-mail"),
        ("GUICHET_LIMIT_OVERALL", "trop de messages en ce moment"),
    ],
)
def test_a_limit_gives_the_message_back_and_a_telephone_number(counter: Opener, setting: str, words: str) -> None:
    visitor = Visitor(counter(**{setting: "1"}).url)
    first = filled(visitor)
    mark = reference(visitor, sent(visitor, first))
    refused = sent(visitor, filled(visitor))
    returned(refused, 429, words)
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert refused.soup.select_one("main a[href^='tel:']")
    assert reference(visitor, sent(visitor, first)) == mark, "a repeated sending is no new request"


def test_a_locked_database_gives_the_message_back(counter: Opener) -> None:
    product = counter()
    visitor = Visitor(product.url)
    fields = filled(visitor)
    with closing(sqlite3.connect(product.data / "guichet.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = sent(visitor, fields)
        again = returned(refused, 503, "Nous ne pouvons pas enregistrer votre demande pour l’instant")
        assert refused.headers["Retry-After"]
        assert refused.soup.select_one("main a[href^='tel:']")
        assert visitor.get("/").status == 200
        assert visitor.get("/recherche?q=carte").status == 200
        other.execute("ROLLBACK")
    reference(visitor, sent(visitor, again))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("message", "", "Écrivez votre message"),
        ("message", "a" * 5_001, "5 001 caractères"),
        ("name", "", "Écrivez votre nom"),
        ("email", "", "Écrivez votre adresse e-mail"),
        ("email", "melusine@", "n’est pas complète"),
        ("phone", "12", "n’est pas complet"),
        ("x_subject", "", "Choisissez une réponse"),
    ],
)
def test_a_mistake_is_named_in_the_summary_and_beside_its_field(
    visitor: Visitor, field: str, value: str, words: str
) -> None:
    answer = sent(visitor, filled(visitor) | {field: value})
    assert answer.status == 400
    link = answer.soup.select_one(".error-summary a")
    assert link is not None
    assert words in " ".join(link.get_text().split())
    control = answer.soup.select_one(str(link["href"]))
    assert control is not None
    assert control["aria-invalid"] == "true"
    beside = answer.soup.find(id=str(control["aria-describedby"]).split()[-1])
    assert beside is not None
    assert words in " ".join(beside.get_text().split())
    assert kept(answer) == TYPED | {field: value}
    reference(visitor, sent(visitor, answer.typed(FORM) | {field: TYPED[field], "step": "send"}))
