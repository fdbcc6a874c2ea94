"""Request Tracker 5, by REST 2: a request becomes a ticket, what the customer adds becomes correspondence.

Source: https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html. The token needs CreateTicket, SeeQueue, ShowTicket and
ReplyToTicket on its queue. By default the ticket has no requestor: RT mails its correspondence to requestors, and the
bank's answers are read on the follow-up page, not in a mail (docs/decisions/0008-helpdesks.md).
"""

import base64
import re
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from webapp.delivery.declared import secret
from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.destinations.http import Wire
from webapp.delivery.parcel import Parcel, Sent
from webapp.delivery.wording import address
from webapp.settings import Settings, SettingsError

_API = "/REST/2.0"
_ID = re.compile(r"[0-9]{1,12}")


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`fields`: our mark (reference, nature, theme, language, surface) → name of RT's custom field."""

    url: str
    queue: str
    token_file: str = ""
    token_env: str = ""
    fields: dict[str, str] = {}
    requestor: bool = False
    ca_file: str = ""
    timeout: float = 20.0


class _Named(msgspec.Struct):
    id: str | int


class _Found(msgspec.Struct):
    items: list[_Named]


class _Turn(msgspec.Struct):
    id: str | int
    Data: str | None = None


class _History(msgspec.Struct):
    items: list[_Turn]


class RequestTracker:
    """One queue of one RT."""

    def __init__(self, options: Options, wire: Wire) -> None:
        self._options = options
        self._wire = wire

    def send(self, parcel: Parcel) -> Sent:
        """Errors: ``DeliveryError``; of its own: ``no-case``, the request has not arrived yet."""
        if parcel.kind == "request":
            return Sent((parcel.repeated and self._find(parcel)) or self._create(parcel))
        if parcel.kind != "message":
            raise DeliveryError("kind", permanent=True)
        if not parcel.case:
            raise DeliveryError("no-case")
        if not (parcel.repeated and self._has(parcel)):
            self._correspond(parcel)
        return Sent(parcel.case)

    def close(self) -> None:
        self._wire.close()

    def _create(self, parcel: Parcel) -> str:
        sheet, request = parcel.sheet(), parcel.request
        ticket: dict[str, Any] = {
            "Queue": self._options.queue,
            "Subject": sheet.subject,
            "Content": sheet.text,
            "ContentType": "text/plain",
            "Attachments": list(_attachments(parcel)),
        }
        if self._options.fields:
            ticket["CustomFields"] = {name: getattr(request, mark) for mark, name in self._options.fields.items()}
        if self._options.requestor and address(request.email):
            ticket["Requestor"] = address(request.email)
        made = self._wire.ask("POST", f"{_API}/ticket", json=ticket).read(_Named)
        return _number(made.id)

    def _find(self, parcel: Parcel) -> str:
        """The ticket that an earlier attempt made, "" when there is none; a reference is in the subject."""
        since = (parcel.request.created_at - timedelta(days=2)).strftime("%Y-%m-%d")
        query = (
            f"Queue = '{_quoted(self._options.queue)}' AND Created > '{since}'"
            f" AND Subject LIKE '[{_quoted(parcel.request.reference)}]'"
        )
        params: dict[str, str | int] = {"query": query, "orderby": "id", "order": "ASC", "per_page": 1}
        found = self._wire.ask("GET", f"{_API}/tickets", params=params).read(_Found)
        return _number(found.items[0].id) if found.items else ""

    def _correspond(self, parcel: Parcel) -> None:
        turn = {
            "Subject": parcel.key,  # kept by RT as the transaction's data: a repetition finds it there
            "Content": parcel.sheet().text,
            "ContentType": "text/plain",
            "Attachments": list(_attachments(parcel)),
        }
        self._wire.ask("POST", f"{_API}/ticket/{_number(parcel.case)}/correspond", json=turn)

    def _has(self, parcel: Parcel) -> bool:
        """Whether an earlier attempt at this very message has arrived."""
        query = f"ObjectType = 'RT::Ticket' AND ObjectId = {_number(parcel.case)} AND Type = 'Correspond'"
        params: dict[str, str | int] = {"query": query, "fields": "Data", "per_page": 100}
        params |= {"orderby": "id", "order": "DESC"}
        found = self._wire.ask("GET", f"{_API}/transactions", params=params).read(_History)
        return any((each.Data or "").strip() == parcel.key for each in found.items)


def build(_name: str, options: Options, settings: Settings) -> RequestTracker:
    token = secret("token", {"token_file": options.token_file, "token_env": options.token_env})
    if not options.queue:
        raise SettingsError("queue: which one?")
    if not token:
        raise SettingsError("token_file or token_env: one of them must give RT's authentication token.")
    unknown = set(options.fields) - {"reference", "nature", "theme", "language", "surface"}
    if unknown:
        raise SettingsError(f"fields: {', '.join(sorted(unknown))} is no mark of a request.")
    headers = {"Authorization": f"token {token}"}
    wire = Wire.to(options.url, headers, settings, timeout=options.timeout, ca_file=options.ca_file)
    return RequestTracker(options, wire)


def _attachments(parcel: Parcel) -> Iterator[dict[str, str]]:
    """RT 5.0 stores a name outside ASCII in bytes that it cannot read back: accents are taken off."""
    for file in parcel.files:
        content = base64.b64encode(b"".join(file.chunks())).decode()
        yield {"FileName": _plain(file.name), "FileType": file.media_type, "FileContent": content}


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip() or "fichier"


def _number(id: str | int) -> str:
    """RT's number of a ticket, fit for a path. Errors: ``DeliveryError("garbage")``."""
    if not _ID.fullmatch(str(id)):
        raise DeliveryError("garbage")
    return str(id)


def _quoted(text: str) -> str:
    """`text` inside a string of TicketSQL."""
    return text.replace("\\", "\\\\").replace("'", "\\'")
