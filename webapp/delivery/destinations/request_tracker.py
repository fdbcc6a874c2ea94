"""Request Tracker 5, by REST 2: a request becomes a ticket, what the customer adds becomes correspondence.

Source: https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html. The token needs CreateTicket, SeeQueue, ShowTicket and
ReplyToTicket on its queue. By default the ticket has no requestor: RT mails its correspondence to requestors, and the
bank's answers are read on the follow-up page, not in a mail (docs/decisions/0008-helpdesks.md).
"""

import base64
import binascii
import re
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from webapp.delivery.destinations import helpdesk
from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.destinations.http import Wire
from webapp.delivery.news import Brought, Heard, News
from webapp.delivery.parcel import Parcel, Sent
from webapp.delivery.quoting import decorates, fresh, plain
from webapp.delivery.wording import address
from webapp.settings import Settings, SettingsError

_API = "/REST/2.0"
_ID = re.compile(r"[0-9]{1,12}")
_OURS = re.compile(r"[0-9A-Z-]{8,16}:message:[0-9a-f:a-z-]+")  # the key of a sending, which we give as subject
_STATES = {"open": "in_hand", "stalled": "waiting", "resolved": "closed", "rejected": "closed"}
_ITSELF = "RT_System"  # opens a ticket that somebody answers: no news beside the answer
_PAGE = 50  # transactions of one look: each of ours costs two or three requests more
_OVERLAP = 20


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`fields`: our mark (reference, nature, theme, language, surface) → name of RT's custom field.

    `heard`: further queues to which agents move tickets; `states`: RT's status → our state,
    beside the usual ones.
    """

    url: str
    queue: str
    token_file: str = ""
    token_env: str = ""
    fields: dict[str, str] = {}
    requestor: bool = False
    heard: tuple[str, ...] = ()
    states: dict[str, str] = {}
    ca_file: str = ""
    timeout: float = 20.0


class _Named(msgspec.Struct):
    id: str | int


class _Found(msgspec.Struct):
    items: list[_Named]


class _Turn(msgspec.Struct):
    """A transaction of RT, as far as we asked for its fields (they have RT's names)."""

    id: str | int
    Type: str = ""
    Data: str | None = None
    NewValue: str | None = None
    ObjectId: str | int = ""
    Created: datetime | None = None
    Creator: _Named | None = None


class _History(msgspec.Struct):
    items: list[_Turn]


class _Part(msgspec.Struct):
    id: str | int
    ContentType: str | None = None
    Filename: str | None = None
    Headers: str | None = None


class _Parts(msgspec.Struct):
    items: list[_Part]


class _Content(msgspec.Struct):
    Content: str | None = None


class _People(msgspec.Struct):
    Requestor: list[_Named] = []


class RequestTracker:
    """One queue of one RT."""

    def __init__(self, options: Options, wire: Wire) -> None:
        self._options = options
        self._wire = wire
        self._told: deque[int] = deque(maxlen=4 * _PAGE)
        self._unsure: list[int] = []
        self._reached = ""

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

    def hear(self, cursor: str, ours: Callable[[str], bool]) -> Heard:
        """What agents answered (correspondence, never comments) and the states they set, by number of transaction.

        The first look only learns where to begin. Numbers are given before they are committed, so each look goes a
        little back; what this process has already told is not read again.
        """
        if not cursor:
            return Heard(cursor=str(self._newest()))
        if cursor == self._reached:  # what the look before told is kept
            self._told.extend(self._unsure)
        self._unsure = []
        wanted = self._transactions(f"id > {max(int(cursor) - _OVERLAP, 0)}", "ASC", _PAGE)
        told: list[News] = []
        for each in wanted:
            number = int(_number(each.id))
            if number in self._told:
                continue
            news = self._news(each) if ours(str(each.ObjectId)) else []
            told += news
            (self._unsure if news else self._told).append(number)
        last = max([int(cursor), *(int(each.id) for each in wanted)])
        self._reached = str(last) if last > int(cursor) else ""
        return Heard(news=tuple(told), cursor=str(last), more=len(wanted) == _PAGE and last > int(cursor))

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

    def _newest(self) -> int:
        found = self._transactions("id > 0", "DESC", 1)
        return int(_number(found[0].id)) if found else 0

    def _transactions(self, condition: str, order: str, count: int) -> list[_Turn]:
        queues = " OR ".join(f"TicketQueue = '{_quoted(each)}'" for each in (self._options.queue, *self._options.heard))
        kinds = "Type = 'Correspond' OR Type = 'Status'"
        params: dict[str, str | int] = {
            "query": f"ObjectType = 'RT::Ticket' AND ({queues}) AND ({kinds}) AND {condition}",
            "fields": "Type,Data,NewValue,ObjectId,Created,Creator",
            "orderby": "id",
            "order": order,
            "per_page": count,
        }
        return list(self._wire.ask("GET", f"{_API}/transactions", params=params).read(_History).items)

    def _news(self, turn: _Turn) -> list[News]:
        case, at = _number(turn.ObjectId), turn.Created
        if at is None:
            raise DeliveryError("garbage")
        if turn.Type == "Status":
            state = (_STATES | self._options.states).get(turn.NewValue or "", "")
            by_itself = turn.Creator is not None and turn.Creator.id == _ITSELF
            return [News(at=at, case=case, state=state)] if state and not by_itself else []
        if _OURS.fullmatch((turn.Data or "").strip()) or self._by_customer(turn, case):
            return []
        text, files = self._said(turn)
        origin = f"rt:transaction:{_number(turn.id)}"
        return [News(at=at, case=case, text=text, files=files, origin=origin)] if text or files else []

    def _by_customer(self, turn: _Turn, case: str) -> bool:
        """Whether the customer wrote this to RT by mail: only possible when RT knows a requestor."""
        if not self._options.requestor or turn.Creator is None:
            return False
        people = self._wire.ask("GET", f"{_API}/ticket/{case}").read(_People)
        return any(each.id == turn.Creator.id for each in people.Requestor)

    def _said(self, turn: _Turn) -> tuple[str, tuple[Brought, ...]]:
        """What the agent wrote, the plain text when there is one, else the HTML made plain, quotations cut off; and
        the files beside it, but for pictures that stand in the text (a logo in a signature)."""
        path = f"{_API}/transaction/{_number(turn.id)}/attachments"
        wanted: dict[str, str | int] = {"fields": "ContentType,Filename,Headers", "per_page": 50}
        parts = self._wire.ask("GET", path, params=wanted).read(_Parts).items
        texts = {each.ContentType: each for each in reversed(parts) if not each.Filename}
        part = texts.get("text/plain") or texts.get("text/html")
        files = tuple(
            Brought(name=each.Filename, media_type=each.ContentType or "", fetch=partial(self._content, each))
            for each in parts
            if each.Filename and not decorates(each.ContentType or "", each.Headers or "")
        )
        if part is None:
            return "", files
        text = self._content(part).decode("utf-8", "replace")
        return fresh(plain(text) if part.ContentType == "text/html" else text), files

    def _content(self, part: _Part) -> bytes:
        coded = self._wire.ask("GET", f"{_API}/attachment/{_number(part.id)}").read(_Content).Content or ""
        try:
            return base64.b64decode(coded)
        except binascii.Error:
            raise DeliveryError("garbage", permanent=True) from None


def build(_name: str, options: Options, settings: Settings) -> RequestTracker:
    if not options.queue:
        raise SettingsError("queue: which one?")
    unknown = set(options.fields) - {"reference", "nature", "theme", "language", "surface"}
    if unknown:
        raise SettingsError(f"fields: {', '.join(sorted(unknown))} is no mark of a request.")
    return RequestTracker(options, helpdesk.wire(options, settings, scheme="token ", named="RT's authentication token"))


def _attachments(parcel: Parcel) -> Iterator[dict[str, str]]:
    """RT 5.0 stores a name outside ASCII in bytes that it cannot read back: accents are taken off."""
    for file in parcel.carried:
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
