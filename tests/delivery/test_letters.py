"""Letters to the customer announce and never tell: no word typed, no word answered, and the way to the case."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from tests.delivery.conftest import parcel_of
from tests.tickets.conftest import Counter
from webapp.confidential.link import Link
from webapp.db import Database
from webapp.delivery.composition import Composer
from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.outbox import claim
from webapp.delivery.packing import Packer
from webapp.tables import delivery, ticket
from webapp.tickets.conversation import bank_wrote, status_changed
from webapp.tickets.filestore import Store
from webapp.tickets.links import ask
from webapp.tickets.model import StoredRequest

Make = Callable[..., StoredRequest]
LINK = Link(bytes(range(32)))
KINDS = ("acknowledgement", "notice", "link")
VISITOR = {
    "name": "Visiteurnom",
    "phone": "0600000001",
    "fields": {"object": "champlibre"},
    "message": "Paroledevisiteur https://phishing.example",
}


def letter(composer: Composer, request: StoredRequest, kind: str, text: str = "") -> EmailMessage:
    return parcel_of(request, composer, kind=kind, text=text).mail()


def read(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    plain = BeautifulSoup(part.get_content(), "html5lib").get_text(" ") if kind == "html" else part.get_content()
    return re.sub(r"\s+", " ", plain.replace("\u202f", " "))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_letter_holds_a_word_of_the_visitor_or_of_the_bank_s_answer(
    composer: Composer, request_of: Make, kind: str, language: str
) -> None:
    request = request_of(language=language, link=LINK.text, code=LINK.code, **VISITOR)
    mail = letter(composer, request, kind, text="Réponsesecrète")
    del mail["To"]
    everything = (
        "\n".join(f"{name}: {value}" for name, value in mail.items()) + read(mail, "plain") + read(mail, "html")
    )
    for word in ("Visiteurnom", "0600000001", "champlibre", "Parole", "phishing", "Réponsesecrète"):
        assert word not in everything


@pytest.mark.parametrize(("language", "path"), [("fr", "/suivi/"), ("en", "/en/follow-up/")])
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_carries_the_link_in_text_and_in_html(
    composer: Composer, request_of: Make, kind: str, language: str, path: str
) -> None:
    mail = letter(composer, request_of(language=language, link=LINK.text, code=LINK.code), kind)
    address = f"{path}{LINK.text}"
    assert address in read(mail, "plain")
    html = mail.get_body(("html",))
    assert html is not None
    found = BeautifulSoup(html.get_content(), "html5lib")
    assert [each["href"] for each in found.find_all("a") if address in str(each["href"])]
    assert (mail["Content-Language"], mail["Auto-Submitted"]) == (language, "auto-replied")
    assert "7K4M-29XQ-C" in mail["Subject"]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_is_accessible_and_fetches_nothing(
    composer: Composer, request_of: Make, kind: str, language: str
) -> None:
    html = letter(composer, request_of(language=language, link=LINK.text, code=LINK.code), kind).get_body(("html",))
    assert html is not None
    page = BeautifulSoup(html.get_content(), "html5lib")
    assert page.html is not None
    assert page.html["lang"] == language
    headings = [each.name for each in page.find_all(re.compile("^h[1-6]$"))]
    assert headings[0] == "h1"
    assert set(headings[1:]) == {"h2"}
    assert all(each.get_text().strip() for each in page.find_all("a"))
    assert not page.find_all(["img", "script", "link"])


def test_only_the_letter_of_a_lost_link_holds_a_code(composer: Composer, request_of: Make) -> None:
    request = request_of(link=LINK.text, code=LINK.code)
    assert [LINK.code in read(letter(composer, request, kind), "plain") for kind in KINDS] == [False, False, True]


def test_a_letter_that_would_lead_nowhere_is_set_aside(composer: Composer, request_of: Make) -> None:
    for kind in ("notice", "link"):
        with pytest.raises(DeliveryError) as refused:
            letter(composer, request_of(), kind)
        assert (refused.value.reason, refused.value.permanent) == ("link", True)
    assert "/suivi" not in read(letter(composer, request_of(), "acknowledgement"), "plain")


def test_the_link_is_never_in_what_a_helpdesk_gets(composer: Composer, request_of: Make) -> None:
    request = request_of(link=LINK.text, code=LINK.code)
    for kind in ("request", "message"):
        whole = parcel_of(request, composer, kind=kind, text="encore").mail().as_string()
        assert LINK.text not in whole.replace("=\n", "")
        assert LINK.code not in whole


class TestAComplaint:
    sent = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def sheet(self, composer: Composer, request: StoredRequest) -> str:
        return composer.sheet(parcel_of(request, composer)).text

    def test_says_to_the_customer_by_when_it_is_answered(self, composer: Composer, request_of: Make) -> None:
        request = request_of(theme="frais", created_at=self.sent, link=LINK.text)
        for kind in ("plain", "html"):
            told = read(letter(composer, request, "acknowledgement"), kind)
            assert "Réponse au plus tard : dimanche 24 janvier 2027" in told

    def test_says_to_the_agent_what_to_do_by_when(self, composer: Composer, request_of: Make) -> None:
        told = self.sheet(composer, request_of(theme="virements", created_at=self.sent))
        assert "- Accuser réception au plus tard le samedi 5 décembre 2026" in told
        assert "- Répondre au plus tard le vendredi 11 décembre 2026" in told
        assert "- Répondre, si une raison a été donnée avant, au plus tard le mercredi 6 janvier 2027" in told

    def test_and_nothing_else_has_dates(self, composer: Composer, request_of: Make) -> None:
        assert "DÉLAIS" not in self.sheet(composer, request_of(nature="question"))


@pytest.fixture
def written(database: Database) -> Counter:
    return Counter(database)


class TestFromTheOutbox:
    """What the worker packs, on both databases."""

    def packed(self, written: Counter, composer: Composer, kind: str) -> Any:
        from datetime import timedelta

        with written.database.transaction() as connection:
            connection.execute(delivery.update().where(delivery.c.kind != kind).values(state="delivered"))
        held = claim(written.database, "w", written.now, timedelta(minutes=1))
        assert held is not None
        store = Store(Path("/nowhere"), 10**9)  # no letter to a customer opens a file
        return Packer(written.database, written.safe, composer, store, lambda: written.now).pack(held)

    def ticket_id(self, written: Counter) -> str:
        with written.database.reading() as connection:
            return str(connection.execute(select(ticket.c.id)).scalar_one())

    def test_a_notice_holds_the_link_of_the_receipt_and_no_word_of_the_answer(
        self, written: Counter, composer: Composer
    ) -> None:
        receipt = written.submit()
        written.advance(hours=1)
        bank_wrote(written.database, written.safe, self.ticket_id(written), "Secret", at=written.now, origin="1")
        parcel = self.packed(written, composer, "notice")
        assert (parcel.text, parcel.written_at, parcel.request.link) == ("", written.now, receipt.link)
        assert receipt.link in read(parcel.mail(), "plain")

    def test_a_notice_of_a_state_keeps_its_date_at_each_attempt(self, written: Counter, composer: Composer) -> None:
        written.submit()
        written.advance(days=3)
        owed_at = written.now
        status_changed(written.database, self.ticket_id(written), "closed", at=owed_at)
        written.advance(minutes=5)
        first = self.packed(written, composer, "notice")
        written.advance(minutes=5)
        second = self.packed(written, composer, "notice")
        assert first.written_at == second.written_at == owed_at
        assert (first.mail()["Date"], first.mail()["Message-ID"]) == (
            second.mail()["Date"],
            second.mail()["Message-ID"],
        )

    def test_a_lost_link_is_replaced_once_for_all_attempts_of_its_letter(
        self, written: Counter, composer: Composer
    ) -> None:
        receipt = written.submit()
        ask(written.database, written.digester, receipt.reference, now=written.now, network="n", per_network=9)
        first = self.packed(written, composer, "link").request
        written.advance(minutes=10)
        second = self.packed(written, composer, "link").request
        assert receipt.link != first.link == second.link
        link = Link.read(first.link)
        assert link is not None
        assert first.code == second.code == link.code
