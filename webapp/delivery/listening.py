"""Listening: answers and states come back from the helpdesks and move the follow-up page.

One asker at a time for each destination, whatever the number of hosts: a row of ``delivery_mark`` is taken under a
lease, like a sending. A helpdesk that tells all its news at once is asked every `every` seconds; one that must be
asked ticket by ticket is asked about those that are due, less and less often while nothing happens. What is heard twice
is kept once (``origin``), so the cursor moves only after everything before it is kept.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from threading import Event
from typing import Any

from sqlalchemy import Row, select, update

from webapp import logs
from webapp.db import DatabaseUnavailable
from webapp.delivery import cases
from webapp.delivery.backoff import wait
from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.keeping import Office, keep
from webapp.delivery.news import Heard, Listens, ListensByCase
from webapp.tables import delivery_case, delivery_mark, milliseconds

_LEASE = timedelta(minutes=5)  # longer than any bounded round of questions
_LONGEST_WAIT = 900.0  # seconds between two questions to a helpdesk that does not answer
_CASES = 20  # tickets asked about in one turn
_QUIET = 6  # doublings of the pause between two looks at a ticket: 30 s becomes half an hour
_log = logs.logger("guichet.listening")


class Listening:
    """Asks the `destinations` that can be asked. `every`: seconds between two questions to the same one."""

    def __init__(
        self,
        office: Office,
        destinations: Mapping[str, object],
        *,
        every: float,
        clock: Callable[[], datetime],
        random: Random,
    ) -> None:
        self._office = office
        self._all: dict[str, Listens] = {}
        self._by_case: dict[str, ListensByCase] = {}
        for name, each in destinations.items():
            if isinstance(each, Listens):
                self._all[name] = each
            elif isinstance(each, ListensByCase):
                self._by_case[name] = each
        self._every = every
        self._clock = clock
        self._random = random

    def __bool__(self) -> bool:
        return bool(self._all or self._by_case)

    def run(self, stop: Event) -> None:
        """Listen until `stop` is set. A database that is away is waited for."""
        while not stop.is_set():
            try:
                busy = self.step()
            except DatabaseUnavailable as error:
                _log.warning("the database does not answer", reason=type(error).__name__)
                busy = False
            if not busy:
                stop.wait(min(self._every, 1.0))

    def step(self) -> bool:
        """Ask every destination that is due; whether one has more to say at once. Errors: ``DatabaseUnavailable``."""
        more = False
        for name, each in self._all.items():
            more |= self._turn(name, lambda cursor, name=name, each=each: self._hear(name, each, cursor))  # type: ignore[misc]
        for name, by_case in self._by_case.items():
            more |= self._turn(name, lambda _cursor, name=name, each=by_case: self._hear_cases(name, each))  # type: ignore[misc]
        return more

    def _turn(self, name: str, ask: Callable[[str], Heard]) -> bool:
        """One question under the lease of its row, and what follows from its answer or its failure."""
        now = self._clock()
        held = self._taken(name, now)
        if held is None:
            return False
        values: dict[str, Any]
        try:
            heard = ask(held.cursor)
            pause = 0.0 if heard.more else self._every
            values = {"cursor": heard.cursor, "failures": 0}
        except DeliveryError as error:
            heard = Heard()
            pause = max(error.wait, self._every, wait(held.failures + 1, _LONGEST_WAIT, self._random))
            values = {"failures": held.failures + 1}
            _log.warning("not heard", destination=name, reason=error.reason, wait=round(pause, 1))
        values["due_at"] = milliseconds(self._clock() + timedelta(seconds=pause))
        with self._office.database.transaction() as connection:
            connection.execute(update(delivery_mark).where(delivery_mark.c.destination == name).values(**values))
        return heard.more

    def _taken(self, name: str, now: datetime) -> Row[Any] | None:
        """The mark of a destination, ours until the lease ends; None when it is not due or somebody else's."""
        database, mark = self._office.database, delivery_mark.c
        due = select(delivery_mark).where(mark.destination == name)
        with database.reading() as connection:  # no lock for the usual answer: not yet
            found = connection.execute(due).one_or_none()
        if found is not None and found.due_at > milliseconds(now):
            return None
        with database.transaction() as connection:
            fresh = database.upsert(delivery_mark).values(destination=name, due_at=milliseconds(now), cursor="")
            connection.execute(fresh.on_conflict_do_nothing())
            taking = (
                update(delivery_mark)
                .where(mark.destination == name, mark.due_at <= milliseconds(now))
                .values(due_at=milliseconds(now + _LEASE))
                .returning(delivery_mark)
            )
            return connection.execute(taking).one_or_none()

    def _hear(self, name: str, each: Listens, cursor: str) -> Heard:
        def ours(case: str) -> bool:
            with self._office.database.reading() as connection:
                return bool(cases.ticket_of(connection, name, case))

        heard = each.hear(cursor, ours)
        for news in heard.news:
            keep(self._office, name, news)
        return heard

    def _hear_cases(self, name: str, each: ListensByCase) -> Heard:
        """The tickets that are due, the longest due first; one that fails does not keep the others waiting."""
        now, case = self._clock(), delivery_case.c
        due = (
            select(delivery_case)
            .where(case.destination == name, case.due_at <= milliseconds(now))
            .order_by(case.due_at)
            .limit(_CASES)
        )
        with self._office.database.reading() as connection:
            found = connection.execute(due).all()
        for row in found:
            self._hear_case(name, each, row)
        return Heard(more=len(found) == _CASES)

    def _hear_case(self, name: str, each: ListensByCase, row: Row[Any]) -> None:
        heard, quiet = Heard(cursor=row.cursor), min(row.quiet + 1, _QUIET)
        try:
            told = each.hear_case(row.external_id, row.cursor)
            if any([keep(self._office, name, news) for news in told.news]):
                quiet = 0
            heard = told
        except DeliveryError as error:
            if error.everybody:
                raise
            _log.warning("not heard", destination=name, reason=error.reason)
        pause = self._every * 2**quiet
        now = self._clock()
        values = {"cursor": heard.cursor, "quiet": quiet, "checked_at": milliseconds(now)}
        values["due_at"] = milliseconds(now + timedelta(seconds=pause * (1 + self._random.random() / 4)))
        with self._office.database.transaction() as connection:
            this = (delivery_case.c.ticket_id == row.ticket_id, delivery_case.c.destination == name)
            connection.execute(update(delivery_case).where(*this).values(**values))
