"""Envelopes: each value has a data key of its own, and the data key is closed to a public key (X25519).

Whoever holds the public half can close an envelope and not open it; the same value can be given to a second reader by
closing its data key once more, and keys are changed without touching the content.

Closing a data key: X25519 with an ephemeral key (RFC 7748), HKDF-SHA256 (RFC 5869) over the shared secret with both
public keys as salt, AES-256-GCM (NIST SP 800-38D). Each derived key closes one data key, each data key one value, so
no nonce can repeat under a key. The place a value belongs to is authenticated in both layers.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY = 32  # bytes of every key here
NONCE = 12  # bytes
CLOSED = KEY + KEY + 16  # bytes of a closed data key: ephemeral public key, data key, tag
_CLOSING = b"guichet: close a data key, 2"
_CONTENT = b"guichet: content, 2\0"


class SafeError(Exception):
    """A sealed value does not open. The message names the place, never the content."""


class UnknownKey(SafeError):
    """The value was sealed to a key whose private half is not at hand."""


class Tampered(SafeError):
    """The value was changed, cut, or belongs to another place."""


def new_data_key() -> bytes:
    return secrets.token_bytes(KEY)


def close(data_key: bytes, reader: X25519PublicKey, bound: bytes) -> bytes:
    """`data_key` for the holder of `reader`'s private half alone; `bound` must be given again to open it."""
    ephemeral = X25519PrivateKey.generate()
    sent = ephemeral.public_key().public_bytes_raw()
    key, nonce = _derived(ephemeral.exchange(reader), sent + reader.public_bytes_raw())
    return sent + AESGCM(key).encrypt(nonce, data_key, bound)


def close_raw(data_key: bytes, reader: bytes, bound: bytes) -> bytes:
    """`close` for a public key of 32 bytes."""
    return close(data_key, X25519PublicKey.from_public_bytes(reader), bound)


def disclose(closed: bytes, reader: X25519PrivateKey, bound: bytes) -> bytes:
    """The data key. Errors: ``Tampered``."""
    sent = closed[:KEY]
    try:
        shared = reader.exchange(X25519PublicKey.from_public_bytes(sent))
        key, nonce = _derived(shared, sent + reader.public_key().public_bytes_raw())
        return AESGCM(key).decrypt(nonce, closed[KEY:], bound)
    except (InvalidTag, ValueError):  # ValueError: a point that hides nothing (RFC 7748 §6.1), or cut
        raise Tampered("a data key was changed, moved, or closed to somebody else") from None


def encrypt(data_key: bytes, plain: bytes, place: str) -> bytes:
    """The content of one envelope: nonce, ciphertext and tag. A data key encrypts one content."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(data_key).encrypt(nonce, plain, _CONTENT + place.encode())


def decrypt(data_key: bytes, content: bytes, place: str) -> bytes:
    """Errors: ``Tampered``."""
    try:
        return AESGCM(data_key).decrypt(content[:NONCE], content[NONCE:], _CONTENT + place.encode())
    except (InvalidTag, ValueError):
        raise Tampered(f"{place} was changed or moved") from None


def _derived(shared: bytes, public: bytes) -> tuple[bytes, bytes]:
    made = HKDF(SHA256(), KEY + NONCE, salt=public, info=_CLOSING).derive(shared)
    return made[:KEY], made[KEY:]
