"""The outbox: what is owed, claimed under a lease so that a killed worker loses nothing and two never share a sending.

A row is ``due`` until the destination has accepted it, whoever is at work on it: a claim only moves ``due_at`` to the
end of the lease. A worker that outlives its lease finds its claim gone (the number of attempts has changed) and its
verdict is ignored. Nothing is ever dropped: ``failed`` rows wait for a person (``flask deliveries --resend``, or
``--abandon``).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, or_, select, update

from webapp.db import Database
from webapp.delivery import cases
from webapp.tables import delivery, milliseconds, moment, ticket
from webapp.tickets.owing import LETTERS

RESTORED = "restored"
"""Reason of what a restored backup still owed, and may have sent after it was made."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A sending entrusted to one worker until its lease ends."""

    id: int
    key: str
    ticket_id: str
    kind: str
    destination: str
    attempts: int  # this one included
    worker: str
    message_id: str | None = None  # the message that it carries, when that is not the ticket's first


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """A sending that has not arrived, as operators see it: no content, no address."""

    key: str
    kind: str
    destination: str
    state: str
    attempts: int
    reason: str
    external_id: str  # what the other side calls the ticket, once it has it
    age: timedelta


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """How much is owed. `oldest`: age of the oldest request with a sending still due, zero when none is."""

    due: int
    failed: int
    oldest: timedelta


class SetAside(msgspec.Struct, frozen=True, kw_only=True):
    """What a restored backup owed, in sendings: left to a person, and going on by themselves."""

    aside: int
    going_on: int


def waiting(database: Database, now: datetime, *, resting: Collection[str] = (), only: Collection[str] = ()) -> bool:
    """Whether `claim` would find something. Takes no lock: an idle worker asks this, twice a second for ever."""
    with database.reading() as connection:
        return connection.execute(_oldest(now, resting, only)).first() is not None


def claim(
    database: Database,
    worker: str,
    now: datetime,
    lease: timedelta,
    *,
    resting: Collection[str] = (),
    only: Collection[str] = (),
) -> Claim | None:
    """The oldest sending due at `now`, None when there is none. Left out: what is owed to a destination in `resting`,
    and, when `only` names some, to any other.

    Errors: ``DatabaseBusy``, ``DatabaseUnavailable``.
    """
    # Workers on PostgreSQL pass over each other's row; SQLite leaves the clause out and has one writer anyway.
    oldest = _oldest(now, resting, only).with_for_update(skip_locked=True).scalar_subquery()
    columns = delivery.c
    taking = (
        update(delivery)
        .where(columns.id == oldest)
        .values(attempts=columns.attempts + 1, due_at=milliseconds(now + lease), leased_by=worker)
        .returning(
            *(columns.id, columns.key, columns.ticket_id, columns.kind, columns.destination, columns.attempts),
            columns.message_id,
        )
    )
    with database.transaction() as connection:
        row = connection.execute(taking).one_or_none()
    return None if row is None else Claim(**row._mapping, worker=worker)


def delivered(database: Database, held: Claim, now: datetime, external_id: str = "") -> bool:
    """Record that the destination is answerable for it, and what it calls the ticket. False: the lease was lost.

    A lease lost or not, a case that the destination opened is remembered: the worker that comes next needs its name.
    """
    values = {"state": "delivered", "delivered_at": milliseconds(now), "reason": "", "external_id": external_id}
    with database.transaction() as connection:
        if external_id and held.kind == "request":
            cases.opened(database, connection, held.ticket_id, held.destination, external_id, now)
        elif held.kind == "message":
            cases.stirred(connection, held.ticket_id, held.destination, now)
        return _settled(connection, held, values)


def later(database: Database, held: Claim, due_at: datetime, reason: str) -> bool:
    """Offer it again from `due_at` on. False: the lease was lost."""
    return _settle(database, held, due_at=milliseconds(due_at), reason=reason)


def put_back(database: Database, held: Claim, reason: str) -> bool:
    """Offer it again at the place of its age, the destination being away: on its return the oldest goes first."""
    created_at = select(ticket.c.created_at).where(ticket.c.id == held.ticket_id).scalar_subquery()
    return _settle(database, held, due_at=created_at, reason=reason)


def failed(database: Database, held: Claim, reason: str) -> bool:
    """Set it aside for a person: the dead letter. False: the lease was lost."""
    return _settle(database, held, state="failed", reason=reason)


def owed(database: Database, now: datetime, *, limit: int = 200, reference: str = "") -> list[Owed]:
    """What has not arrived, dead letters first, then oldest first; with a `reference`, all that its ticket was owed."""
    wanted = ticket.c.reference == reference if reference else delivery.c.state.in_(("due", "failed"))
    query = (
        select(delivery, ticket.c.created_at)
        .join(ticket, ticket.c.id == delivery.c.ticket_id)
        .where(wanted)
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
                external_id=row.external_id,
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


def resend(database: Database, now: datetime, key: str = "", *, reason: str = "") -> int:
    """Make dead letters due again: all, the one of `key`, or those set aside for `reason`; how many there were.

    Their attempts start again at one, not at none: the refused one may have arrived all the same (``Parcel.repeated``).
    """
    again = update(delivery).where(delivery.c.state == "failed")
    if key:
        again = again.where(delivery.c.key == key)
    if reason:
        again = again.where(delivery.c.reason == reason)
    with database.transaction() as connection:
        done = connection.execute(again.values(state="due", due_at=milliseconds(now), attempts=1, leased_by=""))
        return int(done.rowcount)


def abandon(database: Database, now: datetime, key: str) -> int:
    """Give dead letters up for good: the one of `key`; with ``acknowledgements`` all that were owed to customers; with
    ``restored-letters`` the letters to customers that a restored backup owed.

    How many there were. Their tickets are then purged as if they had been delivered at `now`
    (``tickets/retention.py``). No word gives up every request at once: each is a customer whom nobody has read.
    """
    which: ColumnElement[bool] = delivery.c.key == key
    if key == "acknowledgements":
        which = delivery.c.kind == "acknowledgement"
    elif key == "restored-letters":
        which = and_(delivery.c.kind.in_(LETTERS), delivery.c.reason == RESTORED)
    giving_up = update(delivery).where(delivery.c.state == "failed", which)
    with database.transaction() as connection:
        done = connection.execute(giving_up.values(state="abandoned", due_at=milliseconds(now)))
        return int(done.rowcount)


def set_aside(database: Database, recognising: Collection[str]) -> SetAside:
    """After a restore: what the backup owed may have left since, so that it waits for a person, as a dead letter.

    But for destinations in `recognising`, which are asked before anything is created, or know a repeated sending
    themselves: those go on, as a second attempt (``Parcel.repeated``). May be done again.
    """
    known = and_(delivery.c.destination.in_(sorted(recognising)), delivery.c.kind.not_in(LETTERS))
    with database.transaction() as connection:
        owing = update(delivery).where(delivery.c.state == "due", ~known)
        connection.execute(owing.values(state="failed", reason=RESTORED, leased_by=""))
        going = update(delivery).where(known, or_(delivery.c.state == "due", delivery.c.reason == RESTORED))
        tried = case((delivery.c.attempts < 1, 1), else_=delivery.c.attempts)
        on = connection.execute(going.values(state="due", reason="", leased_by="", attempts=tried)).rowcount
        aside = select(func.count()).where(delivery.c.state == "failed", delivery.c.reason == RESTORED)
        return SetAside(aside=connection.execute(aside).scalar_one(), going_on=int(on))


def _oldest(now: datetime, resting: Collection[str], only: Collection[str]) -> Select[tuple[int]]:
    columns = delivery.c
    before = delivery.alias("before")
    # What a customer adds goes after what was said before it to the same destination, however many are at work there.
    in_turn = or_(
        columns.kind != "message",
        ~exists().where(
            before.c.ticket_id == columns.ticket_id,
            before.c.destination == columns.destination,
            before.c.kind.in_(("request", "message")),
            before.c.state == "due",
            before.c.id < columns.id,
        ),
    )
    query = (
        select(columns.id)
        .where(columns.state == "due", columns.due_at <= milliseconds(now), in_turn)
        .order_by(columns.due_at, columns.id)
        .limit(1)
    )
    if only:
        query = query.where(columns.destination.in_(sorted(only)))
    return query.where(columns.destination.not_in(sorted(resting))) if resting else query


def _settle(database: Database, held: Claim, **values: Any) -> bool:
    """Record an outcome, if the claim still stands: same worker, same attempt."""
    with database.transaction() as connection:
        return _settled(connection, held, values)


def _settled(connection: Connection, held: Claim, values: dict[str, Any]) -> bool:
    settling = (
        update(delivery)
        .where(
            delivery.c.id == held.id,
            delivery.c.state == "due",
            delivery.c.leased_by == held.worker,
            delivery.c.attempts == held.attempts,
        )
        .values(leased_by="", **values)
    )
    return connection.execute(settling).rowcount == 1


def _age(created_at: int, now: datetime) -> timedelta:
    return max(now - moment(created_at), timedelta())
