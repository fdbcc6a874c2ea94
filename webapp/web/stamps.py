"""Stamps: the signed one-time token in a public form. No cookie, no session.

A stamp proves that the form came from this server (origin proof), says when (robot clock, expiry) and carries the form
key, which makes a request idempotent. It is not a session: there is no ambient authority to abuse on a public form, and
the same-origin rule (``origin.py``) is what refuses another site's page.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer

SKEW_MS = 300_000  # hosts whose clocks differ by minutes must accept each other's fresh stamps


class StampError(Exception):
    """The stamp cannot be accepted; `renewed` is the one to put in the form that is shown again."""

    def __init__(self, renewed: str) -> None:
        super().__init__(type(self).__name__)
        self.renewed = renewed


class StampForged(StampError):
    """Missing, altered, or made for another purpose."""


class StampExpired(StampError):
    """Older than the maximum age; the renewed stamp keeps the form key, so that a late retry is still one request."""


class StampTooFresh(StampError):
    """Sent sooner than a person can read and fill in; the same stamp will do in a moment."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a good stamp says: the form key (43 URL-safe characters) and its age in seconds."""

    form_key: str
    age: float


class Stamps:
    """Issues and reads stamps. Ages in seconds, moments in UTC milliseconds."""

    def __init__(self, secret: str, minimum_age: float, maximum_age: float) -> None:
        self._minimum, self._maximum = minimum_age, maximum_age
        self._signer = URLSafeSerializer(
            secret, salt="guichet.stamp.v1", signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
        )

    def issue(self, now_ms: int, form_key: str = "") -> str:
        """A stamp that starts now, for a new form or (with `form_key`) for one that is shown again."""
        return str(self._signer.dumps([form_key or secrets.token_urlsafe(32), now_ms]))

    def read(self, text: str, now_ms: int) -> Stamp:
        """Raise ``StampForged``, ``StampExpired`` or ``StampTooFresh``; each carries a stamp to go on with."""
        try:
            form_key, issued = self._signer.loads(text[:400])
            age = (now_ms - int(issued)) / 1000
            form_key = str(form_key)
        except (BadSignature, ValueError, TypeError) as error:
            raise StampForged(self.issue(now_ms)) from error
        if age < -SKEW_MS / 1000:
            raise StampForged(self.issue(now_ms))
        if age > self._maximum:
            raise StampExpired(self.issue(now_ms, form_key))
        if 0 <= age < self._minimum:
            raise StampTooFresh(text)
        return Stamp(form_key, max(age, 0.0))


class Receipts:
    """Signs what a receipt page shows (reference, moment, nature), so that nobody can make one up. No personal data."""

    def __init__(self, secret: str) -> None:
        self._signer = URLSafeSerializer(
            secret, salt="guichet.receipt.v1", signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
        )

    def write(self, reference: str, received_at: int, nature: str, masked: Sequence[str]) -> str:
        return str(self._signer.dumps([reference, received_at, nature, " ".join(masked)]))

    def read(self, token: str) -> tuple[str, int, str, tuple[str, ...]]:
        """Raise ``LookupError`` when the token was not made here. The last value: the kinds of secrets masked."""
        try:
            reference, received_at, nature, masked = self._signer.loads(token)
            if isinstance(masked, int):  # receipts of the first version counted, and knew cards only
                masked = "card" if masked else ""
            return str(reference), int(received_at), str(nature), tuple(masked.split())
        except (BadSignature, ValueError, TypeError) as error:
            raise LookupError("no such receipt") from error
