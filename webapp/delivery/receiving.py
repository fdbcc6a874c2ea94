"""Files that come with an answer of the bank: fetched, examined as strictly as a stranger's, and sealed.

What is not taken is kept by its name, so that the customer is told to ask for it; the operator reads the reason, never
the name. A far end that does not give a file now is asked again, a few times: the answer itself must arrive.
"""

import io
from typing import Protocol

from webapp import logs
from webapp.delivery.failing import DeliveryError
from webapp.delivery.news import Brought, News
from webapp.inspection.rules import LARGEST_FILE, Refused, Unavailable
from webapp.tickets import attachments
from webapp.tickets.admission import Admission, shown
from webapp.tickets.filestore import StoreFull
from webapp.tickets.model import Arrived

MOST = 10
"""Files of one answer; a customer sends three at a time."""
LARGEST_TOTAL = 12 * 1024 * 1024  # bytes of all the files of one answer, as for a customer's message
_ATTEMPTS = 5  # at one file that does not come
_log = logs.logger("guichet.receiving")


class Receives(Protocol):
    def files_of(self, destination: str, news: News) -> list[Arrived]: ...


class Receiving:
    """The one who opens the bank's parcels. Not for several threads at once (each process has one that listens)."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._failed: dict[str, int] = {}

    def files_of(self, destination: str, news: News) -> list[Arrived]:
        """Every file of `news`, taken or only named, in order. Errors: ``DeliveryError``: ask again later."""
        left, found = LARGEST_TOTAL, []
        for number, each in enumerate(news.files):
            try:
                if number >= MOST:
                    raise Refused("many")
                body = self._fetched(each, f"{news.origin}:{number}")
                left -= len(body)
                found.append(self._taken(each, body, fits=left >= 0))
            except Refused as refused:
                _log.warning("a file of an answer was refused", destination=destination, reason=refused.reason)
                found.append(attachments.not_taken(shown(each.name)))
        return found

    def _taken(self, each: Brought, body: bytes, *, fits: bool) -> Arrived:
        """Errors: ``Refused``, ``DeliveryError``."""
        if not body:
            raise Refused("empty")
        if len(body) > LARGEST_FILE or not fits:
            raise Refused("large" if len(body) > LARGEST_FILE else "total")
        try:
            self._admission.store.require_room(len(body))
            with self._admission.examiner.turn():
                return self._admission.admit(io.BytesIO(body), each.name, each.media_type)
        except StoreFull:  # words come first: an answer does not wait for a disk
            raise Refused("full") from None
        except Unavailable:
            raise DeliveryError("files-busy") from None

    def _fetched(self, each: Brought, name: str) -> bytes:
        """Errors: ``Refused`` when it will not come, ``DeliveryError``."""
        try:
            body = each.fetch()
        except DeliveryError as error:
            self._failed[name] = self._failed.get(name, 0) + 1
            if not error.everybody and (error.permanent or self._failed[name] >= _ATTEMPTS):
                raise Refused(f"not-fetched:{error.reason}") from None
            raise
        self._failed.pop(name, None)
        return body


class NamingOnly:
    """Where nobody examines files: each is named, none is taken."""

    def files_of(self, destination: str, news: News) -> list[Arrived]:
        return [attachments.not_taken(shown(each.name)) for each in news.files[:MOST]]
