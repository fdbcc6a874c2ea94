"""Tickets read back and opened. Only the delivery worker does: a page never shows what was written."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from webapp.confidential.safe import Safe
from webapp.tables import message, moment, ticket
from webapp.tickets import links, places, trail
from webapp.tickets.attachments import files_of
from webapp.tickets.filestore import Store
from webapp.tickets.model import Person, StoredRequest, TicketEmptied, TicketNotFound

_FIRST_MESSAGE = (
    select(ticket, message.c.id.label("message_id"), message.c.sealed_body)
    .join(message, message.c.ticket_id == ticket.c.id)
    .where(message.c.author == "customer", message.c.origin.is_(None))  # what was added later has one
    .order_by(message.c.created_at, message.c.id)
    .limit(1)
)


def load(connection: Connection, safe: Safe, ticket_id: str, store: Store | None = None) -> StoredRequest:
    """The request of a ticket as it was sent (cards masked); with its files when `store` is given.

    Errors: ``TicketNotFound``, ``TicketEmptied`` (its retention period is over), ``SafeError``.
    """
    row = connection.execute(_FIRST_MESSAGE.where(ticket.c.id == ticket_id)).one_or_none()
    if row is None:
        raise TicketNotFound(ticket_id)
    if row.emptied_at is not None:
        raise TicketEmptied(ticket_id)
    sealed_person = safe.open(row.sealed_person, places.person(row.id))
    person = msgspec.json.decode(sealed_person, type=Person)
    link = links.of(safe, row)
    place, formerly = places.body(row.id, row.message_id), places.body_formerly(row.message_id)
    return StoredRequest(
        reference=row.reference,
        nature=row.nature,
        theme=row.theme,
        language=row.language,
        surface=row.surface,
        partner=row.partner,
        created_at=moment(row.created_at),
        name=person.name,
        email=person.email,
        phone=person.phone,
        fields=person.fields,
        message=safe.open(row.sealed_body, place, formerly=formerly).decode(),
        state=row.state,
        state_at=moment(row.state_at),
        link=link.text if link else "",
        code=link.code if link and row.code_lock else "",
        trail=trail.read(row.trail),
        files=files_of(connection, safe, store, row.message_id) if store else (),
    )


def turn(connection: Connection, safe: Safe, message_id: str) -> tuple[str, datetime]:
    """What one message of a ticket says, and when it was written. Errors: as `load`."""
    row = connection.execute(select(message).where(message.c.id == message_id)).one_or_none()
    if row is None:
        raise TicketNotFound(message_id)
    if not row.sealed_body:
        raise TicketEmptied(row.ticket_id)
    place, formerly = places.body(row.ticket_id, row.id), places.body_formerly(row.id)
    text = safe.open(row.sealed_body, place, formerly=formerly).decode()
    return text, moment(row.created_at)
