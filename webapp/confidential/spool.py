"""Where an upload waits while the request is read: in memory while it is small, else on the disk, encrypted.

The idea is SecureDrop's (`SecureTemporaryFile`): the key lives in this process's memory, the file has no name, so that
nothing that a visitor sends is ever on the disk in clear, not even for a moment or in a swapped-out page cache.
More than `most` bytes are counted and thrown away: a film sent by mistake costs neither memory nor disk.
"""

import io
import os
import secrets
import tempfile
from pathlib import Path
from typing import IO

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

IN_MEMORY = 128 * 1024  # bytes


class Spool(io.RawIOBase):
    """Write once from start to end, then ``seek(0)`` and read, as often as needed. Not thread-safe.

    `folder`: of the temporary file; made when missing. A disk that takes no more shows as `failed`, not as an error:
    the rest of the request is still to be read.
    """

    def __init__(self, folder: Path, most: int) -> None:
        super().__init__()
        self._folder = folder
        self._most = most
        self._memory: io.BytesIO | None = io.BytesIO()
        self._disk: IO[bytes] | None = None
        self._key = secrets.token_bytes(32)
        self._cipher = self._from_the_start()
        self.failed = False  # the disk refused: nothing can be read
        self.size = 0  # bytes that were sent, kept or not

    @property
    def overflowed(self) -> bool:
        """More was sent than is kept: what can be read is not the file."""
        return self.size > self._most

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        self.size += len(piece)
        if self.overflowed:
            self._drop()
            return len(piece)
        try:
            self._put(piece)
        except OSError:
            self.failed = True
            self._drop()
        return len(piece)

    def read(self, size: int = -1) -> bytes:
        if self._memory is not None:
            return self._memory.read(size)
        return self._cipher.update(self._disk.read(size)) if self._disk is not None else b""

    def seek(self, place: int, whence: int = 0) -> int:
        """Only to the start: the cipher runs forward."""
        if place != 0 or whence != 0:
            raise io.UnsupportedOperation("a spool is read from its start")
        if self._memory is not None:
            self._memory.seek(0)
        elif self._disk is not None:
            self._disk.seek(0)
            self._cipher = self._from_the_start()
        return 0

    def close(self) -> None:
        self._drop()
        super().close()

    def _put(self, piece: bytes) -> None:
        if self._memory is not None and self.size > IN_MEMORY:
            self._to_disk(self._memory.getvalue())
        if self._memory is not None:
            self._memory.write(piece)
        elif self._disk is not None:
            self._disk.write(self._cipher.update(bytes(piece)))

    def _to_disk(self, so_far: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._disk = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115 -- closed with the spool
        os.fchmod(self._disk.fileno(), 0o600)
        self._disk.write(self._cipher.update(so_far))
        self._memory = None

    def _drop(self) -> None:
        if self._memory is not None:
            self._memory = None
        if self._disk is not None:
            self._disk.close()
            self._disk = None

    def _from_the_start(self) -> CipherContext:
        # The counter starts at zero because the key is used for this file alone.
        return Cipher(AES(self._key), CTR(bytes(16))).encryptor()
