"""A real clamd (Debian's clamav-daemon) with a signature of our own: it needs no network and starts in a second."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.inspection.samples import EICAR


@contextmanager
def running() -> Iterator[str]:
    """The address of its socket. Deleted, with its database, at the end."""
    program = shutil.which("clamd") or "/usr/sbin/clamd"
    assert Path(program).exists(), "clamd is missing: sh tests/system-packages.sh clamd"
    folder = Path(tempfile.mkdtemp(prefix="guichet-clamd-"))
    database = folder / "database"
    database.mkdir()
    (database / "local.ndb").write_text(f"Guichet.Test.Eicar:0:*:{EICAR.hex()}\n")
    address = folder / "socket"
    configuration = folder / "clamd.conf"
    settings = {
        "DatabaseDirectory": database,
        "LocalSocket": address,
        "Foreground": "yes",
        "StreamMaxLength": "6M",
        "MaxThreads": 4,
        "ConcurrentDatabaseReload": "no",
    }
    configuration.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    process = subprocess.Popen(
        [program, f"--config-file={configuration}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while not _answers(address):
            assert process.poll() is None, "clamd ended"
            assert time.monotonic() < deadline, "clamd did not start"
            time.sleep(0.05)  # a server of another program: there is nothing to wait on
        yield str(address)
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _answers(address: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(str(address))
            connection.sendall(b"zPING\0")
            return connection.recv(16) == b"PONG\0"
    except OSError:
        return False
