"""``make run``: web server, delivery worker and watcher live and die together. Real processes, real ports."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest

from webapp.confidential.safe import public_half
from webapp.settings import ROOT

LONGEST = 40.0  # seconds, on a machine that does other things too


class Running:
    """``python -m webapp.run`` in a folder of its own."""

    def __init__(self, folder: Path, port: int, **environment: str) -> None:
        self.port = port
        self.folder = folder
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
        own = {
            "PORT": str(port),
            "GUICHET_DATA": str(folder / "var"),
            "GUICHET_INDEX": str(folder / "index"),
            "GUICHET_CONTENT": str(folder / "content"),
            "GUICHET_WORKERS": "1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "webapp.run"],
            cwd=ROOT,
            env=clean | own | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            self.lines.extend(output)

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def get(self, path: str) -> int:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def until_open(self) -> None:
        until(lambda: self.get("/health") == 200 or self.process.poll() is not None, self)
        assert self.get("/health") == 200, self.output

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def member(self, words: str) -> psutil.Process:
        return next(each for each in self.family() if words in " ".join(each.cmdline()))

    def end(self) -> int:
        status = self.process.wait(LONGEST)
        self._reader.join(5)
        return status


def until(condition: Callable[[], bool], running: Running) -> None:
    """Wait on a condition, never on a duration."""
    deadline = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < deadline, running.output
        time.sleep(0.05)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def begin(port: int = 0, **environment: str) -> Running:
        if not (tmp_path / "content").exists():
            shutil.copytree(ROOT / "content", tmp_path / "content")
        if not port:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
        started.append(Running(tmp_path, port, **environment))
        return started[-1]

    yield begin
    for each in started:
        left = each.family() if each.process.poll() is None else []
        each.process.kill()
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        each.process.wait()


@pytest.mark.slow
@pytest.mark.parametrize(("asked", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_it_opens_the_counter_and_stops_everything_when_asked(
    start: Callable[..., Running], asked: int, status: int
) -> None:
    running = start()
    running.until_open()
    until(lambda: "Guichet is open" in running.output, running)
    assert f"http://127.0.0.1:{running.port}" in running.output
    assert running.get("/") == 200
    until(lambda: (running.folder / "var" / "worker.alive").exists(), running)
    family = running.family()
    assert len(family) >= 4  # gunicorn and its worker, delivery, watcher
    began = time.monotonic()
    running.process.send_signal(asked)
    assert running.end() == status, running.output
    assert time.monotonic() - began < 10
    assert not [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    assert "Traceback" not in running.output
    for secret in (running.folder / "var").glob("*.env"):
        assert secret.stat().st_mode & 0o077 == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("victim", "named"),
    [("webapp.delivery", "delivery worker"), ("gunicorn", "web server"), ("webapp.cli", "content watcher")],
)
def test_when_one_dies_all_stop_and_it_is_named(start: Callable[..., Running], victim: str, named: str) -> None:
    running = start()
    running.until_open()
    family = running.family()
    running.member(victim).kill()
    assert running.end() == 1
    assert f"Stopped: the {named} ended by SIGKILL." in running.output
    assert running.get("/health") == 0
    assert not [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.slow
def test_broken_content_does_not_close_the_counter(start: Callable[..., Running], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "content", tmp_path / "content")
    (tmp_path / "content" / "site.yaml").write_text("bank: [", encoding="utf-8")
    running = start()
    until(lambda: running.get("/") == 503, running)
    assert "site.yaml" in running.output
    assert "The content was not published" in running.output
    shutil.copy(ROOT / "content" / "site.yaml", tmp_path / "content" / "site.yaml")
    until(lambda: running.get("/") == 200, running)  # the watcher publishes on save
    running.process.send_signal(signal.SIGTERM)
    assert running.end() == 0


def test_a_port_in_use_is_told_before_anything_is_started(start: Callable[..., Running]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        running = start(other.getsockname()[1])
        assert running.end() == 2
    assert f"Port {running.port} cannot be used" in running.output
    assert "Traceback" not in running.output
    assert not (running.folder / "index").exists()


def test_a_port_that_is_no_number_is_told(start: Callable[..., Running]) -> None:
    running = start(PORT="eight thousand")
    assert running.end() == 2
    assert running.output == "PORT: 'eight thousand' is not a port number (1 to 65535).\n"


def test_a_bad_setting_is_told(start: Callable[..., Running]) -> None:
    running = start(GUICHET_ENV="staging")
    assert running.end() == 2
    assert running.output.startswith("GUICHET_ENV: 'staging' is unknown")


@pytest.mark.slow
def test_production_starts_with_real_secrets_without_a_watcher_and_logs_json(start: Callable[..., Running]) -> None:
    import base64
    import json

    private = "k1:" + base64.b64encode(bytes(range(32))).decode()
    running = start(
        GUICHET_ENV="production",
        GUICHET_SECRET_KEY="0123456789abcdefghijklmnopqrstuv",
        GUICHET_LOOKUP_KEY="vutsrqponmlkjihgfedcba9876543210",
        GUICHET_SEALING_KEY=public_half(private),
        GUICHET_OPENING_KEYS=private,
        GUICHET_PUBLIC_URL="https://contact.rivage.example",
    )
    running.until_open()
    assert not [each for each in running.family() if "watch" in each.cmdline()]
    assert running.member("webapp.delivery").environ()["GUICHET_OPENING_KEYS"] == private
    for each in running.family():
        if "gunicorn" in " ".join(each.cmdline()):
            assert private not in each.environ().values()
    running.process.send_signal(signal.SIGTERM)
    assert running.end() == 0
    logged = [json.loads(line) for line in running.lines if line.startswith("{")]
    assert "delivery worker started" in [each["event"] for each in logged]
