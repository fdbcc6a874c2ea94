"""Copies of an SQLite file: by SQLite's own online backup, never by copying the file and its log.

The copy is made in one step, on one snapshot: in WAL mode writers go on meanwhile, and a copy in several steps would
begin again whenever another process writes (sqlite.org/backup.html). It is left without a log, as one file.

On the way back the new file is made whole beside the old one, and takes its place by one rename.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from sqlalchemy import NullPool, create_engine, make_url

from webapp.db import Database, DatabaseBusy, DatabaseUnavailable
from webapp.safekeeping import disk, inventory
from webapp.safekeeping.copies import Dumped, Target
from webapp.safekeeping.disk import Refused

T = TypeVar("T")
PART = "database.sqlite3"
_PATIENCE = 30.0  # seconds for a database that somebody holds alone
_LOGS = ("-wal", "-shm", "-journal")


class SqliteCopies:
    """``copies.Copies`` of one SQLite file."""

    kind = "sqlite"

    def __init__(self, url: str) -> None:
        name = make_url(url).database
        if not name or name == ":memory:":
            raise Refused("a database in memory cannot be kept")
        self._path = Path(name)

    def dump(self, folder: Path) -> Dumped:
        copy = folder / PART
        disk.written(copy, b"")
        with _said():
            source = sqlite3.connect(_address(self._path, "rw"), uri=True, timeout=_PATIENCE)
            target = sqlite3.connect(copy)
            try:
                source.backup(target, pages=-1, progress=_give_up_at(time.monotonic() + _PATIENCE), sleep=0.05)
            finally:
                source.close()
                target.close()
        _one_file(copy)
        engine = create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(_address(copy, "ro") + "&immutable=1", uri=True),
            poolclass=NullPool,
        )
        with engine.connect() as connection:
            seen = inventory.take(connection)
        return Dumped(part=PART, server=sqlite3.sqlite_version, tool="", inventory=seen)

    def require(self, server: str, tool: str) -> None:
        """Any SQLite of these years reads any other's file (sqlite.org/formatchng.html)."""

    def target(self) -> Target:
        if not self._path.exists():
            return Target(tickets=0)
        try:
            with self._held() as held:
                there = held.execute("SELECT 1 FROM sqlite_schema WHERE name = 'ticket'").fetchone()
                return Target(tickets=held.execute("SELECT count(*) FROM ticket").fetchone()[0] if there else 0)
        except sqlite3.DatabaseError:
            return Target(tickets=None)  # a damaged file: the reason why somebody restores

    def restore(self, part: Path, seal: str, finish: Callable[[Database], T]) -> T:
        staged = self._path.with_name(f".{self._path.name}.restoring")
        for each in (staged, *(Path(f"{staged}{ending}") for ending in _LOGS)):
            each.unlink(missing_ok=True)
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        disk.copied(part, staged)
        database = Database(f"sqlite:///{staged}")
        try:
            finished = finish(database)
        finally:
            database.dispose()
        _one_file(staged)
        self._switch(staged)
        return finished

    def _switch(self, staged: Path) -> None:
        """`staged` takes the place; a database with something in it stays beside it, under a name with the moment."""
        before = self._path.with_name(f"{self._path.name}.before-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")
        there = self.target() if self._path.exists() else Target(tickets=0)
        if there.tickets is None:
            for ending in _LOGS:  # a log of the damaged file must not be replayed into the new one
                with suppress(FileNotFoundError):
                    os.rename(f"{self._path}{ending}", f"{before}{ending}")
            os.link(self._path, before)
            os.rename(staged, self._path)
        elif self._path.exists():
            with self._held():  # nobody opens the old file between the look and the rename
                if there.tickets:
                    os.link(self._path, before)
                os.rename(staged, self._path)
        else:
            os.rename(staged, self._path)
        disk.flush(self._path.parent)

    @contextmanager
    def _held(self) -> Iterator[sqlite3.Connection]:
        """The database for us alone, its log written back and gone. Errors: ``Refused`` when others have it open."""
        held = sqlite3.connect(_address(self._path, "rw"), uri=True, timeout=1, isolation_level=None)
        try:
            held.execute("PRAGMA locking_mode=EXCLUSIVE").close()
            try:
                held.execute("PRAGMA journal_mode=DELETE").close()  # refused while any other process has it open
                held.execute("BEGIN EXCLUSIVE").close()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    raise
                raise Refused("the database is in use: stop the web server and the delivery worker first") from None
            yield held
        finally:
            held.close()


def _one_file(path: Path) -> None:
    """Make sure of a copy and leave it as one file without a log, on the disk. Errors: ``Refused``."""
    with _said():
        copy = sqlite3.connect(path, isolation_level=None)
        try:
            copy.execute("PRAGMA journal_mode=DELETE").close()
            verdict = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
        finally:
            copy.close()
    if verdict != "ok":
        raise Refused("the database is damaged: SQLite's own check of the copy fails (PRAGMA integrity_check)")
    for ending in _LOGS:
        Path(f"{path}{ending}").unlink(missing_ok=True)
    disk.sync(path)
    disk.flush(path.parent)


def _address(path: Path, mode: str) -> str:
    return f"file:{quote(str(path.absolute()))}?mode={mode}"


def _give_up_at(deadline: float) -> Callable[[int, int, int], None]:
    def look(status: int, _remaining: int, _total: int) -> None:
        if status not in (sqlite3.SQLITE_OK, sqlite3.SQLITE_DONE) and time.monotonic() > deadline:
            raise DatabaseBusy("somebody holds the database alone")

    return look


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CANTOPEN:
            raise Refused("there is no database: `flask upgrade` makes one") from None
        raise DatabaseUnavailable(f"the database cannot be copied: {error.sqlite_errorname}") from error
    except sqlite3.DatabaseError as error:
        raise Refused(f"the database is damaged: {error.sqlite_errorname}") from error
