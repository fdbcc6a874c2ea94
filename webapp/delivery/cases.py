"""Cases: what a helpdesk calls a ticket that it took. Written with the delivery, read for each further message."""

from datetime import datetime

from sqlalchemy import Connection, select

from webapp.db import Database
from webapp.tables import delivery_case, milliseconds


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
