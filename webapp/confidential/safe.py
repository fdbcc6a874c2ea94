"""The safe: what a customer wrote is sealed before it reaches the disk (AES-256-GCM, NIST SP 800-38D).

A sealed value is: version (1 byte, 1) · length of the key's id (1 byte) · the key's id (ASCII) · nonce (12 random
bytes) · ciphertext and tag. Everything before the nonce, and the place the value belongs to (``table/row id/column``),
is authenticated: a value copied to another row or column does not open. The door is narrow on purpose (`seal`,
`open`), so that sealing to a public key, which the web processes could not open, needs no change outside this file.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = 1
_NONCE = 12  # bytes; random nonces are safe for 2^32 values per key (NIST SP 800-38D, 8.3): rotate long before
_KEY = 32  # bytes
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")


class SafeError(Exception):
    """A sealed value does not open. The message names the place, never the content."""


class UnknownKey(SafeError):
    """The value was sealed with a key that the setting no longer holds."""


class Tampered(SafeError):
    """The value was changed, cut, or belongs to another place."""


class KeysSettingError(ValueError):
    """``GUICHET_ENCRYPTION_KEYS`` cannot be read; the message says what is wrong and shows no key."""


class Safe:
    """Seals with the key `writing`, opens with any of `keys` (id → 32 bytes). Thread-safe."""

    def __init__(self, keys: Mapping[str, bytes], writing: str) -> None:
        for name, key in keys.items():
            if not _KEY_ID.fullmatch(name):
                raise KeysSettingError("a key's id is 1 to 32 letters, digits, dots, dashes or underscores")
            if len(key) != _KEY:
                raise KeysSettingError(f"the key {name} must be {_KEY} bytes long, in base64")
        if writing not in keys:
            raise KeysSettingError("the key that seals is not among the keys")
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self._writing = writing
        self._header = bytes([_VERSION, len(writing)]) + writing.encode("ascii")

    @classmethod
    def from_setting(cls, text: str) -> "Safe":
        """Read ``id:base64,id:base64``; the first key seals, all open."""
        keys: dict[str, bytes] = {}
        for entry in filter(None, (part.strip() for part in text.split(","))):
            name, _, encoded = entry.partition(":")
            if name in keys:
                raise KeysSettingError(f"the key {name} is given twice")
            try:
                keys[name] = base64.b64decode(encoded.strip(), validate=True)
            except binascii.Error:
                raise KeysSettingError("a key is not in base64; expected `id:base64,id:base64`") from None
        if not keys:
            raise KeysSettingError("no key is given; `flask new-key` prints one")
        return cls(keys, next(iter(keys)))

    def seal(self, plain: bytes, place: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        bound = self._header + place.encode()
        return self._header + nonce + self._ciphers[self._writing].encrypt(nonce, plain, bound)

    def open(self, sealed: bytes, place: str) -> bytes:
        """The plain value. Errors: ``UnknownKey``, ``Tampered``."""
        if len(sealed) < 2 or sealed[0] != _VERSION:
            raise Tampered(f"{place} is not a sealed value")
        start = 2 + sealed[1]
        header, nonce, secret = sealed[:start], sealed[start : start + _NONCE], sealed[start + _NONCE :]
        cipher = self._ciphers.get(header[2:].decode("ascii", "replace"))
        if cipher is None:
            raise UnknownKey(f"{place} was sealed with a key that is not at hand")
        try:
            return cipher.decrypt(nonce, secret, header + place.encode())
        except (InvalidTag, ValueError):
            raise Tampered(f"{place} was changed or moved") from None


def key_of(sealed: bytes) -> str:
    """The id of the key that sealed a value, so that a rotation finds what is left to seal again."""
    return sealed[2 : 2 + sealed[1]].decode("ascii", "replace") if len(sealed) > 1 else ""


def new_key(name: str = "") -> str:
    """A fresh entry for ``GUICHET_ENCRYPTION_KEYS``, ``id:base64``; put it first, and keep the older ones after it."""
    return f"{name or 'k' + secrets.token_hex(3)}:{base64.b64encode(secrets.token_bytes(_KEY)).decode()}"
