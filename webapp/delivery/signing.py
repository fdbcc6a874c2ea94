"""Signatures of webhooks, both ways, in the manner of Standard Webhooks (https://www.standardwebhooks.com, 1.0).

The signature is HMAC-SHA256 over ``<id>.<timestamp>.<body>``, in base64, as ``v1,<signature>``; several, separated by
spaces, while a secret is being changed. The timestamp is signed too, so that an old request cannot be played again.
"""

import base64
import hmac
from collections.abc import Mapping

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE = 300  # seconds between the sender's clock and ours
_PREFIX = "whsec_"
_SHORTEST = 24  # bytes of a secret, as the specification asks
_LONGEST_ID = 80


class SecretError(ValueError):
    """The secret is not ``whsec_`` and base64 of 24 bytes or more; the message shows nothing of it."""


class NotSigned(Exception):
    """The request carries no signature that holds now. `reason` is a code: ``headers``, ``old`` or ``signature``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def key_of(secret: str) -> bytes:
    """The key in a ``whsec_…`` secret. Errors: ``SecretError``."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:  # not base64, or not ASCII
        raise SecretError(f"a webhook's secret is {_PREFIX} and base64") from None
    if not secret.startswith(_PREFIX) or len(key) < _SHORTEST:
        raise SecretError(f"a webhook's secret is {_PREFIX} and base64 of {_SHORTEST} random bytes or more")
    return key


def signed(key: bytes, id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a request with `body`."""
    return {ID: id, TIMESTAMP: str(timestamp), SIGNATURE: f"v1,{_signature(key, id, str(timestamp), body)}"}


def plausible(headers: Mapping[str, str], now: float) -> None:
    """Whether headers could be those of a signed request of now: asked before a long body is read.

    Errors: ``NotSigned``.
    """
    timestamp = headers.get(TIMESTAMP, "")
    if not headers.get(ID) or not headers.get(SIGNATURE) or not _is_moment(timestamp):
        raise NotSigned("headers")
    if abs(now - int(timestamp)) > TOLERANCE:
        raise NotSigned("old")


def verified(key: bytes, headers: Mapping[str, str], body: bytes, now: float) -> str:
    """The id of a request that is signed with `key` and not older or newer than five minutes. Errors: ``NotSigned``."""
    id, timestamp, signatures = (headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not 0 < len(id) <= _LONGEST_ID or not id.isascii() or not id.isprintable() or not _is_moment(timestamp):
        raise NotSigned("headers")
    expected = f"v1,{_signature(key, id, timestamp, body)}".encode()
    if not any(hmac.compare_digest(expected, each.encode("utf-8", "replace")) for each in signatures.split(" ")[:8]):
        raise NotSigned("signature")
    if abs(now - int(timestamp)) > TOLERANCE:
        raise NotSigned("old")
    return id


def _signature(key: bytes, id: str, timestamp: str, body: bytes) -> str:
    content = f"{id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.digest(key, content, "sha256")).decode()


def _is_moment(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 12
