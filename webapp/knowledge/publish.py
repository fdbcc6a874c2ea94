"""Content → a published version: check, build everything new beside the old one, switch one pointer.

``index/current`` is a small file that names the version; it is replaced by an atomic rename once everything under
``index/<version>/`` is on disk (fsync). A publisher that dies before that leaves a hidden folder, removed by the next.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import msgspec

from webapp.knowledge.catalog import Catalog, encode
from webapp.knowledge.report import Report
from webapp.knowledge.revision import code_revision
from webapp.knowledge.shelf import (
    ASSETS,
    CATALOG,
    MANIFEST,
    POINTER,
    SEARCH,
    Edition,
    Manifest,
    NothingPublished,
    Shelf,
    Unreadable,
    current_edition,
    digest_of,
    is_version,
    read_edition,
    read_pointer,
)

__all__ = ["BuildIndex", "ContentRefused", "Edition", "NothingPublished", "Published", "Shelf", "ensure", "publish"]

BuildIndex = Callable[[Catalog, Path], None]
"""Fills an empty folder with the search index of a catalog."""

KEPT_VERSIONS = 2  # besides the one online: workers still on an older one, and a quick way back
_UNFINISHED = ".building-"
_ATTEMPTS = 3


class ContentRefused(Exception):
    """The content has errors; `report` says which. What is online stays online."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.summary())
        self.report = report


class ContentMoved(Exception):
    """Files kept changing while they were being published."""


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """`changed` is False when the very same version was online already."""

    version: str
    changed: bool
    report: Report | None


def publish(content: Path, index: Path, *, today: date, build_index: BuildIndex) -> Published:
    """Check `content` and put it online under `index`; one publisher at a time, the others wait.

    Errors: ``ContentRefused`` (nothing has changed), ``ContentMoved``, ``OSError`` (disk full…: nothing has changed).
    """
    with _alone(index):
        return _publish(content, index, today, build_index)


def ensure(content: Path, index: Path, *, today: date, build_index: BuildIndex) -> Published:
    """Publish only when no whole version made by this code is online: a start, or a missing or damaged index.

    When the content is broken but a whole version of older code is online, that one stays. Errors: as `publish`.
    """
    edition = current_edition(index)
    if edition is not None and edition.revision == code_revision():
        return Published(version=edition.version, changed=False, report=None)
    with _alone(index):
        edition = current_edition(index)  # another process may have built it while this one waited
        if edition is not None and edition.revision == code_revision():
            return Published(version=edition.version, changed=False, report=None)
        try:
            return _publish(content, index, today, build_index)
        except ContentRefused:
            if edition is None:
                raise
            return Published(version=edition.version, changed=False, report=None)


def _publish(content: Path, index: Path, today: date, build_index: BuildIndex) -> Published:
    from webapp.knowledge.check import check  # here: a web worker that only serves needs no Markdown engine

    for _ in range(_ATTEMPTS):
        report = check(content, today)
        if report.catalog is None:
            raise ContentRefused(report)
        try:
            version, changed = _put_online(content, index, report, report.catalog, build_index)
        except ContentMoved:
            continue
        return Published(version=version, changed=changed, report=report)
    raise ContentMoved("the content keeps changing")


def _put_online(
    content: Path, index: Path, report: Report, catalog: Catalog, build_index: BuildIndex
) -> tuple[str, bool]:
    before = read_pointer(index)
    version, built = _free_version(index, catalog.version)
    if not built:
        _build(content, index, report, msgspec.structs.replace(catalog, version=version), build_index)
    if before != version:
        _point(index, version)
    _clear(index, keep={version, before})
    return version, before != version


def _free_version(index: Path, wanted: str) -> tuple[str, bool]:
    """The name to publish under, and whether a whole version stands there already.

    A damaged one keeps its name, since processes may have its files open; its successor is called `<version>-1`.
    """
    for number in range(1000):
        version = f"{wanted}-{number}" if number else wanted
        if not os.path.lexists(index / version):
            return version, False
        try:
            read_edition(index, version)
        except Unreadable:
            continue
        return version, True
    raise OSError(f"too many damaged versions in {index}: delete them")


def _build(content: Path, index: Path, report: Report, catalog: Catalog, build_index: BuildIndex) -> None:
    folder = index / f"{_UNFINISHED}{catalog.version}-{secrets.token_hex(4)}"
    try:
        for each in (folder, folder / ASSETS, folder / SEARCH):
            each.mkdir(mode=0o700)
            each.chmod(0o700)
        (folder / CATALOG).write_bytes(encode(catalog))
        _copy_assets(content / ASSETS, folder / ASSETS, report.assets, catalog.images)
        build_index(catalog, folder / SEARCH)
        files = {path.relative_to(folder).as_posix(): digest_of(path) for path in _files(folder)}
        manifest = Manifest(version=catalog.version, revision=code_revision(), files=files)
        (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest))
        _sync_tree(folder)
        os.rename(folder, index / catalog.version)
        _sync(index)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _copy_assets(source: Path, target: Path, assets: dict[str, str], images: dict[str, str]) -> None:
    for name, expected in assets.items():
        copy = target / images.get(name, name)
        try:
            shutil.copyfile(source / name, copy, follow_symlinks=False)
        except FileNotFoundError as error:
            raise ContentMoved(name) from error
        if copy.is_symlink() or digest_of(copy) != expected:
            raise ContentMoved(name)


def _point(index: Path, version: str) -> None:
    draft = index / f".{POINTER}-{secrets.token_hex(4)}"
    try:
        with open(draft, "x", encoding="ascii") as file:
            file.write(version + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, index / POINTER)
        _sync(index)
    finally:
        draft.unlink(missing_ok=True)


def _clear(index: Path, keep: set[str]) -> None:
    """Remove what dead publishers left, and all but `keep` and the latest of the other versions; the lock is held."""
    for leftover in [*index.glob(f"{_UNFINISHED}*"), *index.glob(f".{POINTER}-*")]:
        shutil.rmtree(leftover, ignore_errors=True) if leftover.is_dir() else leftover.unlink(missing_ok=True)
    old = [each for each in index.iterdir() if is_version(each.name) and each.is_dir() and each.name not in keep]
    old.sort(key=lambda each: each.stat().st_mtime, reverse=True)
    for each in old[KEPT_VERSIONS - 1 :]:
        shutil.rmtree(each, ignore_errors=True)


@contextmanager
def _alone(index: Path) -> Iterator[None]:
    """Hold the publisher's lock; the system drops it when the process dies."""
    index.mkdir(parents=True, exist_ok=True)
    handle = os.open(index / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sync_tree(folder: Path) -> None:
    for path in _files(folder):
        _sync(path)
    for path in [*(each for each in folder.rglob("*") if each.is_dir()), folder]:
        _sync(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
