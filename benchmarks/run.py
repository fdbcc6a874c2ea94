"""`make bench`: Guichet beside a bare Flask "hello" on the same gunicorn, in one interleaved run.

Prints a table and writes benchmarks/results/http.json. Quote the ratios and the CPU milliseconds: requests a second
move with the neighbours of this machine.
"""

import json
import os
import statistics
import sys
import tempfile
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path

from benchmarks import guichet_client
from benchmarks.load import (
    RESULTS,
    ROOT,
    RUNNER_AND_WATCHER,
    Figures,
    Server,
    free_port,
    guichet,
    journeys,
    letters,
    wrk,
)

ROUNDS, SECONDS = 3, int(os.environ.get("SECONDS_EACH", "5"))
Table = dict[tuple[str, str, int], list[Figures]]


def hello() -> Server:
    port = free_port()
    gunicorn = str(ROOT / ".venv" / "bin" / "gunicorn")
    # Not our gunicorn.conf.py, which gunicorn would find by itself: it opens Guichet's index before the fork.
    own = ["-c", os.devnull, "--preload", "--keep-alive", "5", "-b", f"127.0.0.1:{port}"]
    command = [gunicorn, "-k", "gthread", "-w", "2", "--threads", "4", *own, "benchmarks.hello:app"]
    return Server("hello", command, port, {})


def measure(product: Server, ceiling: Server, table: Table, rounds: int) -> None:
    article = "/questions/carte-perdue-ou-volee"
    scripts = {
        "search": guichet_client.search_script(),
        "keystroke": guichet_client.typing_script(),
        "same question": guichet_client.same_script(),
    }
    for turn in range(rounds):
        print(f"round {turn + 1} of {rounds}")
        for clients in (1, 16, 64):
            table["hello", "/", clients].append(wrk(ceiling, "/", clients, SECONDS))
            table["guichet", "home", clients].append(wrk(product, "/", clients, SECONDS))
            table["guichet", "article", clients].append(wrk(product, article, clients, SECONDS))
            for name, script in scripts.items():
                table["guichet", name, clients].append(wrk(product, "/recherche", clients, SECONDS, script))
        for clients in (1, 8):
            table["guichet", "ticket", clients].append(journeys(product, guichet_client.ticket, clients, SECONDS))


def summary(table: Table) -> list[dict[str, object]]:
    """Median of each figure over the rounds, a row per (server, request, clients)."""
    rows: list[dict[str, object]] = []
    for (server, request, clients), all_figures in table.items():
        row: dict[str, object] = {"server": server, "request": request, "clients": clients}
        for name in asdict(all_figures[0]):
            values = [getattr(each, name) for each in all_figures]
            row[name] = sum(values) if name in ("requests", "failed") else round(statistics.median(values), 3)
        rows.append(row)
    return rows


def show(rows: list[dict[str, object]]) -> None:
    print(f"{'server':16} {'request':14} {'c':>3} {'req/s':>8} {'p50 ms':>8} {'p99 ms':>8} {'CPU ms':>7} {'failed':>6}")
    for row in sorted(rows, key=lambda row: (str(row["request"]), row["clients"], str(row["server"]))):
        print(
            f"{row['server']:16} {row['request']:14} {row['clients']:>3} {row['per_second']:>8} {row['p50_ms']:>8} "
            f"{row['p99_ms']:>8} {row['cpu_ms']:>7} {row['failed']:>6}"
        )


def ratios(table: Table, mine: str, other: tuple[str, str], clients: int) -> float:
    """Median over the rounds of requests/s of `mine` to those of the other, paired within each round."""
    pairs = zip(table["guichet", mine, clients], table[(*other, clients)], strict=True)
    return round(statistics.median(a.per_second / b.per_second for a, b in pairs), 2)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    table: Table = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as folder, guichet("guichet", Path(folder)) as product:
        product.wait("/")
        idle = product.memory_mb(RUNNER_AND_WATCHER)
        with hello() as ceiling:
            ceiling.wait("/")
            measure(product, ceiling, table, rounds)
        post = letters(product, Path(folder), 0.0)
        after, whole = product.memory_mb(RUNNER_AND_WATCHER), product.memory_mb()
    rows = summary(table)
    show(rows)
    facts = {
        "cached home to bare Flask hello, requests/s": {
            c: ratios(table, "home", ("hello", "/"), c) for c in (1, 16, 64)
        },
        "delivery worker": post,
        "memory MB PSS, web + worker, idle": round(idle),
        "memory MB PSS, web + worker, after load": round(after),
        "memory MB PSS, with the runner and the development watcher": round(whole),
    }
    for name, value in facts.items():
        print(f"{name}: {value}")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "http.json").write_text(json.dumps({"rows": rows, "facts": facts}, indent=1) + "\n")


if __name__ == "__main__":
    main()
