"""Disk, database or mail server broken: what a visitor sees meanwhile, and the first try afterwards."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.delivery.destinations.relays import OnFreePort, Rules
from tests.faults.breakage import EVERYTHING, ROOT, lock, rows, small_disk, upgrade, web
from tests.faults.fleet import free_port, until
from tests.faults.looking import PAGES, SOON, open_pages, returned, timed
from tests.product import Product
from tests.visitor import Page, Visitor
from tests.writing import TYPED, filled, reference, sent

pytestmark = pytest.mark.slow


class TestFullDisk:
    def test_answers_go_on_and_a_request_is_given_back_until_there_is_space(
        self, tmp_path: Path, published: Path
    ) -> None:
        with small_disk(tmp_path / "disk") as disk:
            upgrade(disk.folder / "var")
            settings = {"GUICHET_DATA": str(disk.folder / "var")}
            with web(tmp_path, published, **settings) as product:
                visitor = Visitor(product.url)
                fields = filled(visitor)
                disk.fill()
                open_pages(visitor)
                again = returned(sent(visitor, fields))
                again = returned(sent(visitor, again))
                disk.free()
                mark = reference(visitor, sent(visitor, again))
                assert rows(disk.folder / "var", "SELECT reference FROM ticket") == [(mark,)]
                assert rows(disk.folder / "var", "SELECT count(*) FROM delivery") == [(2,)]
        log = product.log.read_text()
        assert "a request could not be stored" in log or not disk.mounted  # a limit stops the log as well
        assert TYPED["name"] not in log


class TestLockedDatabase:
    @pytest.fixture
    def product(self, tmp_path: Path, published: Path) -> Iterator[Product]:
        upgrade(tmp_path / "var")
        with web(tmp_path, published) as product:
            yield product

    def test_a_short_lock_is_waited_for(self, product: Product) -> None:
        visitor = Visitor(product.url)
        fields = filled(visitor)
        with lock(product.data, seconds=2):
            answer, seconds = timed(lambda: sent(visitor, fields))
        reference(visitor, answer)
        assert 1.5 < seconds < 5

    def test_a_long_lock_gives_the_request_back_while_other_pages_answer(self, product: Product) -> None:
        visitor = Visitor(product.url)
        fields = filled(visitor)
        refused: list[tuple[Page, float]] = []
        slowest = 0.0
        with lock(product.data):
            sender = threading.Thread(target=lambda: refused.append(timed(lambda: sent(visitor, fields))))
            sender.start()
            while sender.is_alive():
                began = time.monotonic()
                open_pages(visitor)
                slowest = max(slowest, (time.monotonic() - began) / len(PAGES))
            answer, seconds = refused[0]
            again = returned(answer)
        assert 4.5 < seconds < 7
        assert slowest < 1
        mark = reference(visitor, sent(visitor, again))
        assert rows(product.data, "SELECT reference FROM ticket") == [(mark,)]


class TestDatabaseThatCannotBeOpened:
    @pytest.mark.parametrize("content", [None, b"This is no database. " * 400], ids=["missing", "damaged"])
    def test_answers_are_there_and_the_first_request_after_the_repair_is_taken(
        self, tmp_path: Path, published: Path, content: bytes | None
    ) -> None:
        database = tmp_path / "var" / "guichet.sqlite3"
        database.parent.mkdir()
        if content is not None:
            database.write_bytes(content)
        with web(tmp_path, published, health=503) as product:
            visitor = Visitor(product.url)
            open_pages(visitor)
            again = returned(sent(visitor, filled(visitor)))
            assert '"database":"unavailable"' in visitor.get("/health").html
            database.unlink()
            upgrade(database.parent)
            mark = reference(visitor, sent(visitor, again))
            assert visitor.get("/health").status == 200
        assert rows(database.parent, "SELECT reference FROM ticket") == [(mark,)]

    def test_the_operator_is_told_and_nothing_is_started(self, tmp_path: Path, published: Path) -> None:
        (tmp_path / "var").mkdir()
        (tmp_path / "var" / "guichet.sqlite3").write_bytes(b"This is no database. " * 400)
        environment = {"PORT": str(free_port()), "GUICHET_DATA": str(tmp_path / "var"), "GUICHET_INDEX": str(published)}
        done = subprocess.run(EVERYTHING, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2
        assert "The database could not be brought up to date" in done.stderr
        assert "Traceback" not in done.stderr


class TestMailServerDown:
    def test_the_customer_has_a_receipt_at_once_and_each_letter_arrives_once(
        self, tmp_path: Path, published: Path
    ) -> None:
        upgrade(tmp_path / "var")
        smtp = {
            "GUICHET_DESTINATION": "smtp",
            "GUICHET_SMTP_HOST": "127.0.0.1",
            "GUICHET_SMTP_PORT": str(free_port()),
            "GUICHET_SMTP_SECURITY": "none",
            "GUICHET_DELIVERY_LONGEST_WAIT": "1",
        }
        with web(tmp_path, published, **smtp) as product, worker(product, smtp) as log:
            visitor = Visitor(product.url)
            answer, seconds = timed(lambda: sent(visitor, filled(visitor)))
            mark = reference(visitor, answer)
            assert seconds < 2
            until(lambda: log.read_text().count("postponed") >= 2, log, SOON)
            assert rows(product.data, "SELECT DISTINCT state FROM delivery") == [("due",)]
            relay = OnFreePort(Rules(), hostname="127.0.0.1", port=int(smtp["GUICHET_SMTP_PORT"]))
            relay.start()
            try:
                until(lambda: states(product) == {"delivered"}, log, SOON)
            finally:
                relay.stop()
            letters = relay.handler.taken
            assert len(letters) == 2
            assert all(mark.encode() in letter.content for letter in letters)
            assert len({letter.rcpt_tos[0] for letter in letters}) == 2


def states(product: Product) -> set[object]:
    return {row[0] for row in rows(product.data, "SELECT state FROM delivery")}


@contextmanager
def worker(product: Product, settings: dict[str, str]) -> Iterator[Path]:
    """The delivery worker beside `product`; gives its log."""
    environment = {
        "GUICHET_DATA": str(product.data),
        "GUICHET_INDEX": str(product.index),
        "GUICHET_PUBLIC_URL": product.url,
        "GUICHET_DELIVERY_POLL": "0.1",
        **settings,
    }
    log = product.log.with_name("worker.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "webapp.delivery"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        yield log
    finally:
        process.terminate()
        process.wait(20)
