"""Housekeeping: the idle worker purges once an hour, and no trouble there keeps a sending waiting."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from tests.delivery.conftest import NOON, Clock
from tests.delivery.test_worker import FarEnd, Make, drain, far_end, worker
from webapp.db import Database
from webapp.delivery.housekeeping import Housekeeping
from webapp.tables import ticket
from webapp.tickets.retention import Periods

__all__ = ["far_end", "worker"]
Owe = Callable[..., list[str]]
MONTH_LATER = NOON + timedelta(days=31)


@pytest.fixture
def housekeeping(database: Database, clock: Clock) -> Housekeeping:
    return Housekeeping(database, Periods(), clock=clock)


def not_emptied(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).where(ticket.c.emptied_at.is_(None))).scalar_one()


def deliver_long_ago(owe: Owe, worker: Make, clock: Clock, count: int, prefix: str = "T") -> None:
    owe(count, since=clock(), prefix=prefix)
    clock.advance(minutes=10)
    assert drain(worker()) == count


def test_it_purges_at_most_once_an_hour(
    database: Database, owe: Owe, worker: Make, clock: Clock, housekeeping: Housekeeping
) -> None:
    with capture_logs() as lines:
        deliver_long_ago(owe, worker, clock, 2)
        deliver_long_ago(owe, worker, clock, 1, prefix="U")
        del lines[:]
        clock.now = NOON + timedelta(days=30, minutes=10)  # the first two are due, the third ten minutes later
        for _ in range(3):
            housekeeping()
        assert not_emptied(database) == 1
        clock.advance(minutes=59)
        housekeeping()
        assert not_emptied(database) == 1
        clock.advance(minutes=1)
        housekeeping()
        assert not_emptied(database) == 0
    assert [(line["event"], line["emptied"], line["failed"]) for line in lines] == [("purged", 2, 0), ("purged", 1, 0)]


def test_a_backlog_is_dealt_with_in_portions_without_waiting_for_the_next_hour(
    database: Database, owe: Owe, worker: Make, clock: Clock, housekeeping: Housekeeping
) -> None:
    deliver_long_ago(owe, worker, clock, 250)
    clock.now = MONTH_LATER
    housekeeping()
    assert not_emptied(database) == 50
    housekeeping()
    assert not_emptied(database) == 0


def test_a_ticket_held_by_a_dead_letter_is_a_warning(
    owe: Owe, worker: Make, clock: Clock, far_end: FarEnd, housekeeping: Housekeeping
) -> None:
    from webapp.delivery.destinations.base import DeliveryError

    far_end.refuse = lambda key: DeliveryError("smtp-550", permanent=True)
    deliver_long_ago(owe, worker, clock, 1)
    clock.now = MONTH_LATER
    with capture_logs() as lines:
        housekeeping()
    assert [(line["log_level"], line["emptied"], line["failed"]) for line in lines] == [("warning", 0, 1)]


def test_a_purge_that_fails_stops_no_delivery(
    owe: Owe, worker: Make, clock: Clock, far_end: FarEnd, tmp_path: Path
) -> None:
    away = Database(f"sqlite:///{tmp_path / 'no tables.sqlite3'}")
    stop = threading.Event()
    failing = Housekeeping(away, Periods(), clock=clock)
    turns = 0

    def idle() -> None:
        nonlocal turns
        failing()
        turns += 1
        if turns == 1:
            owe(2, since=NOON)  # comes in after the failure
            clock.advance(minutes=1)
        else:
            stop.set()

    with capture_logs() as lines:
        worker(idle=idle).run(stop, tmp_path / "worker.alive")
    assert far_end.accepted == ["T00000:request:maildir", "T00001:request:maildir"]
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["purge failed"]
    away.dispose()
