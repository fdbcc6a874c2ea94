"""What a ticket is made of: plain data that the other rooms may hold. No database, no HTTP.

Moments are aware datetimes in UTC, of whole milliseconds (what the tables keep).
"""

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from webapp.tickets.trail import Trail

if TYPE_CHECKING:
    from webapp.tickets.attachments import File


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was examined, cleaned and sealed on the disk, and that no message holds yet.

    `digest`: keyed, of the bytes as they were sent, so that the same file sent twice is recognised. `key` opens the
    file: never log an Arrived, never show one. With `scan` ``refused`` there are no bytes, only the name of a file of
    the bank's that was not taken: the customer is told to ask for it.
    """

    id: str
    name: str
    media_type: str
    size: int
    scan: str
    digest: str
    key: bytes
    cleaned: bool = False

    def __repr__(self) -> str:
        return f"<Arrived {self.id}>"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a visitor sends, validated by the form and not yet redacted: never log it, never put it in an exception.

    `form_key` is the nonce of the form's stamp: the same key is the same request. `network` is already reduced to a
    prefix (/24, /48) by the web layer. `fields`: id of the nature's field → what was answered. `trail`: articles seen
    before writing. `files`: sealed and on the disk already.
    """

    form_key: str
    nature: str
    message: str
    theme: str = ""
    language: str = "fr"
    surface: str = "hub"
    partner: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    fields: dict[str, str] = {}
    trail: Trail = ()
    network: str = ""
    files: tuple[Arrived, ...] = ()

    def __repr__(self) -> str:
        return f"<Request {self.nature}>"  # a traceback or a log must not show a customer's words


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes and what the nature asks besides; sealed as one value, as JSON, in ``ticket.sealed_person``."""

    name: str
    email: str
    phone: str
    fields: dict[str, str]

    def __repr__(self) -> str:
        return "<Person>"


class StoredRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket read back and opened, for the delivery worker. Card numbers are already masked.

    `link`, `code`: the customer's way to the case, for letters to the customer and for nobody else; "" without one.
    """

    reference: str
    nature: str
    theme: str
    language: str
    surface: str
    partner: str
    created_at: datetime
    name: str
    email: str
    phone: str
    fields: dict[str, str]
    message: str
    state: str = "received"
    state_at: datetime | None = None
    link: str = ""
    code: str = ""
    trail: Trail = ()
    files: tuple["File", ...] = ()

    def __repr__(self) -> str:
        return f"<StoredRequest {self.reference}>"


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Proof that a request is kept: it exists only after the commit.

    `masked`: kinds of secrets taken out (``redaction.Kind``), each once. `repeated`: the request was already there.
    `link`: the secret of the customer's link (``confidential/link.py``), given once: nobody can give it again.
    """

    reference: str
    received_at: datetime
    nature: str
    masked: tuple[str, ...] = ()
    repeated: bool = False
    link: str = ""

    def __repr__(self) -> str:
        return f"<Receipt {self.reference}>"  # the link opens the case


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Requests accepted in one hour, per network prefix, per e-mail address and altogether.

    `acknowledgements`: sent to one address in a day; a request beyond them is kept all the same.
    """

    per_network: int
    per_address: int
    overall: int
    acknowledgements: int = 3


class RequestChanged(Exception):
    """The form was already sent with another body; `reference` is that of the first sending."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"the form of {reference} was sent again with another body")
        self.reference = reference


class TooManyRequests(Exception):
    """A limit is reached: `limit` is ``network``, ``address`` or ``overall``; `retry_after` is in seconds, ≥ 1."""

    def __init__(self, retry_after: int, limit: str) -> None:
        super().__init__(f"limit reached: {limit}, {retry_after} s left")
        self.retry_after = retry_after
        self.limit = limit


class CaseNotFound(Exception):
    """No case opens with this link: it never existed, was replaced, withdrawn, or its words are deleted."""


class CaseOver(Exception):
    """The case has been closed for so long that a new request must be written."""


class FileNotGiven(Exception):
    """A file of a case is not handed out.

    `reason`: ``unscanned``, ``refused`` (it was never taken), ``virus`` (the antivirus refused it later), ``gone``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class FilesTaken(Exception):
    """A file of this form belongs to a message already: the person must choose it again."""


class TicketEmptied(Exception):
    """The words of this ticket were deleted at the end of their retention period; its reference and dates remain."""


class TicketNotFound(Exception):
    """No ticket has this id."""
