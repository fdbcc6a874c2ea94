"""`python -m benchmarks.tickets`: requests taken and followed, on SQLite and on PostgreSQL, in turn on one machine.

A ticket is the whole journey of a new visitor: the form, its stamp, the POST, the 303 after a durable commit. Beside
it, in the same round, what no program can beat: transactions of one row of four kilobytes by as many threads, on the
same database. The follow-up page is opened by the view that each receipt hands on. PostgreSQL syncs as in production.
"""

import http.client
import json
import os
import secrets
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import insert

from benchmarks import guichet_client
from benchmarks.load import RESULTS, Figures, Server, guichet, journeys
from tests import databases
from webapp.db import Database
from webapp.tables import day_key

ROUNDS, SECONDS, CLIENTS = int(os.environ.get("ROUNDS", "3")), float(os.environ.get("SECONDS_EACH", "5")), 8
FOLLOWED = 40  # cases of a round, each opened five times
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}


def commits(url: str, seconds: float) -> float:
    """Durable transactions a second: one row of 4 kB each, by `CLIENTS` threads, through the product's own engine."""
    database, limit = Database(url, busy_seconds=30), time.monotonic() + seconds

    def write(_client: int) -> int:
        done = 0
        while time.monotonic() < limit:
            with database.transaction() as connection:
                connection.execute(insert(day_key), {"day": secrets.token_hex(5), "value": os.urandom(4096)})
            done += 1
        return done

    began = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        done = sum(pool.map(write, range(CLIENTS)))
    database.dispose()
    return done / (time.monotonic() - began)


def followed(server: Server) -> list[float]:
    """Milliseconds to open a follow-up page, over `FOLLOWED` cases, by four visitors at once."""
    views, taken, lock = [_view(server, number) for number in range(FOLLOWED)], [], threading.Lock()

    def look(view: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        for _ in range(5):
            began = time.perf_counter()
            connection.request("POST", "/suivi/demande", urlencode({"view": view, "do": "look"}), _FORM)
            answer = connection.getresponse()
            page = answer.read()
            with lock:
                taken.append((time.perf_counter() - began) * 1000)
            assert answer.status == 200, answer.status
            assert b'name="view"' in page, "no case was shown"
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(look, views))
    return taken


def _view(server: Server, number: int) -> str:
    """A request of a new visitor; the view that its receipt hands on."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    view = guichet_client.ticket(connection, 10**6 + number).partition("#suivi=")[2]
    connection.close()
    return view


def measure(servers: dict[str, tuple[Server, str]], rounds: int) -> dict[str, dict[str, Any]]:
    runs: dict[str, list[tuple[Figures, float, list[float]]]] = {name: [] for name in servers}
    for turn in range(rounds):
        print(f"round {turn + 1} of {rounds}")
        for name, (server, url) in servers.items():
            with _alone(server, [each for each, _ in servers.values()]):
                taken = journeys(server, guichet_client.ticket, CLIENTS, SECONDS)
                runs[name].append((taken, commits(url, min(SECONDS, 2)), followed(server)))
    return {name: _row(each) for name, each in runs.items()}


@contextmanager
def _alone(server: Server, all_of_them: list[Server]) -> Iterator[None]:
    """The other products stand still meanwhile: their delivery workers have letters of the last turn to send."""
    others = [each for each in all_of_them if each is not server]
    for each in others:
        os.killpg(each.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in others:
            os.killpg(each.process.pid, signal.SIGCONT)


def _row(runs: list[tuple[Figures, float, list[float]]]) -> dict[str, Any]:
    figures = [asdict(each[0]) for each in runs]
    pages = [statistics.quantiles(each[2], n=20) for each in runs]
    return {
        "tickets_per_second": round(statistics.median(each["per_second"] for each in figures), 1),
        "p50_ms": round(statistics.median(each["p50_ms"] for each in figures), 1),
        "p99_ms": round(statistics.median(each["p99_ms"] for each in figures), 1),
        "cpu_ms": round(statistics.median(each["cpu_ms"] for each in figures), 2),
        "failed": sum(each["failed"] for each in figures),
        "bare_commits_per_second": round(statistics.median(each[1] for each in runs), 1),
        "tickets_to_bare_commits": round(statistics.median(each[0].per_second / each[1] for each in runs), 2),
        "followup_p50_ms": round(statistics.median(each[9] for each in pages), 1),
        "followup_p95_ms": round(statistics.median(each[18] for each in pages), 1),
    }


def main() -> None:
    databases.OPTIONS["fsync"] = "on"  # the tests' own cluster does not wait for the disk
    cluster = databases.Cluster()
    cluster.start()
    limits = {"GUICHET_LIMIT_FOLLOWUP": "100000000"}
    try:
        with tempfile.TemporaryDirectory(prefix="guichet-tickets-") as folder:
            (Path(folder) / "sqlite").mkdir()
            (Path(folder) / "postgresql").mkdir()
            url = cluster.create("bench")
            sqlite = guichet("sqlite", Path(folder) / "sqlite", limits)
            postgresql = guichet("postgresql", Path(folder) / "postgresql", limits | {"GUICHET_DATABASE_URL": url})
            with sqlite, postgresql:
                for each in (sqlite, postgresql):
                    each.wait("/health", 120)
                file = Path(folder) / "sqlite" / "var" / "guichet.sqlite3"
                rows = measure({"sqlite": (sqlite, f"sqlite:///{file}"), "postgresql": (postgresql, url)}, ROUNDS)
    finally:
        cluster.stop()
    names = list(next(iter(rows.values())))
    for name in names:
        print(f"{name:26}" + "".join(f"{kind} {row[name]:>8}   " for kind, row in rows.items()))
    RESULTS.mkdir(exist_ok=True)
    figures = {"databases": rows, "clients": CLIENTS, "load average": {"1 min": round(os.getloadavg()[0], 1)}}
    (RESULTS / "tickets.json").write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
