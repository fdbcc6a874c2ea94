"""Writing so that it survives a power cut: private modes, digests while copying, syncs of files and of folders."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_PIECE = 1024 * 1024


class Refused(Exception):
    """A backup or a restore cannot be done; nothing was changed. The message says what is in the way and what to do."""


def new_folder(path: Path) -> None:
    """A folder for its owner alone, which its parent remembers. Errors: ``FileExistsError``."""
    path.mkdir(mode=0o700)
    path.chmod(0o700)
    flush(path.parent)


def written(path: Path, content: bytes) -> None:
    """A new file, 0600, on the disk when this returns."""
    with _created(path) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def copied(source: Path, target: Path) -> tuple[str, int]:
    """Copy to a new file, 0600, durably; the SHA-256 and size of what was read. Errors: ``FileNotFoundError``."""
    digest, size = hashlib.sha256(), 0
    with _opened(source) as read, _created(target) as file:
        while piece := os.read(read, _PIECE):
            digest.update(piece)
            size += len(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size


def digested(path: Path) -> tuple[str, int]:
    """SHA-256 and size. Errors: ``OSError``, also when the path is a symbolic link."""
    digest, size = hashlib.sha256(), 0
    with _opened(path) as read:
        while piece := os.read(read, _PIECE):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


def sync(path: Path) -> None:
    """Have a file that another program wrote reach the disk, for its owner alone."""
    handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        os.fchmod(handle, 0o600)
        os.fsync(handle)
    finally:
        os.close(handle)


def flush(folder: Path) -> None:
    """Have a folder remember its entries after a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(folder: Path) -> None:
    """Delete a folder under a name that no reader takes for a backup, so that half of one is never found."""
    doomed = folder if folder.name.startswith(".") else folder.with_name(f".{folder.name}.partial")
    if doomed != folder:
        folder.rename(doomed)
        flush(folder.parent)
    shutil.rmtree(doomed)


@contextmanager
def alone(path: Path, otherwise: str) -> Iterator[None]:
    """The only process that holds the lock file `path`. Errors: ``Refused`` with the words `otherwise`."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(otherwise) from None
        yield
    finally:
        os.close(handle)


def _created(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        yield handle
    finally:
        os.close(handle)
