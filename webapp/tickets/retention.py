"""Retention: what is deleted, and when. The periods are those that the privacy page promises.

Deleted: the words and the person of a ticket, some days after its last delivery; the rest of the ticket, some months
after its sending; the counters against abuse after two days; the digests of opinions the next day; the counts of
opinions before they are too old. Never touched: a ticket with a sending that has not arrived. A dead letter therefore
holds its ticket until an operator sends it again or abandons it, and is counted at each purge, so that it is seen.

Each transaction is small: a customer who writes meanwhile waits for milliseconds. What is due is looked for without
the lock, and looked at again under it. Any number of processes may purge at once, and a killed one loses nothing.
Defaults: proposals for the bank and its data protection officer to confirm (GDPR article 5); 25 months is the limit of
the CNIL's délibération of 4 July 2025 on audience measurement.
"""

import calendar
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, func, insert, or_, select, update

from webapp.db import Database
from webapp.settings import Settings
from webapp.tables import (
    allowance,
    day_key,
    delivery,
    delivery_case,
    message,
    milestone,
    milliseconds,
    moment,
    opinion,
    opinion_given,
    purge_proof,
    ticket,
)
from webapp.tickets.attachments import forget, sweep
from webapp.tickets.conversation import cut
from webapp.tickets.deadlines import COMPLAINT
from webapp.tickets.filestore import Store

COUNTERS = timedelta(hours=48)
"""How long the counters against abuse are kept at most."""
_BATCH = 50  # tickets of one transaction: about 5 ms under the lock
_SETTLED = ("delivered", "abandoned")
_OVER = ("closed", "withdrawn")

Act = Callable[[Connection, Sequence[str]], None]


class Periods(msgspec.Struct, frozen=True, kw_only=True):
    """How long things are kept. `ticket_months` from the sending of the form; words and person from the last thing that
    happened to the ticket (a sending that arrived, a change of state): `body_days` when it is closed or withdrawn,
    `open_days` when nobody has closed it, `complaint_days` for a complaint in any state.
    """

    body_days: int = 30
    open_days: int = 30
    complaint_days: int = 30
    ticket_months: int = 13
    opinion_months: int = 25

    @classmethod
    def of(cls, settings: Settings) -> "Periods":
        return cls(
            body_days=settings.retention_body_days,
            open_days=settings.retention_open_days,
            complaint_days=settings.retention_complaint_days,
            ticket_months=settings.retention_ticket_months,
            opinion_months=settings.retention_opinion_months,
        )


class Purged(msgspec.Struct, frozen=True, kw_only=True):
    """What one purge did, in rows, and what it had to leave.

    `files`: attachments of those tickets; `orphans`: files that no ticket had named, of forms that were never sent.
    `failed`, `waiting`: tickets old enough to be emptied and kept because of a dead letter, or of a sending still due.
    `unfinished`: the purge stopped at its limit.
    """

    emptied: int = 0
    deleted: int = 0
    counters: int = 0
    digests: int = 0
    files: int = 0
    orphans: int = 0
    opinions: int = 0
    failed: int = 0
    waiting: int = 0
    unfinished: bool = False


class Remaining(msgspec.Struct, frozen=True, kw_only=True):
    """The oldest thing of each kind that is left, None when there is none: a proof without content."""

    words: datetime | None
    ticket: datetime | None
    counter: datetime | None
    digest_day: str | None
    opinion_month: str | None


def purge(
    database: Database, now: datetime, periods: Periods, *, most: int = sys.maxsize, store: Store | None = None
) -> Purged:
    """Delete what has outlived its period at `now` (aware). `most`: tickets emptied, and deleted, at most.

    The rows of files go with the words of their ticket, and with them the files' keys; the files themselves are swept
    from `store` at the end, with those that no ticket ever named.

    Errors: ``DatabaseUnavailable``; what was purged before stays purged, and the next call goes on.
    """
    at = milliseconds(now)
    over = _past(now, periods)
    files: list[str] = []

    def delete_(connection: Connection, ids: Sequence[str]) -> None:
        files.extend(_delete(connection, ids))
        _prove(connection, "deleted", len(ids), at)

    def empty(connection: Connection, ids: Sequence[str]) -> None:
        files.extend(_empty(connection, ids, at))
        _prove(connection, "emptied", len(ids), at)

    emptied = _tickets(database, _due_to_empty(over), most, empty)
    deleted = _tickets(database, _due_to_delete(_months_before(now, periods.ticket_months)), most, delete_)
    today = now.astimezone(UTC).strftime("%Y-%m-%d")
    purged = Purged(
        emptied=emptied,
        deleted=deleted,
        counters=_rows(database, allowance, allowance.c.window_start <= milliseconds(now - COUNTERS), at),
        digests=_rows(database, opinion_given, opinion_given.c.day < today, at),
        opinions=_rows(database, opinion, opinion.c.month <= _month_before(now, periods.opinion_months), at),
        files=len(files),
        failed=_held(database, over, "failed"),
        waiting=_held(database, over, "due"),
        unfinished=most in (emptied, deleted),
    )
    keys = _rows(database, day_key, day_key.c.day < today, at)
    if emptied or deleted or purged.digests or keys:
        database.settle()
    if store is not None:
        purged = msgspec.structs.replace(purged, orphans=max(0, sweep(database, store, now) - len(files)))
    return purged


def remaining(database: Database) -> Remaining:
    """The oldest of what is left. Errors: ``DatabaseUnavailable``."""
    with database.reading() as connection:
        words = connection.scalar(select(func.min(ticket.c.created_at)).where(ticket.c.emptied_at.is_(None)))
        oldest = connection.scalar(select(func.min(ticket.c.created_at)))
        counter = connection.scalar(select(func.min(allowance.c.window_start)))
        return Remaining(
            words=None if words is None else moment(words),
            ticket=None if oldest is None else moment(oldest),
            counter=None if counter is None else moment(counter),
            digest_day=connection.scalar(select(func.min(opinion_given.c.day))),
            opinion_month=connection.scalar(select(func.min(opinion.c.month))),
        )


def _past(now: datetime, periods: Periods) -> tuple[tuple[ColumnElement[bool], int], ...]:
    """Which tickets, by nature and state, and the moment before which everything must have happened to them."""

    def before(days: int) -> int:
        return milliseconds(now - timedelta(days=days))

    complaint, over = ticket.c.nature == COMPLAINT, ticket.c.state.in_(_OVER)
    return (
        (and_(~complaint, over), before(periods.body_days)),
        (and_(~complaint, ~over), before(periods.open_days)),
        (complaint, before(periods.complaint_days)),
    )


def _due_to_empty(past: Sequence[tuple[ColumnElement[bool], int]]) -> ColumnElement[bool]:
    """The period of the ticket's kind is over: every sending, and there is one, was settled before it began."""
    return and_(
        ticket.c.emptied_at.is_(None),
        exists().where(delivery.c.ticket_id == ticket.c.id),
        or_(*(and_(which, _quiet(before), ~_unsettled(before)) for which, before in past)),
    )


def _quiet(before: int) -> ColumnElement[bool]:
    return and_(ticket.c.created_at <= before, ticket.c.state_at <= before)


def _unsettled(before: int) -> ColumnElement[bool]:
    """Some sending of the ticket has not arrived, or arrived after `before`."""
    settled = and_(delivery.c.state.in_(_SETTLED), func.coalesce(delivery.c.delivered_at, delivery.c.due_at) <= before)
    return exists().where(delivery.c.ticket_id == ticket.c.id, ~settled)


def proofs(database: Database, since: datetime) -> list[tuple[str, str, int]]:
    """(day in UTC, what, how many), oldest first: what was deleted since then. Errors: ``DatabaseUnavailable``."""
    query = select(purge_proof).where(purge_proof.c.at >= milliseconds(since)).order_by(purge_proof.c.id)
    sums: dict[tuple[str, str], int] = {}
    with database.reading() as connection:
        for row in connection.execute(query):
            key = (moment(row.at).strftime("%Y-%m-%d"), row.what)
            sums[key] = sums.get(key, 0) + row.number
    return [(day, what, count) for (day, what), count in sums.items()]


def erase(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """Delete these tickets at once and whole, because the person asked for it; the proof says how many."""
    at = milliseconds(now)
    _empty(connection, ids, at)
    _delete(connection, ids)
    _prove(connection, "erased", len(ids), at)


def _prove(connection: Connection, what: str, count: int, at: int) -> None:
    if count:
        connection.execute(insert(purge_proof), {"at": at, "what": what, "number": count})


def _due_to_delete(before: datetime) -> ColumnElement[bool]:
    """Emptied tickets only: what had not arrived, or arrived late, keeps its words as long as it was promised."""
    return and_(ticket.c.created_at <= milliseconds(before), ticket.c.emptied_at.is_not(None))


def _tickets(database: Database, due: ColumnElement[bool], most: int, act: Act) -> int:
    """`act` on the tickets that are `due`, oldest first, a few in a transaction; how many there were."""
    done = 0
    while done < most:
        oldest = select(ticket.c.id).where(due).order_by(ticket.c.created_at).limit(min(_BATCH, most - done))
        with database.reading() as connection:
            found = connection.scalars(oldest).all()
        if not found:
            break
        # Locked, so that whoever adds a sending to a ticket (its foreign key asks for the row) comes before or after.
        still = select(ticket.c.id).where(ticket.c.id.in_(found), due).with_for_update(of=ticket, skip_locked=True)
        with database.transaction() as connection:
            ids = connection.scalars(still).all()
            act(connection, ids)
        if not ids:  # another process has them in hand
            break
        done += len(ids)
    return done


def _empty(connection: Connection, ids: Sequence[str], now: int) -> list[str]:
    """Ids of the files that are forgotten with the words."""
    cut(connection, ids, "emptied")
    files = forget(connection, ids)
    connection.execute(update(message).where(message.c.ticket_id.in_(ids)).values(sealed_body=b""))
    nothing = {"sealed_person": b"", "person_digest": "", "emptied_at": now}
    connection.execute(update(ticket).where(ticket.c.id.in_(ids)).values(**nothing))
    return files


def _delete(connection: Connection, ids: Sequence[str]) -> list[str]:
    files = forget(connection, ids)
    for table in (milestone, delivery_case, delivery, message):
        connection.execute(delete(table).where(table.c.ticket_id.in_(ids)))
    connection.execute(delete(ticket).where(ticket.c.id.in_(ids)))
    return files


def _rows(database: Database, table: Table, old: ColumnElement[bool], at: int) -> int:
    """Delete the `old` rows of a small table; how many. The lock is asked for only when there are some."""
    with database.reading() as connection:
        if connection.execute(select(table).where(old).limit(1)).first() is None:
            return 0
    with database.transaction() as connection:
        count = int(connection.execute(delete(table).where(old)).rowcount)
        _prove(connection, table.name, count, at)
        return count


def _held(database: Database, past: Sequence[tuple[ColumnElement[bool], int]], state: str) -> int:
    """Tickets that would have been emptied but for a sending in `state`."""
    owed = exists().where(delivery.c.ticket_id == ticket.c.id, delivery.c.state == state)
    old = or_(*(and_(which, _quiet(before)) for which, before in past))
    kept = select(func.count()).where(ticket.c.emptied_at.is_(None), old, owed)
    with database.reading() as connection:
        return int(connection.scalar(kept.select_from(ticket)) or 0)


def _months_before(now: datetime, months: int) -> datetime:
    """The same day and time so many months earlier, or the last day of a shorter month. UTC."""
    there = now.astimezone(UTC)
    year, month = divmod(there.year * 12 + there.month - 1 - months, 12)
    day = min(there.day, calendar.monthrange(year, month + 1)[1])
    return there.replace(year=year, month=month + 1, day=day)


def _month_before(now: datetime, months: int) -> str:
    """The latest month whose first opinion may be older than `months`: ``2024-10`` seen 25 months later."""
    return _months_before(now.replace(day=1), months).strftime("%Y-%m")
