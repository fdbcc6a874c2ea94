"""Backups: one moment of everything, private, whole or absent, made while customers write."""

import json
import os
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url, update

from tests.safekeeping.conftest import LOOKUP, Bank
from webapp.confidential.digest import Digester
from webapp.safekeeping import manifest, restoring
from webapp.tables import delivery, milliseconds, ticket
from webapp.tickets.retention import Periods, purge

Banks = Callable[..., Bank]


def check(folder: Path) -> manifest.Manifest:
    return restoring.checked(folder, Digester(LOOKUP), None)


def age(bank: Bank) -> None:
    """Every ticket is delivered, closed, and over the period of its words."""
    long_ago = milliseconds(datetime.now(UTC) - timedelta(days=40))
    with bank.counter.database.transaction() as connection:
        connection.execute(update(ticket).values(created_at=long_ago, state_at=long_ago, state="closed"))
        connection.execute(update(delivery).values(state="delivered", delivered_at=long_ago))


def test_a_backup_says_what_is_in_it_and_holds_no_key(bank: Bank, tmp_path: Path) -> None:
    bank.write(1, 2, files=2)
    said = bank.run("backup", str(tmp_path / "kept")).output
    folder = Path(said.splitlines()[0])
    found = json.loads((folder / "manifest.json").read_text())
    assert found["counts"] == {"tickets": 2, "messages": 2, "deliveries": 4, "files": 4}
    assert len(found["parts"]) == 5
    assert [(each["id"], each["values"]) for each in found["keys"]] == [("november", 2 + 2 + 2 + 4)]
    assert found["schema"] == "0008" or found["schema"] > "0008"
    assert "Keys needed, kept elsewhere: november (10), and GUICHET_LOOKUP_KEY." in said
    secret = bank.opening.partition(":")[2].encode()
    assert not any(secret in each.read_bytes() for each in folder.rglob("*") if each.is_file())
    check(folder)


def test_it_is_its_owners_alone(bank: Bank, tmp_path: Path) -> None:
    bank.write(1, files=1)
    old = os.umask(0)
    try:
        folder = bank.backup(tmp_path / "kept")
    finally:
        os.umask(old)
    modes = {each: each.stat().st_mode & 0o777 for each in (tmp_path / "kept", folder, *folder.rglob("*"))}
    assert {mode for each, mode in modes.items() if each.is_dir()} == {0o700}
    assert {mode for each, mode in modes.items() if each.is_file()} == {0o600}


def test_it_is_one_moment_while_customers_write_and_a_purge_runs(bank: Bank, tmp_path: Path) -> None:
    """Each backup has as many messages as tickets, all files that its rows name or their names, and opens."""
    bank.write(*range(20), files=1)
    stop, failures = threading.Event(), []
    numbers = iter(range(1000, 100_000))

    def write() -> None:
        try:
            while not stop.is_set():
                bank.write(next(numbers), files=1)
        except Exception as error:
            failures.append(error)

    def forget() -> None:
        try:
            while not stop.is_set():
                age(bank)
                purge(bank.counter.database, datetime.now(UTC), Periods(), most=5, store=bank.store)
        except Exception as error:
            failures.append(error)

    others = [threading.Thread(target=each) for each in (write, write, forget)]
    for each in others:
        each.start()
    try:
        command, options = bank.command("backup", str(tmp_path / "kept"))
        folders = [
            Path(subprocess.run(command, capture_output=True, text=True, check=True, **options).stdout.split("\n")[0])
            for _ in range(2)
        ]
    finally:
        stop.set()
        for each in others:
            each.join()
    assert failures == []
    for folder in folders:
        found = check(folder)
        assert found.counts["tickets"] == found.counts["messages"] >= 20
        assert found.counts["files"] == len(found.files) + len(found.absent)
        assert found.lost == ()


def test_what_an_older_backup_has_is_linked_and_old_ones_are_deleted(bank: Bank, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    bank.write(1, files=1)
    first = bank.backup(kept)
    bank.write(2, files=1)
    said = bank.run("backup", str(kept), "--keep-days", "1").output
    second = Path(said.splitlines()[0])
    assert "Files already in an older backup there: 1. Older backups deleted: 0." in said
    assert sorted(each.stat().st_nlink for each in (second / "files").rglob("*") if each.is_file()) == [1, 2]
    old = kept / "guichet-20200101T000000Z"
    first.rename(old)
    assert "Older backups deleted: 1." in bank.run("backup", str(kept), "--keep-days", "1").output
    assert not old.exists()
    assert all(check(each) for each in manifest.newest(kept))


def test_a_file_that_the_disk_lost_is_told_and_the_rest_is_kept(bank: Bank, tmp_path: Path) -> None:
    bank.write(1, files=2)
    lost, kept = bank.store.ids()
    bank.store.remove([lost])
    said = bank.run("backup", str(tmp_path / "kept"), ok=False).output
    assert "1 files that rows name are not in" in said
    (folder,) = manifest.newest(tmp_path / "kept")
    assert check(folder).lost == (lost,)
    assert list(check(folder).files) == [kept]


def test_two_at_once_are_one(bank: Bank, tmp_path: Path) -> None:
    bank.backup(tmp_path / "kept")
    from webapp.safekeeping import disk

    with disk.alone(tmp_path / "kept" / ".lock", ""):
        assert "another backup is being written there" in bank.run("backup", str(tmp_path / "kept"), ok=False).output


def test_a_damaged_database_is_not_kept_as_if_it_were_whole(
    sqlite_template: Path, banks: Banks, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    bank = banks("bank")
    if bank.url.startswith("postgresql"):
        return  # its pages have checksums of their own
    bank.write(*range(30))
    bank.counter.database.dispose()
    path = Path(str(make_url(bank.url).database))
    with path.open("r+b") as file:
        for page in range(8, 30):
            file.seek(page * 4096 + 50)
            file.write(b"\xff" * 400)
    assert "damaged" in bank.run("backup", str(tmp_path / "kept"), ok=False).output
    assert list((tmp_path / "kept").glob("*")) == [] or manifest.newest(tmp_path / "kept") == []


def test_without_tables_or_without_a_database_it_says_so(banks: Banks, tmp_path: Path) -> None:
    bank = banks("bank", tables=False)
    said = bank.run("backup", str(tmp_path / "kept"), ok=False).output
    assert "`flask upgrade` makes" in said
    assert manifest.newest(tmp_path / "kept") == []


def test_the_log_of_sqlite_is_in_the_copy(banks: Banks, tmp_path: Path) -> None:
    """Rows that are only in the write-ahead log yet are kept, and the copy needs no log."""
    bank = banks("bank")
    if bank.url.startswith("postgresql"):
        return
    bank.write(1)
    wal = Path(str(make_url(bank.url).database) + "-wal")
    assert wal.stat().st_size > 0  # the connection is still open
    command, options = bank.command("backup", str(tmp_path / "kept"))
    folder = Path(subprocess.run(command, capture_output=True, text=True, check=True, **options).stdout.split("\n")[0])
    assert [each.name for each in folder.glob("database*")] == ["database.sqlite3"]
    copy = sqlite3.connect(f"file:{folder / 'database.sqlite3'}?mode=ro", uri=True)
    assert copy.execute("SELECT count(*) FROM ticket").fetchone() == (1,)
    copy.close()
    assert milliseconds(check(folder).made_at) > 0
