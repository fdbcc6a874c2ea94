"""Passes: what a page carries for us from one step of a form to the next, closed so that only we can read it.

No session and no cookie: the browser brings the pass back in a hidden field. It is encrypted and authenticated under a
key derived from ``Settings.secret_key``, for one purpose, and has the moment of its making in it.
"""

import base64
import binascii
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_MOMENT = 8
LONGEST = 4096  # characters of a pass that is looked at


class PassError(Exception):
    """The pass was not made here, or for something else, or was altered."""


class Passes:
    """Writes and reads passes of one `purpose`. Thread-safe. Moments in UTC milliseconds."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._cipher = AESGCM(hmac.digest(secret.encode(), f"guichet.pass.v1:{purpose}".encode(), "sha256"))
        self._purpose = purpose.encode()

    def write(self, content: bytes, now_ms: int) -> str:
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._cipher.encrypt(nonce, now_ms.to_bytes(_MOMENT) + content, self._purpose)
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def read(self, text: str) -> tuple[bytes, int]:
        """Content and moment. Errors: ``PassError``."""
        try:
            raw = base64.b64decode(text[:LONGEST], altchars=b"-_", validate=True)
            if base64.urlsafe_b64encode(raw).decode() != text:  # bits that the last letter does not use
                raise ValueError("another writing of the same bytes")
            plain = self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], self._purpose)
        except (binascii.Error, InvalidTag, ValueError) as error:
            raise PassError from error
        return plain[_MOMENT:], int.from_bytes(plain[:_MOMENT])
