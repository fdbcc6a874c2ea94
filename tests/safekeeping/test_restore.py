"""The way back: refused unless all is right, whole or not at all, nothing doubled without a person's decision."""

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command as alembic
from alembic.config import Config
from sqlalchemy import delete, select, text, update

from tests.safekeeping.conftest import LOOKUP, Bank
from tests.tickets.test_attachments import CONTENT
from webapp import revisions
from webapp.confidential.digest import Digester
from webapp.confidential.safe import new_key
from webapp.db import Database
from webapp.safekeeping import manifest
from webapp.tables import attachment, delivery, message, metadata, purge_proof, ticket
from webapp.tickets.attachments import files_of_ticket
from webapp.tickets.reading import load

Banks = Callable[..., Bank]
TOML = '[rt]\nkind = "request-tracker"\nurl = "https://rt.bank.example"\nqueue = "x"\ntoken_env = "RT"\n'


def everything(bank: Bank) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for what a restore changes on purpose."""
    with bank.counter.database.reading() as connection:
        rows = {
            name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for name, table in metadata.tables.items()
            if table is not delivery
        }
    bank.counter.database.dispose()
    return rows


def owed(bank: Bank) -> dict[str, tuple[str, str, int]]:
    """Key of a delivery → state, reason, attempts."""
    with bank.counter.database.reading() as connection:
        found = {row.key: (row.state, row.reason, row.attempts) for row in connection.execute(select(delivery))}
    bank.counter.database.dispose()
    return found


def seal_again(folder: Path, **changes: Any) -> None:
    """Change what a backup says of itself, as somebody with the lookup key could."""
    known = json.loads((folder / "manifest.json").read_text()) | changes
    (folder / "manifest.json").write_text(json.dumps(known))
    seal = Digester(LOOKUP).hex("backup manifest", json.dumps(known))
    (folder / "manifest.seal").write_text(seal)


@pytest.mark.parametrize("tables", [False, True])
def test_everything_comes_back_as_it_was(bank: Bank, banks: Banks, tmp_path: Path, tables: bool) -> None:
    (reference, *_) = bank.write(1, 2, 3, files=1)
    folder = bank.backup(tmp_path / "kept")
    other = banks("other", tables=tables)
    bank.run("restore", str(folder), "--check")
    said = other.run("restore", str(folder)).output
    assert "Holds: 3 tickets, 3 messages, 6 deliveries, 3 files; 4 parts" in said
    assert everything(other) == everything(bank)
    with other.counter.database.reading() as connection:
        (file,) = files_of_ticket(connection, other.counter.safe, other.store, reference)
        assert b"".join(file.chunks()) == CONTENT
        ids = connection.scalars(select(ticket.c.id)).all()
        assert all(load(connection, other.counter.safe, each).message for each in ids)
    files = [each for each in other.store.folder.rglob("*") if each.is_file()]
    assert len(files) == 3
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    other.write(99)  # and the product goes on there


def test_a_place_that_holds_tickets_is_left_alone_unless_told(bank: Bank, banks: Banks, tmp_path: Path) -> None:
    bank.write(1, 2)
    folder = bank.backup(tmp_path / "kept")
    other = banks("other")
    other.write(7, 8, 9, files=1)
    before = everything(other)
    said = other.run("restore", str(folder), ok=False).output
    assert "the database holds 3 tickets; --replace" in said
    assert everything(other) == before
    other.run("restore", str(folder), "--replace")
    assert everything(other) == everything(bank)
    if other.url.startswith("sqlite"):
        (aside,) = (other.folder / "var").glob("guichet.sqlite3.before-*")
        old = Database(f"sqlite:///{aside}")
        with old.reading() as connection:
            assert len(connection.execute(select(ticket)).all()) == 3
        old.dispose()


def test_files_that_are_not_of_the_backup_make_a_place_not_empty(bank: Bank, banks: Banks, tmp_path: Path) -> None:
    bank.write(1, files=1)
    folder = bank.backup(tmp_path / "kept")
    other = banks("other")
    other.write(7, files=1)
    with other.counter.database.transaction() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))
    assert "holds 1 files that are not of this backup" in other.run("restore", str(folder), ok=False).output
    other.run("restore", str(folder), "--replace")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def elsewhere(path: Path) -> None:
    path.rename(path.with_name("moved"))
    path.symlink_to(path.with_name("moved"))


@pytest.mark.parametrize("spoil", [cut, flip, elsewhere, Path.unlink])
@pytest.mark.parametrize("part", ["database*", "files/*/*", "manifest.json", "manifest.seal"])
def test_a_part_that_was_touched_is_noticed_before_anything_is(
    sqlite_bank: Bank, tmp_path: Path, part: str, spoil: Callable[[Path], None]
) -> None:
    bank, folder = sqlite_bank, tmp_path / "spoiled"
    shutil.copytree(manifest.newest(bank.folder / "kept")[0], folder)
    spoil(next(iter(folder.glob(part))))
    if spoil is elsewhere and part.startswith("manifest"):
        return  # the same bytes: nothing was changed
    target = Bank(tmp_path / "target", f"sqlite:///{tmp_path / 'target' / 'guichet.sqlite3'}", bank.opening)
    said = target.run("restore", str(folder), ok=False).output
    assert any(words in said for words in ("damaged", "does not fit its seal", "is missing")), said
    assert not target.folder.exists()


@pytest.fixture(scope="module")
def sqlite_bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """An SQLite installation with one backup in ``kept``, to be copied."""
    folder = tmp_path_factory.mktemp("bank")
    bank = Bank(folder, f"sqlite:///{folder / 'guichet.sqlite3'}", new_key("november"))
    bank.run("upgrade")
    bank.write(1, files=1)
    bank.backup(folder / "kept")
    return bank


def test_another_lookup_key_is_noticed_and_can_be_told(sqlite_bank: Bank, tmp_path: Path) -> None:
    (folder,) = manifest.newest(sqlite_bank.folder / "kept")
    url = f"sqlite:///{tmp_path / 'target' / 'guichet.sqlite3'}"
    settings = {"GUICHET_LOOKUP_KEY": "another-abcdefghijklmnopqr0123456789"}
    target = Bank(tmp_path / "target", url, sqlite_bank.opening, settings)
    assert "GUICHET_LOOKUP_KEY is not the key of the day" in target.run("restore", str(folder), ok=False).output
    target.run("restore", str(folder), "--unproved")


@pytest.mark.parametrize("name", ["november", "december"])
def test_keys_that_do_not_open_what_is_inside_are_named(sqlite_bank: Bank, tmp_path: Path, name: str) -> None:
    """By their ids; another key under the same id is noticed too."""
    (folder,) = manifest.newest(sqlite_bank.folder / "kept")
    target = Bank(tmp_path / "target", f"sqlite:///{tmp_path / 'target' / 'guichet.sqlite3'}", new_key(name))
    said = target.run("restore", str(folder), ok=False).output
    assert "GUICHET_OPENING_KEYS does not open what is inside: november." in said
    assert not target.folder.exists()
    told = target.run("restore", str(folder), "--without-keys").output
    assert "Sealed to keys that are not here, and waiting for them: november." in told


def test_a_folder_of_backups_or_of_nothing_is_told_from_one(sqlite_bank: Bank, tmp_path: Path) -> None:
    kept = sqlite_bank.folder / "kept"
    said = sqlite_bank.run("restore", str(kept), ok=False).output
    assert f"holds 1 backups; name one of them, the newest is {manifest.newest(kept)[0].name}" in said
    assert "is no backup" in sqlite_bank.run("restore", str(tmp_path), ok=False).output


def test_an_older_backup_is_brought_forward_and_a_newer_one_refused(bank: Bank, banks: Banks, tmp_path: Path) -> None:
    bank.write(1, 2)
    with bank.counter.database.transaction() as connection:
        config = Config()
        config.set_main_option("script_location", str(revisions.MIGRATIONS))
        config.attributes["connection"] = connection
        alembic.downgrade(config, "0006")
    said = bank.run("backup", str(tmp_path / "kept")).output
    assert "tables 0006" in said
    folder = Path(said.splitlines()[0])
    other = banks("other", tables=False)
    other.run("restore", str(folder))
    with other.counter.database.reading() as connection:
        assert revisions.of(connection) == revisions.known()[-1]
        assert len(connection.execute(select(message)).all()) == 2
    seal_again(folder, schema="9999", guichet="7.1")
    third = banks("third", tables=False)
    refused = third.run("restore", str(folder), ok=False).output
    assert "tables of revision 9999" in refused
    assert "Guichet 7.1 or newer" in refused


def test_a_backup_of_the_other_kind_is_refused(sqlite_bank: Bank, postgresql_url: str, tmp_path: Path) -> None:
    (folder,) = manifest.newest(sqlite_bank.folder / "kept")
    other = Bank(tmp_path, postgresql_url, sqlite_bank.opening)
    said = other.run("restore", str(folder), ok=False).output
    assert "this backup is of sqlite, and GUICHET_DATABASE_URL names postgresql" in said


def test_what_was_owed_waits_for_a_person_unless_its_destination_recognises_it(
    bank: Bank, banks: Banks, tmp_path: Path
) -> None:
    bank.counter.deliveries = (("request", "maildir"), ("request", "rt"), ("acknowledgement", "maildir"))
    (reference,) = bank.write(1)
    folder = bank.backup(tmp_path / "kept")
    (tmp_path / "destinations.toml").write_text(TOML)
    other = banks("other", GUICHET_DESTINATIONS=str(tmp_path / "destinations.toml"))
    said = other.run("restore", str(folder)).output
    assert "2 sendings by mail were owed then and may have left since" in said
    assert "1 sendings go on by themselves" in said
    assert owed(other) == {
        f"{reference}:request:maildir": ("failed", "restored", 0),
        f"{reference}:request:rt": ("due", "", 1),  # the next attempt looks before it creates
        f"{reference}:acknowledgement": ("failed", "restored", 0),
    }
    assert other.run("deliveries", "--abandon", "restored-letters").output == "Abandoned: 1.\n"
    assert other.run("deliveries", "--resend", "restored").output == "Due again: 1.\n"
    assert owed(other)[f"{reference}:request:maildir"] == ("due", "restored", 1)
    assert owed(other)[f"{reference}:acknowledgement"][0] == "abandoned"


def test_people_erased_since_are_erased_again_with_their_files(bank: Bank, banks: Banks, tmp_path: Path) -> None:
    bank.write(1, 2, files=1)
    with bank.counter.database.transaction() as connection:
        connection.execute(update(delivery).values(state="delivered", delivered_at=1))
    folder = bank.backup(tmp_path / "kept")
    bank.run("person", "erase", "--email", "customer1@example.org", "--yes")
    listed = bank.folder / "var" / "erasures.txt"
    assert stat.S_IMODE(listed.stat().st_mode) == 0o600
    assert "customer1" not in listed.read_text()

    again = bank.run("restore", str(folder), "--replace").output  # its own list is still there
    assert "Erased again: 1 tickets" in again
    other = banks("other")
    said = other.run("restore", str(folder), "--proofs", str(listed)).output
    assert "Erased again: 1 tickets" in said
    assert "1 files went with them" in said
    for each in (bank, other):
        with each.counter.database.reading() as connection:
            assert len(connection.execute(select(ticket)).all()) == 1
            left = connection.scalars(select(attachment.c.id)).all()
            assert each.store.ids() == list(left)
            assert connection.scalar(select(purge_proof.c.number).where(purge_proof.c.what == "erased")) == 1
        each.counter.database.dispose()


def test_what_is_past_its_period_is_purged_at_once(bank: Bank, banks: Banks, tmp_path: Path) -> None:
    bank.write(1, files=1)
    with bank.counter.database.transaction() as connection:
        connection.execute(update(ticket).values(created_at=1, state_at=1, state="closed"))
        connection.execute(update(delivery).values(state="delivered", delivered_at=1))
    other = banks("other")
    said = other.run("restore", str(bank.backup(tmp_path / "kept"))).output
    assert "Past their period: 1 emptied" in said
    assert other.store.ids() == []


def test_a_list_that_is_none_is_refused(sqlite_bank: Bank, tmp_path: Path) -> None:
    (folder,) = manifest.newest(sqlite_bank.folder / "kept")
    (tmp_path / "list").write_text("customer1@example.org\n")
    target = Bank(tmp_path / "target", f"sqlite:///{tmp_path / 'target' / 'guichet.sqlite3'}", sqlite_bank.opening)
    said = target.run("restore", str(folder), "--proofs", str(tmp_path / "list"), ok=False).output
    assert "is not a list of erased tickets: line 1" in said
    assert "customer1" not in said


def test_a_list_that_cannot_be_written_erases_nobody(bank: Bank, tmp_path: Path) -> None:
    bank.write(1)
    bank.settings["GUICHET_ERASURES"] = str(tmp_path)  # a folder
    arguments = ("person", "erase", "--email", "customer1@example.org", "--yes", "--even-undelivered")
    assert "Nothing was deleted" in bank.run(*arguments, ok=False).output
    assert len(everything(bank)["ticket"]) == 1


def test_while_others_use_the_place_nothing_is_restored(bank: Bank, banks: Banks, tmp_path: Path) -> None:
    bank.write(1)
    folder = bank.backup(tmp_path / "kept")
    other = banks("other")
    hold = (
        "import sys; from sqlalchemy import text; from webapp.db import Database; d = Database(sys.argv[1])\n"
        "with d.reading() as c: c.execute(text('SELECT 1'))\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", hold, other.url], env=os.environ, **pipes) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"open\n"
        assert "the database is in use: stop the web server" in other.run("restore", str(folder), ok=False).output
    other.run("restore", str(folder))


def test_a_damaged_database_is_put_aside_when_told(bank: Bank, tmp_path: Path) -> None:
    if bank.url.startswith("postgresql"):
        return
    bank.write(1)
    folder = bank.backup(tmp_path / "kept")
    bank.counter.database.dispose()
    path = bank.folder / "var" / "guichet.sqlite3"
    path.write_bytes(b"\0" * 100 + path.read_bytes()[100:])
    assert "the database there is damaged" in bank.run("restore", str(folder), ok=False).output
    bank.run("restore", str(folder), "--replace")
    assert len(everything(bank)["ticket"]) == 1
    assert len(list(path.parent.glob("*.before-*"))) == 1


class TestTools:
    """PostgreSQL's client tools: missing, or of another age than the server."""

    @pytest.fixture
    def bank(self, banks: Banks) -> Bank:
        return banks("bank")

    def tools(self, folder: Path, **versions: str) -> str:
        """A PATH on which these tools say these versions."""
        folder.mkdir()
        for name, version in versions.items():
            script = folder / name
            script.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
            script.chmod(0o755)
        return str(folder)

    def test_they_are_asked_before_anything_is_done(
        self, bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if bank.url.startswith("sqlite"):
            return
        bank.write(1)
        folder = bank.backup(tmp_path / "kept")
        server = json.loads((folder / "manifest.json").read_text())["server"].partition(".")[0]
        monkeypatch.setenv("PATH", self.tools(tmp_path / "none"))
        assert "pg_dump is missing" in bank.run("backup", str(tmp_path / "kept"), ok=False).output
        assert "pg_restore is missing" in bank.run("restore", str(folder), ok=False).output
        monkeypatch.setenv("PATH", self.tools(tmp_path / "old", pg_dump="9.6.1", pg_restore="9.6.1", psql="9.6.1"))
        old = bank.run("backup", str(tmp_path / "kept"), ok=False).output
        assert "pg_dump 9.6.1 is older than the server" in old
        assert f"postgresql-client-{server}" in old
        assert "pg_restore 9.6.1 is older" in bank.run("restore", str(folder), "--replace", ok=False).output
        monkeypatch.undo()
        seal_again(folder, server="99.1")
        assert "the server here is older" in bank.run("restore", str(folder), "--replace", ok=False).output

    def test_a_dump_that_does_not_replay_changes_nothing(self, bank: Bank, tmp_path: Path) -> None:
        if bank.url.startswith("sqlite"):
            return
        bank.write(1, 2)
        folder = bank.backup(tmp_path / "kept")
        before = everything(bank)
        dump = folder / "database.pgdump"
        content = dump.read_bytes()
        dump.write_bytes(content[: len(content) * 2 // 3])
        known = json.loads((folder / "manifest.json").read_text())["parts"]
        from webapp.safekeeping import disk

        sha256, size = disk.digested(dump)
        seal_again(folder, parts=known | {"database.pgdump": {"sha256": sha256, "size": size}})
        said = bank.run("restore", str(folder), "--replace", ok=False).output
        assert "the database is as it was" in said
        assert everything(bank) == before

    def test_a_view_of_the_banks_own_on_our_tables_is_not_torn_down(self, bank: Bank, tmp_path: Path) -> None:
        if bank.url.startswith("sqlite"):
            return
        bank.write(1)
        folder = bank.backup(tmp_path / "kept")
        with bank.counter.database.transaction() as connection:
            connection.execute(text("CREATE VIEW by_day AS SELECT created_at FROM ticket"))
        assert "cannot drop" in bank.run("restore", str(folder), "--replace", ok=False).output
        assert len(everything(bank)["ticket"]) == 1
