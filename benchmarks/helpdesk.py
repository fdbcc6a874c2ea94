"""`python -m benchmarks.helpdesk`: does a slow helpdesk slow the visitor, and does the outbox keep up with a real RT?

Visitors: four products at once, alike but for their helpdesk (fast, four seconds an answer, refusing, not there), each
sent a request in turn, so that the machine's noise falls on all alike. Outbox: batches by the outbox and by RT's REST
interface alone (one client, two clients: the better), in turn, to the same RT with two processes. Bounded.
"""

import contextlib
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from benchmarks import guichet_client
from benchmarks.load import RESULTS, ROOT, free_port
from tests.delivery.destinations.http_servers import Asked, Told, serving
from tests.request_tracker import RequestTracker, Server
from webapp.confidential.digest import Digester
from webapp.confidential.safe import Safe
from webapp.db import Database
from webapp.delivery import service
from webapp.settings import Settings
from webapp.tickets.intake import submit
from webapp.tickets.model import Limits, Request

VISITS, BATCH, BATCHES = int(os.environ.get("VISITS", "150")), int(os.environ.get("BATCH", "24")), 4
SLOW = 4.0  # seconds an answer of the slow helpdesk
_NO_LIMITS = Limits(per_network=10**6, per_address=10**6, overall=10**6)
_SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY="


def visitors(folder: Path) -> dict[str, dict[str, float]]:
    """Milliseconds of a ticket journey (form, POST, 303) by helpdesk: p50, p95, ratio of p50 to the fast one's."""
    helpdesks = {"fast": Told(200, b"{}"), "slow": Told(200, b"{}"), "refusing": Told(503, b"{}")}
    with contextlib.ExitStack() as stack:
        addresses = {"gone": f"http://127.0.0.1:{free_port()}"}
        for name, told in helpdesks.items():
            addresses[name] = stack.enter_context(serving(_answering(told, SLOW if name == "slow" else 0.0)))
        ports = {name: stack.enter_context(_product(folder / name, url)) for name, url in addresses.items()}
        taken: dict[str, list[float]] = {name: [] for name in ports}
        dice, order = random.Random(1), list(ports.items())
        for number in range(VISITS):
            dice.shuffle(order)
            for name, port in order:
                taken[name].append(_visit(port, number))
    usual = statistics.median(taken["fast"][5:])
    return {
        name: {
            "p50_ms": round(statistics.median(each[5:]), 1),
            "p95_ms": round(statistics.quantiles(each[5:], n=20)[-1], 1),
            "p50_ratio": round(statistics.median(each[5:]) / usual, 2),
        }
        for name, each in taken.items()
    }


def outbox(folder: Path) -> dict[str, float]:
    """Tickets a second into RT: by its REST interface alone, by one worker, by two; and the ratios, paired by batch."""
    server = Server(workers=2)
    try:
        rt = server.start()
        rounds = []
        for number in range(BATCHES):
            alone = max(_rest_rate(rt, clients) for clients in (1, 2))
            rounds.append(
                (alone, _outbox_rate(rt, folder / f"{number}-1", 1), _outbox_rate(rt, folder / f"{number}-2", 2))
            )
    finally:
        server.stop()
    return {
        "rt_alone_per_second": round(statistics.median(each[0] for each in rounds), 2),
        "one_worker_per_second": round(statistics.median(each[1] for each in rounds), 2),
        "two_workers_per_second": round(statistics.median(each[2] for each in rounds), 2),
        "one_worker_ratio": round(statistics.median(each[1] / each[0] for each in rounds), 2),
        "two_workers_ratio": round(statistics.median(each[2] / each[0] for each in rounds), 2),
    }


def _answering(told: Told, seconds: float) -> Any:
    def answer(_asked: Asked) -> Told:
        time.sleep(seconds)
        return told

    return answer


@contextmanager
def _product(folder: Path, helpdesk: str) -> Iterator[int]:
    """Web server and worker whose requests go to a webhook at `helpdesk`; gives the port."""
    folder.mkdir(parents=True)
    (folder / "secret").write_text(_SECRET, encoding="ascii")
    table = f'[hook]\nkind = "webhook"\nurl = "{helpdesk}"\nsecret_file = "{folder}/secret"\n'
    (folder / "d.toml").write_text(table, encoding="utf-8")
    port = free_port()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GUICHET_")}
    environment |= {
        "PORT": str(port),
        "GUICHET_DATA": str(folder / "var"),
        "GUICHET_INDEX": str(folder / "index"),
        "GUICHET_DESTINATIONS": str(folder / "d.toml"),
        "GUICHET_DESTINATION": "hook",
        "GUICHET_STAMP_MINIMUM_AGE": "0",
        "GUICHET_WORKERS": "1",
        **{f"GUICHET_LIMIT_{each}": "1000000" for each in ("PER_NETWORK", "PER_ADDRESS", "OVERALL")},
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "webapp.run"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        _wait_for(port, folder / "log")
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int, log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.2)
    raise AssertionError(log.read_text()[-2000:])


def _visit(port: int, number: int) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    started = time.perf_counter()
    guichet_client.ticket(connection, number)
    connection.close()
    return (time.perf_counter() - started) * 1000


def _rest_rate(rt: RequestTracker, clients: int) -> float:
    """Tickets a second that RT makes of the same size, when nothing else is in the way."""
    text = "Bonjour, mon virement vers un nouveau bénéficiaire est refusé depuis hier. " * 12
    ticket = {"Queue": "Contact", "Subject": "[AAAA-AAAA-A] Question", "Content": text, "ContentType": "text/plain"}
    headers = {"Authorization": f"token {rt.token}"}

    def create(_number: int) -> None:
        made = httpx.post(f"{rt.url}/REST/2.0/ticket", json=ticket, headers=headers, timeout=60)
        assert made.status_code == 201, made.text

    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(create, range(BATCH)))
    return BATCH / (time.perf_counter() - started)


def _outbox_rate(rt: RequestTracker, folder: Path, workers: int) -> float:
    """Tickets a second that leave the outbox: claimed, opened, sent and recorded."""
    folder.mkdir(parents=True)
    (folder / "token").write_text(rt.token, encoding="ascii")
    table = f'[rt]\nkind = "request-tracker"\nurl = "{rt.url}"\nqueue = "Contact"\ntoken_file = "{folder}/token"\n'
    (folder / "d.toml").write_text(table, encoding="utf-8")
    settings = Settings.from_environ(
        {"GUICHET_DATA": str(folder), "GUICHET_DESTINATIONS": str(folder / "d.toml"), "GUICHET_DESTINATION": "rt"}
    )
    database = Database(settings.database)
    database.upgrade()
    _fill(database, settings)
    staff = [service.staff(settings, database) for _ in range(workers)]
    lanes = [each for one in staff for each in one.workers if "rt" in each.lane.only]

    def drain(worker: Any) -> int:
        sent = 0
        while worker.step():
            sent += 1
        return sent

    started = time.perf_counter()
    with ThreadPoolExecutor(len(lanes)) as pool:
        sent = sum(pool.map(drain, lanes))
    taken = time.perf_counter() - started
    database.dispose()
    assert sent == BATCH, (sent, BATCH)
    return BATCH / taken


def _fill(database: Database, settings: Settings) -> None:
    safe, digester = Safe.of(settings), Digester(settings.lookup_key)
    for number in range(BATCH):
        request = Request(
            form_key=f"form {number}",
            nature="question",
            message="Bonjour, mon virement vers un nouveau bénéficiaire est refusé depuis hier. " * 8,
            email=f"client{number}@example.org",
        )
        submit(
            database,
            safe,
            digester,
            request,
            now=datetime.now(UTC),
            limits=_NO_LIMITS,
            deliveries=(("request", "rt"),),
        )


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="guichet-helpdesk-") as folder:
        figures = {"outbox": outbox(Path(folder) / "outbox"), "visitors": visitors(Path(folder) / "visitors")}
    figures["load average"] = {"1 min": round(os.getloadavg()[0], 1)}
    print(json.dumps(figures, indent=1))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "helpdesk.json").write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
