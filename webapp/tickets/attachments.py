"""Files of a message: rows that name them, and the way back to their content.

What describes a file (its name as it was cleaned, its key) is sealed as one value in ``attachment.sealed_about``; kind,
size and the antivirus's word are in clear, because they count without saying anything of a person.
"""

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, select

from webapp.confidential.safe import Safe
from webapp.confidential.streams import open_stream
from webapp.db import Database
from webapp.tables import attachment, moment, ticket
from webapp.tickets import places
from webapp.tickets.filestore import Store, place_of
from webapp.tickets.model import Arrived, FilesTaken

SERVED = ("clean", "off")
"""What the antivirus must have said (or none be configured) for a file to be handed out."""
REFUSED = "refused"
ORPHAN_SECONDS = 3600
"""A file without a row is kept so long: the form that brought it may still come back."""
_BATCH = 200


class File:
    """A stored file as others see it. `scan`: ``clean``, ``unscanned`` (the antivirus was away), ``off`` (none), or
    ``refused``: a file of the bank's that was not taken, or one that the antivirus refused after it came back
    (`size` is then what it was); there is only the name.

    `cleaned`: something that acts was taken out of the document, so that an electronic signature in it may be void.
    """

    def __init__(self, row: Any, about: "About", store: Store) -> None:
        self.id: str = row.id
        self.name = about.name
        self.media_type: str = row.media_type
        self.size: int = row.size
        self.scan: str = row.scan
        self.cleaned = about.cleaned
        self.created_at: datetime = moment(row.created_at)
        self._key = about.key
        self._store = store

    def chunks(self) -> Iterator[bytes]:
        """The clear bytes, in pieces. Errors: ``Tampered`` (use nothing of what came before), ``FileNotFoundError``."""
        with self._store.opened(self.id) as sealed:
            yield from open_stream(self._key, place_of(self.id), sealed)

    def __repr__(self) -> str:
        return f"<File {self.id}>"


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What is sealed with the row, as JSON."""

    name: str
    key: bytes
    cleaned: bool = False

    def __repr__(self) -> str:
        return "<About>"


def rows(
    safe: Safe, ticket_id: str, message_id: str, files: Sequence[Arrived], now: int, reader: bytes | None
) -> list[dict[str, Any]]:
    """Rows for `keep`, sealed here so that no cipher runs under the database's lock. `now`: UTC milliseconds.

    `reader`: the public key of the customer's link, to which what describes the file is closed as well; None: no link.
    """
    made = []
    for position, each in enumerate(files):
        about, place = _encoded(each), places.attachment(ticket_id, each.id)
        sealed, link_key = safe.seal_shared(about, place, reader) if reader else (safe.seal(about, place), None)
        made.append(
            {
                "id": each.id,
                "ticket_id": ticket_id,
                "message_id": message_id,
                "position": position,
                "media_type": each.media_type,
                "size": each.size,
                "scan": each.scan,
                "created_at": now,
                "sealed_about": sealed,
                "link_key": link_key,
            }
        )
    return made


def _encoded(file: Arrived) -> bytes:
    return msgspec.json.encode(About(name=file.name, key=file.key, cleaned=file.cleaned))


def told(files: Sequence[Arrived]) -> Iterator[str]:
    """What tells these files from others, for a keyed digest of the message that they come with."""
    for each in files:
        yield from (each.name, each.digest)


def not_taken(name: str) -> Arrived:
    """A file of the bank's of which only the name is kept: the customer is told to ask for it."""
    new = secrets.token_hex(16)
    return Arrived(id=new, name=name, media_type="", size=0, scan=REFUSED, digest="", key=b"")


def keep(database: Database, connection: Connection, made: Sequence[dict[str, Any]]) -> None:
    """Write the rows in the transaction of their message.

    Errors: ``FilesTaken``: a file belongs to another message already (the form was sent before, with other words).
    """
    for each in made:
        written = database.upsert(attachment).values(each).on_conflict_do_nothing().returning(attachment.c.id)
        if connection.execute(written).first() is None:
            raise FilesTaken


def files_of(connection: Connection, safe: Safe, store: Store, message_id: str) -> tuple[File, ...]:
    """The files of one message, in the order in which they were given. Errors: ``SafeError``."""
    found = select(attachment).where(attachment.c.message_id == message_id).order_by(attachment.c.position)
    return tuple(file_of(safe, store, row) for row in connection.execute(found))


def file_of(safe: Safe, store: Store, row: Any) -> File:
    """The file of a row. Errors: ``SafeError``."""
    about = safe.open(row.sealed_about, places.attachment(row.ticket_id, row.id))
    return File(row, msgspec.json.decode(about, type=About), store)


def files_of_ticket(connection: Connection, safe: Safe, store: Store, reference: str) -> tuple[File, ...]:
    """Every file of the ticket with this reference, oldest first. Errors: ``SafeError``."""
    messages = (
        select(attachment.c.message_id, func.min(attachment.c.created_at).label("at"))
        .join(ticket, ticket.c.id == attachment.c.ticket_id)
        .where(ticket.c.reference == reference)
        .group_by(attachment.c.message_id)
        .order_by("at")
    )
    found = connection.execute(messages).all()
    return tuple(each for row in found for each in files_of(connection, safe, store, row.message_id))


def forget(connection: Connection, ticket_ids: Sequence[str]) -> list[str]:
    """Delete the rows of these tickets; the ids to give to `Store.remove` once this transaction is committed.

    Without its row, and so without its key, a file cannot be opened any more, even while it is still there.
    """
    gone = delete(attachment).where(attachment.c.ticket_id.in_(ticket_ids)).returning(attachment.c.id)
    return list(connection.scalars(gone))


def sweep(database: Database, store: Store, now: datetime) -> int:
    """Delete the files that no row names, or only as refused, and that are older than an hour; how many.

    Errors: ``DatabaseUnavailable``.
    """
    old = store.older_than(ORPHAN_SECONDS, now.timestamp())
    removed = 0
    for first in range(0, len(old), _BATCH):
        some = old[first : first + _BATCH]
        with database.reading() as connection:
            kept = attachment.c.id.in_(some), attachment.c.scan != REFUSED
            named = set(connection.scalars(select(attachment.c.id).where(*kept)))
        removed += store.remove(each for each in some if each not in named)
    return removed


def count(connection: Connection) -> int:
    return int(connection.scalar(select(func.count()).select_from(attachment)) or 0)


def missing(connection: Connection, store: Store, ids: Iterable[str] | None = None) -> list[str]:
    """Rows whose file is not there: none, ever, unless a disk or a restored copy lost something."""
    named = select(attachment.c.id).where(attachment.c.scan != REFUSED)
    known = ids if ids is not None else connection.scalars(named)
    return [each for each in known if not os.path.exists(store.path(each))]
