"""The worker: claim → pack → send → record, one sending at a time, until it is told to stop.

A destination out of reach rests, and everything owed to it keeps its place; the oldest sending then goes out alone, as
a probe, until one is accepted. Trouble with one message makes that message wait, not the others. Both waits double up
to ``longest_wait``, with jitter so that several workers do not knock together; there is no last attempt.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event

import msgspec

from webapp import logs
from webapp.db import Database, DatabaseBusy, DatabaseUnavailable
from webapp.delivery import outbox
from webapp.delivery.backoff import wait
from webapp.delivery.destinations.base import DeliveryError, Destination
from webapp.delivery.outbox import Claim
from webapp.delivery.parcel import Parcel
from webapp.delivery.rests import Rests

_log = logs.logger("guichet.delivery")


class Rhythm(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds: how long a claim holds, how long the longest wait is, how often an idle worker looks."""

    lease: float = 60
    longest_wait: float = 900
    poll: float = 0.5


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """Which destinations a worker serves: those of `only` (none named: all), and none of `never`.

    A helpdesk that takes four seconds an answer must not keep the letters to customers waiting.
    """

    only: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()


class Worker:
    """Delivers what the outbox owes. `name` tells workers apart; `pack` makes the parcel of a claim.

    `lane`: the destinations that it serves, and those that it leaves to others; `rests`: shared by the workers of one
    lane. `idle` is called at each turn without work; it must be quick and must not raise.
    """

    def __init__(
        self,
        database: Database,
        pack: Callable[[Claim], Parcel],
        destinations: Mapping[str, Destination],
        *,
        name: str,
        clock: Callable[[], datetime],
        random: Random,
        rhythm: Rhythm,
        lane: "Lane | None" = None,
        rests: "Rests | None" = None,
        idle: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._pack = pack
        self._destinations = destinations
        self._name = name
        self._clock = clock
        self._random = random
        self._rhythm = rhythm
        self.lane = lane or Lane()
        self._idle = idle
        self._rests = rests or Rests()
        self._busy = False

    def step(self) -> bool:
        """Deal with one sending; False when none is due. Errors: ``DatabaseBusy``, ``DatabaseUnavailable``."""
        try:
            return self._dealt_with_one()
        finally:
            self._rests.let_go(self._name)

    def _dealt_with_one(self) -> bool:
        claim = self._next()
        self._busy = claim is not None
        if claim is None:
            return False
        try:
            sent = self._destination(claim).send(self._pack(claim))
        except DeliveryError as error:
            self._not_delivered(claim, error)
        except (DatabaseBusy, DatabaseUnavailable):
            raise
        except Exception as error:  # one unreadable ticket, or a bug, must not keep the others waiting
            self._not_delivered(claim, DeliveryError(f"error-{type(error).__name__}"[:80]))
        else:
            self._rests.open(claim.destination)
            held = outbox.delivered(self._database, claim, self._clock(), sent.external_id)
            _tell("delivered", claim, held)
        return True

    def _next(self) -> Claim | None:
        now = self._clock()
        resting = self._rests.closed_to(self._name, now) | self.lane.never
        where = {"resting": resting, "only": self.lane.only}
        if not self._busy and not outbox.waiting(self._database, now, **where):
            return None
        lease = timedelta(seconds=self._rhythm.lease)
        return outbox.claim(self._database, self._name, now, lease, **where)

    def _destination(self, claim: Claim) -> Destination:
        try:
            return self._destinations[claim.destination]
        except KeyError:
            raise DeliveryError("unknown-destination", everybody=True) from None

    def _not_delivered(self, claim: Claim, error: DeliveryError) -> None:
        if error.permanent:
            _tell("failed", claim, outbox.failed(self._database, claim, error.reason), reason=error.reason)
            return
        if error.everybody:
            failures = self._rests.failures(claim.destination) + 1
            seconds = max(error.wait, wait(failures, self._rhythm.longest_wait, self._random))
            self._rests.rest(claim.destination, self._name, self._clock() + timedelta(seconds=seconds))
            held = outbox.put_back(self._database, claim, error.reason)
        else:
            seconds = max(error.wait, wait(claim.attempts, self._rhythm.longest_wait, self._random))
            held = outbox.later(self._database, claim, self._clock() + timedelta(seconds=seconds), error.reason)
        _tell("postponed", claim, held, reason=error.reason, wait=round(seconds, 1))

    def run(self, stop: Event, alive: Path) -> None:
        """Deliver until `stop` is set; the sending in hand is finished first. `alive` is touched while it works.

        A database that is busy or gone is waited for: the sending in hand is offered again when its lease ends.
        """
        troubles = 0
        while not stop.is_set():
            _beat(alive)
            try:
                busy = self.step()
                troubles = 0
            except (DatabaseBusy, DatabaseUnavailable) as error:
                troubles += 1
                _log.warning("the database does not answer", reason=type(error).__name__, attempts=troubles)
                stop.wait(wait(troubles, 30, self._random))
                continue
            if not busy:
                self._idle()
                stop.wait(self._rhythm.poll)


def _beat(alive: Path) -> None:
    """Tell ``/health`` that the worker turns. A full disk must not stop deliveries that would leave this machine."""
    try:
        alive.touch()
    except OSError:
        _log.warning("the sign of life cannot be written")


def _tell(outcome: str, claim: Claim, held: bool, *, reason: str = "", wait: float = 0.0) -> None:
    told: dict[str, str | int | float] = {
        "key": claim.key,
        "destination": claim.destination,
        "attempts": claim.attempts,
    }
    if reason:
        told["reason"] = reason
    if wait:
        told["wait"] = wait
    if not held:
        _log.warning("lease lost, another worker decides", **told)
    elif outcome == "delivered":
        _log.info(outcome, **told)
    else:
        _log.warning(outcome, **told)
