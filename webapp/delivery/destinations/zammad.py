"""Zammad, by its REST API: a request becomes a ticket, each further message an article; internal notes stay inside.

Source: https://docs.zammad.org/en/latest/api/intro.html, …/api/ticket/index.html, …/api/ticket/articles.html and
…/api/ticket/tags.html. The token needs the permission ``ticket.agent`` with create, read and change on the group. The
customer of a ticket is the bank's own technical user unless the table says otherwise: Zammad's triggers mail customers.
"""

import base64
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any, Literal

import msgspec

from webapp.delivery.destinations import helpdesk
from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.destinations.http import Wire
from webapp.delivery.news import Brought, Heard, News
from webapp.delivery.parcel import Parcel, Sent
from webapp.delivery.quoting import decorates, fresh, plain
from webapp.delivery.wording import address
from webapp.settings import Settings, SettingsError

_API = "/api/v1"
_STATES = {"open": "in_hand", "pending reminder": "in_hand", "pending close": "answered", "closed": "closed"}
_LONGEST_STATE = 80  # characters of a state's name that are kept with the case
_INDEXED = 60.0  # seconds after which the search knows a new ticket


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`group` takes the tickets, opened for `customer`, or for the address of the form with `customer_from_form`."""

    url: str
    group: str
    customer: str
    customer_from_form: bool = False
    token_file: str = ""
    token_env: str = ""
    states: dict[str, str] = {}
    ca_file: str = ""
    timeout: float = 20.0


class _Ticket(msgspec.Struct):
    id: int
    title: str = ""
    state: str = ""
    updated_at: datetime | None = None


class _File(msgspec.Struct):
    id: int
    filename: str = ""
    preferences: dict[str, Any] = {}


class _Article(msgspec.Struct):
    id: int
    created_at: datetime
    body: str = ""
    content_type: str = "text/plain"
    internal: bool = True
    sender: Literal["Agent", "Customer", "System"] | None = None
    type: str | None = None
    message_id: str | None = None
    subject: str | None = None
    attachments: list[_File] = []


class Zammad:
    """One group of one Zammad."""

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
            article = {"ticket_id": int(parcel.case), **self._article(parcel)}
            self._wire.ask("POST", f"{_API}/ticket_articles", json=article)
        return Sent(parcel.case)

    def hear_case(self, case: str, cursor: str) -> Heard:
        """What agents answered in public, and the state when it is another one than at the last look.

        `cursor` holds both: ``<article>:<state>``.
        """
        number, (seen, _, before) = int(case), cursor.partition(":")
        articles = self._articles(number)
        ticket = self._wire.ask("GET", f"{_API}/tickets/{number}", params={"expand": "true"}).read(_Ticket)
        news = [each for article in articles if article.id > int(seen or 0) for each in self._news(case, article)]
        state = (_STATES | self._options.states).get(ticket.state, "")
        named = ticket.state[:_LONGEST_STATE]
        if state and named != before and ticket.updated_at is not None:
            told = News(at=ticket.updated_at, case=case, state=state)
            # That somebody is on it is older news than an answer; that it is over comes last.
            news = [told, *news] if state == "in_hand" else [*news, told]
        last = max([int(seen or 0), *(each.id for each in articles)])
        return Heard(news=tuple(news), cursor=f"{last}:{named}")

    def close(self) -> None:
        self._wire.close()

    def _create(self, parcel: Parcel) -> str:
        request = parcel.request
        typed = address(request.email) if self._options.customer_from_form else ""
        ticket: dict[str, Any] = {
            "title": parcel.sheet().subject,
            "group": self._options.group,
            "customer_id": f"guess:{typed or self._options.customer}",
            "tags": ",".join(filter(None, ("guichet", request.nature, request.theme))),
            "article": self._article(parcel),
        }
        try:
            return str(self._wire.ask("POST", f"{_API}/tickets", json=ticket).read(_Ticket).id)
        except DeliveryError as error:
            if error.permanent or error.everybody:
                raise
            # Perhaps it was made: the next attempt asks the search, which must have learnt of it by then.
            raise DeliveryError(error.reason, wait=max(error.wait, _INDEXED)) from None

    def _article(self, parcel: Parcel) -> dict[str, Any]:
        return {
            "subject": parcel.key,  # a repetition finds it there
            "body": parcel.sheet().text,
            "content_type": "text/plain",
            "type": "note",
            "sender": "Customer",
            "internal": False,
            "attachments": list(_attachments(parcel)),
        }

    def _find(self, parcel: Parcel) -> str:
        """The ticket that an earlier attempt made, "" when there is none. The search learns of it within seconds."""
        reference = parcel.request.reference
        params: dict[str, str | int] = {"query": reference, "limit": 20, "expand": "true"}
        found = self._wire.ask("GET", f"{_API}/tickets/search", params=params).read(list[_Ticket])
        return next((str(each.id) for each in found if each.title.startswith(f"[{reference}]")), "")

    def _has(self, parcel: Parcel) -> bool:
        return any(each.subject == parcel.key for each in self._articles(int(parcel.case)))

    def _articles(self, number: int) -> list[_Article]:
        path = f"{_API}/ticket_articles/by_ticket/{number}"
        found: list[_Article] = self._wire.ask("GET", path, params={"expand": "true"}).read(list[_Article])
        return sorted(found, key=lambda each: each.id)

    def _news(self, case: str, article: _Article) -> Iterator[News]:
        if article.internal or article.sender != "Agent":
            return
        text = fresh(plain(article.body) if article.content_type.startswith("text/html") else article.body)
        files = tuple(self._files(case, article))
        if text or files:
            origin = f"zammad:article:{article.id}"
            yield News(at=article.created_at, case=case, text=text, files=files, origin=origin)

    def _files(self, case: str, article: _Article) -> Iterator[Brought]:
        for each in article.attachments:
            told = each.preferences
            media_type = str(told.get("Content-Type") or told.get("Mime-Type") or "")
            headers = "\n".join(f"{name}: {value}" for name, value in told.items())
            if not decorates(media_type, headers):
                path = f"{_API}/ticket_attachment/{int(case)}/{article.id}/{each.id}"
                yield Brought(name=each.filename, media_type=media_type, fetch=partial(self._content, path))

    def _content(self, path: str) -> bytes:
        return self._wire.ask("GET", path).body


def build(_name: str, options: Options, settings: Settings) -> Zammad:
    if not address(options.customer):
        raise SettingsError("customer: the e-mail address of the technical user that tickets are opened for.")
    return Zammad(options, helpdesk.wire(options, settings, scheme="Token token=", named="Zammad's access token"))


def _attachments(parcel: Parcel) -> Iterator[dict[str, str]]:
    for file in parcel.carried:
        data = base64.b64encode(b"".join(file.chunks())).decode()
        yield {"filename": file.name, "data": data, "mime-type": file.media_type}
