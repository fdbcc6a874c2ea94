"""The real thing, started for tests: ``python -m webapp.run`` on a free port, its data and index in a temporary folder.

``product`` runs for the whole session; ``counter`` starts a web server alone, with settings of the test's choice, on
the index that ``product`` has published. Both are stopped by their process id.
"""

import http.client
import mailbox
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SECRET = "b8f1c35e07da4962b8f1c35e07da4962"  # signs the stamps of the tests' own products and nothing else
PATIENCE = 60.0  # seconds for a start on a busy machine of two cores
GENEROUS = {  # tests send more in a minute than a household in a day, and type faster
    "GUICHET_STAMP_MINIMUM_AGE": "0",
    "GUICHET_LIMIT_PER_NETWORK": "100000",
    "GUICHET_LIMIT_PER_ADDRESS": "100000",
    "GUICHET_LIMIT_OVERALL": "100000",
    "GUICHET_LIMIT_ACKNOWLEDGEMENTS": "100000",
    "GUICHET_LIMIT_FOLLOWUP": "100000",
    "GUICHET_FEEDBACK_PER_NETWORK": "100000",
    "GUICHET_DELIVERY_POLL": "0.1",
}


@dataclass(frozen=True)
class Product:
    """A running Guichet: its address, its folders, and what its processes have said."""

    url: str
    data: Path
    index: Path
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def requests(self, reference: str) -> list[EmailMessage]:
        """The letters of the helpdesk's mailbox whose subject holds `reference`, as any mail client finds them."""
        return _letters(self.data / "mail", reference)

    def acknowledgements(self, reference: str) -> list[EmailMessage]:
        return _letters(self.data / "mail" / ".Accuses", reference)

    def arrived(self, reference: str) -> EmailMessage:
        """The one letter of `reference`, waited for; the worker looks every tenth of a second."""
        return _wait_for(lambda: self.requests(reference), f"no letter for {reference}")[0]

    def letters(self, reference: str, count: int) -> list[EmailMessage]:
        """At least `count` letters to the customer, waited for."""
        return _wait_for(
            lambda: found if len(found := self.acknowledgements(reference)) >= count else [],
            f"fewer than {count} letters for {reference}",
        )

    def acknowledged(self, reference: str) -> EmailMessage:
        return _wait_for(lambda: self.acknowledgements(reference), f"no acknowledgement of {reference}")[0]


def _letters(folder: Path, reference: str) -> list[EmailMessage]:
    if not all((folder / part).exists() for part in ("new", "cur")):  # the first letter is making the folder
        return []
    parser = BytesParser(policy=policy.default)
    box = mailbox.Maildir(folder, factory=parser.parse, create=False)  # type: ignore[arg-type]
    return [letter for letter in box if reference in letter["Subject"]]  # type: ignore[misc]


def _wait_for(look: Callable[[], list[EmailMessage]], complaint: str) -> list[EmailMessage]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(complaint)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], folder: Path, index: Path, *, health: int = 200, **settings: str) -> Iterator[Product]:
    """Start `command` with the product's environment, wait until /health answers `health`, stop it at the end."""
    port = free_port()
    found = Product(f"http://127.0.0.1:{port}", folder / "var", index, folder / "log")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
    environment |= {
        "PORT": str(port),
        "GUICHET_PUBLIC_URL": found.url,
        "GUICHET_DATA": str(found.data),
        "GUICHET_INDEX": str(index),
        "GUICHET_SECRET_KEY": SECRET,
        **GENEROUS,
        **settings,
    }
    with found.log.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait_until_open(found, process, health)
        yield found
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_open(product: Product, process: "subprocess.Popen[bytes]", health: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=10)
            connection.request("GET", "/health")
            if connection.getresponse().status == health:
                return
        except (ConnectionError, TimeoutError):
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise AssertionError(f"the product did not open:\n{product.log.read_text()[-4000:]}")


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """What ``make run`` starts: web server, delivery worker and content watcher, with the content of ``content/``."""
    folder = tmp_path_factory.mktemp("product")
    with running([sys.executable, "-m", "webapp.run"], folder, folder / "index") as found:
        yield found


Opener = Callable[..., Product]


@pytest.fixture
def counter(product: Product, tmp_path: Path) -> Iterator[Opener]:
    """A function that starts the web server alone with other settings: ``counter(GUICHET_LIMIT_PER_NETWORK="1")``."""
    opened = []

    def start(**settings: str) -> Product:
        folder = tmp_path / str(len(opened))
        folder.mkdir()
        environment = os.environ | {"GUICHET_DATA": str(folder / "var")}
        subprocess.run(
            [sys.executable, "-m", "webapp.cli", "upgrade"], cwd=ROOT, env=environment, check=True, capture_output=True
        )
        command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
        context = running(command, folder, product.index, GUICHET_WORKERS="1", **settings)
        opened.append(context)
        return context.__enter__()

    yield start
    for context in opened:
        context.__exit__(None, None, None)
