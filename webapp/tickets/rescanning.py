"""Files that were kept while the antivirus was away: shown to it now, one at a time, oldest first.

What is scanned is what would be handed out: the cleaned file, not the one that was sent. The row says what became of it
only while it still says ``unscanned``, so that any number of workers may look at the same file, and one that is killed
leaves it as it was. A refused file's row changes before its bytes go: ``attachments.sweep`` finishes what is cut short.
"""

from collections.abc import Iterator
from typing import Any, Literal, Protocol

import msgspec
from sqlalchemy import Row, select, tuple_, update

from webapp.confidential.safe import Safe, SafeError
from webapp.db import Database
from webapp.inspection.rules import Refused, Scan
from webapp.tables import attachment, ticket
from webapp.tickets.attachments import REFUSED, File, file_of
from webapp.tickets.filestore import Store

Word = Literal["clean", "refused", "silent", "unreadable", "changed"]
"""``silent``: the antivirus gave no verdict; ``unreadable``: the key is lost or the bytes are not whole; either way the
file is left as it is. ``changed``: the row went, or somebody else was first."""


class Source(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Scanner(Protocol):
    """An antivirus (``inspection/antivirus.py``)."""

    def answers(self) -> bool: ...
    def scan(self, source: Source) -> Scan:
        """Errors: ``Refused``."""
        ...


class Place(msgspec.Struct, frozen=True):
    """Where a file stands in the order of arrival."""

    created_at: int
    id: str


START = Place(0, "")


def next_after(database: Database, place: Place) -> Place | None:
    """The oldest file after `place` that was never scanned. Errors: ``DatabaseUnavailable``."""
    found = (
        select(attachment.c.created_at, attachment.c.id)
        .where(attachment.c.scan == "unscanned")
        .where(tuple_(attachment.c.created_at, attachment.c.id) > tuple_(place.created_at, place.id))
        .order_by(attachment.c.created_at, attachment.c.id)
        .limit(1)
    )
    with database.reading() as connection:
        row = connection.execute(found).one_or_none()
    return None if row is None else Place(row.created_at, row.id)


def rescan(database: Database, safe: Safe, store: Store, scanner: Scanner, file_id: str) -> tuple[Word, str]:
    """Show one file to `scanner` and keep what it says; with the reference of its ticket, "" when the row went.

    No transaction is open while the antivirus reads. Errors: ``DatabaseUnavailable``.
    """
    wanted = select(attachment, ticket.c.reference).join(ticket, ticket.c.id == attachment.c.ticket_id)
    with database.reading() as connection:
        row = connection.execute(wanted.where(attachment.c.id == file_id)).one_or_none()
    if row is None:
        return "changed", ""
    verdict = _verdict(safe, store, scanner, row)
    if verdict in ("clean", REFUSED):
        changing = (
            update(attachment)
            .where(attachment.c.id == file_id, attachment.c.scan == "unscanned")
            .values(scan=verdict)
            .returning(attachment.c.id)
        )
        with database.transaction() as connection:
            ours = connection.execute(changing).first() is not None
        if not ours:
            return "changed", row.reference
        if verdict == REFUSED:
            store.remove([file_id])
    return verdict, row.reference


def _verdict(safe: Safe, store: Store, scanner: Scanner, row: Row[Any]) -> Word:
    try:
        file = file_of(safe, store, row)
        if not store.path(file.id).exists():
            return "unreadable"
        return "clean" if scanner.scan(_Clear(file)) == "clean" else "silent"
    except Refused:
        return "refused"
    except SafeError:
        return "unreadable"


class _Clear:
    """A stored file as a source of clear bytes. Errors: ``Tampered``, ``OSError``."""

    def __init__(self, file: File) -> None:
        self._pieces: Iterator[bytes] = file.chunks()
        self._held = b""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes, and fewer than are left (a negative size too); b"" at the end."""
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._held = piece
        cut = len(self._held) if size < 0 else size
        given, self._held = self._held[:cut], self._held[cut:]
        return given
