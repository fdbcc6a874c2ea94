"""Copies of a PostgreSQL database by the installed client tools: ``pg_dump``, ``pg_restore``, ``psql``.

The dump is taken on a snapshot that a transaction of ours exports, so that what is counted and listed is exactly what
is in it. On the way back everything is one transaction of ``psql``, ended by a COMMIT that is only sent once
``pg_restore`` has said that it gave everything: killed anywhere before, the database is as it was.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, NullPool, create_engine, func, inspect, make_url, select, text
from sqlalchemy.exc import DBAPIError

from webapp.db import Database, DatabaseUnavailable
from webapp.safekeeping import disk, inventory
from webapp.safekeeping.copies import Dumped, Target
from webapp.safekeeping.disk import Refused
from webapp.tables import metadata, ticket

T = TypeVar("T")
Process = subprocess.Popen[bytes]
PART = "database.pgdump"
_MARK = "guichet_restoring"  # a table that is there between the COMMIT and the end of `finish`
_PIECE = 256 * 1024
_SEAL = re.compile(r"[0-9a-f]{64}")
_LOCK_TIMEOUT = "10s"
# Nothing leaves, whoever starts a worker too early; `finish` decides what goes on.
_SET_ASIDE = "UPDATE {schema}.delivery SET state = 'failed', reason = 'restored' WHERE state = 'due';"


class PostgresqlCopies:
    """``copies.Copies`` of one PostgreSQL database."""

    kind = "postgresql"

    def __init__(self, url: str) -> None:
        self._url = url
        known = make_url(url)
        # The password goes by the environment, which other users cannot read; an argument could be seen by all.
        self._environment = os.environ | ({"PGPASSWORD": str(known.password)} if known.password else {})
        self._address = known.set(drivername="postgresql", password=None).render_as_string(hide_password=False)

    def dump(self, folder: Path) -> Dumped:
        part = folder / PART
        disk.written(part, b"")
        engine = self._engine()
        try:
            with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
                server = _server(connection)
                tool = _version("pg_dump")
                if _major(tool) < _major(server):
                    raise Refused(
                        f"pg_dump {tool} is older than the server, {server}: install the client tools of PostgreSQL"
                        f" {_major(server)} (Debian: postgresql-client-{_major(server)})"
                    )
                snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
                seen = inventory.take(connection)
                schema = _schema(connection)
                ours = [f"--table={schema}.{_quoted(name)}" for name in _ours(connection)]
                if not ours:
                    raise Refused("the database has none of our tables: `flask upgrade` makes them")
                options = ["--format=custom", "--compress=1", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
                self._run(["pg_dump", *options, *ours, f"--file={part}", f"--dbname={self._address}"])
        except (DBAPIError, OSError) as error:
            raise DatabaseUnavailable(f"the database cannot be copied: {type(error).__name__}") from error
        finally:
            engine.dispose()
        disk.sync(part)
        return Dumped(part=PART, server=server, tool=tool, inventory=seen)

    def require(self, server: str, tool: str) -> None:
        here, restoring = self._asked(_server), _version("pg_restore")
        _version("psql")
        if _major(restoring) < _major(tool):
            raise Refused(
                f"this backup was made by pg_dump {tool}, and pg_restore {restoring} is older: install the client tools"
                f" of PostgreSQL {_major(tool)} (Debian: postgresql-client-{_major(tool)})"
            )
        if _major(here) < _major(server):
            raise Refused(f"this backup is of PostgreSQL {server}, and the server here is older: {here}")

    def target(self) -> Target:
        def look(connection: Connection) -> Target:
            others = text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            if connection.scalar(others):
                raise Refused("the database is in use: stop the web servers and the delivery workers first")
            ours = _ours(connection)
            tickets = connection.scalar(select(func.count()).select_from(ticket)) if ticket.name in ours else 0
            marked = inspect(connection).has_table(_MARK)
            seal = connection.scalar(text(f"SELECT seal FROM {_MARK}")) if marked else ""  # noqa: S608 -- a constant
            return Target(tickets=tickets, unfinished=seal or "")

        return self._asked(look)

    def restore(self, part: Path, seal: str, finish: Callable[[Database], T]) -> T:
        if not _SEAL.fullmatch(seal):
            raise Refused("the seal is not one")
        if self.target().unfinished != seal:
            self._replay(part, seal)
        database = Database(self._url)
        try:
            finished = finish(database)
            with database.transaction() as connection:
                connection.execute(text(f"DROP TABLE {_MARK}"))
        finally:
            database.dispose()
        return finished

    def _replay(self, part: Path, seal: str) -> None:
        """The dump in the place of our tables, with every sending set aside, in one transaction."""
        schema, gone = self._asked(_schema), self._asked(_ours)
        names = ", ".join(f"{schema}.{_quoted(name)}" for name in (*gone, _MARK))
        before = ["BEGIN;", f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}';", f"DROP TABLE IF EXISTS {names};"]
        after = [
            _SET_ASIDE.format(schema=schema),
            f"CREATE TABLE {schema}.{_MARK} (seal text);",
            f"INSERT INTO {schema}.{_MARK} VALUES ('{seal}');",  # noqa: S608 -- 64 hexadecimal digits
            "COMMIT;",
        ]
        options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", f"--dbname={self._address}"]
        with (
            self._started(["pg_restore", "--no-owner", "--no-privileges", "--file=-", str(part)]) as giving,
            self._started(["psql", *options]) as taking,
        ):
            try:
                _feed(giving, taking, before, after)
            except BaseException:
                giving.kill()
                taking.kill()
                with suppress(BrokenPipeError):  # what was not flushed yet has no reader any more
                    taking.stdin.close()  # type: ignore[union-attr]
                raise

    def _started(self, command: Sequence[str]) -> Process:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, env=self._environment, **pipes)  # type: ignore[call-overload,no-any-return] # noqa: S603

    def _run(self, command: Sequence[str]) -> None:
        done = subprocess.run(command, env=self._environment, capture_output=True, check=False)  # noqa: S603
        if done.returncode:
            raise Refused(f"{command[0]} failed: {_first(done.stderr)}")

    def _asked(self, question: Callable[[Connection], T]) -> T:
        engine = self._engine()
        try:
            with engine.connect() as connection:
                return question(connection)
        except DBAPIError as error:
            raise DatabaseUnavailable(f"the database does not answer: {type(error).__name__}") from error
        finally:
            engine.dispose()

    def _engine(self) -> Engine:
        return create_engine(self._url, poolclass=NullPool, hide_parameters=True)


def _feed(giving: Process, taking: Process, before: Sequence[str], after: Sequence[str]) -> None:
    """One transaction from `giving` to `taking`; its end is sent once the first has given all. Errors: ``Refused``.

    Killed between, `taking` meets the end of its input without a COMMIT, and the server rolls back.
    """
    assert giving.stdout is not None
    assert taking.stdin is not None
    try:
        taking.stdin.write("\n".join([*before, ""]).encode())
        shutil.copyfileobj(giving.stdout, taking.stdin, _PIECE)
        _, said = giving.communicate()
        if giving.returncode:
            raise Refused(f"pg_restore failed, the database is as it was: {_first(said)}")
        taking.stdin.write("\n".join(["", *after, ""]).encode())
        taking.stdin.flush()
    except BrokenPipeError:  # psql has stopped at an error, and says which
        giving.kill()
        giving.communicate()
    _, said = taking.communicate()
    if taking.returncode:
        raise Refused(f"the backup cannot be replayed, the database is as it was: {_first(said)}")


def _server(connection: Connection) -> str:
    return str(connection.scalar(text("SHOW server_version"))).partition(" ")[0]


def _schema(connection: Connection) -> str:
    return _quoted(str(connection.scalar(text("SELECT current_schema()"))))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _ours(connection: Connection) -> list[str]:
    """Our tables that are there, with the one in which migrations note where they are."""
    there = set(inspect(connection).get_table_names())
    return [name for name in (*metadata.tables, "alembic_version") if name in there]


def _version(tool: str) -> str:
    """``15.14``. Errors: ``Refused`` when the tool is not installed."""
    try:
        said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        raise Refused(f"{tool} is missing: install PostgreSQL's client tools (Debian: postgresql-client)") from None
    found = re.search(r"\d+(\.\d+)*", said)
    return found.group() if found else "0"


def _major(version: str) -> int:
    return int(version.partition(".")[0])


def _first(said: bytes) -> str:
    """The first error of a tool, in one line: what follows it (DETAIL, CONTEXT) quotes rows."""
    lines = said.decode("utf-8", "replace").splitlines()
    return next((line for line in lines if "error" in line.lower()), "it did not say why")[:200]
