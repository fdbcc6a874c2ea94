"""Ways to break a running product from outside, and to start one on folders of the test's own."""

import os
import random
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import connect

import psutil

from tests.product import ROOT, Product, running

WEB = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
EVERYTHING = [sys.executable, "-m", "webapp.run"]
PRODUCTION = {
    "GUICHET_ENV": "production",
    "GUICHET_PUBLIC_URL": "https://contact.banque-rivage.example",
    "GUICHET_LOOKUP_KEY": "3f9d02c7be6148a5903f9d02c7be6148",
    "GUICHET_SEALING_KEY": "k1:j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8=",
}
_SIZE = 12_000_000  # bytes of the small disk


def web(folder: Path, index: Path, *, health: int = 200, **settings: str) -> AbstractContextManager[Product]:
    """The web server alone, one worker, on an existing database (``upgrade``)."""
    return running(WEB, folder, index, health=health, **{"GUICHET_WORKERS": "1", **settings})


def upgrade(data: Path) -> None:
    """``flask upgrade``: what an operator does before the first start."""
    subprocess.run(
        [sys.executable, "-m", "webapp.cli", "upgrade"],
        cwd=ROOT,
        env=os.environ | {"GUICHET_DATA": str(data)},
        check=True,
        capture_output=True,
    )


def copied(published: Path, folder: Path) -> Path:
    """An index of the test's own, with the version that is in `published`."""
    return Path(shutil.copytree(published, folder / "index", ignore=shutil.ignore_patterns("var")))


def rows(data: Path, question: str) -> list[tuple[object, ...]]:
    """What the database says, read beside the product."""
    connection = connect(data / "guichet.sqlite3")
    try:
        return connection.execute(question).fetchall()
    finally:
        connection.close()


def damage(folder: Path) -> None:
    """Overwrite one byte in fifty of every file, in place, as a dying disk does."""
    chance = random.Random(6)
    for path in folder.iterdir():
        content = bytearray(path.read_bytes())
        for _ in range(len(content) // 50):
            content[chance.randrange(len(content))] ^= chance.randrange(1, 256)
        with path.open("r+b") as file:
            file.write(content)


@contextmanager
def lock(data: Path, seconds: float = 0) -> Iterator[None]:
    """Hold the database as another program would; let go after `seconds`, or else at the end."""
    connection = connect(data / "guichet.sqlite3", isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(seconds, connection.rollback)
    if seconds:
        release.start()
    try:
        yield
    finally:
        if seconds:
            release.join()
        connection.rollback()
        connection.close()


@dataclass
class Disk:
    """A disk that can be full: a small one of its own where we may mount, else a limit on the product's writing."""

    folder: Path
    mounted: bool
    _limited: list[tuple[int, tuple[int, int]]] = field(default_factory=list)

    def fill(self) -> None:
        """From now on not one byte more can be written."""
        if self.mounted:
            handle = os.open(self.folder / "filler", os.O_WRONLY | os.O_CREAT)
            with suppress(OSError):  # "No space left on device" is the purpose
                while os.write(handle, bytes(4096)):
                    pass
            os.close(handle)
            return
        for process in psutil.Process().children(recursive=True):
            before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, before[1]))
            self._limited.append((process.pid, before))

    def free(self) -> None:
        if self.mounted:
            (self.folder / "filler").unlink()
        for pid, before in self._limited:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(folder)]
    mounted = shutil.which("mount") is not None and subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield Disk(folder, mounted)
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
