"""What a destination is given: one sending, opened, with everything that any kind of destination may need of it.

A helpdesk takes the fields, a mailbox takes the letter: the letter is composed only when somebody asks for it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

from webapp.tickets.attachments import REFUSED
from webapp.tickets.model import StoredRequest
from webapp.tickets.owing import LETTERS


class Enclosure(Protocol):
    """A customer's file, as a destination sees it (``tickets/attachments.py`` makes them)."""

    @property
    def name(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def scan(self) -> str: ...
    @property
    def cleaned(self) -> bool: ...
    def chunks(self) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Sheet:
    """A turn as an agent reads it in a helpdesk, in French: a line that sorts, and the text below it."""

    subject: str
    text: str


def _no_sheet(_parcel: "Parcel") -> Sheet:
    raise NotImplementedError("this parcel was packed for a mailbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One sending. `key` names it for ever: the same key is the same sending, at each attempt and at the other side.

    `text` is what this turn says (cards masked): the request's own words for ``request``, the customer's further
    message for ``message``, nothing for a letter to the customer. `written_at`: when. `case`: what the destination
    called this ticket when it took the request, "" when it never has. `repeated`: an earlier attempt may have
    arrived, so look before you create. `letter` composes the mail; the argument is the recipient, "" for the usual one.
    `answers_to`: the mailbox for answers to the letter, "" for the customer's own. `written` composes the sheet that a
    helpdesk takes instead.
    """

    key: str
    kind: str
    request: StoredRequest
    text: str
    written_at: datetime
    files: tuple[Enclosure, ...] = ()
    case: str = ""
    repeated: bool = False
    answers_to: str = ""
    letter: Callable[["Parcel", str], EmailMessage] = field(repr=False, compare=False)
    written: Callable[["Parcel"], Sheet] = field(default=_no_sheet, repr=False, compare=False)

    def __repr__(self) -> str:
        return f"<Parcel {self.key}>"  # a traceback or a log must not show a customer's words

    @property
    def for_customer(self) -> bool:
        """Whether this is a letter of the bank to the customer, and not something for the bank's helpdesk."""
        return self.kind in LETTERS

    @property
    def carried(self) -> tuple[Enclosure, ...]:
        """The files that have bytes: one that the antivirus refused after it came in is only named."""
        return tuple(each for each in self.files if each.scan != REFUSED)

    def mail(self, to: str = "") -> EmailMessage:
        """This sending as a letter, the same headers at each attempt. Errors: ``DeliveryError``, permanent."""
        return self.letter(self, to)

    def addressed_to(self, to: str, *, answers_to: str = "") -> "Parcel":
        """The same sending, its letter written to the mailbox `to`, answers to it going to `answers_to`."""
        return replace(self, answers_to=answers_to, letter=lambda parcel, _usual: self.letter(parcel, to))

    def sheet(self) -> Sheet:
        """This turn as a helpdesk's agent reads it; no file is in it."""
        return self.written(self)


@dataclass(frozen=True, slots=True)
class Sent:
    """The destination answers for the parcel from now on; `external_id` is what it calls the ticket, if it says."""

    external_id: str = ""
