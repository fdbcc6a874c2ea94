"""Intake: a visitor's request becomes a ticket, or nothing at all.

Redaction and sealing come first, outside the lock; then ONE transaction writes ticket, message, deliveries and counts.
The receipt exists only after the commit, so that whoever shows it has nothing left to lose. The key of the form makes
a second sending find the first ticket (the pattern of Stripe's idempotency keys: key and digest of the body stored in
the transaction of the effect).
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, func, insert, select

from webapp.confidential.digest import Digester
from webapp.confidential.link import Link
from webapp.confidential.redaction import IbanRule, redact
from webapp.confidential.safe import Safe
from webapp.db import Database
from webapp.tables import delivery, message, milestone, milliseconds, moment, ticket
from webapp.tickets import attachments, links, places, reference, trail
from webapp.tickets.blind_index import mailbox, person_digest
from webapp.tickets.limits import Allowed, take
from webapp.tickets.model import Limits, Person, Receipt, Request, RequestChanged
from webapp.tickets.owing import LETTERS, owed

ACKNOWLEDGEMENT = "acknowledgement"
_DAY = 24 * 3600 * 1000  # milliseconds
_REFERENCES = 8  # attempts at an unused reference: with 2^40 of them the second one is already improbable


class _Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What the transaction writes, apart from the reference."""

    ticket: dict[str, Any]
    message: dict[str, Any]
    files: list[dict[str, Any]]
    deliveries: tuple[tuple[str, str], ...]
    allowed: tuple[Allowed, ...]
    masked: tuple[str, ...]
    link: Link
    acknowledgements: int


def submit(
    database: Database,
    safe: Safe,
    digester: Digester,
    request: Request,
    *,
    now: datetime,
    limits: Limits,
    deliveries: Sequence[tuple[str, str]],
    iban: IbanRule = "mask",
) -> Receipt:
    """Keep `request` and what it owes (`deliveries`: kind, destination), durably, before returning.

    The same form key with the same body gives the first receipt again (`repeated`) and counts against no limit.
    Errors: ``RequestChanged``, ``TooManyRequests``, ``FilesTaken`` (nothing kept, nothing counted),
    ``DatabaseUnavailable``.
    An e-mail address that held a card number is not kept, and nothing is sent to it. `iban`: ``Settings.iban``.
    """
    draft = _drafted(safe, digester, request, milliseconds(now), limits, deliveries, iban)
    with database.transaction() as connection:
        return _stored(database, connection, draft)


def allow_files(database: Database, digester: Digester, network: str, per_hour: int, *, now: datetime) -> None:
    """Count one message with files from `network`. Errors: ``TooManyRequests``, ``DatabaseUnavailable``."""
    bucket = Allowed("files", digester.hex("limit of files", "network", network), per_hour)
    with database.transaction() as connection:
        take(database, connection, (bucket,), milliseconds(now))


def _drafted(
    safe: Safe,
    digester: Digester,
    request: Request,
    now: int,
    limits: Limits,
    deliveries: Sequence[tuple[str, str]],
    iban: IbanRule,
) -> _Draft:
    person, body, masked = _cleaned(request, iban)
    sealed_person = msgspec.json.encode(person, order="sorted")
    ticket_id, message_id, link = secrets.token_hex(16), secrets.token_hex(16), Link.new()
    sealed_body, link_key = safe.seal_shared(body.encode(), places.body(ticket_id, message_id), link.public)
    return _Draft(
        ticket={
            "id": ticket_id,
            "form_key": request.form_key,
            # Of the redacted body: not even a digest of a card number may be kept (PCI DSS 3.5.1).
            "body_digest": digester.hex(
                *("body", request.nature, request.theme, sealed_person.decode(), body), *attachments.told(request.files)
            ),
            "nature": request.nature,
            "theme": request.theme,
            "language": request.language,
            "surface": request.surface,
            "partner": request.partner,
            "trail": trail.write(request.trail),  # not in the digest: the same letter may have seen more
            "state": "received",
            "state_at": now,
            "created_at": now,
            "sealed_person": safe.seal(sealed_person, places.person(ticket_id)),
            "person_digest": person_digest(digester, person.email) if person.email else "",
            "letters": next((where for kind, where in deliveries if kind in LETTERS and person.email), ""),
            **links.columns(safe, ticket_id, link, person.fields),
        },
        message={
            "id": message_id,
            "ticket_id": ticket_id,
            "author": "customer",
            "created_at": now,
            "sealed_body": sealed_body,
            "link_key": link_key,
        },
        link=link,
        acknowledgements=limits.acknowledgements,
        files=attachments.rows(safe, ticket_id, message_id, request.files, now, reader=link.public),
        deliveries=tuple(each for each in deliveries if person.email or each[0] not in LETTERS),
        allowed=_allowed(digester, request.network, person.email, limits),
        masked=masked,
    )


def _cleaned(request: Request, iban: IbanRule) -> tuple[Person, str, tuple[str, ...]]:
    """Who writes, the message, and the kinds of secrets that were taken out of either."""
    masked: dict[str, None] = {}
    clean = partial(_clean, masked=masked, language=request.language, iban=iban)
    person = Person(
        name=clean(request.name),
        email=_clean_email(request.email, masked),
        phone=clean(request.phone),
        fields={name: clean(answer) for name, answer in request.fields.items()},
    )
    return person, clean(request.message), tuple(masked)


def _stored(database: Database, connection: Connection, draft: _Draft) -> Receipt:
    for _ in range(_REFERENCES):
        values = {**draft.ticket, "reference": reference.new()}
        written = database.upsert(ticket).on_conflict_do_nothing().returning(ticket.c.id)
        if connection.execute(written, values).first() is not None:
            break
        earlier = _earlier(connection, draft)
        if earlier is not None:
            return earlier
    else:
        raise RuntimeError("no unused reference was found")
    take(database, connection, draft.allowed, values["created_at"])
    connection.execute(insert(message), draft.message)
    attachments.keep(database, connection, draft.files)
    begun = {"ticket_id": values["id"], "state": values["state"], "by": "customer", "at": values["created_at"]}
    connection.execute(insert(milestone), begun)
    owing = [each for each in draft.deliveries if each[0] not in LETTERS or _may_write_to(connection, draft)]
    if owing:
        connection.execute(insert(delivery), [_owed(values, kind, where) for kind, where in owing])
    done = _receipt(values["reference"], values["created_at"], values["nature"], draft.masked, repeated=False)
    return msgspec.structs.replace(done, link=draft.link.text)


def _may_write_to(connection: Connection, draft: _Draft) -> bool:
    """Whether the address has had fewer letters today than it must not have more of: nobody has verified it."""
    sent = (
        select(func.count())
        .select_from(delivery)
        .join(ticket, ticket.c.id == delivery.c.ticket_id)
        .where(
            ticket.c.person_digest == draft.ticket["person_digest"],
            ticket.c.created_at > draft.ticket["created_at"] - _DAY,
            delivery.c.kind == ACKNOWLEDGEMENT,
        )
    )
    return connection.execute(sent).scalar_one() < draft.acknowledgements


def _earlier(connection: Connection, draft: _Draft) -> Receipt | None:
    """The receipt of the ticket that this form already made, if it did; else the reference was in use."""
    found = connection.execute(
        select(ticket.c.reference, ticket.c.created_at, ticket.c.nature, ticket.c.body_digest).where(
            ticket.c.form_key == draft.ticket["form_key"]
        )
    ).one_or_none()
    if found is None:
        return None
    if found.body_digest != draft.ticket["body_digest"]:
        raise RequestChanged(found.reference)
    return _receipt(found.reference, found.created_at, found.nature, draft.masked, repeated=True)


def _receipt(number: str, created_at: int, nature: str, masked: tuple[str, ...], *, repeated: bool) -> Receipt:
    return Receipt(reference=number, received_at=moment(created_at), nature=nature, masked=masked, repeated=repeated)


def _owed(values: dict[str, Any], kind: str, destination: str) -> dict[str, Any]:
    return owed(
        ticket_id=values["id"],
        reference=values["reference"],
        kind=kind,
        destination=destination,
        due_at=values["created_at"],
    )


def _allowed(digester: Digester, network: str, email: str, limits: Limits) -> tuple[Allowed, ...]:
    """The limits that count, in the order of their locks: the one that everybody shares comes last."""
    network_bucket = digester.hex("limit of requests", "network", network)
    wanted = [Allowed("network", network_bucket, limits.per_network)]
    if email:
        address_bucket = digester.hex("limit of requests", "address", mailbox(email))
        wanted.append(Allowed("address", address_bucket, limits.per_address))
    wanted.append(Allowed("overall", digester.hex("limit of requests", "overall"), limits.overall))
    return tuple(wanted)


def _clean(text: str, masked: dict[str, None], language: str, iban: IbanRule) -> str:
    """`text` redacted, with one kind of line end and nothing that UTF-8 cannot hold; `masked` learns what went."""
    plain = text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")
    result = redact(plain, language=language, iban=iban, into="safe")
    masked.update(dict.fromkeys(result.masked))
    return result.text


def _clean_email(email: str, masked: dict[str, None]) -> str:
    """An address goes whole or stays whole; words in it (code, pass) announce nothing."""
    plain = email.encode("utf-8", "replace").decode()
    if "card" in redact(plain, iban="keep").masked:
        masked["card"] = None
        return ""
    return plain if plain == email else ""
