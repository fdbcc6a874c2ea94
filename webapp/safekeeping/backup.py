"""Making a backup: database first, then the files that its rows name, then the manifest; it appears whole or not.

A file is never changed after its row was written: one which the copy of the database names is either still there or was
deleted with its ticket meanwhile. What an older backup in the same folder has already is linked, not copied.
"""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import select

from webapp import VERSION
from webapp.confidential.digest import Digester
from webapp.db import Database
from webapp.safekeeping import disk, manifest
from webapp.safekeeping.copies import Copies
from webapp.safekeeping.disk import Refused
from webapp.safekeeping.manifest import FILES, FORMAT, NAME, Manifest, Part, file_part
from webapp.tables import attachment
from webapp.tickets.filestore import Store

_PARTIAL = ".partial"


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that is there. `linked`: files that an older backup had; `removed`: older backups deleted."""

    folder: Path
    manifest: Manifest
    linked: int
    removed: int


def make(
    copies: Copies,
    database: Database,
    store: Store,
    digester: Digester,
    into: Path,
    *,
    clock: Callable[[], datetime],
    keep: timedelta | None = None,
) -> Made:
    """A new backup in the folder `into`, which is made when missing. `keep`: older ones are deleted afterwards.

    Errors: ``Refused``, ``DatabaseUnavailable``, ``OSError``; nothing is left then, and no older one was touched.
    """
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    with disk.alone(into / ".lock", "another backup is being written there"):
        for each in into.glob(f".*{_PARTIAL}"):
            disk.remove(each)  # of a backup that was killed
        now = clock().astimezone(UTC)
        there = _free_name(into, now)
        partial = into / f".{there.name}{_PARTIAL}"
        disk.new_folder(partial)
        try:
            done, linked = _filled(copies, database, store, digester, partial, now)
        except BaseException:
            disk.remove(partial)
            raise
        partial.rename(there)
        disk.flush(into)
        removed = _forget(into, there, now - keep) if keep else 0
    return Made(folder=there, manifest=done, linked=linked, removed=removed)


def _filled(
    copies: Copies, database: Database, store: Store, digester: Digester, partial: Path, now: datetime
) -> tuple[Manifest, int]:
    dumped = copies.dump(partial)
    sha256, size = disk.digested(partial / dumped.part)
    earlier = _earlier(partial.parent, digester)
    files, missing, linked = _files(store, partial, dumped.inventory.files, earlier)
    lost = _still_named(database, missing)
    done = Manifest(
        format=FORMAT,
        guichet=VERSION,
        made_at=now.replace(microsecond=0),
        database=copies.kind,
        server=dumped.server,
        tool=dumped.tool,
        schema=dumped.inventory.schema,
        counts=dumped.inventory.counts,
        keys=dumped.inventory.keys,
        parts={dumped.part: Part(sha256=sha256, size=size)} | files,
        absent=tuple(each for each in missing if each not in lost),
        lost=tuple(each for each in missing if each in lost),
    )
    manifest.write(partial, done, digester)
    for folder in {(partial / name).parent for name in done.parts} | {partial / FILES, partial}:
        if folder.is_dir():
            disk.flush(folder)
    return done, linked


def _files(
    store: Store, partial: Path, ids: Iterable[str], earlier: tuple[Path, dict[str, Part]] | None
) -> tuple[dict[str, Part], list[str], int]:
    """The files of `ids` copied under `partial`; those that are not there; how many were linked."""
    parts: dict[str, Part] = {}
    missing, linked = [], 0
    for each in ids:
        name = file_part(each)
        target = partial / name
        if not target.parent.is_dir():
            target.parent.mkdir(mode=0o700, parents=True)
            (partial / FILES).chmod(0o700)
        known = earlier[1].get(each) if earlier else None
        if earlier and known and _linked(earlier[0] / name, target, known.size):
            parts[name] = known
            linked += 1
            continue
        try:
            sha256, size = disk.copied(store.path(each), target)
        except FileNotFoundError:
            missing.append(each)
            continue
        parts[name] = Part(sha256=sha256, size=size)
    return parts, missing, linked


def _linked(before: Path, target: Path, size: int) -> bool:
    """The file of an older backup under one more name, when it has the size that it should."""
    try:
        if before.lstat().st_size != size:
            return False
        os.link(before, target, follow_symlinks=False)
    except OSError:  # gone, or a file system without links
        return False
    return True


def _earlier(into: Path, digester: Digester) -> tuple[Path, dict[str, Part]] | None:
    """The newest backup there whose seal is right, with its files."""
    for each in manifest.newest(into):
        with suppress(Refused):
            return each, manifest.read(each, digester).files
    return None


def _still_named(database: Database, ids: list[str]) -> set[str]:
    """Those of the missing files that a row names even now: the disk has lost them."""
    found: set[str] = set()
    for each in ids:
        with database.reading() as connection:
            found.update(connection.scalars(select(attachment.c.id).where(attachment.c.id == each)))
    return found


def _free_name(into: Path, now: datetime) -> Path:
    name = f"guichet-{now:%Y%m%dT%H%M%SZ}"
    names = [name, *(f"{name}-{number}" for number in range(2, 100))]
    return next(into / each for each in names if not (into / each).exists())


def _forget(into: Path, newest: Path, before: datetime) -> int:
    """Delete the backups of before that moment, never the one just made; how many."""
    removed = 0
    for each in manifest.newest(into):
        moment = datetime.strptime(each.name[8:24], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if each != newest and NAME.fullmatch(each.name) and moment < before:
            disk.remove(each)
            removed += 1
    return removed
