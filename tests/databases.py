"""Real databases for the tests: SQLite files, and one temporary PostgreSQL cluster per session.

``database`` runs a test on both. The cluster lives in a folder that is deleted at the end, listens on 127.0.0.1 only,
and dies with pytest; `fsync` is off there, because no test on it is about power cuts.
"""

import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from webapp.db import Database
from webapp.tables import metadata

OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "max_wal_size": "128MB",
    "log_min_messages": "fatal",
}


class Cluster:
    """A PostgreSQL server of our own. Started as the user postgres when we are root, which PostgreSQL refuses."""

    def __init__(self) -> None:
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
        assert found, "PostgreSQL is missing: sh tests/system-packages.sh postgresql"
        self._programs = Path(found[-1]).parent
        self.folder = Path(tempfile.mkdtemp(prefix="guichet-pg-"))
        self._as: list[str] = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._as = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def start(self) -> None:
        data = self.folder / "data"
        arguments = ["-D", str(data), "-U", "guichet", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        self._run("initdb", *arguments)
        self.serve()

    def serve(self) -> None:
        """Open, or open again after `stop` or `crash`; returns when connections are taken."""
        options = ["-D", str(self.folder / "data"), "-p", str(self.port), "-k", str(self.folder)]
        options += [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
        self._server = subprocess.Popen(
            [*self._as, "setpriv", "--pdeathsig=INT", str(self._programs / "postgres"), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        deadline = time.monotonic() + 60
        while self._run("pg_isready", "-h", "127.0.0.1", "-p", str(self.port), "-d", "postgres", check=False):
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.05)  # a server of another program: there is nothing to wait on

    def create(self, name: str) -> str:
        """A new database; its address."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "guichet", name)
        return f"postgresql+psycopg://guichet@127.0.0.1:{self.port}/{name}"

    def close(self) -> None:
        """As for maintenance: transactions in hand are rolled back, connections end (PostgreSQL's fast shutdown)."""
        self._server.send_signal(signal.SIGINT)
        self._server.wait(timeout=30)

    def crash(self) -> None:
        """Every server process ends at once; the next start recovers from the log (PostgreSQL's immediate shutdown)."""
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(timeout=30)

    def stop(self) -> None:
        if self._server.poll() is None:
            self.crash()  # the folder goes anyway: nothing needs to be written back
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        command = [*self._as, str(self._programs / program), *arguments]
        return subprocess.run(command, check=check, stdout=subprocess.DEVNULL, timeout=60, cwd="/").returncode


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def postgresql_url(cluster: Cluster) -> str:
    """A database with our tables, shared by the session; ``postgresql`` empties it for each test."""
    url = cluster.create("guichet")
    database = Database(url)
    database.upgrade()
    database.dispose()
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "guichet.sqlite3"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    database.dispose()
    return path


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database at ``tmp_path/guichet.sqlite3``."""
    path = tmp_path / "guichet.sqlite3"
    shutil.copy(sqlite_template, path)
    made = Database(f"sqlite:///{path}")
    yield made
    made.dispose()


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Database]:
    made = Database(postgresql_url)
    yield made
    made.dispose()
    cleaner = Database(postgresql_url)
    with cleaner.transaction() as connection:
        names = ", ".join(table.name for table in metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    cleaner.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty database with our tables: the test runs on SQLite and on PostgreSQL."""
    made: Database = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def again(database: Database) -> Iterator[Callable[..., Database]]:
    """Another process's view of the same database: ``again(busy_seconds=0.2)``."""
    made: list[Database] = []

    def open_again(**options: float) -> Database:
        made.append(Database(make_url(database._url).render_as_string(hide_password=False), **options))
        return made[-1]

    yield open_again
    for each in made:
        each.dispose()
