"""What helpdesks tell us: answers and states, by a signed POST to ``/crochets/<destination>``.

No cookie and no form: the proof is the signature over the raw body (``delivery/signing.py``), and a helpdesk can only
speak of tickets that it was given. An event that comes twice is kept once. The answer is quick, one transaction, unless
it brings files: they are examined first, like anybody's. A long body is read one at a time, and only after headers that
could be signed.
"""

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Literal

import msgspec
from flask import Response, abort, jsonify, request

from webapp.db import DatabaseUnavailable
from webapp.delivery.declared import declared, secret
from webapp.delivery.failing import DeliveryError
from webapp.delivery.keeping import Office, keep
from webapp.delivery.news import Brought, News
from webapp.delivery.quoting import LONGEST
from webapp.delivery.receiving import Receiving
from webapp.delivery.signing import NotSigned, SecretError, key_of, plausible, verified
from webapp.settings import Settings, SettingsError
from webapp.tickets.admission import Admission
from webapp.tickets.reference import normalise
from webapp.tickets.states import BANK_STATES
from webapp.web.resources import resources

LARGEST_WORDS = 128 * 1024  # bytes of an event; beyond them, one is read at a time
LARGEST = 17 * 1024 * 1024  # bytes of an event with files: 12 MB of them in base64
_long_one = threading.Lock()


class _File(msgspec.Struct):
    """`content`: base64 in JSON."""

    name: str
    content: bytes
    media_type: str = ""

    def __repr__(self) -> str:
        return "<File>"


class _Data(msgspec.Struct):
    reference: str
    text: str = ""
    state: str = ""
    files: tuple[_File, ...] = ()


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
    now = held.clock()
    try:
        with _body(now) as body:
            id = verified(key, _headers(), body, now.timestamp())
            news = _news(body, _origin(destination, id), now)
            if news is None:
                return _refused(400, "event")
            kept = keep(_office(), destination, news)
    except NotSigned as error:
        return _refused(401, error.reason)
    except (DatabaseUnavailable, DeliveryError, TimeoutError):
        return _refused(503, "later")
    if kept is None:
        return _refused(404, "reference")
    return jsonify(kept=kept)


@contextmanager
def _body(now: datetime) -> Iterator[bytes]:
    """The raw body, held while the block runs. Errors: ``NotSigned``, ``TimeoutError``: another long one is read."""
    length = request.content_length or 0  # one that does not say its length may be short
    if length <= LARGEST_WORDS:
        request.max_content_length = LARGEST_WORDS
        yield request.get_data(cache=False)
        return
    if length > LARGEST:
        abort(413)
    plausible(_headers(), now.timestamp())
    if not _long_one.acquire(blocking=False):
        raise TimeoutError
    try:
        request.max_content_length = LARGEST
        yield request.get_data(cache=False)
    finally:
        _long_one.release()


def _office() -> Office:
    held = resources()
    receiving = Receiving(Admission(held.store, held.examiner, held.antivirus))
    return Office(database=held.database, safe=held.safe, iban=held.settings.iban, files=receiving)


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
        files = tuple(
            Brought(name=each.name, media_type=each.media_type, fetch=partial(bytes, each.content))
            for each in event.data.files
        )
        return News(at=at, reference=reference, text=text, files=files, origin=origin) if text or files else None
    return News(at=at, reference=reference, state=event.data.state) if event.data.state in BANK_STATES else None


def _origin(destination: str, id: str) -> str:
    """What this event is called for ever, as short as the table keeps it."""
    return f"webhook:{hashlib.sha256(f'{destination}:{id}'.encode()).hexdigest()[:40]}"


def _refused(status: int, reason: str) -> Response:
    answer = jsonify(error=reason)
    answer.status_code = status
    return answer
