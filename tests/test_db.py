"""The database: lazy, private, durable, honest about its state, never poisoned by a lock or a full disk."""

import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from tests.databases import Cluster
from webapp.db import Database, DatabaseBusy, DatabaseFull, DatabaseUnavailable
from webapp.tables import allowance, day_key

Again = Callable[..., Database]


def put(connection: Connection, day: str, size: int = 32) -> None:
    connection.execute(insert(day_key), {"day": day, "value": os.urandom(size)})


def days(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.execute(select(day_key.c.day).order_by(day_key.c.day)).scalars())


def test_a_transaction_is_kept_when_its_block_ends(database: Database, again: Again) -> None:
    with database.transaction() as connection:
        put(connection, "monday")
    assert days(again()) == ["monday"]


def test_a_transaction_leaves_nothing_when_its_block_raises(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as connection:
            put(connection, "monday")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert days(database) == []


def test_creating_a_database_touches_nothing(tmp_path: Path) -> None:
    Database(f"sqlite:///{tmp_path / 'deep' / 'a.sqlite3'}")
    Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    assert list(tmp_path.iterdir()) == []


def test_only_the_owner_reads_the_files(tmp_path: Path) -> None:
    old_umask = os.umask(0)
    try:
        database = Database(f"sqlite:///{tmp_path / 'a.sqlite3'}")
        database.upgrade()
        with database.transaction() as connection:
            put(connection, "monday")
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(old_umask)
    database.dispose()
    assert modes == {"a.sqlite3": 0o600, "a.sqlite3-wal": 0o600, "a.sqlite3-shm": 0o600}


def test_sqlite_is_set_for_durability_and_discretion(sqlite: Database) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "trusted_schema": 0}
    with sqlite.reading() as connection:
        found = {name: connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in wanted}
    assert found == wanted


def test_postgresql_commits_wait_for_the_disk(postgresql: Database) -> None:
    with postgresql.reading() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"


def test_a_reader_neither_waits_for_a_writer_nor_sees_half_of_its_work(database: Database, again: Again) -> None:
    reader = again(busy_seconds=0.1)
    with database.transaction() as connection:
        put(connection, "monday")
        assert days(reader) == []
    assert days(reader) == ["monday"]


def test_a_writer_waits_for_another_writer(sqlite: Database, tmp_path: Path) -> None:
    started, waiting = threading.Event(), threading.Event()
    slow = Database(f"sqlite:///{tmp_path / 'guichet.sqlite3'}")

    def hold() -> None:
        with slow.transaction() as connection:
            put(connection, "first")
            started.set()
            waiting.wait(2.0)  # the lock is held for two seconds: nobody sets this

    holder = threading.Thread(target=hold)
    holder.start()
    started.wait()
    with sqlite.transaction() as connection:
        put(connection, "second")
    holder.join()
    slow.dispose()
    assert days(sqlite) == ["first", "second"]


def test_a_writer_gives_up_when_the_lock_is_held_for_too_long(sqlite: Database, tmp_path: Path) -> None:
    hasty = Database(f"sqlite:///{tmp_path / 'guichet.sqlite3'}", busy_seconds=0.2)
    with sqlite.transaction(), pytest.raises(DatabaseBusy), hasty.transaction():
        pytest.fail("two writers at once")
    with hasty.transaction() as connection:
        put(connection, "monday")
    assert days(sqlite) == ["monday"]
    hasty.dispose()


def test_the_threads_of_one_process_wait_for_each_other_no_longer_than_for_others(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.sqlite3'}", busy_seconds=0.2)
    with database.transaction(), pytest.raises(DatabaseBusy), database.transaction():
        pytest.fail("two writers at once")
    with database.transaction():
        pass
    database.dispose()


def test_a_crowd_of_writers_leaves_threads_free_while_the_lock_is_held(sqlite: Database, tmp_path: Path) -> None:
    process = Database(f"sqlite:///{tmp_path / 'guichet.sqlite3'}", busy_seconds=2.0)
    waited: list[float] = []
    given_up = threading.Semaphore(0)

    def write() -> float:
        began = time.monotonic()
        with pytest.raises(DatabaseBusy), process.transaction():
            pytest.fail("two writers at once")
        waited.append(time.monotonic() - began)
        given_up.release()
        return waited[-1]

    writers = [threading.Thread(target=write) for _ in range(6)]
    with sqlite.transaction():
        for each in writers:
            each.start()
        for _ in range(4):
            given_up.acquire()
        assert max(waited) < 1.5
        assert write() < 0.3, "the turn is stuck by now"
        for each in writers:
            each.join()
    assert min(waited[5:]) > 1.8
    with process.transaction() as connection:
        put(connection, "monday")
    assert days(sqlite) == ["monday"]
    process.dispose()


def test_many_writers_of_several_processes_all_get_their_turn(sqlite: Database, tmp_path: Path) -> None:
    processes = [sqlite, Database(f"sqlite:///{tmp_path / 'guichet.sqlite3'}")]
    failures: list[Exception] = []

    def write(number: int) -> None:
        for turn in range(25):
            try:
                with processes[number % 2].transaction() as connection:
                    put(connection, f"{number}-{turn}")
            except DatabaseUnavailable as error:
                failures.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    processes[1].dispose()
    assert failures == []
    assert len(days(sqlite)) == 200


def test_a_row_lock_that_lasts_is_reported_as_busy(postgresql: Database, postgresql_url: str) -> None:
    with postgresql.transaction() as connection:
        put(connection, "monday")
    hasty = Database(postgresql_url, busy_seconds=0.2)
    with postgresql.transaction() as connection:
        connection.execute(day_key.update().values(value=b"1"))
        with pytest.raises(DatabaseBusy), hasty.transaction() as other:
            other.execute(day_key.update().values(value=b"2"))
    hasty.dispose()


def test_more_users_than_connections_is_busy_and_not_a_crash(database: Database, again: Again) -> None:
    crowded = again(busy_seconds=0.1)
    with pytest.raises(DatabaseBusy):
        _open_many(crowded, 40)


def _open_many(database: Database, count: int) -> None:
    if count:
        with database.reading():
            _open_many(database, count - 1)


def test_a_broken_constraint_stays_the_callers_affair(database: Database) -> None:
    with database.transaction() as connection:
        put(connection, "monday")
    with pytest.raises(IntegrityError), database.transaction() as connection:
        put(connection, "monday")
    assert days(database) == ["monday"]


def test_an_exception_shows_no_value(database: Database) -> None:
    with pytest.raises(IntegrityError) as caught, database.transaction() as connection:
        connection.execute(insert(day_key), [{"day": "monday", "value": b"Marie Curie"}] * 2)
    assert "Marie" not in str(caught.value)


def test_a_full_disk_is_named_and_forgotten_as_soon_as_there_is_space(sqlite: Database) -> None:
    with sqlite.transaction() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count={pages + 4}"))
    with pytest.raises(DatabaseFull), sqlite.transaction() as connection:
        put(connection, "too much", size=200_000)
    with sqlite.transaction() as connection:  # a new connection, without the limit of the one that failed
        put(connection, "fits again", size=200_000)
    assert days(sqlite) == ["fits again"]


def test_a_lost_server_is_unavailable_and_the_next_use_finds_the_new_one(postgresql: Database) -> None:
    with pytest.raises(DatabaseUnavailable), postgresql.transaction() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with postgresql.transaction() as connection:
        put(connection, "monday")
    assert days(postgresql) == ["monday"]


@pytest.mark.parametrize("url", ["sqlite:////proc/nowhere/a.sqlite3", "postgresql+psycopg://a@127.0.0.1:1/a"])
def test_a_database_that_cannot_be_reached_is_unavailable(url: str) -> None:
    with pytest.raises(DatabaseUnavailable), Database(url).transaction():
        pytest.fail("there is no such database")


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite3").write_bytes(b"this is not SQLite" * 1000)
    database = Database(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    with pytest.raises(DatabaseUnavailable), database.reading():
        pytest.fail("there is no database in it")


def test_tables_that_are_missing_make_it_unavailable(tmp_path: Path, cluster: Cluster) -> None:
    for url in (f"sqlite:///{tmp_path / 'a.sqlite3'}", cluster.create("without_tables")):
        empty = Database(url)
        with pytest.raises(DatabaseUnavailable):
            days(empty)
        empty.dispose()


def test_an_upsert_counts_on_both(database: Database) -> None:
    statement = database.upsert(allowance).on_conflict_do_update(
        index_elements=list(allowance.primary_key), set_={"used": allowance.c.used + 1}
    )
    for _ in range(3):
        with database.transaction() as connection:
            connection.execute(statement, {"bucket": "b", "window_start": 0, "used": 1})
    with database.reading() as connection:
        assert connection.execute(select(func.sum(allowance.c.used))).scalar_one() == 3


def test_a_forked_process_opens_connections_of_its_own(database: Database) -> None:
    with database.transaction() as connection:
        put(connection, "parent")
    child = os.fork()
    if child == 0:
        try:
            with database.transaction() as connection:
                put(connection, "child")
            os._exit(0)
        except BaseException:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with database.transaction() as connection:
        put(connection, "later")
    assert days(database) == ["child", "later", "parent"]


def test_a_process_forked_while_another_thread_writes_can_write(sqlite: Database) -> None:
    with sqlite.transaction() as connection:
        put(connection, "parent")
        child = os.fork()
        if child == 0:
            # The parent's lock is the parent's: here the turn is free, and SQLite says whose the file is.
            os._exit(0 if sqlite._writing.acquire(blocking=False) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert days(sqlite) == ["parent"]


def test_another_program_that_closes_the_database_takes_no_log_away(sqlite: Database, tmp_path: Path) -> None:
    """SQLite's locks are the process's: opening and closing the file beside SQLite would drop those of all connections,
    and the next program to close it would take itself for the last one and delete the log under our feet.
    (sqlite.org/howtocorrupt.html §2.2)
    """
    path = tmp_path / "guichet.sqlite3"
    look = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(*c.execute('SELECT count(*) FROM allowance'))"
    with sqlite.reading() as one, sqlite.reading() as two:  # the second connection is made while the first is open
        assert one.scalar(text("SELECT 1")) == two.scalar(text("SELECT 1"))
    log = Path(f"{path}-wal").stat().st_ino
    for written in range(3):
        with sqlite.transaction() as connection:
            connection.execute(insert(allowance), {"bucket": str(written), "window_start": 1, "used": 1})
        seen = subprocess.run([sys.executable, "-c", look, str(path)], capture_output=True, text=True, check=True)
        assert seen.stdout == f"({written + 1},)\n"
        assert Path(f"{path}-wal").stat().st_ino == log
