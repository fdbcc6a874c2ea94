"""What a running process serves: the published version, read from disk and swapped when the pointer moves.

The Whoosh index inside a version is made of pickles, so a version is only opened when this very user owns it, nobody
else may write in it, and every file has the digest its manifest gives (security.md, rows 12 and F6).
"""

import hashlib
import logging
import os
import re
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from webapp.knowledge.catalog import Catalog, decode
from webapp.knowledge.contacts import remember_holidays

POINTER = "current"
MANIFEST = "manifest.json"
CATALOG = "catalog.json"
SEARCH = "search"
ASSETS = "assets"
_VERSION = re.compile(r"[0-9a-f]{12}(-[0-9]{1,3})?")
_log = logging.getLogger(__name__)


class NothingPublished(Exception):
    """No version can be read and none is in memory: publish first."""


class Unreadable(Exception):
    """A version is missing, damaged, made by another format or owned by somebody else; the text says which."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a version is made of: relative path → SHA-256. Written last, so that a version without it is unfinished."""

    version: str
    revision: str
    files: dict[str, str]


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """One published version, in memory. `folder` holds its search index and assets, as long as the disk does."""

    version: str
    revision: str
    catalog: Catalog
    folder: Path

    @property
    def search(self) -> Path:
        """The folder that `build_index` filled."""
        return self.folder / SEARCH

    @property
    def assets(self) -> Path:
        """The folder of the logo, the favicon and the images of articles (names of `Catalog.images`)."""
        return self.folder / ASSETS


class Shelf:
    """The edition to serve now; looks at the pointer at most every `poll_seconds`, and reads files only when it moved.

    Safe between threads and after a fork: the fast path takes no lock, and one thread at a time looks while the others
    go on with the edition they have. An edition that once was good stays, whatever happens to its files.
    """

    def __init__(self, index: Path, poll_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._index = index
        self._poll = poll_seconds
        self._clock = clock
        self._edition: Edition | None = None
        self._look_at = 0.0
        self._adrift = False
        self._refused: tuple[str, float] = ("", 0.0)
        self._lock = threading.Lock()
        self._owner = os.getpid()

    def current(self) -> Edition:
        """The edition to serve. Errors: ``NothingPublished`` as long as no version could ever be read."""
        edition = self._edition
        now = self._clock()
        if edition is not None and now < self._look_at:
            return edition
        self._look(now, wait=edition is None)
        if self._edition is None:
            raise NothingPublished(f"nothing readable is published in {self._index}")
        return self._edition

    @property
    def adrift(self) -> bool:
        """Whether the pointer was gone at the last look: what is served lives in memory alone."""
        return self._adrift

    def _look(self, now: float, *, wait: bool) -> None:
        if self._owner != os.getpid():  # a lock held by another thread at the time of a fork is never released
            self._lock, self._owner = threading.Lock(), os.getpid()
        if not self._lock.acquire(blocking=wait):
            return
        try:
            self._look_at = now + self._poll
            version = read_pointer(self._index)
            self._adrift = not version
            if version and (self._edition is None or version != self._edition.version):
                self._swap(version, now)
        finally:
            self._lock.release()

    def _swap(self, version: str, now: float) -> None:
        refused, again_at = self._refused
        if self._edition is not None and version == refused and now < again_at:
            return
        try:
            edition = read_edition(self._index, version)
        except Unreadable as error:
            if version != refused:
                _log.error("published version %s refused: %s", version, error)
            self._refused = (version, now + 10 * self._poll)
            if self._edition is None:
                self._edition = _without_search(self._index, version)
            return
        self._edition = edition


def _without_search(index: Path, version: str) -> Edition | None:
    """A version whose search index alone is damaged, better than a closed counter: answers and telephone numbers.

    The ear verifies its own files: it refuses them, and so has them rebuilt.
    """
    try:
        return read_edition(index, version, search=False)
    except Unreadable:
        return None


def read_pointer(index: Path) -> str:
    """The version that the pointer names; empty when there is none or it is damaged."""
    try:
        with open(index / POINTER, "rb") as file:
            text = file.read(64).decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return text if is_version(text) else ""


def is_version(name: str) -> bool:
    return _VERSION.fullmatch(name) is not None


def read_edition(index: Path, version: str, *, search: bool = True) -> Edition:
    """A version from disk, every file verified before any is used; those of the search index only with `search`.

    Errors: ``Unreadable``.
    """
    folder = index / version
    try:
        _trust(folder)
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
        if manifest.version != version:
            raise Unreadable("the manifest names another version")
        for name, expected in manifest.files.items():
            if not search and name.startswith(f"{SEARCH}/"):
                continue
            if digest_of(folder / name) != expected:
                raise Unreadable(f"{name} is damaged")
        catalog = decode((folder / CATALOG).read_bytes())
    except FileNotFoundError as error:
        raise Unreadable(f"{Path(error.filename or folder).name} is missing") from error
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"{type(error).__name__}") from error
    remember_holidays(catalog.holidays)
    return Edition(version=version, revision=manifest.revision, catalog=catalog, folder=folder)


def current_edition(index: Path) -> Edition | None:
    """The published edition when it is whole, else None."""
    version = read_pointer(index)
    if not version:
        return None
    try:
        return read_edition(index, version)
    except Unreadable:
        return None


def digest_of(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _trust(folder: Path) -> None:
    """Refuse a folder that another user could have filled: its pickles would run as this process."""
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode):
        raise Unreadable("it is not a folder")
    if found.st_uid != os.geteuid():
        raise Unreadable("it belongs to another user")
    if found.st_mode & 0o077:
        raise Unreadable("other users may open it")
