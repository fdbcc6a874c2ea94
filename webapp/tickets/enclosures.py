"""Files of a case as its customer has them: told by name, and taken out, with the secret of the link and nothing else.

What describes a file, its key included, is closed to the link (``attachments.rows``): the web process opens neither
the name nor the bytes without the customer's secret in the request. What the antivirus has not seen is not given.
"""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, select

from webapp.confidential.digest import Digester
from webapp.confidential.link import Link
from webapp.confidential.safe import SafeError
from webapp.db import Database
from webapp.tables import attachment, message, milliseconds, ticket
from webapp.tickets import places
from webapp.tickets.attachments import REFUSED, SERVED, About, File
from webapp.tickets.filestore import Store
from webapp.tickets.limits import Allowed, take
from webapp.tickets.model import CaseNotFound, FileNotGiven

READ_BY_CUSTOMERS = ("customer", "bank")


class Enclosure(msgspec.Struct, frozen=True, kw_only=True):
    """A file that came with a message. `size` in bytes; `scan`: as ``attachments.File`` has it.

    `name` is "" when the file can no longer be opened.
    """

    id: str
    name: str
    media_type: str
    size: int
    scan: str
    cleaned: bool = False

    def __repr__(self) -> str:
        return f"<Enclosure {self.id}>"

    @property
    def trouble(self) -> str:
        """Why it is not given: as ``model.FileNotGiven`` has it; "" when it is."""
        if self.scan not in SERVED:
            return _withheld(self)
        return "" if self.name else "gone"


def enclosure(row: Row[Any], link: Link) -> Enclosure:
    """What the customer of `link` is told of a row of ``attachment``."""
    told = {"id": row.id, "media_type": row.media_type, "size": row.size, "scan": row.scan}
    try:
        about = _about(row, link)
    except (SafeError, TypeError):  # TypeError: its data key was never closed to this link
        return Enclosure(name="", **told)
    return Enclosure(name=about.name, cleaned=about.cleaned, **told)


def take_out(
    database: Database,
    digester: Digester,
    store: Store,
    link: Link,
    file_id: str,
    *,
    now: datetime,
    network: str,
    per_network: int,
) -> File:
    """A file of the case of `link`, read through once: it is whole and as it was sealed.

    Counted with the openings of cases. Errors: ``CaseNotFound`` (no such link), ``FileNotGiven``,
    ``TooManyRequests``, ``DatabaseUnavailable``.
    """
    allowed = Allowed("network", digester.hex("limit of follow-up", "opening", network), per_network)
    with database.transaction() as connection:
        take(database, connection, [allowed], milliseconds(now))
    with database.reading() as connection:
        ticket_id = connection.scalar(select(ticket.c.id).where(ticket.c.link_hash == link.hash))
        row = connection.execute(
            select(attachment)
            .join(message, message.c.id == attachment.c.message_id)
            .where(
                attachment.c.id == file_id,
                attachment.c.ticket_id == ticket_id,
                message.c.author.in_(READ_BY_CUSTOMERS),
            )
        ).one_or_none()
    if ticket_id is None:
        raise CaseNotFound
    if row is None:
        raise FileNotGiven("gone")
    if row.scan not in SERVED:
        raise FileNotGiven(_withheld(row))
    try:
        file = File(row, _about(row, link), store)
        for _ in file.chunks():  # nothing leaves of a file that does not open to its end
            pass
    except (SafeError, TypeError, OSError):
        raise FileNotGiven("gone") from None
    return file


def _withheld(file: Enclosure | Row[Any]) -> str:
    """What was taken has a size: if it is refused, the antivirus did so afterwards (``rescanning``)."""
    return "virus" if file.scan == REFUSED and file.size else str(file.scan)


def _about(row: Row[Any], link: Link) -> About:
    opened = link.open(row.sealed_about, row.link_key, places.attachment(row.ticket_id, row.id))
    return msgspec.json.decode(opened, type=About)
