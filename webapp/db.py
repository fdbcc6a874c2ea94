"""The database: engine, transactions, migrations. With ``safekeeping/`` (whole copies), all that knows whether it is
SQLite or PostgreSQL.

SQLite (the default) runs in WAL mode with ``synchronous=FULL``: a commit is on the disk when it returns, so that an
acknowledged request survives a power cut (sqlite.org/pragma.html#pragma_synchronous). A connection on which anything
but "busy" went wrong is closed, never pooled again: after a full disk such a connection keeps failing although there
is space again.
"""

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, NullPool, Pool, Table, create_engine, event, make_url
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp import revisions

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

_POOL = 8  # connections kept: a gunicorn worker runs 4 threads, the delivery worker one
_UPGRADE_SECONDS = 120  # how long a starting process waits for another one's migration
_UPGRADE_LOCK = 0x67756963686574  # "guichet", the key of PostgreSQL's advisory lock
_SETTLING = 200  # milliseconds: writers wait while a checkpoint waits for readers
_LOOK = 0.001  # seconds between two looks at the write lock
_PATIENT = 2  # threads of a process that wait for a lock as long as it takes: of four, two stay free for the pages
_CROWD = 0.3  # share of `busy_seconds` after which a turn is stuck, and nobody else joins the queue
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-512",  # kB a connection, of which a process has several: rows are read once, by key
    "PRAGMA secure_delete=ON",  # what is deleted is overwritten, not only unlinked
    "PRAGMA trusted_schema=OFF",  # a tampered file cannot have functions called by its schema
)
_SQLITE_BUSY, _SQLITE_LOCKED, _SQLITE_FULL = 5, 6, 13
_POSTGRESQL_BUSY = ("55P03", "57014", "40001", "40P01")  # lock timeout, statement timeout, serialisation, deadlock
_POSTGRESQL_FULL = ("53100",)
_POSTGRESQL_UNDEFINED_TABLE = "42P01"


class DatabaseUnavailable(Exception):
    """The database cannot serve now: nothing was written. The message never holds a statement or a value."""


class DatabaseBusy(DatabaseUnavailable):
    """Somebody else held the lock, or all connections, for too long: trying again soon is reasonable."""


class DatabaseFull(DatabaseUnavailable):
    """No space left where the database lives."""


class Database:
    """Connections on demand: creating one does no I/O, and a fork (gunicorn --preload) starts with none.

    `url`: SQLAlchemy's, ``sqlite:///path`` or ``postgresql+psycopg://…``. `busy_seconds`: longest wait for a lock or
    a free connection. Errors of the driver leave as ``DatabaseUnavailable`` or one of its kinds; a broken constraint
    or a wrong statement is a bug of the caller and leaves as SQLAlchemy's own exception.
    """

    def __init__(self, url: str, *, busy_seconds: float = 5.0) -> None:
        self._url = make_url(url)
        self._busy_seconds = busy_seconds
        self._engine = self._new_engine()
        self._writing = threading.Lock()
        self._patient = threading.BoundedSemaphore(_PATIENT)
        self._begun: float | None = None
        forget = weakref.WeakMethod(self._forget_inherited)
        os.register_at_fork(after_in_child=lambda: (method := forget()) and method())

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All or nothing: committed, and on the disk, when the block ends; rolled back when it raises."""
        with self._turn() as deadline, self._connected(self._engine, guichet_deadline=deadline) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view, without the write lock: a writer neither waits for it nor is waited for."""
        with self._connected(self._engine, guichet_begin="BEGIN") as connection:
            yield connection

    def upsert(self, table: Table) -> "sqlite.Insert | postgresql.Insert":
        """An INSERT that knows ``on_conflict_do_update`` and ``on_conflict_do_nothing``, in this database's words."""
        if self._is_sqlite:
            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql  # here: two megabytes that SQLite does without

        return postgresql.insert(table)

    def upgrade(self) -> None:
        """Bring the tables to the newest migration; processes that start together wait for each other."""
        engine = self._new_engine(poolclass=NullPool, busy_seconds=_UPGRADE_SECONDS)
        if self._is_sqlite:
            # SQLite alters a table by copying and dropping it: with foreign keys on, the rows that point at it go too.
            event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=OFF").close())
        with self._connected(engine) as connection:
            if not self._is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{int(self._busy_seconds * 1000)}'")
            revisions.migrate(connection)

    def settle(self) -> None:
        """Have what was deleted leave the write-ahead log too, when nobody is in the way; else it leaves later.

        SQLite overwrites deleted content in its file (``secure_delete``), but its log keeps older pages until they are
        written over. On PostgreSQL this is the server's own business (autovacuum, archived logs).
        """
        if not self._is_sqlite:
            return
        connection = self._engine.raw_connection()
        raw = connection.dbapi_connection
        assert isinstance(raw, sqlite3.Connection)
        try:
            raw.execute(f"PRAGMA busy_timeout={_SETTLING}").close()
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        except sqlite3.OperationalError as error:
            raise DatabaseUnavailable(f"the log cannot be emptied: {error.sqlite_errorname}") from error
        finally:
            connection.invalidate()  # closed: the next one starts with the usual patience

    def dispose(self) -> None:
        """Close every pooled connection; the next use opens new ones."""
        self._engine.dispose()

    @property
    def _is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    @contextmanager
    def _turn(self) -> Iterator[float]:
        """Our threads' turn to write on SQLite; gives the moment (monotonic) until which to wait for others.

        SQLite wakes nobody: each waiting connection looks again after up to 100 ms. With a lock of our own only one
        thread per process looks, often, and the next one starts as soon as the last one has committed. When somebody
        else keeps the lock, two threads wait for it and the others give up early: a crowd of customers who send must
        not take every thread from those who look for a telephone number.
        """
        deadline = time.monotonic() + self._busy_seconds
        if not self._is_sqlite:
            yield deadline
            return
        turn, patient, begun = self._writing, self._patient, self._begun
        waits = patient.acquire(blocking=False)
        crowd = self._busy_seconds * _CROWD - (time.monotonic() - begun if begun else 0.0)
        try:
            if not turn.acquire(timeout=self._busy_seconds if waits else max(0.0, crowd)):
                raise DatabaseBusy("the other threads of this process hold the database")
            try:
                self._begun = time.monotonic()
                yield deadline
            finally:
                self._begun = None  # before the release: a thread that finds the turn just taken waits for it
                turn.release()
        finally:
            if waits:
                patient.release()

    @contextmanager
    def _connected(self, engine: Engine, **begin: str | float) -> Iterator[Connection]:
        try:
            connection = engine.connect()
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise _translated(error) from error
        try:
            connection = connection.execution_options(**begin)
            with connection.begin():
                yield connection
        except DBAPIError as error:
            problem = _translated(error)
            if not isinstance(problem, DatabaseBusy) and not connection.invalidated:
                connection.invalidate()
            if problem is error:
                raise
            raise problem from error
        finally:
            connection.close()

    def _new_engine(self, poolclass: type[Pool] | None = None, busy_seconds: float | None = None) -> Engine:
        wait = self._busy_seconds if busy_seconds is None else busy_seconds
        options: dict[str, Any] = {"hide_parameters": True}  # an exception must not show a customer's data
        if poolclass is None:
            options |= {"pool_size": _POOL, "max_overflow": _POOL, "pool_timeout": wait}
        else:
            options["poolclass"] = poolclass
        if self._is_sqlite:
            return _sqlite_engine(self._url, wait, options)
        return _postgresql_engine(self._url, wait, options)

    def _forget_inherited(self) -> None:
        # The parent's connections must be neither used nor closed here: closing would end the parent's session.
        self._inherited = self._engine.pool
        self._writing = threading.Lock()
        self._patient = threading.BoundedSemaphore(_PATIENT)
        self._begun = None
        self._engine.dispose(close=False)


def _sqlite_engine(url: URL, wait: float, options: dict[str, Any]) -> Engine:
    arguments = {"timeout": wait, "isolation_level": None, "check_same_thread": False}
    engine = create_engine(url, connect_args=arguments, **options)

    @event.listens_for(engine, "do_connect")
    def create_private(_dialect: Any, _record: Any, _args: Any, _parameters: Any) -> None:
        if url.database:
            _create_private(Path(url.database))

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        for pragma in _PRAGMAS:
            connection.execute(pragma).close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # sqlite3 would begin late and lazily: a write after a read could then fail at once instead of waiting.
        options = connection.get_execution_options()
        if "guichet_deadline" in options:
            _begin_writing(connection, options["guichet_deadline"], wait)
        else:
            connection.exec_driver_sql(options.get("guichet_begin", "BEGIN IMMEDIATE"))

    return engine


def _begin_writing(connection: Connection, deadline: float, wait: float) -> None:
    """Look for the write lock every millisecond until `deadline` (monotonic); SQLite alone would look ever less."""
    raw = connection.connection.dbapi_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.execute("PRAGMA busy_timeout=0").close()
    try:
        while True:
            try:
                raw.execute("BEGIN IMMEDIATE").close()
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != _SQLITE_BUSY:
                    break
                if time.monotonic() > deadline:
                    raise DatabaseBusy("the database is locked by another writer") from error
            time.sleep(_LOOK)
    finally:
        raw.execute(f"PRAGMA busy_timeout={int(wait * 1000)}").close()
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # fails again, this time in SQLAlchemy's words


def _postgresql_engine(url: URL, wait: float, options: dict[str, Any]) -> Engine:
    milliseconds = int(wait * 1000)
    arguments: dict[str, Any] = {"connect_timeout": max(2, int(wait))}
    if "options" not in url.query:
        arguments["options"] = f"-c lock_timeout={milliseconds} -c synchronous_commit=on -c timezone=UTC"
    return create_engine(url, connect_args=arguments, pool_pre_ping=True, **options)


def _create_private(path: Path) -> None:
    """Make the file, 0600, before SQLite does with the umask; its -wal and -shm take the same mode.

    A file that exists is never opened here: closing it would drop SQLite's locks of the whole process, and another
    program could then take the log away from under us (sqlite.org/howtocorrupt.html §2.2).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    there = path.stat()
    if there.st_mode & 0o077 and there.st_uid == os.geteuid():
        path.chmod(0o600)


def _translated(error: Exception) -> Exception:
    """The named exception for what the driver said; the error itself when it is the caller's bug."""
    if isinstance(error, PoolTimeout):
        return DatabaseBusy("every connection is in use")
    if not isinstance(error, DBAPIError):
        return DatabaseUnavailable(f"the database cannot be opened: {type(error).__name__}")
    code = getattr(error.orig, "sqlite_errorcode", None)
    state = getattr(error.orig, "sqlstate", None)
    if (code is not None and code & 0xFF in (_SQLITE_BUSY, _SQLITE_LOCKED)) or state in _POSTGRESQL_BUSY:
        return DatabaseBusy("the database is locked by another writer")
    if (code is not None and code & 0xFF == _SQLITE_FULL) or state in _POSTGRESQL_FULL:
        return DatabaseFull("no space left for the database")
    if isinstance(error, (IntegrityError, ProgrammingError, DataError)) and state != _POSTGRESQL_UNDEFINED_TABLE:
        return error
    return DatabaseUnavailable(f"the database failed: {getattr(error.orig, 'sqlite_errorname', state)}")
