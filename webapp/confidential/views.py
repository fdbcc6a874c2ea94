"""Views: fifteen minutes in which a customer reads a case, without a cookie.

What a form carries from one page of the follow-up to the next: the link's secret and two moments, encrypted under the
web process's secret (AES-256-GCM). A page left open on a shared computer is worth nothing once its view is over.
"""

import base64
import binascii
import secrets
import struct
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from webapp.confidential.envelope import KEY, NONCE
from webapp.confidential.link import Link

LASTS = 15 * 60 * 1000  # milliseconds from the last page
LONGEST = 3 * 60 * 60 * 1000  # milliseconds from the opening: ten times longer may be asked for (WCAG 2.2.1)
_SKEW = 5 * 60 * 1000  # hosts whose clocks differ by minutes read each other's views
_MOMENTS = struct.Struct(">qq")
_PURPOSE = b"guichet: view of a case, 1"


class View(NamedTuple):
    """A case opened at `opened` and to be closed at `until` (UTC milliseconds)."""

    link: Link
    opened: int
    until: int


class Views:
    """Writes and reads views under one secret, ``Settings.secret_key``."""

    def __init__(self, secret: str) -> None:
        self._cipher = AESGCM(HKDF(SHA256(), KEY, salt=None, info=_PURPOSE).derive(secret.encode()))

    def write(self, link: Link, now: int, opened: int | None = None) -> tuple[str, int]:
        """A view that starts now, or goes on from `opened`; with it, the moment when it is over."""
        opened = now if opened is None else opened
        until = min(now + LASTS, opened + LONGEST)
        nonce = secrets.token_bytes(NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, _MOMENTS.pack(opened, until) + link.secret, _PURPOSE)
        return _text(sealed), until

    def read(self, text: str, now: int) -> View | None:
        """The view, or None when it is over, altered, or was never one."""
        try:
            raw = base64.urlsafe_b64decode(text[:400].encode("ascii") + b"==")
            plain = self._cipher.decrypt(raw[:NONCE], raw[NONCE:], _PURPOSE)
        except (InvalidTag, binascii.Error, ValueError):
            return None
        if _text(raw) != text:  # one way of writing each
            return None
        opened, until = _MOMENTS.unpack_from(plain)
        if not opened - _SKEW <= now < until:
            return None
        return View(Link(plain[_MOMENTS.size :]), opened, until)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
