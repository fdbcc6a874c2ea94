"""The customer's link: one secret that finds a case and opens it, and of which the database keeps no usable trace.

From 32 random bytes three values are derived (HKDF-SHA256), none of which gives another: a hash by which the ticket is
found, an X25519 pair whose public half is kept with the ticket so that what the customer may read can be closed to it,
and a code of twelve characters that a person can type. The code alone is weak (60 bits): what it opens is locked with
scrypt and for an hour only.
"""

import base64
import binascii
import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from webapp.confidential import envelope
from webapp.confidential.envelope import KEY, NONCE, SafeError
from webapp.confidential.safe import parted, reader_bound

_TEXT = 43  # characters of 32 bytes in URL-safe base64 without padding
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_READ = str.maketrans("OIL", "011")
_CODE = 12  # characters: 60 bits
_SALT = 16  # bytes
_LOCK = b"guichet: a link under its code\0"


class Link:
    """The link whose secret is `secret` (32 bytes). Never log it, never put it in an exception or a URL of ours."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self._private = X25519PrivateKey.from_private_bytes(_derived(secret, b"open", KEY))

    def __repr__(self) -> str:
        return "<Link>"

    @classmethod
    def new(cls) -> "Link":
        return cls(secrets.token_bytes(KEY))

    @classmethod
    def read(cls, text: str) -> "Link | None":
        """The link that `text` writes, None when it writes none: one way of writing each, no other passes."""
        try:
            secret = base64.urlsafe_b64decode(text + "=") if len(text) == _TEXT and text.isascii() else b""
        except (binascii.Error, ValueError):
            return None
        link = cls(secret) if len(secret) == KEY else None
        return link if link and link.text == text else None

    @property
    def text(self) -> str:
        """As it stands in an address: 43 characters."""
        return base64.urlsafe_b64encode(self.secret).decode().rstrip("=")

    @property
    def hash(self) -> str:
        """Finds the ticket, and gives nothing of the secret: 64 hexadecimal digits."""
        return hashlib.sha256(_derived(self.secret, b"find", KEY)).hexdigest()

    @property
    def public(self) -> bytes:
        """The public key (32 bytes) to which what the customer may read is closed."""
        return self._private.public_key().public_bytes_raw()

    @property
    def code(self) -> str:
        """``7K4M-29XQ-C3PW``: what a letter gives to somebody who reads it on another device."""
        number = int.from_bytes(_derived(self.secret, b"code", 8)) >> 4
        characters = "".join(_ALPHABET[number >> 5 * place & 31] for place in range(_CODE))
        return "-".join(characters[start : start + 4] for start in range(0, _CODE, 4))

    def open(self, sealed: bytes, link_key: bytes, place: str) -> bytes:
        """What was sealed for this link (``Safe.seal_shared``). Errors: ``SafeError``."""
        data_key = envelope.disclose(link_key, self._private, reader_bound(place))
        return envelope.decrypt(data_key, parted(sealed, place)[1], place)

    def lock(self) -> bytes:
        """The secret under its own code, to be kept for an hour: `unlock` opens it."""
        salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(NONCE)
        return salt + nonce + AESGCM(_stretched(read_code(self.code), salt)).encrypt(nonce, self.secret, _LOCK)


def unlock(code: str, lock: bytes) -> Link | None:
    """The link that `code` unlocks; None when it does not. Costs the same whatever is given, `NO_LOCK` included."""
    salt, nonce, locked = lock[:_SALT], lock[_SALT : _SALT + NONCE], lock[_SALT + NONCE :]
    key = _stretched(read_code(code), salt)
    try:
        return Link(AESGCM(key).decrypt(nonce, locked, _LOCK))
    except InvalidTag:
        return None


def read_code(typed: str) -> str:
    """The characters that were meant, whatever the case, spaces and dashes; O for 0, I and L for 1."""
    return "".join(each for each in typed[:60].upper().translate(_READ) if each in _ALPHABET)[:_CODE]


def close_for(plain: bytes, place: str, reader: bytes) -> bytes:
    """`plain` for the holder of a link alone (its public key): not even the worker opens it."""
    data_key = envelope.new_data_key()
    return envelope.close_raw(data_key, reader, reader_bound(place)) + envelope.encrypt(data_key, plain, place)


def open_closed(link: Link, closed: bytes, place: str) -> bytes:
    """What `close_for` closed. Errors: ``SafeError``."""
    end = envelope.CLOSED
    return envelope.decrypt(envelope.disclose(closed[:end], link._private, reader_bound(place)), closed[end:], place)


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=b"guichet link: " + purpose).derive(secret)


def _stretched(code: str, salt: bytes) -> bytes:
    """scrypt with 16 MB and about 40 ms: 2^60 codes are out of reach for whoever stole the lock."""
    return Scrypt(salt, KEY, n=2**14, r=8, p=1).derive(code.encode())


NO_LOCK = secrets.token_bytes(_SALT + NONCE + KEY + 16)
"""What is tried when there is nothing to unlock, so that trying takes as long."""

__all__ = ["NO_LOCK", "Link", "SafeError", "close_for", "open_closed", "read_code", "unlock"]
