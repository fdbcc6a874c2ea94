"""Content → a published version: check, build everything new beside the old one, switch one pointer.

``index/current`` is a small file that names the version; it is replaced by an atomic rename once everything under
``index/<version>/`` is on disk (fsync). A publisher that dies before that leaves a hidden folder, removed by the next.
"""

import fcntl
import os
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from webapp.knowledge.rendering import Memory

__all__ = [
    "BuildIndex",
    "ContentMoved",
    "ContentRefused",
    "Edition",
    "NothingPublished",
    "Published",
    "Shelf",
    "ensure",
    "publish",
    "watch",
]

BuildIndex = Callable[[Catalog, Path], None]
"""Fills an empty folder with the search index of a catalog."""

KEPT_VERSIONS = 2  # besides the one online: workers still on an older one, and a quick way back
PROBLEMS = "problems.json"
_UNFINISHED = ".building-"
_DRAFT = ".draft-"
_PAGES_FIRST = "-0"  # ends the name of a version that still has the search index of the one before
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


def publish(
    content: Path, index: Path, *, today: date, build_index: BuildIndex, memory: "Memory | None" = None
) -> Published:
    """Check `content` and put it online under `index`; one publisher at a time, the others wait.

    Who publishes at each save gives a `memory`: texts that did not change are not rendered again, and the new pages go
    online first, with the search index of the version before, while the new one is built.
    Errors: ``ContentRefused`` (nothing has changed), ``ContentMoved``, ``OSError`` (disk full…: nothing has changed).
    """
    with _alone(index):
        return _publish(content, index, today, build_index, memory)


def ensure(content: Path, index: Path, *, today: date, build_index: BuildIndex) -> Published:
    """Publish only when no whole version made by this code is online: a start, or a missing or damaged index.

    When the content is broken, the version online stays if it is whole, else the latest whole one comes back. Errors:
    as `publish` when there is none.
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
            if edition is not None:
                return Published(version=edition.version, changed=False, report=None)
            version = next(_whole_versions(index), None)
            if version is None:
                raise
            _point(index, version)
            return Published(version=version, changed=True, report=None)


def watch(
    content: Path,
    index: Path,
    *,
    build_index: BuildIndex,
    today: Callable[[], date],
    echo: Callable[[str], object],
    stop: threading.Event | None = None,
) -> None:
    """Publish now and at each change under `content`, until `stop` is set or Ctrl-C; development only.

    What happened is told through `echo` (French). ``index/problems.json`` holds the report while the content has
    errors: the development banner shows it.
    """
    from watchfiles import watch as changes

    from webapp.knowledge.rendering import Memory

    memory = Memory()
    _try_publishing(content, index, build_index, today(), echo, memory)
    for _ in changes(content, stop_event=stop, raise_interrupt=False, rust_timeout=500):
        _try_publishing(content, index, build_index, today(), echo, memory)


def _try_publishing(
    content: Path, index: Path, build_index: BuildIndex, today: date, echo: Callable[[str], object], memory: "Memory"
) -> None:
    left = index / PROBLEMS
    try:
        done = publish(content, index, today=today, build_index=build_index, memory=memory)
    except ContentRefused as refused:
        _replace(left, refused.report.as_json())
        echo(f"{refused.report.as_text()}\nRien n'a changé en ligne.")
        return
    except (ContentMoved, OSError) as error:
        echo(f"La publication a échoué ({type(error).__name__}) : rien n'a changé en ligne.")
        return
    left.unlink(missing_ok=True)
    if done.changed:
        notes = f"\n{done.report.as_text()}" if done.report and done.report.problems else ""
        echo(f"En ligne : version {done.version}.{notes}")


def _publish(
    content: Path, index: Path, today: date, build_index: BuildIndex, memory: "Memory | None" = None
) -> Published:
    from webapp.knowledge.check import check  # here: a web worker that only serves needs no Markdown engine

    for _ in range(_ATTEMPTS):
        report = check(content, today, memory.render) if memory else check(content, today)
        if report.catalog is None:
            raise ContentRefused(report)
        try:
            if memory:
                _pages_first(content, index, report, report.catalog)
            version, changed = _put_online(content, index, report, report.catalog, build_index)
        except ContentMoved:
            continue
        return Published(version=version, changed=changed, report=report)
    raise ContentMoved("the content keeps changing")


def _pages_first(content: Path, index: Path, report: Report, catalog: Catalog) -> None:
    """Put the pages of `catalog` online with the search index of the version before, which knows the former articles.

    Nothing where no version made by this code is online, or where the new one lies ready. A publisher that dies after
    this leaves good pages and an old index; the next one finishes the work.
    """
    before = current_edition(index)
    version = catalog.version + _PAGES_FIRST
    ready = any(os.path.lexists(index / each) for each in (catalog.version, version))
    if before is None or before.revision != code_revision() or ready:
        return

    def lend(_: Catalog, folder: Path) -> None:
        for each in before.search.iterdir():
            os.link(each, folder / each.name)

    _build(content, index, report, msgspec.structs.replace(catalog, version=version), lend)
    (index / PROBLEMS).unlink(missing_ok=True)  # of the content before, which is no longer what is online
    _point(index, version)


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
    _replace(index / POINTER, version + "\n")


def _replace(path: Path, text: str) -> None:
    """Write a small file whole, or not at all, even when the power fails."""
    draft = path.with_name(f"{_DRAFT}{secrets.token_hex(4)}")
    try:
        with open(draft, "x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
        _sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _whole_versions(index: Path) -> Iterator[str]:
    """The versions that can be read, the latest first."""
    found = [each for each in index.iterdir() if is_version(each.name) and each.is_dir()]
    for folder in sorted(found, key=lambda each: each.stat().st_mtime, reverse=True):
        try:
            yield read_edition(index, folder.name).version
        except Unreadable:
            continue


def _clear(index: Path, keep: set[str]) -> None:
    """Remove what dead publishers left, and all but `keep` and the latest of the other versions; the lock is held."""
    for leftover in [*index.glob(f"{_UNFINISHED}*"), *index.glob(f"{_DRAFT}*")]:
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
