"""kill -9 at every sync and rename of a backup and of a restore: never half of anything, and the next run ends it."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.safekeeping.conftest import LOOKUP, Bank
from tests.safekeeping.test_restore import Banks, everything, owed
from webapp import cli
from webapp.confidential.digest import Digester
from webapp.safekeeping import manifest, restoring
from webapp.tables import ticket

CALLS = ("fsync", "rename", "link")


def killed(bank: Bank, at: int, *arguments: str, halfway: bool = False) -> bool:
    """Run a command in a process that is killed at its `at`-th sync or rename; whether it came so far.

    `halfway`: killed in the middle of a dump's replay instead.
    """
    bank.counter.database.dispose()
    pid = os.fork()
    if pid == 0:
        try:
            os.environ.update(bank.environment)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            _arm(at) if not halfway else _arm_replay()
            cli.main(list(arguments), standalone_mode=False)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _arm(at: int) -> None:
    left = [at]

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return call

    for name in CALLS:
        setattr(os, name, dying(getattr(os, name)))


def _arm_replay() -> None:
    def half(source: Any, target: Any, _size: int) -> None:
        target.write(source.read(6_000))
        target.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    shutil.copyfileobj = half  # type: ignore[assignment]


def test_a_killed_backup_is_none_and_the_next_one_clears_up(bank: Bank, tmp_path: Path) -> None:
    bank.write(1, 2, files=1)
    kept, deaths = tmp_path / "kept", 0
    while killed(bank, deaths + 1, "backup", str(kept)):
        deaths += 1
        for each in manifest.newest(kept) if kept.exists() else ():
            restoring.checked(each, Digester(LOOKUP), None)
    print(f"backup killed {deaths} times")
    assert deaths >= 10
    assert [each.name for each in kept.iterdir() if each.name.endswith(".partial")] == []
    (folder,) = manifest.newest(kept)[:1]
    assert restoring.checked(folder, Digester(LOOKUP), None).counts["tickets"] == 2


def test_a_killed_restore_leaves_nothing_or_everything_and_goes_on(bank: Bank, banks: Banks, tmp_path: Path) -> None:
    bank.write(1, 2, files=1)
    folder = bank.backup(tmp_path / "kept")
    whole, other, deaths = everything(bank), banks("other"), 0
    while killed(other, deaths + 1, "restore", str(folder)):
        deaths += 1
        _nothing_or_everything(other, whole)
        if owed(other):  # in place: told so, or ended by the same command
            break
    print(f"restore killed {deaths} times")
    assert deaths >= 5
    if bank.url.startswith("postgresql"):
        assert killed(banks("third"), 0, "restore", str(folder), halfway=True)
    if not owed(other):
        other.run("restore", str(folder))
    assert everything(other) == whole
    assert {state for state, _, _ in owed(other).values()} == {"failed"}
    assert sorted(other.store.ids()) == sorted(bank.store.ids())


def test_killed_in_the_middle_of_the_replay_the_database_is_as_it_was(bank: Bank, tmp_path: Path) -> None:
    if bank.url.startswith("sqlite"):
        return
    bank.write(1, 2)
    folder = bank.backup(tmp_path / "kept")
    bank.write(3)
    before = everything(bank)
    assert killed(bank, 0, "restore", str(folder), "--replace", halfway=True)
    assert everything(bank) == before


def test_killed_after_the_replay_the_same_command_ends_it(bank: Bank, banks: Banks, tmp_path: Path) -> None:
    """On PostgreSQL rows are there before they are brought to this release: nothing leaves, the next run ends it."""
    if bank.url.startswith("sqlite"):
        return
    bank.write(1, 2)
    folder, other = bank.backup(tmp_path / "kept"), banks("other")
    other.counter.database.dispose()
    pid = os.fork()
    if pid == 0:
        os.environ.update(other.environment)
        from webapp.db import Database

        Database.upgrade = lambda _self: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
        cli.main(["restore", str(folder)], standalone_mode=False)
    assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGKILL
    assert {state for state, _, _ in owed(other).values()} == {"failed"}
    assert "Restored." in other.run("restore", str(folder)).output
    assert everything(other) == everything(bank)
    assert "holds 2 tickets" in other.run("restore", str(folder), ok=False).output


def _nothing_or_everything(bank: Bank, whole: dict[str, Any]) -> None:
    with bank.counter.database.reading() as connection:
        count = len(connection.execute(select(ticket.c.id)).all())
    bank.counter.database.dispose()
    if count:
        assert everything(bank) == whole
        assert {state for state, _, _ in owed(bank).values()} == {"failed"}
