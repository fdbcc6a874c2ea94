"""Rescanning beside the deliveries: soon when the antivirus is back, less and less often while it is away."""

import threading
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from structlog.testing import capture_logs

from tests.delivery.conftest import Clock
from tests.inspection import clamd, samples
from tests.tickets.conftest import Counter
from tests.tickets.test_attachments import on_disk
from tests.tickets.test_rescanning import VIRUS, Scanner, missed, scanner, scans, store
from webapp.confidential.safe import new_key
from webapp.db import Database
from webapp.delivery import service
from webapp.delivery.rescanning import LONGEST_WAIT, LOOK, PAUSE, Rescanning
from webapp.inspection.antivirus import Antivirus
from webapp.settings import Settings
from webapp.tickets.filestore import Store
from webapp.tickets.rescanning import Scanner as AnyScanner

__all__ = ["scanner", "store"]


@pytest.fixture
def desk(database: Database) -> Counter:
    return Counter(database)


def rescanning(desk: Counter, store: Store, scanner: AnyScanner, clock: Clock) -> Rescanning:
    return Rescanning(desk.database, desk.safe, store, scanner, clock=clock, random=Random(1))


def test_files_are_scanned_one_at_a_time_until_none_waits(
    desk: Counter, store: Store, scanner: Scanner, clock: Clock
) -> None:
    missed(desk, store, b"one", VIRUS, b"three")
    task = rescanning(desk, store, scanner, clock)
    with capture_logs() as lines:
        assert [task.step() for _ in range(4)] == [PAUSE, PAUSE, PAUSE, LOOK]
    assert sorted(scans(desk).values()) == ["clean", "clean", "refused"]
    assert len(scanner.read) == 3
    (told,) = [line for line in lines if line["log_level"] == "warning"]
    assert told["event"] == "a stored file was refused by the antivirus and deleted"
    assert "fichier" not in str(lines)


def test_an_antivirus_that_is_away_is_asked_less_and_less_often_and_reads_nothing(
    desk: Counter, store: Store, scanner: Scanner, clock: Clock
) -> None:
    missed(desk, store, b"one")
    scanner.there = False
    task = rescanning(desk, store, scanner, clock)
    pauses = [task.step() for _ in range(12)]
    assert all(later > 1.5 * before for before, later in zip(pauses[0:6:2], pauses[2:8:2], strict=True))
    assert LONGEST_WAIT / 2 <= pauses[-1] <= LONGEST_WAIT
    assert scanner.read == []
    scanner.there = True
    assert task.step() == PAUSE
    assert list(scans(desk).values()) == ["clean"]


def test_an_antivirus_is_not_even_asked_while_no_file_waits(desk: Counter, store: Store, clock: Clock) -> None:
    assert rescanning(desk, store, None, clock).step() == LOOK  # type: ignore[arg-type]


def test_a_file_without_a_verdict_keeps_no_other_waiting_and_comes_again_with_the_next_round(
    desk: Counter, store: Store, scanner: Scanner, clock: Clock
) -> None:
    missed(desk, store, b"large", form_key="a")
    desk.advance(seconds=1)
    missed(desk, store, b"small", form_key="b")
    scanner.silent.add(b"large")
    task = rescanning(desk, store, scanner, clock)
    assert task.step() > PAUSE
    assert [task.step() for _ in range(3)] == [PAUSE, LOOK, LOOK]
    assert scanner.read == [b"large", b"small"]
    scanner.silent.clear()
    clock.advance(minutes=60)
    assert task.step() == PAUSE
    assert set(scans(desk).values()) == {"clean"}


def test_no_trouble_there_ends_the_deliveries(store: Store, scanner: Scanner, clock: Clock, tmp_path: Path) -> None:
    away = Database(f"sqlite:///{tmp_path / 'no tables.sqlite3'}")
    with capture_logs() as lines:
        assert rescanning(Counter(away), store, scanner, clock).step() == LOOK
    assert [line["event"] for line in lines] == ["the database does not answer"]
    away.dispose()


def test_a_bug_with_one_file_passes_it_over(desk: Counter, store: Store, scanner: Scanner, clock: Clock) -> None:
    missed(desk, store, b"one", b"two")

    def fail() -> None:
        scanner.meanwhile = lambda: None
        raise RuntimeError("a bug")

    scanner.meanwhile = fail
    task = rescanning(desk, store, scanner, clock)
    with capture_logs() as lines:
        assert [task.step(), task.step(), task.step()] == [LOOK, PAUSE, LOOK]
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["a file could not be scanned"]
    assert sorted(scans(desk).values()) == ["clean", "unscanned"]


def test_a_real_antivirus_that_comes_back_finds_what_it_missed(
    sqlite: Database, store: Store, clock: Clock, tmp_path: Path
) -> None:
    desk = Counter(sqlite)
    missed(desk, store, samples.pdf(), samples.pdf_with_eicar())
    gone = rescanning(desk, store, Antivirus(str(tmp_path / "nothing")), clock)
    assert gone.step() > PAUSE
    with clamd.running() as address:
        task = rescanning(desk, store, Antivirus(address), clock)
        assert [task.step() for _ in range(3)] == [PAUSE, PAUSE, LOOK]
    assert sorted(scans(desk).values()) == ["clean", "refused"]
    assert len(on_disk(store)) == 1


def test_it_is_a_task_of_the_worker_when_there_is_an_antivirus(sqlite: Database, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, index=tmp_path / "index", opening_keys=new_key())
    stop = threading.Event()
    stop.set()
    for address, count in (("", 1), ("127.0.0.1:3310", 2)):
        staff = service.staff(replace(settings, clamd=address), sqlite)
        tasks = staff.tasks(stop, tmp_path / "alive")
        assert len(tasks) == count
        for each in tasks:
            each()
