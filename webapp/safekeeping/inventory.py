"""What a database holds at one moment: schema, counts, files, and the keys that open it. Reads older schemas too."""

from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, func, inspect, select

from webapp import revisions
from webapp.confidential.safe import key_of, parted
from webapp.safekeeping.manifest import KeyUsed
from webapp.tables import attachment, delivery, message, ticket
from webapp.tickets import rotation
from webapp.tickets.attachments import REFUSED
from webapp.tickets.rotation import SEALED, Sealed

_COUNTED = {"tickets": ticket, "messages": message, "deliveries": delivery, "files": attachment}
_WITH_BYTES = select(attachment.c.id).where(attachment.c.scan != REFUSED).order_by(attachment.c.id)
_SYMMETRIC = 1  # first byte of a value of version 1


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """`schema`: the revision of the tables, "" without any. `files`: ids that rows name."""

    schema: str
    counts: dict[str, int]
    files: tuple[str, ...]
    keys: tuple[KeyUsed, ...]


def take(connection: Connection) -> Inventory:
    """The inventory of what one transaction sees."""
    columns = _columns(connection)
    counts = {
        name: int(connection.scalar(select(func.count()).select_from(table)) or 0) if table.name in columns else 0
        for name, table in _COUNTED.items()
    }
    files = connection.scalars(_WITH_BYTES) if attachment.name in columns else ()
    used: dict[tuple[str, bool], KeyUsed] = {}
    for sealed in SEALED:
        if sealed.column.name in columns.get(sealed.table.name, ()):
            for each in _keys(connection, sealed):
                before = used.get((each.id, each.symmetric))
                used[each.id, each.symmetric] = (
                    msgspec.structs.replace(before, values=before.values + each.values) if before else each
                )
    return Inventory(
        schema=revisions.of(connection),
        counts=counts,
        files=tuple(files),
        keys=tuple(sorted(used.values(), key=lambda each: (each.id, each.symmetric))),
    )


def _columns(connection: Connection) -> dict[str, set[str]]:
    known = inspect(connection)
    return {name: {column["name"] for column in known.get_columns(name)} for name in known.get_table_names()}


def _keys(connection: Connection, sealed: Sealed) -> Iterator[KeyUsed]:
    for mark, count in rotation.marks(connection, sealed):
        begins = func.substr(sealed.column, 1, len(mark)) == mark
        *bound, value = connection.execute(select(*sealed.bound, sealed.column).where(begins).limit(1)).one()
        symmetric = mark[0] == _SYMMETRIC
        place = sealed.formerly(bound[-1]) if symmetric and sealed.formerly else sealed.place(*bound)
        sample = value if symmetric else parted(value, place)[0]
        yield KeyUsed(id=key_of(mark), values=count, symmetric=symmetric, place=place, sample=sample)
