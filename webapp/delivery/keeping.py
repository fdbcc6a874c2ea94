"""News kept with their ticket: an answer becomes a message that the customer may read, a state moves the page."""

import msgspec

from webapp.confidential.redaction import IbanRule
from webapp.confidential.safe import Safe
from webapp.db import Database
from webapp.delivery import cases
from webapp.delivery.news import News
from webapp.delivery.receiving import NamingOnly, Receives
from webapp.tickets import conversation
from webapp.tickets.model import Arrived, TicketEmptied, TicketNotFound


class Office(msgspec.Struct, frozen=True, kw_only=True):
    """What news are kept with."""

    database: Database
    safe: Safe
    iban: IbanRule = "mask"
    files: Receives = NamingOnly()


def keep(office: Office, destination: str, news: News) -> bool | None:
    """Keep one piece of news of `destination`. False: it was there or says nothing new. None: no ticket of theirs.

    Errors: ``DatabaseUnavailable``, ``DeliveryError`` when a file of it does not come now.
    """
    with office.database.reading() as connection:
        if news.case:
            ticket_id = cases.ticket_of(connection, destination, news.case)
        else:
            ticket_id = cases.ticket_named(connection, destination, news.reference)
    if not ticket_id:
        return None
    try:
        if news.state:
            return conversation.status_changed(office.database, ticket_id, news.state, at=news.at)
        files: tuple[Arrived, ...] = ()
        if news.files:
            if conversation.was_told(office.database, ticket_id, news.origin):
                return False  # nothing is fetched for what is here already
            files = tuple(office.files.files_of(destination, news))
        return conversation.bank_wrote(
            office.database,
            office.safe,
            ticket_id,
            news.text,
            at=news.at,
            origin=news.origin,
            iban=office.iban,
            files=files,
        )
    except (TicketNotFound, TicketEmptied):  # purged, or erased at the customer's wish
        return None
