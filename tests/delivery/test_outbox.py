"""The outbox: nothing is lost with a worker, nothing is shared by two, nothing is dropped."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.delivery.conftest import NOON, Clock
from webapp.db import Database
from webapp.delivery import outbox
from webapp.delivery.outbox import Claim
from webapp.tables import delivery

LEASE = timedelta(seconds=60)
Owe = Callable[..., list[str]]


def state(database: Database, key: str) -> str:
    with database.reading() as connection:
        return str(connection.execute(select(delivery.c.state).where(delivery.c.key == key)).scalar_one())


def claimed(database: Database, clock: Clock, worker: str = "one") -> Claim:
    claim = outbox.claim(database, worker, clock(), LEASE)
    assert claim is not None
    return claim


def test_the_oldest_is_claimed_first_and_by_one_worker_only(database: Database, owe: Owe, clock: Clock) -> None:
    first, second = owe(2)
    clock.advance(minutes=1)
    assert claimed(database, clock, "one").key == first
    assert claimed(database, clock, "two").key == second
    assert outbox.claim(database, "three", clock(), LEASE) is None


def test_what_a_customer_adds_goes_after_what_was_said_before(database: Database, owe: Owe, clock: Clock) -> None:
    """Two workers serve one helpdesk: the message must not overtake the request that opens the case."""
    request, message = owe(kinds=("request", "message"))
    (other,) = owe(prefix="U")
    clock.advance(minutes=1)
    first = claimed(database, clock, "one")
    assert first.key == request
    beside = claimed(database, clock, "two")
    assert beside.key == other
    assert outbox.claim(database, "three", clock(), LEASE) is None
    outbox.delivered(database, beside, clock(), "41")
    assert not outbox.waiting(database, clock())
    outbox.later(database, first, clock() + timedelta(hours=1), "busy")
    assert outbox.claim(database, "two", clock(), LEASE) is None
    clock.advance(hours=1)
    outbox.delivered(database, claimed(database, clock, "one"), clock(), "42")
    assert claimed(database, clock, "two").key == message


def test_nothing_is_claimed_before_it_is_due(database: Database, owe: Owe, clock: Clock) -> None:
    owe(1, since=NOON + timedelta(minutes=5))
    assert outbox.claim(database, "one", clock(), LEASE) is None
    clock.advance(minutes=5)
    assert outbox.claim(database, "one", clock(), LEASE) is not None


def test_a_killed_worker_loses_nothing(database: Database, owe: Owe, clock: Clock) -> None:
    (key,) = owe()
    claimed(database, clock, "killed")
    clock.advance(seconds=59)
    assert outbox.claim(database, "next", clock(), LEASE) is None
    clock.advance(seconds=1)
    again = claimed(database, clock, "next")
    assert (again.key, again.attempts) == (key, 2)


@pytest.mark.parametrize("successor", ["another", "slow"])
def test_a_worker_that_outlived_its_lease_decides_nothing(
    database: Database, owe: Owe, clock: Clock, successor: str
) -> None:
    (key,) = owe()
    late = claimed(database, clock, "slow")
    clock.advance(seconds=61)
    current = claimed(database, clock, successor)
    assert not outbox.failed(database, late, "smtp-550")
    assert not outbox.later(database, late, clock() + LEASE, "smtp-450")
    assert not outbox.put_back(database, late, "connection")
    assert not outbox.delivered(database, late, clock())
    assert state(database, key) == "due"
    assert outbox.delivered(database, current, clock())
    assert state(database, key) == "delivered"


def test_what_is_delivered_is_never_offered_again(database: Database, owe: Owe, clock: Clock) -> None:
    owe()
    assert outbox.delivered(database, claimed(database, clock), clock())
    clock.advance(days=30)
    assert outbox.claim(database, "one", clock(), LEASE) is None


def test_a_sending_put_back_keeps_its_place(database: Database, owe: Owe, clock: Clock) -> None:
    first, _second = owe(2)
    clock.advance(minutes=1)
    assert outbox.put_back(database, claimed(database, clock), "connection")
    assert claimed(database, clock).key == first


def test_a_sending_for_later_waits_its_turn(database: Database, owe: Owe, clock: Clock) -> None:
    first, second = owe(2)
    clock.advance(minutes=1)
    assert outbox.later(database, claimed(database, clock), clock() + timedelta(minutes=5), "smtp-450")
    assert outbox.delivered(database, claimed(database, clock), clock())
    assert state(database, second) == "delivered"
    assert outbox.claim(database, "one", clock(), LEASE) is None
    clock.advance(minutes=5)
    assert claimed(database, clock).key == first


def test_a_resting_destination_is_passed_over(database: Database, owe: Owe, clock: Clock) -> None:
    owe(1, destination="smtp", prefix="S")
    (kept,) = owe(1, destination="maildir", prefix="M", since=NOON + timedelta(seconds=30))
    clock.advance(minutes=1)
    claim = outbox.claim(database, "one", clock(), LEASE, resting=["smtp"])
    assert claim is not None
    assert claim.key == kept


def test_operators_see_what_is_owed_without_content_or_address(database: Database, owe: Owe, clock: Clock) -> None:
    first, second = owe(2)
    clock.advance(minutes=2)
    outbox.failed(database, claimed(database, clock), "smtp-550")
    dead, due = outbox.owed(database, clock())
    assert (dead.key, dead.state, dead.reason, dead.attempts) == (first, "failed", "smtp-550", 1)
    assert (due.key, due.state, due.age) == (second, "due", timedelta(seconds=119))
    assert set(dead.__struct_fields__) == {
        *("key", "kind", "destination", "state", "attempts", "reason", "external_id", "age")
    }
    backlog = outbox.backlog(database, clock())
    assert (backlog.due, backlog.failed, backlog.oldest) == (1, 1, timedelta(seconds=119))


def test_an_empty_outbox_has_no_age(database: Database, clock: Clock) -> None:
    assert outbox.backlog(database, clock()).oldest == timedelta()


@pytest.mark.parametrize(
    ("key", "due"), [("", 2), ("T00001:request:maildir", 1), ("T00002:request:maildir", 0), ("unknown", 0)]
)
def test_dead_letters_are_sent_again_when_a_person_says_so(
    database: Database, owe: Owe, clock: Clock, key: str, due: int
) -> None:
    owe(3)
    clock.advance(minutes=1)
    for _ in range(2):
        outbox.failed(database, claimed(database, clock), "smtp-550")
    outbox.delivered(database, claimed(database, clock), clock())
    assert outbox.resend(database, clock(), key) == due
    assert outbox.backlog(database, clock()).due == due


def test_eight_workers_at_once_never_share_a_sending(database: Database, owe: Owe, clock: Clock) -> None:
    keys = owe(120)
    clock.advance(hours=1)

    def work(name: str) -> list[str]:
        mine = []
        while claim := outbox.claim(database, name, clock(), LEASE):
            mine.append(claim.key)
            assert outbox.delivered(database, claim, clock())
        return mine

    with ThreadPoolExecutor(8) as pool:
        taken = [key for mine in pool.map(work, [f"worker-{number}" for number in range(8)]) for key in mine]
    assert sorted(taken) == keys
