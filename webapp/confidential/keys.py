"""Keys of the safe as settings write them: ``id:base64 of 32 bytes``, and pairs of a public and a private half.

Three settings: the sealing key (one public half, for every process), the opening keys (private halves, newest first,
for the delivery worker and the command line), and the former keys (symmetric, of values sealed before there were
halves). Errors never show a key.
"""

import base64
import binascii
import re
import secrets

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

KEY = 32  # bytes
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")
_FEWEST = 16  # different bytes: 32 random ones never hold fewer, what somebody typed often does


class KeysSettingError(ValueError):
    """A setting of keys cannot be used; the message says what is wrong and shows no key."""


def read(text: str) -> dict[str, bytes]:
    """``id:base64,id:base64`` in its order. Errors: ``KeysSettingError``."""
    found: dict[str, bytes] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, encoded = entry.partition(":")
        if not _KEY_ID.fullmatch(name):
            raise KeysSettingError("a key's id is 1 to 32 letters, digits, dots, dashes or underscores")
        if name in found:
            raise KeysSettingError(f"the key {name} is given twice")
        try:
            found[name] = base64.b64decode(encoded.strip(), validate=True)
        except binascii.Error:
            raise KeysSettingError("a key is not in base64; expected `id:base64,id:base64`") from None
        if len(found[name]) != KEY:
            raise KeysSettingError(f"the key {name} must be {KEY} bytes long, in base64")
    return found


def read_sealing(text: str) -> tuple[str, X25519PublicKey]:
    """The one public half. Errors: ``KeysSettingError``, also for a point to which nothing can be sealed."""
    found = list(read(text).items())
    if len(found) != 1:
        raise KeysSettingError("exactly one key seals; `flask new-key` prints one")
    name, raw = found[0]
    public = X25519PublicKey.from_public_bytes(raw)
    try:
        X25519PrivateKey.generate().exchange(public)
    except ValueError:
        raise KeysSettingError(f"the key {name} is no public key") from None
    return name, public


def require_random(text: str) -> None:
    """Errors: ``KeysSettingError`` for a key that somebody typed."""
    for name, key in read(text).items():
        if len(set(key)) < _FEWEST:
            raise KeysSettingError(f"the key {name} is not made of random bytes")


def require_pair(sealing: str, opening: str) -> None:
    """Errors: ``KeysSettingError`` when what is sealed now could not be opened with `opening`."""
    name, public = read_sealing(sealing)
    private = read(opening).get(name)
    if private is None:
        raise KeysSettingError(f"the private half of the sealing key {name} is not among the opening keys")
    if X25519PrivateKey.from_private_bytes(private).public_key() != public:
        raise KeysSettingError(f"the two halves of the key {name} do not belong together")


def new_key(name: str = "") -> str:
    """A fresh private half, ``id:base64``; `public_half` gives what seals to it."""
    return _written(name or "k" + secrets.token_hex(3), X25519PrivateKey.generate().private_bytes_raw())


def public_half(opening: str) -> str:
    """The public half of the first key of `opening`, as ``id:base64``. Errors: ``KeysSettingError``."""
    name, raw = next(iter(read(opening).items()), ("", b""))
    if not name:
        raise KeysSettingError("no key is given; `flask new-key` prints one")
    return _written(name, X25519PrivateKey.from_private_bytes(raw).public_key().public_bytes_raw())


def _written(name: str, raw: bytes) -> str:
    return f"{name}:{base64.b64encode(raw).decode()}"
