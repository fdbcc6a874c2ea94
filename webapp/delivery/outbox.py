"""The outbox: what is owed, claimed under a lease so that a killed worker loses nothing and two never share a sending.

A row is ``due`` until the destination has accepted it, whoever is at work on it: a claim only moves ``due_at`` to the
end of the lease. A worker that outlives its lease finds its claim gone (the number of attempts has changed) and its
verdict is ignored. Nothing is ever dropped: ``failed`` rows wait for a person (``flask deliveries --resend``).
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, Row, Select, func, select, update

from webapp.db import Database
from webapp.tables import delivery, milliseconds, moment, ticket


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A sending entrusted to one worker until its lease ends. `place`: its ``due_at`` before the claim."""

    id: int
    key: str
    ticket_id: str
    kind: str
    destination: str
    attempts: int  # this one included
    worker: str
    place: int


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """A sending that has not arrived, as operators see it: no content, no address."""

    key: str
    kind: str
    destination: str
    state: str
    attempts: int
    reason: str
    age: timedelta


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """How much is owed. `oldest`: age of the oldest request with a sending still due, zero when none is."""

    due: int
    failed: int
    oldest: timedelta


def claim(
    database: Database, worker: str, now: datetime, lease: timedelta, *, resting: Collection[str] = ()
) -> Claim | None:
    """The oldest sending due at `now`, not owed to a destination in `resting`; None when there is none.

    Errors: ``DatabaseBusy``, ``DatabaseUnavailable``.
    """
    oldest = _oldest(milliseconds(now), resting)
    with database.reading() as connection:  # an idle worker must not take the write lock twice a second
        if connection.execute(oldest).first() is None:
            return None
    with database.transaction() as connection:
        # Workers on PostgreSQL pass over each other's row; SQLite leaves the clause out and has one writer anyway.
        row = connection.execute(oldest.with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        connection.execute(
            update(delivery)
            .where(delivery.c.id == row.id)
            .values(attempts=row.attempts + 1, due_at=milliseconds(now + lease), leased_by=worker)
        )
        return _claimed(row, worker)


def delivered(database: Database, held: Claim, now: datetime) -> bool:
    """Record that the destination is answerable for it. False: the lease was lost, another worker decides."""
    return _settle(database, held, state="delivered", delivered_at=milliseconds(now), reason="")


def later(database: Database, held: Claim, due_at: datetime, reason: str) -> bool:
    """Offer it again from `due_at` on. False: the lease was lost."""
    return _settle(database, held, due_at=milliseconds(due_at), reason=reason)


def put_back(database: Database, held: Claim, reason: str) -> bool:
    """Offer it again at its old place, the destination being away: on its return the oldest goes first."""
    return _settle(database, held, due_at=held.place, reason=reason)


def failed(database: Database, held: Claim, reason: str) -> bool:
    """Set it aside for a person: the dead letter. False: the lease was lost."""
    return _settle(database, held, state="failed", reason=reason)


def owed(database: Database, now: datetime, *, limit: int = 200) -> list[Owed]:
    """What has not arrived, dead letters first, then oldest first."""
    query = (
        select(delivery, ticket.c.created_at)
        .join(ticket, ticket.c.id == delivery.c.ticket_id)
        .where(delivery.c.state != "delivered")
        .order_by(delivery.c.state.desc(), delivery.c.id)
        .limit(limit)
    )
    with database.reading() as connection:
        return [
            Owed(
                key=row.key,
                kind=row.kind,
                destination=row.destination,
                state=row.state,
                attempts=row.attempts,
                reason=row.reason,
                age=_age(row.created_at, now),
            )
            for row in connection.execute(query)
        ]


def backlog(database: Database, now: datetime) -> Backlog:
    """Figures for ``/health`` and for operators."""
    with database.reading() as connection:
        count = select(func.count()).select_from(delivery)
        due = connection.execute(count.where(delivery.c.state == "due")).scalar_one()
        dead = connection.execute(count.where(delivery.c.state == "failed")).scalar_one()
        first = (
            select(func.min(ticket.c.created_at))
            .join(delivery, delivery.c.ticket_id == ticket.c.id)
            .where(delivery.c.state == "due")
        )
        oldest = connection.execute(first).scalar_one()
    return Backlog(due=due, failed=dead, oldest=timedelta() if oldest is None else _age(oldest, now))


def resend(database: Database, now: datetime, key: str = "") -> int:
    """Make dead letters due again, all or the one of `key`; how many there were."""
    again = update(delivery).where(delivery.c.state == "failed")
    if key:
        again = again.where(delivery.c.key == key)
    with database.transaction() as connection:
        done = connection.execute(again.values(state="due", due_at=milliseconds(now), attempts=0, leased_by=""))
        return int(done.rowcount)


def _oldest(now: int, resting: Collection[str]) -> Select[tuple[int, str, str, str, str, int, int]]:
    columns = delivery.c
    query = (
        select(
            columns.id,
            columns.key,
            columns.ticket_id,
            columns.kind,
            columns.destination,
            columns.attempts,
            columns.due_at,
        )
        .where(columns.state == "due", columns.due_at <= now)
        .order_by(columns.due_at, columns.id)
        .limit(1)
    )
    return query.where(columns.destination.not_in(sorted(resting))) if resting else query


def _claimed(row: Row[tuple[int, str, str, str, str, int, int]], worker: str) -> Claim:
    return Claim(
        id=row.id,
        key=row.key,
        ticket_id=row.ticket_id,
        kind=row.kind,
        destination=row.destination,
        attempts=row.attempts + 1,
        worker=worker,
        place=row.due_at,
    )


def _settle(database: Database, held: Claim, **values: str | int) -> bool:
    """Record an outcome, if the claim still stands: same worker, same attempt."""
    with database.transaction() as connection:
        return _settled(connection, held, values)


def _settled(connection: Connection, held: Claim, values: dict[str, str | int]) -> bool:
    done = connection.execute(
        update(delivery)
        .where(
            delivery.c.id == held.id,
            delivery.c.state == "due",
            delivery.c.leased_by == held.worker,
            delivery.c.attempts == held.attempts,
        )
        .values(leased_by="", **values)
    )
    return done.rowcount == 1


def _age(created_at: int, now: datetime) -> timedelta:
    return max(now - moment(created_at), timedelta())
