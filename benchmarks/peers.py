"""`make bench-peers`: Guichet beside django-helpdesk, same articles, same gunicorn, interleaved rounds.

Home page, one article (django-helpdesk: its knowledge base index, the lightest page that it has for answers), and the
ticket journey with a durable commit. Writes benchmarks/results/peers.json.
"""

import json
import os
import statistics
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks import django_helpdesk, guichet_client
from benchmarks.load import RESULTS, RUNNER_AND_WATCHER, Figures, guichet, journeys, letters, wrk
from benchmarks.run import Table, show, summary

ROUNDS, SECONDS = 3, int(os.environ.get("SECONDS_EACH", "5"))


def paired(mine: list[Figures], other: list[Figures], name: str) -> float:
    """Median over the rounds of one figure's ratio, ours to the peer's."""
    return round(statistics.median(getattr(a, name) / getattr(b, name) for a, b in zip(mine, other, strict=True)), 3)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    django_helpdesk.prepare(guichet_client.articles())
    table: Table = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as folder, guichet("guichet", Path(folder)) as product:
        product.wait("/")
        with django_helpdesk.server() as peer:
            peer.wait("/")
            for turn in range(rounds):
                print(f"round {turn + 1} of {rounds}")
                for clients in (1, 16):
                    table["guichet", "home", clients].append(wrk(product, "/", clients, SECONDS))
                    table["django-helpdesk", "home", clients].append(wrk(peer, "/", clients, SECONDS))
                    page = "/questions/carte-perdue-ou-volee"
                    table["guichet", "article", clients].append(wrk(product, page, clients, SECONDS))
                    table["django-helpdesk", "article", clients].append(wrk(peer, "/kb/", clients, SECONDS))
                for clients in (1, 8):
                    mine = journeys(product, guichet_client.ticket, clients, SECONDS)
                    table["guichet", "ticket", clients].append(mine)
                    other = journeys(peer, django_helpdesk.ticket, clients, SECONDS)
                    table["django-helpdesk", "ticket", clients].append(other)
            post = letters(product, Path(folder), 0.0)
            memory = {
                "guichet (web + worker)": round(product.memory_mb(RUNNER_AND_WATCHER)),
                "django-helpdesk": round(peer.memory_mb()),
            }
    rows = summary(table)
    show(rows)
    facts: dict[str, object] = {"memory MB PSS after load": memory, "our delivery worker, apart": post}
    for request, clients in (("home", 16), ("article", 16), ("ticket", 8)):
        mine, other = table["guichet", request, clients], table["django-helpdesk", request, clients]
        facts[f"{request}, {clients} clients: requests/s, ours / theirs"] = paired(mine, other, "per_second")
        facts[f"{request}, {clients} clients: CPU a request, ours / theirs"] = paired(mine, other, "cpu_ms")
    for name, value in facts.items():
        print(f"{name}: {value}")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "peers.json").write_text(json.dumps({"rows": rows, "facts": facts}, indent=1) + "\n")


if __name__ == "__main__":
    main()
