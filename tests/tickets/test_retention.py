"""Retention: what is deleted, when, and what is never deleted silently."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Row, func, insert, select, update

from tests.tickets.conftest import NOON, Counter
from webapp.db import Database
from webapp.insights import opinions
from webapp.tables import allowance, day_key, delivery, message, milliseconds, opinion, opinion_given, ticket
from webapp.tickets.model import RequestChanged, TicketEmptied
from webapp.tickets.reading import load
from webapp.tickets.retention import Periods, Purged, purge, remaining

PERIODS = Periods()
NOTHING = Purged()


def arrive(counter: Counter, reference: str, at: datetime, kind: str = "", state: str = "delivered") -> None:
    """The worker's verdict on the sendings of a ticket, all or those of `kind`."""
    settled = update(delivery).where(delivery.c.key.like(f"{reference}:{kind}%"))
    with counter.database.transaction() as connection:
        values = {"state": state, "delivered_at": milliseconds(at) if state == "delivered" else None}
        connection.execute(settled.values(**values, due_at=milliseconds(at)))


def delivered(counter: Counter, **changes: str) -> str:
    reference = counter.submit(**changes).reference
    arrive(counter, reference, counter.now)
    return reference


def row(counter: Counter, reference: str) -> Row[tuple[object, ...]] | None:
    with counter.database.reading() as connection:
        return connection.execute(select(ticket).where(ticket.c.reference == reference)).one_or_none()


def count(database: Database) -> list[int]:
    with database.reading() as connection:
        return [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (ticket, message, delivery)
        ]


def readable(counter: Counter, reference: str) -> bool:
    with counter.database.reading() as connection:
        ticket_id = connection.execute(select(ticket.c.id).where(ticket.c.reference == reference)).scalar_one()
        try:
            return bool(load(connection, counter.safe, ticket_id).message)
        except TicketEmptied:
            return False


def test_words_and_person_go_thirty_days_after_the_last_delivery_and_the_rest_stays(counter: Counter) -> None:
    reference = counter.submit().reference
    arrive(counter, reference, NOON, kind="request")
    arrive(counter, reference, NOON + timedelta(days=3), kind="acknowledgement")
    assert purge(counter.database, NOON + timedelta(days=33, seconds=-1), PERIODS).emptied == 0
    assert readable(counter, reference)

    end = NOON + timedelta(days=33)
    assert purge(counter.database, end, PERIODS) == Purged(emptied=1)
    assert not readable(counter, reference)
    left = row(counter, reference)
    assert left is not None
    assert (left.nature, left.theme, left.created_at) == ("question", "cartes", milliseconds(NOON))
    assert (left.sealed_person, left.emptied_at) == (b"", milliseconds(end))
    with counter.database.reading() as connection:
        assert connection.execute(select(message.c.sealed_body)).scalars().all() == [b""]


def test_purging_again_does_nothing(counter: Counter) -> None:
    delivered(counter)
    later = NOON + timedelta(days=40)
    assert purge(counter.database, later, PERIODS).emptied == 1
    assert purge(counter.database, later, PERIODS) == NOTHING


def test_the_ticket_goes_after_thirteen_months_with_its_messages_and_deliveries(counter: Counter) -> None:
    delivered(counter)
    end = datetime(2027, 12, 23, 11, 0, tzinfo=UTC)
    before = purge(counter.database, end - timedelta(seconds=1), PERIODS)
    assert (before.emptied, before.deleted) == (1, 0)
    assert count(counter.database) == [1, 1, 2]
    assert purge(counter.database, end, PERIODS).deleted == 1
    assert count(counter.database) == [0, 0, 0]


def test_a_first_purge_after_two_years_empties_and_deletes_in_one_go(counter: Counter) -> None:
    for number in range(120):
        delivered(counter, form_key=f"form-{number}")
    purged = purge(counter.database, NOON + timedelta(days=730), PERIODS)
    assert (purged.emptied, purged.deleted, purged.unfinished) == (120, 120, False)
    assert count(counter.database) == [0, 0, 0]


@pytest.mark.parametrize(("state", "failed", "waiting"), [("failed", 1, 0), ("due", 0, 1)])
@pytest.mark.parametrize("kind", ["request", "acknowledgement"])
def test_what_has_not_arrived_holds_its_ticket_for_ever_and_is_counted(
    counter: Counter, kind: str, state: str, failed: int, waiting: int
) -> None:
    held = delivered(counter, form_key="held")
    arrive(counter, held, NOON, kind=kind, state=state)
    free = delivered(counter, form_key="free")
    early = purge(counter.database, NOON + timedelta(days=29), PERIODS)
    assert (early.failed, early.waiting) == (0, 0)
    purged = purge(counter.database, NOON + timedelta(days=1000), PERIODS)
    assert (purged.emptied, purged.deleted, purged.failed, purged.waiting) == (1, 1, failed, waiting)
    assert readable(counter, held)
    assert row(counter, free) is None


def test_a_ticket_that_arrives_late_keeps_its_words_for_thirty_days_all_the_same(counter: Counter) -> None:
    reference = counter.submit().reference
    arrived = NOON + timedelta(days=500)
    arrive(counter, reference, arrived)
    assert purge(counter.database, arrived + timedelta(days=29), PERIODS).deleted == 0
    assert readable(counter, reference)
    purged = purge(counter.database, arrived + timedelta(days=30), PERIODS)
    assert (purged.emptied, purged.deleted) == (1, 1)


def test_an_abandoned_dead_letter_holds_its_ticket_no_longer(counter: Counter) -> None:
    from webapp.delivery import outbox

    reference = delivered(counter)
    arrive(counter, reference, NOON, kind="acknowledgement", state="failed")
    given_up = NOON + timedelta(days=60)
    assert outbox.abandon(counter.database, given_up, "acknowledgements") == 1
    assert outbox.abandon(counter.database, given_up, "acknowledgements") == 0
    assert purge(counter.database, given_up + timedelta(days=29), PERIODS).emptied == 0
    assert purge(counter.database, given_up + timedelta(days=30), PERIODS).emptied == 1


def test_a_ticket_that_owes_no_sending_is_not_taken_for_delivered(counter: Counter) -> None:
    counter.deliveries = ()
    reference = counter.submit().reference
    assert purge(counter.database, NOON + timedelta(days=1000), PERIODS).emptied == 0
    assert readable(counter, reference)


def test_a_form_sent_again_finds_its_ticket_until_the_row_is_gone(counter: Counter) -> None:
    reference = delivered(counter)
    counter.advance(days=40)
    assert purge(counter.database, counter.now, PERIODS).emptied == 1
    again = counter.submit()
    assert (again.reference, again.repeated) == (reference, True)
    with pytest.raises(RequestChanged) as changed:
        counter.submit(message="D'autres mots")
    assert changed.value.reference == reference
    assert not readable(counter, reference)  # sending again brings nothing back

    counter.advance(days=400)
    assert purge(counter.database, counter.now, PERIODS).deleted == 1
    fresh = counter.submit()  # a form left open for over a year is a new request
    assert not fresh.repeated
    assert readable(counter, fresh.reference)


def test_a_portion_is_respected_and_said(counter: Counter) -> None:
    for number in range(7):
        delivered(counter, form_key=f"form-{number}")
    later = NOON + timedelta(days=40)
    emptied = [purge(counter.database, later, PERIODS, most=3) for _ in range(4)]
    assert [(each.emptied, each.unfinished) for each in emptied] == [(3, True), (3, True), (1, False), (0, False)]


def test_the_oldest_go_first(counter: Counter) -> None:
    references = []
    for number in range(3):
        references.append(delivered(counter, form_key=f"form-{number}"))
        counter.advance(hours=1)
    purge(counter.database, NOON + timedelta(days=40), PERIODS, most=1)
    assert [readable(counter, each) for each in references] == [False, True, True]


def test_processes_that_purge_at_once_share_the_work(counter: Counter, again: Callable[..., Database]) -> None:
    for number in range(150):
        delivered(counter, form_key=f"form-{number}")
    counter.database.dispose()
    results: list[Purged] = []
    failures: list[Exception] = []

    def run(database: Database) -> None:
        try:
            results.append(purge(database, NOON + timedelta(days=40), PERIODS))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(again(),)) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []
    last = purge(counter.database, NOON + timedelta(days=40), PERIODS)  # what one left because another had it in hand
    assert sum(each.emptied for each in results) + last.emptied == 150
    with counter.database.reading() as connection:
        assert set(connection.execute(select(ticket.c.sealed_person)).scalars()) == {b""}


def test_a_customer_who_writes_in_the_middle_of_a_purge_is_served(
    counter: Counter, again: Callable[..., Database]
) -> None:
    for number in range(400):
        delivered(counter, form_key=f"form-{number}")
    other = again()
    purging = threading.Thread(target=purge, args=(other, NOON + timedelta(days=40), PERIODS))
    purging.start()
    counter.now = NOON + timedelta(days=40)
    sent = [counter.submit(form_key=f"meanwhile-{number}").reference for number in range(20)]
    purging.join()
    assert all(readable(counter, each) for each in sent)


def test_counters_against_abuse_go_after_two_days(counter: Counter) -> None:
    with counter.database.transaction() as connection:
        for hours in (47, 48, 300):
            start = milliseconds(NOON - timedelta(hours=hours))
            connection.execute(insert(allowance), {"bucket": str(hours), "window_start": start, "used": 1})
    assert purge(counter.database, NOON, PERIODS).counters == 2
    with counter.database.reading() as connection:
        assert connection.execute(select(allowance.c.bucket)).scalars().all() == ["47"]


def give(database: Database, now: datetime) -> None:
    opinions.give(
        database,
        article="carte-avalee",
        language="fr",
        digest="d",
        surface="hub",
        partner="",
        answer="useful",
        visitor="192.0.2.7 Firefox",
        network="192.0.2.0/24",
        per_network=10,
        now=now,
    )


def test_what_recognises_a_visitor_goes_the_next_day_even_when_nobody_comes_any_more(database: Database) -> None:
    give(database, NOON)
    assert purge(database, NOON.replace(hour=23, minute=59), PERIODS).digests == 0
    assert purge(database, NOON + timedelta(days=1), PERIODS).digests == 1
    with database.reading() as connection:
        assert connection.execute(select(opinion_given)).all() == []
        assert connection.execute(select(day_key)).all() == []
        assert connection.execute(select(opinion.c.count)).scalars().all() == [1]


def test_counts_of_opinions_go_before_one_of_them_is_older_than_twenty_five_months(database: Database) -> None:
    give(database, NOON)  # November 2026
    assert purge(database, datetime(2028, 11, 30, 23, 59, tzinfo=UTC), PERIODS).opinions == 0
    assert purge(database, datetime(2028, 12, 1, tzinfo=UTC), PERIODS).opinions == 1


def test_a_shorter_month_ends_on_its_last_day(counter: Counter) -> None:
    counter.now = datetime(2027, 1, 28, 12, 0, tzinfo=UTC)
    delivered(counter)
    periods = Periods(ticket_months=13)
    assert purge(counter.database, datetime(2028, 2, 28, 11, 59, tzinfo=UTC), periods).deleted == 0
    assert purge(counter.database, datetime(2028, 3, 31, tzinfo=UTC), Periods(ticket_months=14)).deleted == 1


def test_what_is_left_is_told_without_content(counter: Counter) -> None:
    nothing = remaining(counter.database)
    assert {nothing.words, nothing.ticket, nothing.counter, nothing.digest_day, nothing.opinion_month} == {None}
    delivered(counter, form_key="old")
    counter.advance(days=20)
    delivered(counter, form_key="new")
    give(counter.database, counter.now)
    purge(counter.database, NOON + timedelta(days=31), Periods())
    left = remaining(counter.database)
    assert left.words == NOON + timedelta(days=20)
    assert left.ticket == NOON
    assert (left.digest_day, left.opinion_month) == (None, "2026-12")


def test_no_file_of_the_database_holds_what_was_purged(sqlite: Database, tmp_path: Path) -> None:
    counter = Counter(sqlite)
    words = "Canari-4f9c " + "je conteste ces frais. " * 400  # long enough to fill pages of its own
    gone = [delivered(counter, form_key=f"gone-{number}", message=words, name="Zoé Canari-4f9c") for number in range(5)]
    kept = counter.submit(form_key="kept").reference
    traces = [each for each in sealed(counter, gone) if found(tmp_path, each)]
    assert len(traces) > 5 * 9000 // 24 * 0.95  # all but those that two pages share
    with sqlite.reading() as connection:  # a page in view of somebody else: the log cannot be emptied
        connection.execute(select(ticket.c.id)).all()
        assert purge(sqlite, NOON + timedelta(days=31), PERIODS).emptied == 5
    sqlite.settle()
    assert not any(found(tmp_path, each) for each in [*traces, b"Canari-4f9c"])
    assert all(found(tmp_path, each) for each in sealed(counter, [kept]))


def test_a_purge_settles_the_log_by_itself(sqlite: Database, tmp_path: Path) -> None:
    counter = Counter(sqlite)
    traces = sealed(counter, [delivered(counter, form_key=f"form-{number}") for number in range(5)])
    purge(sqlite, NOON + timedelta(days=31), PERIODS)
    assert not any(found(tmp_path, each) for each in traces)


def sealed(counter: Counter, references: list[str]) -> list[bytes]:
    """Pieces of what was stored, of every sealed value: encrypted words are words too, for whoever has the key."""
    both = select(ticket.c.sealed_person, message.c.sealed_body).join(message, message.c.ticket_id == ticket.c.id)
    with counter.database.reading() as connection:
        rows = connection.execute(both.where(ticket.c.reference.in_(references))).all()
    values = [value for each in rows for value in each]
    return [value[start : start + 24] for value in values for start in range(20, len(value) - 24, 24)]


def found(folder: Path, trace: bytes) -> bool:
    return any(trace in path.read_bytes() for path in folder.glob("guichet.sqlite3*"))
