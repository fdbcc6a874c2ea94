"""Publishing at size: `flask publish` of 300 and 2,000 articles, from save to page, and what a web worker weighs then.

    python -m benchmarks.publishing [300 2000]     # writes benchmarks/results/publishing.json

The product itself (`make run`: web server, delivery worker, watcher) on its own data folder; a save is a file written,
seen when the page says it over HTTP.
"""

import http.client
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import guichet_client, many_articles
from benchmarks.load import RESULTS, ROOT, Server, guichet, wrk

SIZES = (300, 2_000)
SAVES = 7
RESULT = RESULTS / "publishing.json"
ARTICLE = "plafond-carte"


def published(env: Mapping[str, str]) -> dict[str, float]:
    """Seconds of `flask publish`, start of Python included."""
    command = [str(ROOT / ".venv" / "bin" / "flask"), "--app", "wsgi", "publish"]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall s": round(time.perf_counter() - started, 2), "cpu s": round(cpu, 2)}


def from_save_to_page(server: Server, content: Path, saves: int) -> list[float]:
    """Seconds until the page shows each of `saves` changes of one article."""
    path = content / "fr" / "cartes" / f"{ARTICLE}.md"
    times = []
    for number in range(saves):
        text = path.read_text(encoding="utf-8")
        mark = f"Modification-{number}"
        path.write_text(f"{text}\n{mark} faite.\n", encoding="utf-8")
        started = time.perf_counter()
        while mark not in page(server, f"/questions/{ARTICLE}") and time.perf_counter() - started < 60:
            time.sleep(0.02)
        times.append(round(time.perf_counter() - started, 2))
        while watcher_works(server):  # an editor does not save again within the second
            time.sleep(0.2)
    return times


def watcher_works(server: Server) -> bool:
    before = server.cpu_seconds("watch")
    time.sleep(1)
    return server.cpu_seconds("watch") - before > 0.1


def page(server: Server, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", path)
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def workers(server: Server) -> list[dict[str, int]]:
    """Megabytes of each web worker: all of it, and its share of what is shared."""
    gunicorn = [each for each in server.processes() if any("gunicorn" in word for word in each.cmdline())]
    young = [each for each in gunicorn if each.parent() in gunicorn]
    memory = [each.memory_full_info() for each in young]
    return [{"RSS": round(each.rss / 1e6), "PSS": round(each.pss / 1e6)} for each in memory]


def measure(articles: int) -> dict[str, object]:
    with TemporaryDirectory(prefix="guichet-publishing-") as folder:
        data = Path(folder)
        content = data / "content"
        many_articles.write(articles, content)
        server = guichet("guichet", data, {"GUICHET_CONTENT": str(content)})
        found: dict[str, object] = {"articles": articles, "publish": published(server.env)}
        with server:
            server.wait("/", 180)
            while watcher_works(server):
                time.sleep(0.5)
            times = from_save_to_page(server, content, SAVES)
            found |= {"from save to page s, median": median(times), "from save to page s, each": times}
            for script in (guichet_client.search_script(), guichet_client.typing_script()):
                wrk(server, "/recherche", 8, 5, script)
            found["web workers MB after load"] = workers(server)
        found["load after"] = round(os.getloadavg()[0], 1)
    return found


def main() -> None:
    for articles in [int(each) for each in sys.argv[1:]] or SIZES:
        found = measure(articles)
        kept = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else []
        results = [*(each for each in kept if each["articles"] != articles), found]
        results.sort(key=lambda each: int(each["articles"]))
        RESULTS.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
