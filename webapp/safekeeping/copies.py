"""Whole copies of a database: what the two kinds have in common, and which one a setting names."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec
from sqlalchemy import make_url

from webapp.db import Database
from webapp.safekeeping.inventory import Inventory

T = TypeVar("T")


class Dumped(msgspec.Struct, frozen=True, kw_only=True):
    """`part`: name of the file. `server`, `tool`: versions of the database and of what copied it, "" for none."""

    part: str
    server: str
    tool: str
    inventory: Inventory


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What stands where a backup is to be restored. `tickets`: None when that cannot be told.

    `unfinished`: the seal of the backup whose restoring was interrupted there, "" when none was.
    """

    tickets: int | None
    unfinished: str = ""


class Copies(Protocol):
    """One database, copied whole and put back whole. Errors of every method: ``Refused``, ``DatabaseUnavailable``."""

    kind: str

    def dump(self, folder: Path) -> Dumped:
        """Write a consistent copy into `folder` while others read and write, durably, with what is in it."""

    def require(self, server: str, tool: str) -> None:
        """Errors: ``Refused`` when a copy of these versions cannot be put back here."""

    def target(self) -> Target:
        """What is there now. Errors: ``Refused`` when somebody is using it."""

    def restore(self, part: Path, seal: str, finish: Callable[[Database], T]) -> T:
        """Put a copy in the place of what is there, all or nothing; `finish` brings it to this release.

        `seal` names the backup, so that the same call goes on where a killed one was.
        """


def copies_of(url: str) -> Copies:
    """What copies the database at `url`. Errors: ``Refused``."""
    if make_url(url).get_backend_name() == "sqlite":
        from webapp.safekeeping.sqlite import SqliteCopies

        return SqliteCopies(url)
    from webapp.safekeeping.postgresql import PostgresqlCopies

    return PostgresqlCopies(url)
