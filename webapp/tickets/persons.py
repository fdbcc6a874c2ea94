"""A person's rights: everything kept here about whoever wrote with an address, to be given out or to be deleted.

Tickets are found by the blind index, then opened: only those with the very address that was asked for count.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from webapp.confidential.digest import Digester
from webapp.confidential.safe import Safe, SafeError
from webapp.db import Database
from webapp.tables import attachment, delivery, message, milestone, moment, ticket
from webapp.tickets import places, retention
from webapp.tickets.attachments import REFUSED, About, File, file_of
from webapp.tickets.blind_index import person_digest
from webapp.tickets.filestore import Store
from webapp.tickets.model import Person
from webapp.tickets.owing import LETTERS

_BATCH = 200
_ORDER = (attachment.c.created_at, attachment.c.position, attachment.c.id)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The tickets of one address: readable ones, and references of those whose key is lost."""

    ids: tuple[str, ...]
    unreadable: tuple[str, ...]


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """How many tickets were deleted, and references of those that were left: not yet delivered, or unreadable."""

    deleted: int
    undelivered: tuple[str, ...]
    unreadable: tuple[str, ...]


def find(connection: Connection, safe: Safe, digester: Digester, email: str) -> Found:
    """The tickets written with this very address, whatever its case. Oldest first."""
    wanted, ids, unreadable = email.strip().lower(), [], []
    likely = select(ticket).where(ticket.c.person_digest == person_digest(digester, email))
    for row in connection.execute(likely.order_by(ticket.c.created_at)).all():
        try:
            if person_of(safe, row).email.strip().lower() == wanted:
                ids.append(row.id)
        except SafeError:
            unreadable.append(row.reference)
    return Found(ids=tuple(ids), unreadable=tuple(unreadable))


Keep = Callable[[str, File], None]
"""Writes the bytes of a file under a relative path."""


def export(
    database: Database,
    safe: Safe,
    digester: Digester,
    email: str,
    *,
    store: Store | None = None,
    keep: Keep | None = None,
) -> dict[str, Any]:
    """Everything kept here about whoever wrote with this address, as plain data (GDPR articles 15 and 20).

    With `store` and `keep`, the bytes of its files too: each file's ``path`` is where they were given to `keep`, None
    when they do not open. What helpdesks, backups and letters hold is theirs to give. Errors: ``DatabaseUnavailable``,
    what `keep` raises.
    """
    with database.reading() as connection:
        found = find(connection, safe, digester, email)
        tickets = [_exported(connection, safe, ticket_id) for ticket_id in found.ids]
        if store is not None and keep is not None:
            for each in tickets:
                _give_files(connection, safe, store, keep, each)
    return {"email": email.strip(), "requests": tickets, "unreadable": list(found.unreadable)}


def erase(
    database: Database,
    safe: Safe,
    digester: Digester,
    email: str,
    *,
    now: datetime,
    even_undelivered: bool = False,
    note: Callable[[Sequence[str]], None] = lambda _ids: None,
    store: Store | None = None,
) -> Erased:
    """Delete every ticket of this address (GDPR article 17), in one transaction, leaving a proof without a name.

    Their files lose their keys in it, and with `store` their bytes right after (else the sweeper takes them).

    A ticket that a helpdesk has not got yet is left and named, unless `even_undelivered`: nobody would ever read it.
    `note` is given the ids before the commit (``erasures.note``): what it raises leaves everything as it was. Errors:
    ``DatabaseUnavailable``.
    """
    with database.transaction() as connection:
        found = find(connection, safe, digester, email)
        owed = {} if even_undelivered else _undelivered(connection, found.ids)
        gone = [each for each in found.ids if each not in owed]
        files = list(connection.scalars(select(attachment.c.id).where(attachment.c.ticket_id.in_(gone))))
        if gone:
            retention.erase(connection, gone, now)
            note(gone)
    if gone:
        database.settle()
    if store is not None:
        store.remove(files)
    return Erased(deleted=len(gone), undelivered=tuple(owed.values()), unreadable=found.unreadable)


def erase_again(database: Database, ids: Sequence[str], now: datetime) -> int:
    """Delete those of these tickets that a restored backup brought back, whatever they still owe; how many."""
    erased = 0
    for first in range(0, len(ids), _BATCH):
        some = select(ticket.c.id).where(ticket.c.id.in_(ids[first : first + _BATCH]))
        with database.transaction() as connection:
            back = connection.scalars(some).all()
            if back:
                retention.erase(connection, back, now)
        erased += len(back)
    if erased:
        database.settle()
    return erased


def person_of(safe: Safe, row: Row[Any]) -> Person:
    """Who wrote a row of `ticket`. Errors: ``SafeError``."""
    return msgspec.json.decode(safe.open(row.sealed_person, places.person(row.id)), type=Person)


def _undelivered(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Ticket → reference, of those with a sending to a helpdesk that has not arrived."""
    query = (
        select(ticket.c.id, ticket.c.reference)
        .join(delivery, delivery.c.ticket_id == ticket.c.id)
        .where(ticket.c.id.in_(ids), delivery.c.kind.not_in(LETTERS), delivery.c.state.in_(("due", "failed")))
    )
    return {row.id: row.reference for row in connection.execute(query)}


def _exported(connection: Connection, safe: Safe, ticket_id: str) -> dict[str, Any]:
    row = connection.execute(select(ticket).where(ticket.c.id == ticket_id)).one()
    person = person_of(safe, row)
    marks = {name: getattr(row, name) for name in ("reference", "nature", "theme", "language", "surface", "partner")}
    steps = select(milestone).where(milestone.c.ticket_id == ticket_id).order_by(milestone.c.id)
    sent = select(delivery).where(delivery.c.ticket_id == ticket_id).order_by(delivery.c.id)
    turns = select(message).where(message.c.ticket_id == ticket_id).order_by(message.c.created_at, message.c.id)
    joined = select(attachment).where(attachment.c.ticket_id == ticket_id).order_by(*_ORDER)
    return {
        **marks,
        "state": row.state,
        "sent_at": _told(row.created_at),
        "person": msgspec.to_builtins(person),
        "messages": [
            {"author": each.author, "at": _told(each.created_at), "text": _text(safe, each)}
            for each in connection.execute(turns)
        ],
        "files": [_file(safe, each) for each in connection.execute(joined)],
        "states": [{"state": each.state, "by": each.by, "at": _told(each.at)} for each in connection.execute(steps)],
        "sendings": [
            {"kind": each.kind, "destination": each.destination, "state": each.state, "at": _told(each.delivered_at)}
            for each in connection.execute(sent)
        ],
    }


def _give_files(connection: Connection, safe: Safe, store: Store, keep: Keep, told: dict[str, Any]) -> None:
    """Hand the files of one ticket to `keep`, and say in `told` where they are."""
    rows = select(attachment).join(ticket, ticket.c.id == attachment.c.ticket_id)
    rows = rows.where(ticket.c.reference == told["reference"]).order_by(*_ORDER)
    for number, (row, each) in enumerate(zip(connection.execute(rows).all(), told["files"], strict=True), 1):
        each["path"] = None
        with suppress(SafeError, FileNotFoundError):
            if row.scan != REFUSED:
                file = file_of(safe, store, row)
                for _ in file.chunks():  # nothing is written of a file that does not open to its end
                    pass
                path = f"{told['reference']}/{number:02}-{file.name}"
                keep(path, file)
                each["path"] = path


def _file(safe: Safe, row: Row[Any]) -> dict[str, Any]:
    """A file by name, and whether it was `taken`: of one that was not, the name is all there is."""
    told = {"media_type": row.media_type, "size": row.size, "at": _told(row.created_at), "taken": row.scan != REFUSED}
    try:
        about = msgspec.json.decode(safe.open(row.sealed_about, places.attachment(row.ticket_id, row.id)), type=About)
    except SafeError:
        return {"name": None, **told}
    return {"name": about.name, **told}


def _text(safe: Safe, row: Row[Any]) -> str | None:
    try:
        place, formerly = places.body(row.ticket_id, row.id), places.body_formerly(row.id)
        return safe.open(row.sealed_body, place, formerly=formerly).decode()
    except SafeError:
        return None


def _told(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else moment(milliseconds).isoformat()
