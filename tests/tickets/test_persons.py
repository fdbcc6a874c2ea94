"""A person's rights: everything kept about an address, and nothing about another; deleted, with a proof of no name."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.tickets.conftest import NOON, Counter
from webapp.confidential.link import Link
from webapp.confidential.safe import Safe, new_key
from webapp.db import Database
from webapp.tables import delivery, message, milestone, purge_proof, ticket
from webapp.tickets.conversation import bank_wrote
from webapp.tickets.followup import open_case
from webapp.tickets.model import CaseNotFound
from webapp.tickets.persons import erase, export
from webapp.tickets.retention import Periods, proofs, purge

ZOE = "zoe@customer.example"


def delivered(counter: Counter) -> None:
    with counter.database.transaction() as connection:
        at = int(counter.now.timestamp() * 1000)
        connection.execute(update(delivery).values(state="delivered", delivered_at=at))


def ids(counter: Counter) -> list[str]:
    with counter.database.reading() as connection:
        return list(connection.scalars(select(ticket.c.id).order_by(ticket.c.created_at)))


def test_everything_written_with_an_address_is_given_out(counter: Counter) -> None:
    counter.submit()
    counter.advance(hours=1)
    bank_wrote(counter.database, counter.safe, ids(counter)[0], "Bonjour Zoé.", at=counter.now, origin="rt:1")
    found = export(counter.database, counter.safe, counter.digester, " Zoe@Customer.example ")
    (request,) = found["requests"]
    assert request["person"]["name"] == "Zoé Müller"
    assert request["person"]["fields"] == {"event_date": "2026-11-02"}
    assert [(each["author"], each["text"]) for each in request["messages"]] == [
        ("customer", "Bonjour,\nma carte est refusée."),
        ("bank", "Bonjour Zoé."),
    ]
    assert [each["state"] for each in request["states"]] == ["received", "answered"]
    assert {each["kind"] for each in request["sendings"]} == {"request", "acknowledgement", "notice"}
    assert found["unreadable"] == []


def test_an_address_that_only_looks_alike_is_somebody_else_s(counter: Counter) -> None:
    counter.submit(form_key="a", email="z.oe@customer.example")
    counter.submit(form_key="b", email="zoe+bank@customer.example")
    assert export(counter.database, counter.safe, counter.digester, ZOE)["requests"] == []
    assert erase(counter.database, counter.safe, counter.digester, ZOE, now=NOON).deleted == 0
    assert len(ids(counter)) == 2


def test_nothing_is_found_with_another_digest_key(counter: Counter) -> None:
    from webapp.confidential.digest import Digester

    counter.submit()
    assert export(counter.database, counter.safe, Digester("another key"), ZOE)["requests"] == []


def test_the_table_does_not_give_the_address(counter: Counter) -> None:
    counter.submit()
    with counter.database.reading() as connection:
        digest = connection.execute(select(ticket.c.person_digest)).scalar_one()
    assert len(digest) == 64
    assert "zoe" not in digest


def test_erasing_deletes_the_person_s_requests_whole_and_nobody_else_s(counter: Counter) -> None:
    receipt = counter.submit(form_key="a")
    counter.submit(form_key="b", email="other@customer.example", message="Autre")
    delivered(counter)
    done = erase(counter.database, counter.safe, counter.digester, ZOE, now=counter.now)
    assert (done.deleted, done.undelivered, done.unreadable) == (1, (), ())
    with counter.database.reading() as connection:
        for table in (message, delivery, milestone):
            assert len(set(connection.scalars(select(table.c.ticket_id)).all())) == 1
        (proof,) = connection.execute(select(purge_proof)).all()
    assert (proof.what, proof.number) == ("erased", 1)
    link = Link.read(receipt.link)
    with pytest.raises(CaseNotFound):
        open_case(counter.database, counter.digester, link, now=counter.now, network="n", per_network=9)
    assert len(export(counter.database, counter.safe, counter.digester, "other@customer.example")["requests"]) == 1


def test_what_no_helpdesk_has_got_yet_is_left_and_named(counter: Counter) -> None:
    receipt = counter.submit()
    done = erase(counter.database, counter.safe, counter.digester, ZOE, now=counter.now)
    assert (done.deleted, done.undelivered) == (0, (receipt.reference,))
    sure = erase(counter.database, counter.safe, counter.digester, ZOE, now=counter.now, even_undelivered=True)
    assert (sure.deleted, ids(counter)) == (1, [])


def test_a_request_whose_key_is_lost_is_named_and_left(counter: Counter) -> None:
    receipt = counter.submit()
    other = Safe.from_setting(new_key("other"))
    assert export(counter.database, other, counter.digester, ZOE)["unreadable"] == [receipt.reference]
    assert erase(counter.database, other, counter.digester, ZOE, now=NOON).unreadable == (receipt.reference,)
    assert len(ids(counter)) == 1


def test_no_file_holds_what_was_erased(sqlite: Database, tmp_path: Path) -> None:
    counter = Counter(sqlite)
    counter.submit()
    delivered(counter)
    with sqlite.reading() as connection:
        sealed = bytes(connection.execute(select(ticket.c.sealed_person)).scalar_one())[-40:]
    assert any(sealed in each.read_bytes() for each in tmp_path.glob("guichet.sqlite3*"))
    erase(sqlite, counter.safe, counter.digester, ZOE, now=counter.now)
    assert not any(sealed in each.read_bytes() for each in tmp_path.glob("guichet.sqlite3*"))


class TestRetentionByNatureAndState:
    periods = Periods(body_days=30, open_days=90, complaint_days=180)

    def emptied_after(self, counter: Counter, days: int) -> int:
        return purge(counter.database, NOON + timedelta(days=days, seconds=1), self.periods).emptied

    @pytest.mark.parametrize(
        ("nature", "state", "days"),
        [
            ("question", "closed", 30),
            ("request", "withdrawn", 30),
            ("question", "received", 90),
            ("urgent", "answered", 90),
            ("complaint", "closed", 180),
            ("complaint", "received", 180),
        ],
    )
    def test_each_has_its_period(self, counter: Counter, nature: str, state: str, days: int) -> None:
        counter.submit(nature=nature)
        delivered(counter)
        with counter.database.transaction() as connection:
            connection.execute(update(ticket).values(state=state))
        assert self.emptied_after(counter, days - 1) == 0
        assert self.emptied_after(counter, days) == 1

    def test_what_happens_to_a_case_starts_its_period_again(self, counter: Counter) -> None:
        counter.submit()
        delivered(counter)
        counter.advance(days=80)
        bank_wrote(counter.database, counter.safe, ids(counter)[0], "Réponse", at=counter.now, origin="1")
        delivered(counter)
        assert self.emptied_after(counter, 100) == 0
        assert self.emptied_after(counter, 170) == 1


def test_each_deletion_leaves_a_proof_with_its_day_and_number(counter: Counter) -> None:
    for each in range(3):
        counter.submit(form_key=str(each))
    delivered(counter)
    emptied = NOON + timedelta(days=31)
    purge(counter.database, emptied, Periods())
    purge(counter.database, emptied, Periods())  # nothing left to do, nothing left to prove
    deleted = NOON + timedelta(days=500)
    purge(counter.database, deleted, Periods())
    told = proofs(counter.database, NOON)
    assert (f"{emptied:%Y-%m-%d}", "emptied", 3) in told
    assert (f"{deleted:%Y-%m-%d}", "deleted", 3) in told
    assert proofs(counter.database, deleted + timedelta(days=1)) == []
