"""Links of tickets: made at intake, put in letters by the worker, replaced when the customer has lost one.

Replacing makes a new secret and closes everything that the customer may read to it, in one transaction: from then on
the former link opens nothing. Whoever asks for a link by its reference gets no sign of whether the reference exists:
the same statements run, and the letter goes to the address that the ticket holds.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Row, bindparam, exists, literal, select, update

from webapp.confidential.digest import Digester
from webapp.confidential.link import NO_LOCK, Link, close_for, unlock
from webapp.confidential.safe import Safe, SafeError
from webapp.db import Database
from webapp.tables import attachment, delivery, message, milliseconds, ticket
from webapp.tickets import places
from webapp.tickets.enclosures import READ_BY_CUSTOMERS
from webapp.tickets.limits import Allowed, take
from webapp.tickets.model import Person
from webapp.tickets.owing import owed, turn_of

CODE_LASTS = timedelta(hours=1)
ASKED_PER_CASE = 3
"""Links asked for by one reference in an hour."""
TRIES_PER_CASE = 10
"""Codes tried with one reference in an hour."""


class Shared(msgspec.Struct, frozen=True):
    """Sealed values that the customer reads as well: beside each, its data key closed to the link."""

    sealed: Column[bytes]
    link_key: Column[bytes]
    ticket_id: Column[str]
    id: Column[str]
    place: Callable[[str, str], str]


SHARED: list[Shared] = [
    Shared(message.c.sealed_body, message.c.link_key, message.c.ticket_id, message.c.id, places.body),
    Shared(
        attachment.c.sealed_about, attachment.c.link_key, attachment.c.ticket_id, attachment.c.id, places.attachment
    ),
]
"""Every column whose values are closed to the link too: closed again when a link is replaced."""


def columns(safe: Safe, ticket_id: str, link: Link, answers: dict[str, str]) -> dict[str, Any]:
    """What a ticket keeps of its link. `answers`: fields of the nature, which only the link opens."""
    return {
        "link_hash": link.hash,
        "link_public": link.public,
        "sealed_link": safe.seal(link.secret, places.link(ticket_id)),
        "link_answers": close_for(msgspec.json.encode(answers), places.answers(ticket_id), link.public),
    }


def of(safe: Safe, row: Row[Any]) -> Link | None:
    """The link of a row of `ticket`, for a letter; None when it has none. Errors: ``SafeError``."""
    return Link(safe.open(row.sealed_link, places.link(row.id))) if row.sealed_link else None


def ask(
    database: Database, digester: Digester, reference: str, *, now: datetime, network: str, per_network: int
) -> None:
    """Have a new link sent to the address of this ticket, if there is one that may have it.

    `reference`: normalised, or anything at all. The same statements run whatever it is. Errors: ``TooManyRequests``.
    """
    moment = milliseconds(now)
    limits = _limits(digester, "link asked", reference, network, per_network, ASKED_PER_CASE)
    row = owed(ticket_id="", reference=reference, kind="link", destination="", due_at=moment, turn=turn_of(moment))
    values = {**row, "ticket_id": ticket.c.id, "destination": ticket.c.letters}
    del values["message_id"]  # it carries none
    unsent = exists().where(delivery.c.ticket_id == ticket.c.id, delivery.c.kind == "link", delivery.c.state == "due")
    chosen = [value if isinstance(value, Column) else literal(value) for value in values.values()]
    may = select(*chosen).where(
        ticket.c.reference == reference, ticket.c.letters != "", ticket.c.emptied_at.is_(None), ~unsent
    )
    with database.transaction() as connection:
        take(database, connection, limits, moment)
        once = database.upsert(delivery).from_select(list(values), may).on_conflict_do_nothing()
        connection.execute(once)


def by_code(
    database: Database, digester: Digester, reference: str, code: str, *, now: datetime, network: str, per_network: int
) -> Link | None:
    """The link that a letter's code stands for. None: wrong code, expired, or unknown reference, at the same cost.

    Errors: ``TooManyRequests``.
    """
    moment = milliseconds(now)
    limits = _limits(digester, "code tried", reference, network, per_network, TRIES_PER_CASE)
    with database.transaction() as connection:
        take(database, connection, limits, moment)
        row = connection.execute(
            select(ticket.c.code_lock, ticket.c.code_until).where(ticket.c.reference == reference)
        ).one_or_none()
    lock = row.code_lock if row and row.code_lock and row.code_until > moment else NO_LOCK
    return unlock(code, lock)


def ensure(database: Database, safe: Safe, ticket_id: str, key: str, *, now: datetime) -> None:
    """Give the ticket a link if it has none (it is older than links). Errors: ``SafeError``."""
    with database.reading() as connection:
        without = select(ticket.c.id).where(ticket.c.id == ticket_id, ticket.c.sealed_link.is_(None))
        if connection.execute(without).first() is None:
            return
    replace(database, safe, ticket_id, key, now=now)


def replace(database: Database, safe: Safe, ticket_id: str, key: str, *, now: datetime) -> None:
    """Give the ticket a new link, for the letter of the sending `key`; at its next attempt it is the same one.

    The code in that letter opens it for an hour from the last attempt. Errors: ``SafeError``.
    """
    with database.transaction() as connection:
        row = connection.execute(select(ticket).where(ticket.c.id == ticket_id).with_for_update()).one_or_none()
        if row is None or row.emptied_at is not None or row.state == "withdrawn":
            return
        until = milliseconds(now + CODE_LASTS)
        if row.link_by == key and row.sealed_link:
            connection.execute(update(ticket).where(ticket.c.id == ticket_id).values(code_until=until))
            return
        person = msgspec.json.decode(safe.open(row.sealed_person, places.person(row.id)), type=Person)
        link = Link.new()
        for shared in SHARED:
            _close_again(connection, safe, shared, ticket_id, link)
        connection.execute(
            update(ticket)
            .where(ticket.c.id == ticket_id)
            .values(
                link_by=key,
                code_lock=link.lock(),
                code_until=until,
                **columns(safe, ticket_id, link, person.fields),
            )
        )


def _close_again(connection: Connection, safe: Safe, shared: Shared, ticket_id: str, link: Link) -> None:
    query = select(shared.id.label("id"), shared.sealed.label("sealed")).where(shared.ticket_id == ticket_id)
    if shared.sealed is message.c.sealed_body:
        query = query.where(message.c.author.in_(READ_BY_CUSTOMERS))
    values = []
    for row in connection.execute(query).all():
        place = shared.place(ticket_id, row.id)
        try:
            values.append({"row": row.id, "key": safe.share(row.sealed, place, link.public)})
        except SafeError:  # a lost key: the rest of the case must still open
            values.append({"row": row.id, "key": None})
    if values:
        table = shared.sealed.table
        closing = update(table).where(shared.id == bindparam("row")).values({shared.link_key: bindparam("key")})
        connection.execute(closing, values)


def _limits(
    digester: Digester, what: str, reference: str, network: str, per_network: int, per_case: int
) -> list[Allowed]:
    return [
        Allowed("network", digester.hex("limit of follow-up", "network", network), per_network),
        Allowed("case", digester.hex(f"limit of follow-up: {what}", reference), per_case),
    ]
