"""Power cut: the disk has the request before the customer has the receipt.

kill -9 says nothing about it, since the kernel keeps what was written: so the system calls are watched (strace). Every
answer 303 must follow a sync of SQLite's log on the same thread; and with ``synchronous=NORMAL`` the test must see that
it does not.
"""

import re
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.customers import Customer, Sent
from tests.faults.fleet import Fleet

pytestmark = pytest.mark.slow

_SYNC = re.compile(r"(fdatasync|fsync)\(\d+<[^>]*guichet\.sqlite3-wal>\)\s+= 0")
_UNFINISHED_SYNC = re.compile(r"(fdatasync|fsync)\(\d+<([^>]*)> <unfinished")
_RECEIPT = re.compile(r'(sendto|write|sendmsg)\(\d+<[^>]*>, .{0,40}"HTTP/1\.1 303')


@dataclass
class Trace:
    """Receipts sent, and how many of them followed a sync of the log on the same thread."""

    receipts: int = 0
    synced: int = 0


def read(log: Path) -> Trace:
    trace = Trace()
    synced: set[str] = set()
    waiting: dict[str, str] = {}
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        thread, _, call = line.partition(" ")
        call = call.strip()
        begun = _UNFINISHED_SYNC.match(call)
        if begun:
            waiting[thread] = begun.group(2)
        elif call.startswith("<... f") and "sync resumed" in call:
            if waiting.pop(thread, "").endswith("guichet.sqlite3-wal") and call.endswith("= 0"):
                synced.add(thread)
        elif _SYNC.match(call):
            synced.add(thread)
        elif _RECEIPT.match(call):
            trace.receipts += 1
            trace.synced += thread in synced
            synced.discard(thread)
    return trace


def watched(folder: Path, index: Path, requests: int, mutant: str = "") -> tuple[Trace, Sent]:
    log = folder / "strace.log"
    calls = "trace=fdatasync,fsync,sendto,sendmsg,write"
    strace = ("strace", "-f", "-y", "-q", "-s", "40", "-e", calls, "-e", "signal=none", "-o", str(log))
    fleet, sent = Fleet(folder, index, mutant=mutant, wrap=strace), Sent()
    customers = [Customer(fleet.port, sent, threading.Event(), number, at_most=requests // 4) for number in range(4)]
    try:
        fleet.start("web")
        for each in customers:
            each.start()
        for each in customers:
            each.join(120)
            assert not each.is_alive()
    finally:
        fleet.stop()
    return read(log), sent


def test_every_receipt_follows_a_sync_of_the_log(tmp_path: Path, published: Path) -> None:
    trace, sent = watched(tmp_path, published, 500)
    assert sent.surprises == []
    assert len(sent.acknowledged) == 500
    first_answers = len(sent.acknowledged)
    repeated = sum(len(given) for given in sent.acknowledged.values()) - first_answers
    assert trace.receipts == first_answers + repeated
    # A repeated form writes nothing, so that there is nothing to wait for.
    assert trace.synced >= first_answers
    print(f"receipts {trace.receipts}, repeated {repeated}, after a sync {trace.synced}")


def test_a_product_that_does_not_wait_for_the_disk_is_caught(tmp_path: Path, published: Path) -> None:
    trace, sent = watched(tmp_path, published, 60, mutant="no-sync")
    assert len(sent.acknowledged) == 60
    print(f"receipts {trace.receipts}, after a sync {trace.synced}")
    assert trace.synced < trace.receipts / 2
