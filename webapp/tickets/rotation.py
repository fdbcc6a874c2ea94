"""Rotation: every sealed value is brought under the key of today, while the product runs.

What is left to do is found by looking at how values begin, so there is no state to lose: killed midway, the next run
goes on where this one was. A value is only replaced by one that was opened and closed again, and only while it is
still the one that was read: what a purge empties meanwhile stays empty. A value that does not open is left as it is
and told, row by row.
"""

from collections.abc import Callable, Iterator

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Table, and_, func, select, update

from webapp.confidential.safe import Safe, SafeError, key_of
from webapp.db import Database
from webapp.tables import attachment, message, ticket
from webapp.tickets import places

_BATCH = 50  # values of one transaction: about 20 ms of arithmetic, before the lock is asked for


class Sealed(msgspec.Struct, frozen=True):
    """A column of sealed values: the place of a row's value, and what it was called in version 1 of the safe."""

    column: Column[bytes]
    place: Callable[..., str]
    formerly: Callable[..., str] | None = None
    bound: tuple[Column[str], ...] = ()
    """The columns that `place` is made of, the row's id last."""

    @property
    def table(self) -> Table:
        return self.column.table


SEALED: tuple[Sealed, ...] = (
    Sealed(ticket.c.sealed_person, places.person, bound=(ticket.c.id,)),
    Sealed(ticket.c.sealed_link, places.link, bound=(ticket.c.id,)),
    Sealed(message.c.sealed_body, places.body, places.body_formerly, bound=(message.c.ticket_id, message.c.id)),
    Sealed(attachment.c.sealed_about, places.attachment, bound=(attachment.c.ticket_id, attachment.c.id)),
)
"""Every column that holds values of the safe."""


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """A value that could not be brought under the key of today: where it is, its key's id, and why. No content."""

    place: str
    key: str
    reason: str


class Rotated(msgspec.Struct, frozen=True, kw_only=True):
    """What one rotation did: values renewed, and those left as they were."""

    renewed: int
    left: tuple[Left, ...]


def rotate(database: Database, safe: Safe) -> Rotated:
    """Bring every value under the key that `safe` seals to. Errors: ``DatabaseUnavailable``; the next call goes on."""
    renewed, left = 0, []
    for sealed in SEALED:
        for batch in _batches(database, sealed, safe.mark):
            values, unopened = _renewed(safe, sealed, batch)
            left += unopened
            renewed += _written(database, sealed, values) if values else 0
    return Rotated(renewed=renewed, left=tuple(left))


def keys_in_use(database: Database) -> dict[str, int]:
    """Key id → how many values it opens, those of version 1 under ``<id> (symmetric)``: what may be thrown away."""
    found: dict[str, int] = {}
    for sealed in SEALED:
        with database.reading() as connection:
            for mark, count in marks(connection, sealed):
                name = key_of(mark) + (" (symmetric)" if mark[0] == 1 else "")
                found[name] = found.get(name, 0) + count
    return found


def marks(connection: Connection, sealed: Sealed) -> Iterator[tuple[bytes, int]]:
    """How the values of a column begin (version, length of the key's id, id), and how many begin so."""
    seen: set[bytes] = set()
    while (mark := _another(connection, sealed, seen)) is not None:
        seen.add(mark)
        beginning = func.substr(sealed.column, 1, len(mark)) == mark
        yield mark, connection.execute(select(func.count()).where(beginning)).scalar_one()


def _another(connection: Connection, sealed: Sealed, seen: set[bytes]) -> bytes | None:
    """How some value begins that begins with none of `seen`."""
    other = select(sealed.column).where(func.length(sealed.column) > 1).limit(1)
    for mark in seen:
        other = other.where(func.substr(sealed.column, 1, len(mark)) != mark)
    value: bytes | None = connection.execute(other).scalar()
    return None if value is None else value[: 2 + value[1]]


def _batches(database: Database, sealed: Sealed, mark: bytes) -> Iterator[list[tuple[tuple[str, ...], bytes]]]:
    """(what binds the row, its value), in the order of ids, a few at a time: what does not begin with `mark`."""
    row_id, last = sealed.bound[-1], ""
    while True:
        wanted = (
            select(*sealed.bound, sealed.column)
            .where(_old(sealed.column, mark), row_id > last)
            .order_by(row_id)
            .limit(_BATCH)
        )
        with database.reading() as connection:
            batch = [(row[:-1], row[-1]) for row in map(tuple, connection.execute(wanted))]
        if not batch:
            return
        yield batch
        last = batch[-1][0][-1]


def _old(column: Column[bytes], mark: bytes) -> ColumnElement[bool]:
    return and_(func.length(column) > 0, func.substr(column, 1, len(mark)) != mark)


def _renewed(
    safe: Safe, sealed: Sealed, batch: list[tuple[tuple[str, ...], bytes]]
) -> tuple[list[tuple[str, bytes, bytes]], list[Left]]:
    values, left = [], []
    for bound, value in batch:
        place = sealed.place(*bound)
        formerly = sealed.formerly(bound[-1]) if sealed.formerly else ""
        try:
            values.append((bound[-1], value, safe.renew(value, place, formerly=formerly)))
        except SafeError as error:
            left.append(Left(place=place, key=key_of(value), reason=type(error).__name__))
    return values, left


def _written(database: Database, sealed: Sealed, values: list[tuple[str, bytes, bytes]]) -> int:
    row_id, done = sealed.bound[-1], 0
    with database.transaction() as connection:
        for name, before, after in values:
            same = update(sealed.table).where(row_id == name, sealed.column == before)
            done += connection.execute(same.values({sealed.column: after})).rowcount
    return done
