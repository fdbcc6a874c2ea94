"""The safe: what a customer wrote is sealed to a public key before it reaches the disk.

The public half, which is all that the web process has, seals; only the private half opens (``envelope.py`` says how).
A sealed value is: version (1 byte, 2) · length of the key's id (1 byte) · the key's id (ASCII) · the data key, closed
to that key (80 bytes) · nonce (12) · ciphertext and tag. The head of the value and the place it belongs to
(``table/row id/column``) are authenticated: a value copied to another row or column does not open.

Version 1, of development before there were halves, was sealed with a symmetric key (id · nonce · ciphertext and tag);
it still opens where that key is given, and a rotation seals it again.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from webapp.confidential import envelope, keys
from webapp.confidential.envelope import CLOSED, NONCE, SafeError, Tampered, UnknownKey
from webapp.confidential.keys import KeysSettingError, new_key, public_half

__all__ = ["CannotOpen", "KeysSettingError", "Safe", "SafeError", "Tampered", "UnknownKey"]
__all__ += ["key_of", "new_key", "public_half"]

_SYMMETRIC, _VERSION = 1, 2


class CannotOpen(UnknownKey):
    """This process holds the public half alone: it seals, and opens nothing."""


class Keys(Protocol):
    """The settings that hold keys (``webapp.settings.Settings``)."""

    @property
    def sealing_key(self) -> str: ...
    @property
    def opening_keys(self) -> str: ...
    @property
    def encryption_keys(self) -> str: ...


class Enclosed(NamedTuple):
    """A data key and its two closed forms: in the `head` of a value, and `for_reader` (empty without one)."""

    head: bytes
    data_key: bytes
    for_reader: bytes


class Safe:
    """Seals to the key `sealing` (id, public half); opens with the private halves `opening`. Thread-safe.

    `former`: symmetric keys of values of version 1. With neither, nothing opens (``CannotOpen``).
    """

    def __init__(
        self,
        sealing: tuple[str, X25519PublicKey],
        opening: Mapping[str, X25519PrivateKey] | None = None,
        former: Mapping[str, AESGCM] | None = None,
    ) -> None:
        self.writing, self._public = sealing
        self._opening = dict(opening or {})
        self._former = dict(former or {})
        self.mark = bytes([_VERSION, len(self.writing)]) + self.writing.encode("ascii")
        """How every value begins that is sealed to the key of today."""

    @classmethod
    def from_setting(cls, opening: str, *, sealing: str = "", former: str = "") -> "Safe":
        """Both halves, for the worker and the command line. `opening`: ``id:base64,id:base64``, private halves.

        `sealing`: the public half that other processes seal to; by default that of the first private one. Errors:
        ``KeysSettingError``, also when the two do not belong together.
        """
        sealing = sealing or public_half(opening)
        keys.require_pair(sealing, opening)
        private = {name: X25519PrivateKey.from_private_bytes(raw) for name, raw in keys.read(opening).items()}
        return cls(keys.read_sealing(sealing), private, {name: AESGCM(raw) for name, raw in keys.read(former).items()})

    @classmethod
    def of(cls, settings: Keys) -> "Safe":
        """The safe of the delivery worker and the command line. Errors: ``KeysSettingError``."""
        if not settings.opening_keys:
            raise KeysSettingError("GUICHET_OPENING_KEYS is missing: without a private half nothing can be opened.")
        return cls.from_setting(settings.opening_keys, sealing=settings.sealing_key, former=settings.encryption_keys)

    @classmethod
    def sealing_only(cls, sealing: str) -> "Safe":
        """The public half alone, for the web process. Errors: ``KeysSettingError``."""
        return cls(keys.read_sealing(sealing))

    def seal(self, plain: bytes, place: str) -> bytes:
        head, data_key, _ = self.enclose(place)
        return head + envelope.encrypt(data_key, plain, place)

    def seal_shared(self, plain: bytes, place: str, reader: bytes) -> tuple[bytes, bytes]:
        """The sealed value, and its data key closed to a second reader's public key (``link.py`` opens with it)."""
        head, data_key, for_reader = self.enclose(place, reader)
        return head + envelope.encrypt(data_key, plain, place), for_reader

    def open(self, sealed: bytes, place: str, *, formerly: str = "") -> bytes:
        """The plain value. `formerly`: what its place was called in version 1, where that differs.

        Errors: ``UnknownKey`` (``CannotOpen`` when there is no key at all), ``Tampered``.
        """
        if sealed[:1] == bytes([_SYMMETRIC]):
            return self._open_symmetric(sealed, formerly or place)
        head, content = parted(sealed, place)
        return envelope.decrypt(self.disclose(head, place), content, place)

    def share(self, sealed: bytes, place: str, reader: bytes) -> bytes:
        """The data key of a value closed to one more reader. Errors: as `open`; version 1 has none (``Tampered``)."""
        return _closed_for(self.disclose(parted(sealed, place)[0], place), place, reader)

    def renew(self, sealed: bytes, place: str, *, formerly: str = "") -> bytes:
        """The value under the key of today: its data key closed again, its content untouched. Errors: as `open`."""
        if sealed[:1] == bytes([_SYMMETRIC]):
            return self.seal(self.open(sealed, place, formerly=formerly), place)
        head, content = parted(sealed, place)
        data_key = self.disclose(head, place)
        envelope.decrypt(data_key, content, place)  # a damaged value must not pass for a renewed one
        return self.head_of(data_key, place) + content

    def enclose(self, place: str, reader: bytes = b"") -> Enclosed:
        """A new data key for one content, with the head that its sealed value begins with."""
        data_key = envelope.new_data_key()
        for_reader = _closed_for(data_key, place, reader) if reader else b""
        return Enclosed(self.head_of(data_key, place), data_key, for_reader)

    def disclose(self, head: bytes, place: str) -> bytes:
        """The data key in the head of a sealed value. Errors: ``UnknownKey``, ``Tampered``."""
        mark, closed = head[:-CLOSED], head[-CLOSED:]
        private = self._opening.get(mark[2:].decode("ascii", "replace"))
        if private is None:
            if not self._opening:
                raise CannotOpen(f"{place} can only be opened by the delivery worker and the command line")
            raise UnknownKey(f"{place} was sealed to a key whose private half is not at hand")
        try:
            return envelope.disclose(closed, private, mark + place.encode())
        except Tampered:
            raise Tampered(f"{place} was changed or moved") from None

    def head_of(self, data_key: bytes, place: str) -> bytes:
        """The head of a value whose content `data_key` encrypts, closed to the key of today."""
        return self.mark + envelope.close(data_key, self._public, self.mark + place.encode())

    def _open_symmetric(self, sealed: bytes, place: str) -> bytes:
        start = 2 + (sealed[1] if len(sealed) > 1 else 0)
        head, nonce, secret = sealed[:start], sealed[start : start + NONCE], sealed[start + NONCE :]
        cipher = self._former.get(head[2:].decode("ascii", "replace"))
        if cipher is None:
            raise UnknownKey(f"{place} was sealed with a key that is not at hand")
        try:
            return cipher.decrypt(nonce, secret, head + place.encode())
        except (InvalidTag, ValueError):
            raise Tampered(f"{place} was changed or moved") from None


def parted(sealed: bytes, place: str) -> tuple[bytes, bytes]:
    """Head and content of a sealed value. Errors: ``Tampered`` when it is none."""
    end = 2 + sealed[1] + CLOSED if len(sealed) > 1 else 0
    if len(sealed) < 2 or sealed[0] != _VERSION or len(sealed) < end:
        raise Tampered(f"{place} is not a sealed value")
    return sealed[:end], sealed[end:]


def reader_bound(place: str) -> bytes:
    """What a data key closed to a second reader is bound to: never mistaken for one in the head of a value."""
    return b"guichet: second reader\0" + place.encode()


def key_of(sealed: bytes) -> str:
    """The id of the key that a value was sealed to, so that a rotation tells what is left; "" when it is no value."""
    return sealed[2 : 2 + sealed[1]].decode("ascii", "replace") if len(sealed) > 1 else ""


def _closed_for(data_key: bytes, place: str, reader: bytes) -> bytes:
    return envelope.close_raw(data_key, reader, reader_bound(place))
