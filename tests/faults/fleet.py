"""The product as the system runs it: a web server and a delivery worker, started again whenever they are killed."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from random import Random

import psutil

from webapp.settings import ROOT

SECRETS = {
    "GUICHET_SECRET_KEY": "test-0123456789abcdefghijklmnopqr",
    "GUICHET_LOOKUP_KEY": "test-abcdefghijklmnopqr0123456789",
    "GUICHET_SEALING_KEY": "test:j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8=",
    "GUICHET_OPENING_KEYS": "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
}
_LONGEST = 60.0  # seconds for the web server to open, on a machine that does other things too


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Fleet:
    """Real processes on a free port, with their data under `folder` and a published `index`.

    `mutant`: the promise to break (``mutants.py``). `wrap`: words before the web server's command (strace). `settings`:
    other settings of the product.
    """

    def __init__(
        self,
        folder: Path,
        index: Path,
        *,
        mutant: str = "",
        workers: int = 2,
        wrap: tuple[str, ...] = (),
        **settings: str,
    ) -> None:
        self.port = free_port()
        self.data = folder / "var"
        self.kills: Counter[str] = Counter()
        self._calm_until = 0  # acknowledged requests before the web server is killed again
        self._worker_killed = 0.0
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
        self.environment = (
            clean
            | SECRETS
            | {
                "PORT": str(self.port),
                "GUICHET_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
                "GUICHET_DATA": str(self.data),
                "GUICHET_INDEX": str(index),
                "GUICHET_WORKERS": str(workers),
                "GUICHET_STAMP_MINIMUM_AGE": "0",
                "GUICHET_LIMIT_PER_NETWORK": "1000000",
                "GUICHET_LIMIT_PER_ADDRESS": "1000000",
                "GUICHET_LIMIT_ACKNOWLEDGEMENTS": "1000000",
                "GUICHET_LIMIT_OVERALL": "1000000",
                "GUICHET_DELIVERY_LEASE": "2",
                "GUICHET_DELIVERY_POLL": "0.05",
                "GUICHET_LOG_LEVEL": "ERROR",
                "GUICHET_MUTANT": mutant,
                **settings,
            }
        )
        application = "tests.faults.mutants:app" if mutant else "wsgi:app"
        worker = "tests.faults.mutants" if mutant else "webapp.delivery"
        gunicorn = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), application]
        self._commands = {"web": [*wrap, *gunicorn], "worker": [sys.executable, "-m", worker]}
        self.log = folder / "processes.log"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._keepers: list[threading.Thread] = []
        self._stopping = threading.Event()

    def start(self, *names: str) -> None:
        """Start what is named (``web``, ``worker``) and keep it running; returns when the web server answers."""
        subprocess.run(
            [sys.executable, "-m", "webapp.cli", "upgrade"],
            env=self.environment,
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        for name in names:
            self._spawn(name)
            keeper = threading.Thread(target=self._keep, args=(name,), daemon=True)
            keeper.start()
            self._keepers.append(keeper)
        if "web" in names:
            until(self.answers, self.log)

    def answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def kill(self, random: Random, acknowledged: int) -> None:
        """kill -9 of a web worker, the whole web group, or the delivery worker; only of what is at work.

        `acknowledged`: requests so far. A server still starting has nothing to lose, so that killing it shows nothing.
        """
        victim = random.choices(("web worker", "web group", "delivery worker"), (4, 2, 4))[0]
        if victim == "delivery worker":
            if not self._worker_turned():
                return
        elif acknowledged < self._calm_until:
            return
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            if victim == "delivery worker":
                os.killpg(self._processes["worker"].pid, signal.SIGKILL)
                self._worker_killed = time.time()
            elif victim == "web group":
                os.killpg(self._processes["web"].pid, signal.SIGKILL)
                self._calm_until = acknowledged + 15
            else:
                workers = psutil.Process(self._processes["web"].pid).children()
                if not workers:
                    return
                random.choice(workers).kill()
                self._calm_until = acknowledged + 3
            self.kills[victim] += 1

    def _worker_turned(self) -> bool:
        """Whether the delivery worker has shown a sign of life since it was last killed."""
        try:
            return (self.data / "worker.alive").stat().st_mtime > self._worker_killed
        except FileNotFoundError:
            return False

    def die(self) -> None:
        """The host loses its power: every process ends at once and nothing is started again."""
        self._stopping.set()
        for process in self._processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def stop(self) -> None:
        self._stopping.set()
        for process in self._processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for keeper in self._keepers:
            keeper.join()
        for process in self._processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _spawn(self, name: str) -> None:
        with open(self.log, "ab") as log:
            self._processes[name] = subprocess.Popen(
                self._commands[name],
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _keep(self, name: str) -> None:
        """What systemd does: start again what has died."""
        while not self._stopping.is_set():
            if self._processes[name].poll() is not None and not self._stopping.is_set():
                self._spawn(name)
            self._stopping.wait(0.05)


def until(condition: Callable[[], bool], log: Path, longest: float = _LONGEST) -> None:
    """Wait on a condition, never on a duration."""
    deadline = time.monotonic() + longest
    while not condition():
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8", errors="replace")[-4000:]
        time.sleep(0.05)
