"""What helpdesks tell us: answers and states, by a signed POST to ``/crochets/<destination>``.

No cookie and no form: the proof is the signature over the raw body (``delivery/signing.py``), and a helpdesk can only
speak of tickets that it was given. An event that comes twice is kept once. The answer is quick: one transaction.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec
from flask import Response, abort, jsonify, request

from webapp.db import DatabaseUnavailable
from webapp.delivery.declared import declared, secret
from webapp.delivery.keeping import Office, keep
from webapp.delivery.news import News
from webapp.delivery.quoting import LONGEST
from webapp.delivery.signing import NotSigned, SecretError, key_of, verified
from webapp.settings import Settings, SettingsError
from webapp.tickets.reference import normalise
from webapp.tickets.states import BANK_STATES
from webapp.web.resources import resources

LARGEST = 128 * 1024  # bytes of one event


class _Data(msgspec.Struct):
    reference: str
    text: str = ""
    state: str = ""


class _Event(msgspec.Struct):
    type: Literal["answer", "state"]
    data: _Data
    timestamp: datetime | None = None


def told(destination: str) -> Response:
    """POST. 200 {kept}; 400 what cannot be read, 401 not signed, 404 no such door or ticket, 503 try again."""
    held = resources()
    key = _key(held.settings, destination)
    if not key:
        abort(404)
    if (request.content_length or 0) > LARGEST:
        abort(413)
    body = request.get_data(cache=False)
    now = held.clock()
    try:
        id = verified(key, _headers(), body, now.timestamp())
    except NotSigned as error:
        return _refused(401, error.reason)
    news = _news(body, _origin(destination, id), now)
    if news is None:
        return _refused(400, "event")
    office = Office(database=held.database, safe=held.safe, iban=held.settings.iban)
    try:
        kept = keep(office, destination, news)
    except DatabaseUnavailable:
        return _refused(503, "later")
    if kept is None:
        return _refused(404, "reference")
    return jsonify(kept=kept)


def _key(settings: Settings, destination: str) -> bytes:
    """The key of answers from `destination`; b"" when it is no webhook of ours or takes none."""
    try:
        wanted = declared(settings).get(destination)
        if wanted is None or wanted.kind != "webhook":
            return b""
        names = {name: str(wanted.options.get(f"answers_{name}", "")) for name in ("secret_file", "secret_env")}
        given = secret("secret", names)
        return key_of(given) if given else b""
    except (SettingsError, SecretError):  # the delivery worker refuses to start on it and says why
        return b""


def _headers() -> Mapping[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _news(body: bytes, origin: str, now: datetime) -> News | None:
    """The event in our words; None when it has another shape than docs/openapi/webhook.yaml gives it."""
    try:
        event = msgspec.json.decode(body, type=_Event)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    reference = normalise(event.data.reference)
    text = event.data.text.strip()
    if reference is None or len(text) > LONGEST:
        return None
    at = min(event.timestamp, now) if event.timestamp and event.timestamp.tzinfo else now
    if event.type == "answer":
        return News(at=at, reference=reference, text=text, origin=origin) if text else None
    return News(at=at, reference=reference, state=event.data.state) if event.data.state in BANK_STATES else None


def _origin(destination: str, id: str) -> str:
    """What this event is called for ever, as short as the table keeps it."""
    return f"webhook:{hashlib.sha256(f'{destination}:{id}'.encode()).hexdigest()[:40]}"


def _refused(status: int, reason: str) -> Response:
    answer = jsonify(error=reason)
    answer.status_code = status
    return answer
