"""A graceful reload (``systemctl reload``: SIGHUP) behind the proxy: no customer sees it.

``GUICHET_RELOADS`` makes a longer run (security.md F15: 40).
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests.deploy.proxy import Proxy, nginx
from tests.product import Product, free_port, running
from tests.visitor import Visitor
from tests.writing import filled, sent

RELOADS = int(os.environ.get("GUICHET_RELOADS", "10"))

pytestmark = pytest.mark.slow


@dataclass
class Seen:
    """What customers met: statuses of pages and of sent forms, and lines that went dead."""

    pages: list[int] = field(default_factory=list)
    receipts: list[int] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def read(self, proxy: Proxy) -> None:
        visitor = Visitor(f"https://localhost:{proxy.port}", proxy.tls())
        while not self.closing.is_set():
            for path in ("/", "/recherche?q=carte+perdue", "/questions/carte-perdue-ou-volee"):
                self._try(lambda path=path: self.pages.append(visitor.get(path).status))

    def write(self, proxy: Proxy) -> None:
        visitor = Visitor(f"https://localhost:{proxy.port}", proxy.tls())
        while not self.closing.is_set():
            self._try(lambda: self.receipts.append(sent(visitor, filled(visitor)).status))

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except OSError as error:
            self.dead.append(type(error).__name__)


def test_reloads_under_load_are_seen_by_nobody(product: Product, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
    settings = {
        "GUICHET_PUBLIC_URL": f"https://localhost:{port}",
        "GUICHET_TRUSTED_PROXIES": "1",
        "GUICHET_DATABASE_URL": f"sqlite:///{product.data}/guichet.sqlite3",
    }
    seen = Seen()
    with (
        running(command, tmp_path, product.index, **settings) as web,
        nginx(tmp_path, web.port, port, rate="10000r/s") as proxy,
    ):
        master = _listening(web.port)
        customers = [threading.Thread(target=seen.read, args=(proxy,)) for _ in range(2)]
        customers += [threading.Thread(target=seen.write, args=(proxy,)) for _ in range(2)]
        for each in customers:
            each.start()
        for _ in range(RELOADS):
            before = {each.pid for each in master.children()}
            os.kill(master.pid, signal.SIGHUP)
            _until(lambda before=before: not before & {each.pid for each in master.children()}, web)
        seen.closing.set()
        for each in customers:
            each.join(30)
    print(f"{RELOADS} reloads: {len(seen.pages)} pages, {len(seen.receipts)} receipts, {len(seen.dead)} dead lines")
    assert seen.dead == []
    assert set(seen.pages) == {200}
    assert set(seen.receipts) == {303}


def _listening(port: int) -> psutil.Process:
    """gunicorn's master: the parent of the processes that serve `port`."""
    for each in psutil.Process().children(recursive=True):
        environment = each.environ() if each.is_running() else {}
        if environment.get("PORT") == str(port) and each.children():
            return each
    raise AssertionError("no web server listens")


def _until(condition: Callable[[], bool], web: Product) -> None:
    deadline = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < deadline, web.log.read_text()[-3000:]
        time.sleep(0.05)
