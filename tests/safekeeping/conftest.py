"""A bank on SQLite and on PostgreSQL, its commands typed as operators do, and other banks to restore to."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from tests.databases import Cluster
from tests.tickets.conftest import Counter
from tests.tickets.test_attachments import arrived
from webapp import cli
from webapp.confidential.digest import Digester
from webapp.confidential.safe import Safe, new_key, public_half
from webapp.db import Database
from webapp.settings import ROOT
from webapp.tickets.filestore import Store

LOOKUP = "test-abcdefghijklmnopqr0123456789"


@dataclass
class Bank:
    """One installation: its folder, its database, its keys. ``run`` types a command there."""

    folder: Path
    url: str
    opening: str
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "GUICHET_DATA": str(self.folder / "var"),
            "GUICHET_DATABASE_URL": self.url,
            "GUICHET_SECRET_KEY": "test-0123456789abcdefghijklmnopqr",
            "GUICHET_LOOKUP_KEY": LOOKUP,
            "GUICHET_OPENING_KEYS": self.opening,
            "GUICHET_SEALING_KEY": public_half(self.opening),
            **self.settings,
        }

    def run(self, *arguments: str, ok: bool = True) -> Result:
        self.counter.database.dispose()  # PostgreSQL is not restored while anybody is connected
        done = CliRunner(env=self.environment).invoke(cli.main, list(arguments))
        assert (done.exit_code == 0) == ok, done.output
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    def command(self, *arguments: str) -> tuple[list[str], dict[str, Any]]:
        """The same as a process of its own: arguments of ``subprocess.Popen``."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
        return [sys.executable, "-m", "webapp.cli", *arguments], {"env": clean | self.environment, "cwd": ROOT}

    @property
    def store(self) -> Store:
        return Store(self.folder / "var" / "files", 10**9, reserve=0)

    def __post_init__(self) -> None:
        self.counter = Counter(Database(self.url), Safe.from_setting(self.opening), Digester(LOOKUP))

    def write(self, *numbers: int, files: int = 0, **changes: Any) -> list[str]:
        """Requests of as many customers; their references."""
        return [
            self.counter.submit(
                form_key=f"form-{each}",
                email=f"customer{each}@example.org",
                files=tuple(arrived(self.store, f"{each}-{n}.pdf") for n in range(files)),
                **changes,
            ).reference
            for each in numbers
        ]

    def backup(self, folder: Path) -> Path:
        return Path(self.run("backup", str(folder)).output.splitlines()[0])


@pytest.fixture(scope="session")
def places() -> dict[str, str]:
    """Databases on PostgreSQL by name of a bank: emptied for each test, because making and deleting one costs more."""
    return {}


@pytest.fixture(params=["sqlite", "postgresql"])
def banks(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path, places: dict[str, str]
) -> Iterator[Callable[..., Bank]]:
    """``banks("name")``: a new installation, its database empty; ``tables=False``: without tables."""
    key, made = new_key("november"), []

    def build(name: str, *, tables: bool = True, opening: str = key, **settings: str) -> Bank:
        folder = tmp_path / name
        (folder / "var").mkdir(parents=True)
        if request.param == "sqlite":
            path = folder / "var" / "guichet.sqlite3"
            if tables:
                shutil.copy(sqlite_template, path)
            bank = Bank(folder, f"sqlite:///{path}", opening, settings)
        else:
            cluster: Cluster = request.getfixturevalue("cluster")
            if name not in places:
                places[name] = cluster.create(f"safekeeping_{name}")
            bank = Bank(folder, places[name], opening, settings)
            with bank.counter.database.transaction() as connection:
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
            if tables:
                bank.counter.database.upgrade()
        made.append(bank)
        return bank

    yield build
    for each in made:
        each.counter.database.dispose()


@pytest.fixture
def bank(banks: Callable[..., Bank]) -> Bank:
    return banks("bank")
