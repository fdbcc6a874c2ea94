"""Claim → parcel: the ticket opened, the turn it carries, and what the destination already calls it."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from webapp.confidential.safe import Safe
from webapp.db import Database
from webapp.delivery import cases
from webapp.delivery.composition import Composer
from webapp.delivery.outbox import Claim
from webapp.delivery.parcel import Parcel
from webapp.tables import moment
from webapp.tickets import attachments, links, reading
from webapp.tickets.attachments import File
from webapp.tickets.filestore import Store
from webapp.tickets.owing import LETTERS, owed_at


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Packer:
    """Packs for one bank. `safe` must be able to open: this is the worker's side of the house."""

    def __init__(
        self,
        database: Database,
        safe: Safe,
        composer: Composer,
        store: Store,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._database = database
        self._safe = safe
        self._composer = composer
        self._store = store
        self._clock = clock

    def pack(self, claim: Claim) -> Parcel:
        """Errors: ``TicketNotFound``, ``TicketEmptied``, ``SafeError``, ``DatabaseUnavailable``."""
        if claim.kind == "link":
            links.replace(self._database, self._safe, claim.ticket_id, claim.key, now=self._clock())
        elif claim.kind in LETTERS:
            links.ensure(self._database, self._safe, claim.ticket_id, claim.key, now=self._clock())
        with self._database.reading() as connection:
            request = reading.load(connection, self._safe, claim.ticket_id, self._store)
            if claim.kind not in LETTERS:  # the customer's way in is no helpdesk's business
                request = msgspec.structs.replace(request, link="", code="")
            text, written_at = "", request.created_at
            files: tuple[File, ...] = ()
            if claim.message_id is not None:
                text, written_at = reading.turn(connection, self._safe, claim.message_id)
                if claim.kind in LETTERS:
                    text = ""  # letters announce, they never tell
                else:
                    files = attachments.files_of(connection, self._safe, self._store, claim.message_id)
            elif claim.kind in ("notice", "link"):
                written_at = moment(owed_at(claim.key) or 0)
            elif claim.kind == "request":
                text, files = request.message, request.files
            case = cases.named(connection, claim.ticket_id, claim.destination)
        return Parcel(
            key=claim.key,
            kind=claim.kind,
            request=request,
            text=text,
            written_at=written_at,
            files=files,
            case=case,
            repeated=claim.attempts > 1,
            letter=self._composer.compose,
            written=self._composer.sheet,
        )
