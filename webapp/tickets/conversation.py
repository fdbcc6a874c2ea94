"""The conversation after intake: what the bank and the customer add to a ticket. ONE transaction writes what belongs
together: the message, the state with its date, and what is owed for it.

The bank's side (``bank_wrote``, ``status_changed``) is called by the adapters of helpdesks, with what the far end calls
the message, so that the same news read twice is one message. The customer's side finds the ticket by the link and is
called by the follow-up page. Everything that the customer may read is sealed to the worker's key and, by the same data
key, to the link.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, and_, exists, insert, select, update

from webapp.confidential.digest import Digester
from webapp.confidential.link import Link
from webapp.confidential.redaction import IbanRule, redact
from webapp.confidential.safe import Safe
from webapp.db import Database
from webapp.tables import attachment, delivery, message, milestone, milliseconds, moment, ticket
from webapp.tickets import attachments, places
from webapp.tickets.limits import Allowed, take
from webapp.tickets.model import Arrived, CaseNotFound, CaseOver, TicketEmptied, TicketNotFound
from webapp.tickets.owing import LETTERS, helpdesks, owed, turn_of
from webapp.tickets.states import BANK_STATES, NEWS, REOPENABLE, after_customer_wrote

PER_CASE = 20
"""What a customer may add to one case in an hour: messages, closings, reopenings."""
Change = Literal["close", "reopen", "withdraw"]
_CHANGED = {"close": "closed", "reopen": "received", "withdraw": "withdrawn"}
_TOLD = {  # what the helpdesk reads; its language is the bank's
    "close": "[Guichet] Le client indique, sur sa page de suivi, que sa demande est réglée.",
    "reopen": "[Guichet] Le client rouvre sa demande depuis sa page de suivi.",
    "withdraw": "[Guichet] La personne qui reçoit nos e-mails déclare ne pas avoir écrit cette demande. L’adresse"
    " saisie est sans doute fausse : n’y envoyez rien, et joignez le client par un moyen déjà connu de la banque.",
}


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a customer's message: kinds of secrets masked in it; `repeated`: it was already there."""

    masked: tuple[str, ...] = ()
    repeated: bool = False


def bank_wrote(
    database: Database,
    safe: Safe,
    ticket_id: str,
    text: str,
    *,
    at: datetime,
    origin: str,
    iban: IbanRule = "mask",
    files: Sequence[Arrived] = (),
) -> bool:
    """Keep an answer of the bank, and owe the customer a `notice` of it. False: it was there, or nobody may read it.

    `origin`: what the far end calls this message, for ever (``rt:transaction:123``). `files`: examined and sealed, or
    `refused` and only named. Errors: ``TicketNotFound``, ``TicketEmptied``, ``FilesTaken``, ``DatabaseUnavailable``.
    """
    now = milliseconds(at)
    with database.transaction() as connection:
        found = _held(connection, ticket_id)
        if found.state == "withdrawn":
            return False
        cleaned = redact(_plain(text), language=found.language, iban=iban).text
        message_id = _added(database, connection, safe, found, "bank", cleaned, now, origin, files)
        if not message_id:
            return False
        if found.state != "closed":
            _move(connection, found, "answered", "bank", now)
        _owe_notice(connection, found, now, message_id=message_id)
    return True


def was_told(database: Database, ticket_id: str, origin: str) -> bool:
    """Whether this answer of the bank is here already, or nobody may read it any more."""
    here = exists().where(message.c.ticket_id == ticket_id, message.c.origin == origin)
    with database.reading() as connection:
        over = connection.scalar(select(ticket.c.state).where(ticket.c.id == ticket_id)) in (None, "withdrawn")
        return over or bool(connection.scalar(select(here)))


def status_changed(database: Database, ticket_id: str, state: str, *, at: datetime) -> bool:
    """Record the state that the helpdesk tells. False: it is that already, or the customer's last word is newer.

    Errors: ``ValueError`` for a state that is no helpdesk's to tell, ``TicketNotFound``, ``TicketEmptied``.
    """
    if state not in BANK_STATES:
        raise ValueError(f"no helpdesk tells the state {state}")
    now = milliseconds(at)
    with database.transaction() as connection:
        found = _held(connection, ticket_id)
        if found.state in ("withdrawn", state) or now < found.state_at:
            return False
        _move(connection, found, state, "bank", now)
        if state in NEWS:
            _owe_notice(connection, found, now)
    return True


def customer_wrote(
    database: Database,
    safe: Safe,
    digester: Digester,
    link: Link,
    text: str,
    *,
    form_key: str,
    now: datetime,
    network: str,
    per_network: int,
    language: str = "fr",
    iban: IbanRule = "mask",
    files: Sequence[Arrived] = (),
) -> Added:
    """Keep a further message of the customer, with its files, owed to every helpdesk that got the request.

    The same form with the same words and files is one message. Errors: ``CaseNotFound`` (no such link), ``CaseOver``
    (closed for more than thirty days), ``FilesTaken``, ``TooManyRequests``, ``DatabaseUnavailable``.
    """
    cleaned = redact(_plain(text), language=language, iban=iban, into="safe")
    moment_ms = milliseconds(now)
    origin = digester.hex("further message", form_key, cleaned.text, *attachments.told(files))
    allowed = [
        Allowed("network", digester.hex("limit of requests", "network", network), per_network),
        _per_case(digester, link),
    ]
    with database.transaction() as connection:
        found = _linked(connection, link, now)
        message_id = _added(database, connection, safe, found, "customer", cleaned.text, moment_ms, origin, files)
        if not message_id:
            return Added(masked=cleaned.masked, repeated=True)
        take(database, connection, allowed, moment_ms)
        state = after_customer_wrote(found.state)
        if state != found.state:
            _move(connection, found, state, "customer", moment_ms)
        _owe_helpdesks(connection, found, message_id, moment_ms)
    return Added(masked=cleaned.masked)


def customer_changed(
    database: Database, safe: Safe, digester: Digester, link: Link, change: Change, *, now: datetime
) -> bool:
    """Close, reopen or withdraw the case of `link`, and tell the helpdesks. False: it was so already.

    Withdrawn, a case opens through no link any more, from this very transaction on, and no letter leaves for it.
    Errors: ``CaseNotFound``, ``CaseOver``, ``TooManyRequests`` (but for withdrawing), ``DatabaseUnavailable``.
    """
    state, moment_ms = _CHANGED[change], milliseconds(now)
    with database.transaction() as connection:
        found = _linked(connection, link, now)
        if found.state == state or (change == "reopen" and found.state != "closed"):
            return False
        if change != "withdraw":  # each one is a message for the helpdesks; the last word is never refused
            take(database, connection, [_per_case(digester, link)], moment_ms)
        _move(connection, found, state, "customer", moment_ms)
        told = _added(database, connection, safe, found, "guichet", _TOLD[change], moment_ms, f"{change}:{moment_ms}")
        if told:
            _owe_helpdesks(connection, found, told, moment_ms)
        if change == "withdraw":
            cut(connection, [found.id], "withdrawn")
    return True


def cut(connection: Connection, ticket_ids: Sequence[str], reason: str) -> None:
    """Have no link open these tickets any more, and no letter leave for them (`reason`: why, for operators)."""
    gone = {"link_hash": None, "link_public": None, "sealed_link": None, "link_answers": None}
    gone |= {"code_lock": None, "code_until": None}
    connection.execute(update(ticket).where(ticket.c.id.in_(ticket_ids)).values(letters="", **gone))
    for table in (message, attachment):
        connection.execute(update(table).where(table.c.ticket_id.in_(ticket_ids)).values(link_key=None))
    unsent = and_(delivery.c.ticket_id.in_(ticket_ids), delivery.c.kind.in_(LETTERS), delivery.c.state == "due")
    connection.execute(update(delivery).where(unsent).values(state="abandoned", reason=reason))


def _per_case(digester: Digester, link: Link) -> Allowed:
    return Allowed("case", digester.hex("limit of messages", "case", link.hash), PER_CASE)


def _plain(text: str) -> str:
    """One kind of line end, nothing that UTF-8 cannot hold, no empty lines around."""
    return text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n").strip()


def _held(connection: Connection, ticket_id: str) -> Row[Any]:
    """The ticket, locked until the transaction ends: its state is read and written by one at a time."""
    found = connection.execute(select(ticket).where(ticket.c.id == ticket_id).with_for_update()).one_or_none()
    if found is None:
        raise TicketNotFound(ticket_id)
    if found.emptied_at is not None:
        raise TicketEmptied(ticket_id)
    return found


def _linked(connection: Connection, link: Link, now: datetime) -> Row[Any]:
    found = connection.execute(select(ticket).where(ticket.c.link_hash == link.hash).with_for_update()).one_or_none()
    if found is None:
        raise CaseNotFound
    if found.state == "closed" and now - moment(found.state_at) > REOPENABLE:
        raise CaseOver
    return found


def _added(
    database: Database,
    connection: Connection,
    safe: Safe,
    found: Row[Any],
    author: str,
    text: str,
    now: int,
    origin: str,
    files: Sequence[Arrived] = (),
) -> str:
    """Write a message and its files; its id, or "" when this ticket has one of the same origin.

    The customer reads no `guichet`. Errors: ``FilesTaken``.
    """
    message_id = secrets.token_hex(16)
    place, link_key = places.body(found.id, message_id), None
    if found.link_public and author != "guichet":
        sealed, link_key = safe.seal_shared(text.encode(), place, found.link_public)
    else:
        sealed = safe.seal(text.encode(), place)
    values = {"id": message_id, "ticket_id": found.id, "author": author, "created_at": now, "sealed_body": sealed}
    values |= {"link_key": link_key, "origin": origin}
    once = database.upsert(message).on_conflict_do_nothing(index_elements=["ticket_id", "origin"])
    written = connection.execute(once.returning(message.c.id), values).first()
    if not written:
        return ""
    rows = attachments.rows(safe, found.id, message_id, files, now, reader=found.link_public)
    attachments.keep(database, connection, rows)
    return message_id


def _move(connection: Connection, found: Row[Any], state: str, by: str, now: int) -> None:
    if found.state != state:
        connection.execute(update(ticket).where(ticket.c.id == found.id).values(state=state, state_at=now))
        connection.execute(insert(milestone), {"ticket_id": found.id, "state": state, "by": by, "at": now})


def _owe_notice(connection: Connection, found: Row[Any], now: int, *, message_id: str = "") -> None:
    """A letter that says there is news. One that has not left yet says it too."""
    unsent = exists().where(
        delivery.c.ticket_id == found.id,
        delivery.c.kind == "notice",
        delivery.c.state == "due",
        delivery.c.attempts == 0,
    )
    if not found.letters or connection.execute(select(unsent)).scalar():
        return
    row = owed(
        ticket_id=found.id,
        reference=found.reference,
        kind="notice",
        destination=found.letters,
        due_at=now,
        message_id=message_id,
        turn=turn_of(now),
    )
    connection.execute(insert(delivery), row)


def _owe_helpdesks(connection: Connection, found: Row[Any], message_id: str, now: int) -> None:
    rows = [
        owed(
            ticket_id=found.id,
            reference=found.reference,
            kind="message",
            destination=each,
            due_at=now,
            message_id=message_id,
        )
        for each in helpdesks(connection, found.id)
    ]
    if rows:
        connection.execute(insert(delivery), rows)
