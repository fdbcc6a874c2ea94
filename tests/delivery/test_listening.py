"""Listening: each answer is kept once, in order, whatever the helpdesk and the hosts have been through."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import insert, select

from tests.delivery.conftest import NOON, Clock
from tests.tickets.conftest import Counter
from webapp.db import Database
from webapp.delivery import cases
from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.keeping import Office
from webapp.delivery.listening import Listening
from webapp.delivery.news import Heard, News
from webapp.tables import delivery, delivery_case, delivery_mark, message, milliseconds, ticket


@dataclass
class AllAtOnce:
    """A helpdesk that tells all its news, numbered; `refuse` fails it."""

    news: list[News] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refuse: DeliveryError | None = None
    most: int = 10

    def hear(self, cursor: str, ours: Callable[[str], bool]) -> Heard:
        self.asked.append(cursor)
        if self.refuse:
            raise self.refuse
        start = int(cursor or 0)
        told = self.news[start : start + self.most]
        mine = tuple(each for each in told if not each.case or ours(each.case))
        return Heard(news=mine, cursor=str(start + len(told)), more=start + len(told) < len(self.news))


@dataclass
class ByCase:
    news: dict[str, list[News]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    refuse: DeliveryError | None = None

    def hear_case(self, case: str, cursor: str) -> Heard:
        self.asked.append(case)
        if self.refuse:
            raise self.refuse
        told = self.news.get(case, [])
        return Heard(news=tuple(told[int(cursor or 0) :]), cursor=str(len(told)))


@pytest.fixture
def counter(database: Database) -> Counter:
    return Counter(database)


@pytest.fixture
def ticket_of_case(counter: Counter) -> Callable[..., str]:
    """Hand a request in, and have the destination call it `case`; gives the ticket's id."""

    def make(case: str, destination: str = "rt", **changes: str) -> str:
        receipt = counter.submit(form_key=f"form {case}", **changes)
        with counter.database.transaction() as connection:
            ticket_id = str(
                connection.execute(select(ticket.c.id).where(ticket.c.reference == receipt.reference)).scalar_one()
            )
            cases.opened(counter.database, connection, ticket_id, destination, case, NOON)
        return ticket_id

    return make


@pytest.fixture
def listening(counter: Counter, clock: Clock) -> Callable[..., Listening]:
    def make(**destinations: object) -> Listening:
        office = Office(database=counter.database, safe=counter.safe)
        return Listening(office, destinations, every=30, clock=clock, random=Random(3))

    return make


def answer(case: str, number: int, text: str = "Votre carte part demain.") -> News:
    return News(at=NOON + timedelta(minutes=number), case=case, text=text, origin=f"rt:transaction:{number}")


def state(case: str, number: int, named: str) -> News:
    return News(at=NOON + timedelta(minutes=number), case=case, state=named)


def kept(database: Database, ticket_id: str) -> tuple[str, int, int]:
    """(state of the ticket, answers of the bank, notices owed to the customer)"""
    with database.reading() as connection:
        named = connection.execute(select(ticket.c.state).where(ticket.c.id == ticket_id)).scalar_one()
        answers = connection.execute(
            select(message.c.id).where(message.c.ticket_id == ticket_id, message.c.author == "bank")
        ).all()
        notices = connection.execute(
            select(delivery.c.id).where(delivery.c.ticket_id == ticket_id, delivery.c.kind == "notice")
        ).all()
    return str(named), len(answers), len(notices)


def test_an_answer_moves_the_ticket_and_the_customer_is_told(
    database: Database, ticket_of_case: Callable[..., str], listening: Callable[..., Listening], clock: Clock
) -> None:
    ticket_id = ticket_of_case("7")
    clock.advance(minutes=10)
    listening(rt=AllAtOnce([state("7", 1, "in_hand"), answer("7", 2), answer("8", 3)])).step()
    assert kept(database, ticket_id) == ("answered", 1, 1)


def test_news_heard_twice_are_kept_once(
    database: Database, ticket_of_case: Callable[..., str], listening: Callable[..., Listening], clock: Clock
) -> None:
    ticket_id = ticket_of_case("7")
    clock.advance(minutes=10)
    listening(rt=AllAtOnce([answer("7", 2), answer("7", 2)])).step()
    with database.transaction() as connection:
        connection.execute(delivery_mark.delete())  # as if the mark had been lost, or never written after a kill
    clock.advance(minutes=10)
    listening(rt=AllAtOnce([answer("7", 2)])).step()
    assert kept(database, ticket_id) == ("answered", 1, 1)


def test_a_helpdesk_is_asked_once_every_so_often_whatever_the_number_of_hosts(
    ticket_of_case: Callable[..., str], listening: Callable[..., Listening], clock: Clock
) -> None:
    rt = AllAtOnce()
    hosts = [listening(rt=rt) for _ in range(3)]
    for _ in range(24):  # two minutes, each host looking every five seconds
        for host in hosts:
            host.step()
        clock.advance(seconds=5)
    assert len(rt.asked) == 4


def test_the_cursor_goes_on_after_a_restart_and_a_backlog_is_read_at_once(
    database: Database, ticket_of_case: Callable[..., str], listening: Callable[..., Listening], clock: Clock
) -> None:
    ticket_id = ticket_of_case("7")
    clock.advance(hours=1)
    rt = AllAtOnce([answer("7", number) for number in range(25)])
    assert listening(rt=rt).step()
    assert listening(rt=rt).step()
    assert not listening(rt=rt).step()
    assert rt.asked == ["", "10", "20"]
    assert kept(database, ticket_id)[1] == 25


def test_a_helpdesk_that_is_away_is_asked_less_and_less_and_its_wish_is_honoured(
    listening: Callable[..., Listening], clock: Clock
) -> None:
    rt = AllAtOnce(refuse=DeliveryError("connection", everybody=True))
    one = listening(rt=rt)
    for _ in range(6 * 120):
        one.step()
        clock.advance(seconds=30)
    assert 20 < len(rt.asked) < 60
    rt.refuse = DeliveryError("http-429", everybody=True, wait=3000)
    before = len(rt.asked)
    clock.advance(minutes=16)
    one.step()
    clock.advance(seconds=2999)
    one.step()
    assert len(rt.asked) == before + 1


def test_a_ticket_that_was_purged_is_passed_over(
    database: Database, ticket_of_case: Callable[..., str], listening: Callable[..., Listening], clock: Clock
) -> None:
    gone, there = ticket_of_case("7"), ticket_of_case("8")
    with database.transaction() as connection:
        connection.execute(ticket.update().where(ticket.c.id == gone).values(emptied_at=milliseconds(NOON)))
    clock.advance(minutes=10)
    listening(rt=AllAtOnce([answer("7", 1), answer("8", 2)])).step()
    assert kept(database, there)[1] == 1
    assert kept(database, gone)[1] == 0


class TestCaseByCase:
    def test_each_ticket_is_asked_about_less_and_less_until_something_happens(
        self, database: Database, ticket_of_case: Callable[..., str], listening: Callable[..., Listening], clock: Clock
    ) -> None:
        ticket_id = ticket_of_case("7", "zammad")
        zammad = ByCase()
        one = listening(zammad=zammad)
        for _ in range(4 * 120):
            one.step()
            clock.advance(seconds=30)
        assert 8 < len(zammad.asked) < 16  # a minute, two, four … half an hour
        zammad.news["7"] = [answer("7", 1)]
        for _ in range(80):
            one.step()
            clock.advance(seconds=30)
        assert kept(database, ticket_id)[1] == 1

    def test_many_tickets_are_each_asked_about_once(
        self, database: Database, ticket_of_case: Callable[..., str], listening: Callable[..., Listening], clock: Clock
    ) -> None:
        first = ticket_of_case("0", "zammad")
        with database.transaction() as connection:
            row = connection.execute(select(ticket).where(ticket.c.id == first)).one()._asdict()
            for number in range(1, 50):
                copy = row | {"id": f"t{number}", "reference": f"R{number}", "form_key": f"k{number}"}
                connection.execute(insert(ticket), copy | {"link_hash": None})
                cases.opened(database, connection, f"t{number}", "zammad", str(number), NOON)
        zammad = ByCase()
        one = listening(zammad=zammad)
        while one.step():
            pass
        assert sorted(map(int, zammad.asked)) == list(range(50))
        assert not one.step()

    def test_a_ticket_that_fails_keeps_no_other_waiting(
        self, database: Database, ticket_of_case: Callable[..., str], listening: Callable[..., Listening], clock: Clock
    ) -> None:
        for case in ("7", "8"):
            ticket_of_case(case, "zammad")
        zammad = ByCase(refuse=DeliveryError("http-404", permanent=True))
        one = listening(zammad=zammad)
        one.step()
        assert sorted(zammad.asked) == ["7", "8"]
        with database.reading() as connection:
            due = connection.execute(select(delivery_case.c.due_at)).scalars().all()
        assert all(each > milliseconds(clock()) for each in due)

    def test_a_helpdesk_that_is_away_is_not_asked_about_the_next_ticket(
        self, ticket_of_case: Callable[..., str], listening: Callable[..., Listening], clock: Clock
    ) -> None:
        for case in ("7", "8"):
            ticket_of_case(case, "zammad")
        zammad = ByCase(refuse=DeliveryError("connection", everybody=True))
        listening(zammad=zammad).step()
        assert len(zammad.asked) == 1


def test_destinations_that_tell_nothing_are_not_asked(listening: Callable[..., Listening]) -> None:
    assert not listening(maildir=object())
    assert listening(rt=AllAtOnce())
