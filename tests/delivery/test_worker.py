"""The worker: every request arrives once, oldest first, whatever the destination has been through."""

import os
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from tests.delivery.conftest import NOON, Clock
from webapp.db import Database, DatabaseUnavailable
from webapp.delivery import outbox
from webapp.delivery.backoff import wait
from webapp.delivery.destinations.base import DeliveryError, Destination
from webapp.delivery.destinations.maildir import Maildir
from webapp.delivery.outbox import Claim
from webapp.delivery.parcel import Parcel, Sent
from webapp.delivery.worker import Lane, Rhythm, Worker
from webapp.tables import delivery, delivery_case
from webapp.tickets.model import StoredRequest

Owe = Callable[..., list[str]]


def pack(claim: Claim) -> Parcel:
    """A parcel as thin as a claim: these tests are about when and where it goes, not about what it says."""
    mail = EmailMessage()
    mail["Date"] = format_datetime(NOON)
    mail["Message-ID"] = f"<{claim.key}@test>"
    request = StoredRequest(
        **{name: "" for name in ("nature", "theme", "language", "surface", "partner", "name", "email", "phone")},
        reference=claim.ticket_id,
        created_at=NOON,
        fields={},
        message="",
    )
    return Parcel(
        key=claim.key,
        kind=claim.kind,
        request=request,
        text="",
        written_at=NOON,
        repeated=claim.attempts > 1,
        letter=lambda _parcel, _to: mail,
    )


class FarEnd(Destination):
    """The far end of a wire: keeps what it accepts, refuses as it is told."""

    def __init__(self) -> None:
        self.accepted: list[str] = []
        self.attempts: list[str] = []
        self.repeated: dict[str, bool] = {}
        self.calls_it = ""
        self.refuse: Callable[[str], DeliveryError | None] = lambda key: None

    def send(self, parcel: Parcel) -> Sent:
        self.attempts.append(parcel.key)
        self.repeated[parcel.key] = parcel.repeated
        error = self.refuse(parcel.key)
        if error:
            raise error
        self.accepted.append(parcel.key)
        return Sent(self.calls_it)


Make = Callable[..., Worker]


@pytest.fixture
def far_end() -> FarEnd:
    return FarEnd()


@pytest.fixture
def worker(database: Database, clock: Clock, far_end: FarEnd) -> Make:
    def make(name: str = "one", **changes: object) -> Worker:
        values: dict[str, object] = {"name": name, "clock": clock, "random": Random(7), "rhythm": Rhythm()}
        return Worker(database, pack, {"maildir": far_end}, **(values | changes))  # type: ignore[arg-type]

    return make


def drain(worker: Worker) -> int:
    steps = 0
    while worker.step():
        steps += 1
    return steps


def test_what_is_owed_is_delivered_once_oldest_first(
    worker: Make, owe: Owe, clock: Clock, far_end: FarEnd, database: Database
) -> None:
    keys = owe(20, kinds=("request", "acknowledgement"))
    clock.advance(minutes=1)
    assert drain(worker()) == 40
    assert far_end.accepted == keys
    assert outbox.backlog(database, clock()).due == 0


def test_a_destination_down_for_six_hours_loses_nothing_and_doubles_nothing(
    worker: Make, owe: Owe, clock: Clock, far_end: FarEnd, database: Database
) -> None:
    queued = int(os.environ.get("GUICHET_QUEUED", "500"))  # `make faults`: 10,000
    keys = owe(queued)
    back: datetime = NOON + timedelta(hours=6)
    far_end.refuse = lambda key: DeliveryError("connection", everybody=True) if clock() < back else None
    one = worker()
    longest_silence = timedelta()
    last_attempt = clock()
    while clock() < back + timedelta(minutes=16):
        before = len(far_end.attempts)
        drain(one)
        if len(far_end.attempts) > before:
            longest_silence = max(longest_silence, clock() - last_attempt)
            last_attempt = clock()
        clock.advance(seconds=15)
    assert far_end.accepted == keys  # all of them, once each, oldest first
    assert outbox.backlog(database, clock()).due == 0
    assert longest_silence <= timedelta(minutes=15, seconds=15)
    assert len(far_end.attempts) - len(keys) < 60  # a destination that is down is knocked at, not hammered


def test_a_slow_helpdesk_keeps_no_letter_waiting(
    database: Database, owe: Owe, clock: Clock, far_end: FarEnd, worker: Make
) -> None:
    (request,) = owe(1, destination="rt", prefix="R")
    (letter,) = owe(1, kinds=("acknowledgement",), prefix="L", since=NOON + timedelta(seconds=30))
    clock.advance(minutes=1)
    helpdesk, letters = threading.Event(), FarEnd()

    def slow(_key: str) -> None:
        assert helpdesk.wait(20)

    far_end.refuse = slow  # type: ignore[assignment]
    destinations = {"rt": far_end, "maildir": letters}
    values = {"clock": clock, "random": Random(7), "rhythm": Rhythm()}
    lane = Worker(database, pack, destinations, name="lane", lane=Lane(only=frozenset({"rt"})), **values)  # type: ignore[arg-type]
    main = Worker(database, pack, destinations, name="main", lane=Lane(never=frozenset({"rt"})), **values)  # type: ignore[arg-type]
    busy = threading.Thread(target=lane.step)
    busy.start()
    assert drain(main) == 1
    assert (letters.accepted, far_end.accepted) == ([letter], [])
    helpdesk.set()
    busy.join()
    assert far_end.accepted == [request]


def test_one_greylisted_message_does_not_make_the_others_wait(
    worker: Make, owe: Owe, clock: Clock, far_end: FarEnd
) -> None:
    first, *others = owe(5)
    clock.advance(minutes=1)
    far_end.refuse = lambda key: DeliveryError("smtp-450") if key == first else None
    one = worker()
    drain(one)
    assert far_end.accepted == others
    far_end.refuse = lambda key: None
    clock.advance(seconds=2)
    drain(one)
    assert far_end.accepted == [*others, first]


def test_a_permanent_refusal_becomes_a_dead_letter_that_a_person_resends(
    worker: Make, owe: Owe, clock: Clock, far_end: FarEnd, database: Database
) -> None:
    (key,) = owe()
    far_end.refuse = lambda key: DeliveryError("smtp-550", permanent=True)
    one = worker()
    drain(one)
    clock.advance(days=2)
    drain(one)
    assert far_end.attempts == [key]
    assert [each.reason for each in outbox.owed(database, clock())] == ["smtp-550"]
    far_end.refuse = lambda key: None
    assert outbox.resend(database, clock(), key) == 1
    drain(one)
    assert far_end.accepted == [key]


def test_a_failure_is_tried_for_ever(worker: Make, owe: Owe, clock: Clock, far_end: FarEnd) -> None:
    (key,) = owe()
    far_end.refuse = lambda key: DeliveryError("smtp-451")
    one = worker()
    for _ in range(400):
        drain(one)
        clock.advance(minutes=15)
    assert len(far_end.attempts) == 400
    far_end.refuse = lambda key: None
    drain(one)
    assert far_end.accepted == [key]


def test_a_bug_with_one_ticket_keeps_nobody_else_waiting(
    worker: Make, owe: Owe, clock: Clock, far_end: FarEnd, database: Database
) -> None:
    first, second = owe(2)
    clock.advance(minutes=1)

    def broken(claim: Claim) -> Parcel:
        if claim.key == first:
            raise ValueError("words of the customer")
        return pack(claim)

    one = Worker(
        database,
        broken,
        {"maildir": far_end},
        name="one",
        clock=clock,
        random=Random(7),
        rhythm=Rhythm(),
    )
    drain(one)
    assert far_end.accepted == [second]
    assert [(each.key, each.reason) for each in outbox.owed(database, clock())] == [(first, "error-ValueError")]


def test_the_other_sides_name_of_a_ticket_is_kept_with_the_sending_and_for_what_follows(
    worker: Make, owe: Owe, far_end: FarEnd, database: Database
) -> None:
    (key, letter) = owe(kinds=("request", "acknowledgement"))
    far_end.calls_it = "4711"
    drain(worker())
    with database.reading() as connection:
        known = {row.key: row.external_id for row in connection.execute(select(delivery))}
        (case,) = connection.execute(select(delivery_case)).all()
    assert known == {key: "4711", letter: "4711"}
    assert (case.ticket_id, case.destination, case.external_id) == ("T00000", "maildir", "4711")


def test_only_a_first_attempt_needs_no_look_before_it_creates(
    worker: Make, owe: Owe, clock: Clock, far_end: FarEnd, database: Database
) -> None:
    (key,) = owe()
    one = worker()
    for error in (DeliveryError("connection", everybody=True), DeliveryError("http-400", permanent=True)):
        far_end.refuse = lambda key, error=error: error  # type: ignore[misc]
        drain(one)
        clock.advance(minutes=1)
    assert outbox.resend(database, clock(), key) == 1
    far_end.refuse = lambda key: DeliveryError("later") if not far_end.repeated[key] else None
    drain(one)
    assert far_end.accepted == [key]


def test_a_destination_that_says_how_long_to_wait_is_given_that_time(
    worker: Make, owe: Owe, clock: Clock, far_end: FarEnd
) -> None:
    (key,) = owe()
    far_end.refuse = lambda key: DeliveryError("http-429", everybody=True, wait=120)
    one = worker()
    drain(one)
    far_end.refuse = lambda key: None
    clock.advance(seconds=119)
    drain(one)
    assert far_end.accepted == []
    clock.advance(seconds=1)
    drain(one)
    assert far_end.accepted == [key]


def test_a_destination_that_is_no_longer_set_up_is_waited_for(
    worker: Make, owe: Owe, clock: Clock, database: Database
) -> None:
    owe(1, destination="smtp")
    drain(worker())
    assert [(each.state, each.reason) for each in outbox.owed(database, clock())] == [("due", "unknown-destination")]


def test_two_workers_on_one_outbox_double_nothing(
    database: Database, owe: Owe, clock: Clock, tmp_path: Path, far_end: FarEnd, worker: Make
) -> None:
    keys = owe(100)
    clock.advance(hours=1)
    threads = [threading.Thread(target=drain, args=(worker(name),)) for name in ("one", "two")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert Counter(far_end.accepted) == Counter(keys)


def test_a_worker_killed_after_sending_and_before_recording_doubles_nothing(
    database: Database, owe: Owe, clock: Clock, tmp_path: Path
) -> None:
    owe(1, kinds=("request", "acknowledgement"))
    box = Maildir(tmp_path / "mail")
    for _ in range(2):  # sent, never recorded: what kill -9 leaves
        claim = outbox.claim(database, "killed", clock(), timedelta(seconds=60))
        assert claim is not None
        box.send(pack(claim))
    clock.advance(minutes=2)
    one = Worker(
        database,
        pack,
        {"maildir": Maildir(tmp_path / "mail")},
        name="next",
        clock=clock,
        random=Random(7),
        rhythm=Rhythm(),
    )
    assert drain(one) == 2
    assert len(list((tmp_path / "mail").rglob("*.guichet"))) == 2
    assert outbox.backlog(database, clock()).due == 0


def test_the_wait_doubles_up_to_its_ceiling_and_half_of_it_is_jitter() -> None:
    lowest, highest = Random(), Random()
    lowest.random = lambda: 0.0  # type: ignore[method-assign]
    highest.random = lambda: 1.0  # type: ignore[method-assign]
    assert [wait(attempts, 900, highest) for attempts in (1, 2, 3, 9, 10, 1000)] == [2, 4, 8, 512, 900, 900]
    assert [wait(attempts, 900, lowest) for attempts in (1, 2, 3, 1000)] == [1, 2, 4, 450]


def test_the_loop_stops_when_it_is_told_and_shows_that_it_is_alive(
    worker: Make, owe: Owe, clock: Clock, tmp_path: Path, far_end: FarEnd
) -> None:
    keys = owe(3)
    clock.advance(minutes=1)
    stop = threading.Event()
    alive = tmp_path / "worker.alive"

    def refuse(key: str) -> None:
        assert alive.exists()
        if key == keys[1]:
            stop.set()  # the signal comes in the middle of a sending: it is finished, the next is not begun

    far_end.refuse = refuse  # type: ignore[assignment]
    worker().run(stop, alive)
    assert far_end.accepted == keys[:2]


def test_a_database_that_is_away_is_waited_for(owe: Owe, tmp_path: Path, clock: Clock, far_end: FarEnd) -> None:
    away = Database(f"sqlite:///{tmp_path / 'no tables.sqlite3'}")
    one = Worker(away, pack, {}, name="one", clock=clock, random=Random(7), rhythm=Rhythm())
    with pytest.raises(DatabaseUnavailable):
        one.step()

    class StopAfterOneWait(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            assert 0 < timeout <= 30
            self.set()
            return True

    one.run(StopAfterOneWait(), tmp_path / "worker.alive")
    away.dispose()
