"""Cases: what a helpdesk calls a ticket that it took. Written with the delivery, read for each further message."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from webapp.db import Database
from webapp.tables import delivery, delivery_case, milliseconds, ticket


def opened(
    database: Database, connection: Connection, ticket_id: str, destination: str, external_id: str, now: datetime
) -> None:
    """Remember `external_id`; the destination has the last word on what it calls a ticket."""
    values = {"ticket_id": ticket_id, "destination": destination, "external_id": external_id}
    written = database.upsert(delivery_case).values(**values, opened_at=milliseconds(now), due_at=milliseconds(now))
    keys = [delivery_case.c.ticket_id, delivery_case.c.destination]
    connection.execute(written.on_conflict_do_update(index_elements=keys, set_={"external_id": external_id}))


def named(connection: Connection, ticket_id: str, destination: str) -> str:
    """What `destination` calls the ticket, "" when it has not taken it (or does not say)."""
    query = select(delivery_case.c.external_id).where(
        delivery_case.c.ticket_id == ticket_id, delivery_case.c.destination == destination
    )
    return connection.scalar(query) or ""


def ticket_of(connection: Connection, destination: str, external_id: str) -> str:
    """The ticket that `destination` calls so, "" when it is not one of ours; the newest, if a helpdesk began anew."""
    query = (
        select(delivery_case.c.ticket_id)
        .where(delivery_case.c.destination == destination, delivery_case.c.external_id == external_id)
        .order_by(delivery_case.c.opened_at.desc())
        .limit(1)
    )
    return connection.scalar(query) or ""


def ticket_named(connection: Connection, destination: str, reference: str) -> str:
    """The ticket of `reference` if `destination` was owed it, else "": no helpdesk speaks of another one's tickets."""
    query = (
        select(ticket.c.id)
        .join(delivery, delivery.c.ticket_id == ticket.c.id)
        .where(ticket.c.reference == reference, delivery.c.destination == destination, delivery.c.kind == "request")
    )
    return connection.scalar(query) or ""


def stirred(connection: Connection, ticket_id: str, destination: str, now: datetime) -> None:
    """The customer has written again: look at this case soon, and often for a while."""
    this = (delivery_case.c.ticket_id == ticket_id, delivery_case.c.destination == destination)
    connection.execute(update(delivery_case).where(*this).values(due_at=milliseconds(now), quiet=0))
