"""A signed webhook: each sending is one POST that any helpdesk, or a few lines of script, can take.

What is sent is described in docs/openapi/webhook.yaml; who may trust it, in ``delivery/signing.py``. The id is the key
of the sending: a receiver that has it already answers 2xx and does nothing. Answers come back by ``web/hooks.py``.
"""

import base64
import re
import time
from collections.abc import Callable
from typing import Any

import msgspec

from webapp.delivery.declared import secret
from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.destinations.http import Wire
from webapp.delivery.parcel import Enclosure, Parcel, Sent
from webapp.delivery.signing import SecretError, key_of, signed
from webapp.settings import Settings, SettingsError

_CASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,79}")
_TYPES = {"request": "request.created", "message": "message.created"}


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`answers_secret…`: with what the other side signs its answers; without it none is taken (``web/hooks.py``)."""

    url: str
    secret_file: str = ""
    secret_env: str = ""
    answers_secret_file: str = ""
    answers_secret_env: str = ""
    ca_file: str = ""
    timeout: float = 20.0


class _Answer(msgspec.Struct):
    id: str | int | None = None


class Webhook:
    """One address. `now` gives the seconds since 1970 that are signed with each attempt."""

    def __init__(self, wire: Wire, key: bytes, *, now: Callable[[], float] = time.time) -> None:
        self._wire = wire
        self._key = key
        self._now = now

    def send(self, parcel: Parcel) -> Sent:
        """Errors: ``DeliveryError``."""
        if parcel.kind not in _TYPES:
            raise DeliveryError("kind", permanent=True)
        body = msgspec.json.encode(payload(parcel))
        headers = signed(self._key, parcel.key, int(self._now()), body)
        answer = self._wire.ask("POST", "", content=body, headers={"Content-Type": "application/json", **headers})
        return Sent(_case(answer.body) or parcel.case or parcel.request.reference)

    def close(self) -> None:
        self._wire.close()


def build(_name: str, options: Options, settings: Settings) -> Webhook:
    given = secret("secret", {"secret_file": options.secret_file, "secret_env": options.secret_env})
    try:
        key = key_of(given)
        answers = {"secret_file": options.answers_secret_file, "secret_env": options.answers_secret_env}
        if answering := secret("secret", answers):
            key_of(answering)
    except SecretError as error:
        raise SettingsError(f"secret_file or secret_env: {error}.") from None
    return Webhook(Wire.to(options.url, {}, settings, timeout=options.timeout, ca_file=options.ca_file), key)


def payload(parcel: Parcel) -> dict[str, Any]:
    """What is sent, of the shape in docs/openapi/webhook.yaml."""
    request, sheet = parcel.request, parcel.sheet()
    data: dict[str, Any] = {
        "reference": request.reference,
        "nature": request.nature,
        "theme": request.theme,
        "language": request.language,
        "surface": request.surface,
        "partner": request.partner,
        "received_at": request.created_at,
        "written_at": parcel.written_at,
        "case": parcel.case,
        "person": {"name": request.name, "email": request.email, "phone": request.phone},
        "fields": request.fields,
        "message": parcel.text,
        "files": [_file(each) for each in parcel.carried],
        "subject": sheet.subject,
        "text": sheet.text,
    }
    return {"type": _TYPES[parcel.kind], "timestamp": parcel.written_at, "data": data}


def _file(file: Enclosure) -> dict[str, Any]:
    content = base64.b64encode(b"".join(file.chunks())).decode()
    return {"name": file.name, "media_type": file.media_type, "size": file.size, "content": content}


def _case(body: bytes) -> str:
    """What the receiver calls the ticket, if it says ``{"id": …}``; a 2xx without a word is a success too."""
    try:
        id = msgspec.json.decode(body, type=_Answer).id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return str(id) if id is not None and _CASE.fullmatch(str(id)) else ""
