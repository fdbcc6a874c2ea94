"""Servers under load: start one, drive it, and read what it cost.

Figures that travel between machines are CPU milliseconds a request and ratios inside one interleaved run; requests a
second are printed too, but this machine is shared. Every load is bounded in time and goes to 127.0.0.1.
"""

import http.client
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Figures:
    """One measured load. Times in milliseconds; `cpu_ms` is server processes only, per answered request."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    failed: int


class Server:
    """A command that serves HTTP on `port`, with its children; a context manager."""

    def __init__(self, name: str, command: Sequence[str], port: int, env: Mapping[str, str], cwd: Path = ROOT) -> None:
        self.name, self.command, self.port, self.env, self.cwd = name, list(command), port, dict(env), cwd
        self.apart: tuple[str, ...] = ()
        self.log = Path(tempfile.mkdtemp(prefix=f"bench-{name}-")) / "log"

    def __enter__(self) -> "Server":
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env={**os.environ, **self.env},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def wait(self, path: str, seconds: float = 60) -> None:
        """Return when `path` answers 200; RuntimeError with the end of the log otherwise."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", path)
                status = connection.getresponse().status
                connection.close()
                if status == 200:
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"{self.name} does not answer {path}:\n{self.log.read_text()[-2000:]}")

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def processes(self) -> list[psutil.Process]:
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def cpu_seconds(self, only: str = "") -> float:
        """CPU of the processes whose command holds the word `only`; by default of all that are not set `apart`."""
        chosen = [each for each in self.processes() if (only in each.cmdline() if only else not self._is_apart(each))]
        return sum(sum(each.cpu_times()[:2]) for each in chosen)

    def _is_apart(self, process: psutil.Process) -> bool:
        return any(word in process.cmdline() for word in self.apart)

    def memory_mb(self, without: Sequence[str] = ()) -> float:
        """PSS of the processes (shared pages counted once), those whose command holds a word of `without` left out."""
        kept = [each for each in self.processes() if not any(word in each.cmdline() for word in without)]
        return sum(each.memory_full_info().pss for each in kept) / 1e6

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def wrk(server: Server, path: str, clients: int, seconds: int, script: str = "") -> Figures:
    """Drive one path (or a Lua script) with wrk and count the server's CPU meanwhile."""
    command = ["wrk", f"-t{min(2, clients)}", f"-c{clients}", f"-d{seconds}s", "--latency", "--timeout", "10s"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        lua.write(script or 'wrk.headers["Accept-Encoding"] = "gzip"\n')
        lua.flush()
        before = server.cpu_seconds()
        out = subprocess.run(
            [*command, "-s", lua.name, server.url + path], capture_output=True, text=True, check=True
        ).stdout
        used = server.cpu_seconds() - before
    requests = int(re.search(r"(\d+) requests in", out)[1])  # type: ignore[index]
    if not requests:
        raise RuntimeError(f"{server.name} answered nothing on {path}:\n{out}\n{server.log.read_text()[-2000:]}")
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
    failed = (int(errors[1]) if errors else 0) + (sum(map(int, sockets.groups())) if sockets else 0)
    return Figures(
        requests=requests,
        per_second=float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),  # type: ignore[index]
        p50_ms=_milliseconds(re.search(r"\n\s+50%\s+(\S+)", out)[1]),  # type: ignore[index]
        p99_ms=_milliseconds(re.search(r"\n\s+99%\s+(\S+)", out)[1]),  # type: ignore[index]
        cpu_ms=1000 * used / max(requests, 1),
        failed=failed,
    )


def _milliseconds(text: str) -> float:
    number, unit = re.match(r"([\d.]+)(us|ms|s|m)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit]


def journeys(
    server: Server, journey: Callable[[http.client.HTTPConnection, int], object], clients: int, seconds: float
) -> Figures:
    """Run `journey(connection, number)` over and over from `clients` threads; an exception in one counts as failed."""
    times: list[float] = []
    failures: list[str] = []
    lock = threading.Lock()
    numbers = iter(range(10**9))
    limit = time.monotonic() + seconds

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        while time.monotonic() < limit:
            with lock:
                number = next(numbers)
            start = time.monotonic()
            try:
                journey(connection, number)
            except Exception as error:  # the harness counts failures of any kind, and goes on
                connection.close()
                with lock:
                    failures.append(repr(error)[:200])
                continue
            with lock:
                times.append(time.monotonic() - start)
        connection.close()

    before, started = server.cpu_seconds(), time.monotonic()
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed, used = time.monotonic() - started, server.cpu_seconds() - before
    times.sort()
    if failures:
        print(f"  {server.name}: {len(failures)} failed, e.g. {failures[0]}")
    done = max(len(times), 1)
    return Figures(
        requests=len(times),
        per_second=len(times) / elapsed,
        p50_ms=1000 * times[len(times) // 2] if times else 0,
        p99_ms=1000 * times[int(len(times) * 0.99)] if times else 0,
        cpu_ms=1000 * used / done,
        failed=len(failures),
    )


DELIVERY = "webapp.delivery"
RUNNER_AND_WATCHER = ("webapp.run", "watch")
"""What `make run` adds for development: its supervisor, and the watcher that publishes on save."""


def guichet(name: str, data: Path, settings: Mapping[str, str] | None = None) -> Server:
    """The product itself: gunicorn, 2 workers x 4 threads, its own data folder and index; robot traps set wide open."""
    port = free_port()
    env = {
        "GUICHET_DATA": str(data / "var"),
        "GUICHET_INDEX": str(data / "index"),
        "GUICHET_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "GUICHET_STAMP_MINIMUM_AGE": "0",
        "GUICHET_LIMIT_PER_NETWORK": "100000000",
        "GUICHET_LIMIT_PER_ADDRESS": "100000000",
        "GUICHET_LIMIT_ACKNOWLEDGEMENTS": "100000000",
        "GUICHET_LIMIT_OVERALL": "100000000",
        **(settings or {}),
    }
    python = str(ROOT / ".venv" / "bin" / "python")
    server = Server(name, [python, "-m", "webapp.run"], port, env)
    # Letters are sent after the answer, by a process of low priority; their cost is counted by itself (letters()).
    server.apart = (*RUNNER_AND_WATCHER, DELIVERY)
    return server


def letters(server: Server, data: Path, used_before: float) -> dict[str, float]:
    """What the delivery worker has spent since `used_before` CPU seconds, and how many letters lie in the mailbox."""
    sent = sum(1 for folder in ("new", ".Accuses/new") for _ in (data / "var" / "mail" / folder).iterdir())
    return {"letters": sent, "CPU ms a letter": round(1000 * (server.cpu_seconds(DELIVERY) - used_before) / sent, 1)}
