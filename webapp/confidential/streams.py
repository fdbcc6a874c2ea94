"""Files at rest: sealed in pieces, so that neither sealing nor opening ever holds a file whole.

Each file has a key of its own (32 random bytes), which is kept sealed by the safe with what describes the file: the
safe's keys can be rotated without touching a file, and a file whose row is deleted cannot be opened any more.
Layout: magic (4 bytes, ``GS1\\n``), then pieces of 64 KiB, each with its tag (AES-256-GCM). The nonce of a piece is its
number and a mark of the last one (the STREAM construction, Hoang, Reyhanitabar, Rogaway and Vizár, CRYPTO 2015): a file
that was cut, extended, reordered, or joined from two does not open. `place` is authenticated with every piece.
"""

import secrets
from collections.abc import Callable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from webapp.confidential.safe import Tampered

PIECE = 64 * 1024  # bytes of clear text
_MAGIC = b"GS1\n"
_TAG = 16
_KEY = 32


def new_file_key() -> bytes:
    """The key of one file, never used for a second one: the nonces are numbers and start at zero."""
    return secrets.token_bytes(_KEY)


class Sealer:
    """Give it the clear bytes in any portions, then `close()` once; `write` receives the sealed ones."""

    def __init__(self, key: bytes, place: str, write: Callable[[bytes], object]) -> None:
        self._cipher = AESGCM(key)
        self._place = place.encode()
        self._write = write
        self._held = bytearray()
        self._number = 0
        self.size = 0
        write(_MAGIC)

    def feed(self, plain: bytes) -> None:
        self._held += plain
        self.size += len(plain)
        while len(self._held) > PIECE:  # not >=: the last piece is known as such only at the end
            self._seal(bytes(self._held[:PIECE]), last=False)
            del self._held[:PIECE]

    def close(self) -> None:
        self._seal(bytes(self._held), last=True)
        self._held.clear()

    def _seal(self, plain: bytes, *, last: bool) -> None:
        self._write(self._cipher.encrypt(_nonce(self._number, last=last), plain, self._place))
        self._number += 1


def open_stream(key: bytes, place: str, source: BinaryIO) -> Iterator[bytes]:
    """The clear bytes, piece by piece. Errors: ``Tampered``, at the piece where it shows: use nothing of the others."""
    cipher, bound = AESGCM(key), place.encode()
    if source.read(len(_MAGIC)) != _MAGIC:
        raise Tampered(f"{place} is not a sealed file")
    number, piece = 0, source.read(PIECE + _TAG)
    while True:
        following = source.read(PIECE + _TAG)
        try:
            plain = cipher.decrypt(_nonce(number, last=not following), piece, bound)
        except (InvalidTag, ValueError):
            raise Tampered(f"{place} was changed, cut or moved") from None
        yield plain
        if not following:
            return
        number, piece = number + 1, following


def _nonce(number: int, *, last: bool) -> bytes:
    return bytes(7) + number.to_bytes(4) + bytes([last])
