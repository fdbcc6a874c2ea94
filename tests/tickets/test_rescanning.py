"""Files that the antivirus missed: its later word is kept once, and what it refuses leaves the disk."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select, update

from tests.tickets.conftest import NOON, Counter
from tests.tickets.test_attachments import CONTENT, arrived, on_disk
from webapp.confidential.link import Link
from webapp.confidential.safe import Safe, new_key
from webapp.inspection.rules import Refused, Scan
from webapp.tables import attachment
from webapp.tickets import attachments, followup
from webapp.tickets.filestore import Store
from webapp.tickets.rescanning import START, Source, next_after, rescan

VIRUS = b"this is what the antivirus looks for"


class Scanner:
    """An antivirus that reads as clamd does and knows one virus. `meanwhile`: what happens while it reads."""

    def __init__(self) -> None:
        self.there = True
        self.silent: set[bytes] = set()
        self.read: list[bytes] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def answers(self) -> bool:
        return self.there

    def scan(self, source: Source) -> Scan:
        content = b""
        while piece := source.read(1000):
            assert len(piece) <= 1000
            content += piece
        self.read.append(content)
        self.meanwhile()
        if not self.there or content in self.silent:
            return "unscanned"
        if VIRUS in content:
            raise Refused("virus")
        return "clean"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "files", 10_000_000, reserve=0)


@pytest.fixture
def scanner() -> Scanner:
    return Scanner()


def missed(counter: Counter, store: Store, *contents: bytes, form_key: str = "form-1") -> str:
    """A request with files that no antivirus saw; the customer's link."""
    files = [
        msgspec.structs.replace(arrived(store, f"fichier {n}.pdf", content), scan="unscanned")
        for n, content in enumerate(contents)
    ]
    return counter.submit(form_key=form_key, files=tuple(files)).link


def scans(counter: Counter) -> dict[str, str]:
    with counter.database.reading() as connection:
        found = connection.execute(select(attachment).order_by(attachment.c.created_at, attachment.c.id)).all()
    return {row.id: row.scan for row in found}


def trouble(counter: Counter, link: str) -> list[str]:
    case = followup.open_case(
        counter.database, counter.digester, Link.read(link), now=NOON, network="n", per_network=100
    )
    return [each.trouble for turn in case.turns for each in turn.files]


def scan_first(counter: Counter, store: Store, scanner: Scanner) -> str:
    first = next_after(counter.database, START)
    assert first is not None
    word, reference = rescan(counter.database, counter.safe, store, scanner, first.id)
    assert reference
    return word


def test_a_clean_file_is_given_from_then_on(counter: Counter, store: Store, scanner: Scanner) -> None:
    link = missed(counter, store, CONTENT)
    assert trouble(counter, link) == ["unscanned"]
    assert scan_first(counter, store, scanner) == "clean"
    assert scanner.read == [CONTENT]
    assert trouble(counter, link) == [""]
    assert next_after(counter.database, START) is None


def test_an_infected_file_leaves_the_disk_and_its_customer_is_told(
    counter: Counter, store: Store, scanner: Scanner
) -> None:
    link = missed(counter, store, VIRUS)
    assert scan_first(counter, store, scanner) == "refused"
    assert on_disk(store) == []
    assert trouble(counter, link) == ["virus"]
    with counter.database.reading() as connection:
        assert attachments.missing(connection, store) == []


def test_files_are_taken_in_the_order_in_which_they_came(counter: Counter, store: Store) -> None:
    for n in range(3):
        missed(counter, store, b"one", b"two", form_key=f"form-{n}")
        counter.advance(seconds=1)
    seen, place = [], START
    while found := next_after(counter.database, place):
        seen.append(found.id)
        place = found
    assert seen == list(scans(counter))


def test_a_file_without_a_verdict_or_that_does_not_open_is_left(
    counter: Counter, store: Store, scanner: Scanner
) -> None:
    missed(counter, store, CONTENT)
    (path,) = on_disk(store)
    scanner.silent.add(CONTENT)
    assert scan_first(counter, store, scanner) == "silent"
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    assert scan_first(counter, store, scanner) == "unreadable"
    path.unlink()
    assert scan_first(counter, store, scanner) == "unreadable"
    path.write_bytes(whole)
    counter.safe = Safe.from_setting(new_key("another"))
    assert scan_first(counter, store, scanner) == "unreadable"
    assert list(scans(counter).values()) == ["unscanned"]
    assert path.exists()


def test_of_two_workers_the_first_word_counts(counter: Counter, store: Store, scanner: Scanner) -> None:
    missed(counter, store, VIRUS)
    other = Scanner()
    scanner.meanwhile = lambda: scan_first(counter, store, other)
    assert scan_first(counter, store, scanner) == "changed"
    assert list(scans(counter).values()) == ["refused"]
    assert on_disk(store) == []


def test_a_file_that_goes_with_its_ticket_meanwhile_comes_back_in_no_form(
    counter: Counter, store: Store, scanner: Scanner
) -> None:
    missed(counter, store, VIRUS)
    (file_id,) = scans(counter)

    def purged() -> None:
        with counter.database.transaction() as connection:
            connection.execute(attachment.delete())

    scanner.meanwhile = purged
    assert scan_first(counter, store, scanner) == "changed"
    assert scans(counter) == {}
    assert rescan(counter.database, counter.safe, store, scanner, file_id) == ("changed", "")


def test_a_worker_killed_at_any_moment_loses_nothing(
    counter: Counter, store: Store, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    missed(counter, store, VIRUS)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    scanner.meanwhile = killed
    with pytest.raises(KeyboardInterrupt):
        scan_first(counter, store, scanner)
    assert list(scans(counter).values()) == ["unscanned"]
    assert len(on_disk(store)) == 1

    scanner.meanwhile = lambda: None
    with monkeypatch.context() as patched:
        patched.setattr(Store, "remove", killed)  # the row is written, the bytes are still there
        with pytest.raises(KeyboardInterrupt):
            scan_first(counter, store, scanner)
    (path,) = on_disk(store)
    os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    assert attachments.sweep(counter.database, store, NOON + timedelta(minutes=61)) == 1
    assert on_disk(store) == []


def test_the_sweeper_leaves_what_is_not_scanned_yet(counter: Counter, store: Store) -> None:
    missed(counter, store, CONTENT)
    (path,) = on_disk(store)
    os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    assert attachments.sweep(counter.database, store, NOON + timedelta(hours=2)) == 0
    with counter.database.transaction() as connection:
        connection.execute(update(attachment).values(scan="clean"))
    assert attachments.sweep(counter.database, store, NOON + timedelta(hours=2)) == 0
