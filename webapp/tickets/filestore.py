"""Customers' files on the disk: sealed, under random names, 0600, in a folder that no web server serves.

A file is written under a draft's name, flushed to the disk, renamed, and its folder flushed; only then may a row of the
database name it. So a row never points at nothing, whatever is killed when; a file without a row is an orphan, and the
sweeper (`attachments.sweep`) removes it after an hour. Several hosts share one folder. When the delivery worker
runs as a user of its own, both share a group: sealed bytes are 0640 then, and no use without the key in their row.
"""

import grp
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from webapp.confidential.streams import Sealer, new_file_key

_DRAFTS = "drafts"
_ID = re.compile(r"[0-9a-f]{32}")
_LOOK_SECONDS = 30.0  # between two walks through the folder: what is added meanwhile is counted as it comes
RESERVE_SHARE = 0.10
RESERVE_BYTES = 500 * 1024 * 1024


class StoreFull(Exception):
    """No file is taken until space is free: the disk's reserve is reached, or the quota, or a write failed."""


def place_of(file_id: str) -> str:
    """What the pieces of a file are bound to."""
    return f"attachment/{file_id}/content"


class Draft:
    """One file being sealed. Ends by `keep`, else leaves nothing behind. Errors: ``StoreFull``."""

    def __init__(self, store: "Store") -> None:
        self.id = secrets.token_hex(16)
        self.key = new_file_key()
        self._store = store
        self._path = store.folder / _DRAFTS / self.id
        self._kept = False

    def __enter__(self) -> "Draft":
        with _space():
            self._store.prepare(self._path.parent)
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._store.share(handle)
            self._file = os.fdopen(handle, "wb", buffering=0)
            self._sealer = Sealer(self.key, place_of(self.id), self._file.write)
        return self

    def feed(self, piece: bytes) -> None:
        with _space():
            self._sealer.feed(piece)

    def keep(self) -> int:
        """Make the file durable under its name; its size in clear bytes."""
        with _space():
            self._sealer.close()
            os.fsync(self._file.fileno())
            there = self._store.path(self.id)
            self._store.prepare(there.parent)
            os.rename(self._path, there)
            _flush(there.parent)
        self._kept = True
        self._store.added(self._sealer.size)
        return self._sealer.size

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._file.close()
        if not self._kept:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)


class Store:
    """`folder`: made on first use. `quota`: bytes in it at most. `reserve`: free bytes below which nothing is taken;
    None: the larger of 10 % of the disk and 500 MB. `group`: whose members may read and delete; "": the owner alone.
    Thread-safe."""

    def __init__(self, folder: Path, quota: int, reserve: int | None = None, group: str = "") -> None:
        self.folder = folder
        self._quota = quota
        self._reserve = reserve
        self._group = group
        self._looked = 0.0
        self._used = 0

    def require_room(self, wanted: int) -> None:
        """Errors: ``StoreFull`` when `wanted` more bytes would pass the quota or eat into the disk's reserve."""
        with _space():
            self.prepare(self.folder)
            disk = shutil.disk_usage(self.folder)
        reserve = max(int(disk.total * RESERVE_SHARE), RESERVE_BYTES) if self._reserve is None else self._reserve
        if disk.free - wanted < reserve:
            raise StoreFull("the disk's reserve is reached")
        if time.monotonic() - self._looked > _LOOK_SECONDS or not self._looked:
            self._used, self._looked = sum(each.stat().st_size for each in self._files()), time.monotonic()
        if self._used + wanted > self._quota:
            raise StoreFull("the quota is reached")

    def added(self, size: int) -> None:
        self._used += size

    def draft(self) -> Draft:
        return Draft(self)

    @contextmanager
    def opened(self, file_id: str) -> Iterator[BinaryIO]:
        """The sealed bytes. Errors: ``FileNotFoundError``."""
        with self.path(file_id).open("rb") as file:
            yield file

    @contextmanager
    def arrival(self, file_id: str) -> Iterator[Path]:
        """A path to which a file comes back that was sealed before (a backup's); durable under its id afterwards.

        Nothing is left when the block raises. Errors: ``OSError``.
        """
        there, draft = self.path(file_id), self.folder / _DRAFTS / file_id
        self.prepare(draft.parent)
        draft.unlink(missing_ok=True)
        try:
            yield draft
            handle = os.open(draft, os.O_RDWR)
            try:
                self.share(handle)
                os.fsync(handle)
            finally:
                os.close(handle)
            self.prepare(there.parent)
            os.rename(draft, there)
        finally:
            draft.unlink(missing_ok=True)
        _flush(there.parent)

    def has(self, file_id: str, size: int) -> bool:
        """Whether a file is there with so many sealed bytes."""
        try:
            return self.path(file_id).stat().st_size == size
        except OSError:
            return False

    def ids(self) -> list[str]:
        """Every file that is there, of a form that was sent or not."""
        return [each.name for each in self._files() if each.parent.name != _DRAFTS]

    def refresh(self, file_id: str) -> bool:
        """Give a file without a row another hour before the sweeper; False when it is gone."""
        try:
            os.utime(self.path(file_id))
        except OSError:
            return False
        return True

    def remove(self, ids: Iterable[str]) -> int:
        """Delete files, after the commit that deleted their rows; how many were there. Never raises: what stays is
        an orphan, and the sweeper comes back."""
        removed = 0
        for each in ids:
            with suppress(OSError):
                self.path(each).unlink()
                removed += 1
        return removed

    def older_than(self, seconds: float, now: float) -> list[str]:
        """Ids of the files whose last writing is older; drafts that old are deleted at once. `now`: seconds, UNIX."""
        old = []
        for each in self._files():
            with suppress(FileNotFoundError):
                if now - each.stat().st_mtime > seconds:
                    if each.parent.name == _DRAFTS:
                        each.unlink()
                    else:
                        old.append(each.name)
        return old

    def path(self, file_id: str) -> Path:
        if not _ID.fullmatch(file_id):  # an id never becomes a path that was not meant
            raise ValueError("not the id of a file")
        return self.folder / file_id[:2] / file_id

    def share(self, handle: int) -> None:
        """Give an open file or folder to the group, when there is one. Errors: ``OSError``."""
        if self._group:
            folder = stat.S_ISDIR(os.fstat(handle).st_mode)
            os.fchown(handle, -1, grp.getgrnam(self._group).gr_gid)
            os.fchmod(handle, 0o770 if folder else 0o640)

    def prepare(self, folder: Path) -> None:
        """Make `folder`, for the owner alone, and let its parent remember it after a power cut."""
        for each in (self.folder, folder):
            if not each.is_dir():
                each.mkdir(parents=each is self.folder, exist_ok=True, mode=0o700)
                self._settle(each)

    def _settle(self, folder: Path) -> None:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self.share(handle)
        finally:
            os.close(handle)
        _flush(folder.parent)

    def _files(self) -> Iterator[Path]:
        for shard in self.folder.iterdir() if self.folder.is_dir() else ():
            if shard.is_dir():
                yield from (each for each in shard.iterdir() if _ID.fullmatch(each.name))


@contextmanager
def _space() -> Iterator[None]:
    try:
        yield
    except (OSError, KeyError) as error:  # KeyError: the group is not known here
        raise StoreFull(f"a file cannot be written: {type(error).__name__}") from error


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
