"""The engine's speed at 300 articles and more: our content filled up with real public pages of ../shared/data.

    python -m benchmarks.relevance_speed [articles]     # default 300; writes benchmarks/results/relevance_speed.json

Wall times suffer from neighbours on a shared machine: `cpu_ms` is what travels.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from webapp.knowledge.check import check
from webapp.search import Corpus, Document, Ear, build
from webapp.search.from_catalog import corpus_of

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT.parent / "shared" / "data" / "service-public-2020" / "fiches.jsonl"
RESULT = ROOT / "benchmarks" / "results" / "relevance_speed.json"


def corpus(articles: int) -> tuple[Corpus, list[str]]:
    """`articles` French documents, and questions: every phrasing of ours, and titles of pages that are not in."""
    report = check(ROOT / "content", datetime.now(UTC).date())
    assert report.catalog is not None, "content/ has errors: run `flask check-content`"
    ours = corpus_of(report.catalog)
    french = [document for document in ours.documents if document.language == "fr"]
    pages = [json.loads(line) for line in PAGES.read_text(encoding="utf-8").splitlines()]
    missing = max(0, articles - len(french))
    filling = tuple(
        Document(id=page["id"], language="fr", theme="public", title=page["title"], body=page["text"])
        for page in pages[:missing]
    )
    questions = [phrasing for document in french for phrasing in document.phrasings]
    questions += [page["title"] for page in pages[missing:]][: len(questions) // 2]
    filled = Corpus(documents=(*ours.documents, *filling), synonyms=ours.synonyms, urgent_when=ours.urgent_when)
    return filled, questions


def timed(ask: Callable[[str], object], texts: Sequence[str]) -> dict[str, float]:
    times = []
    cpu = time.process_time()
    for text in texts:
        started = time.perf_counter()
        ask(text)
        times.append((time.perf_counter() - started) * 1000)
    cpu = (time.process_time() - cpu) * 1000 / len(texts)
    times.sort()
    figures = {f"p{part}_ms": round(times[len(times) * part // 100], 2) for part in (50, 95, 99)}
    return figures | {"cpu_ms": round(cpu, 2)}


def main() -> None:
    articles = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    filled, questions = corpus(articles)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "index"
        started = time.process_time()
        build(filled, folder)
        results: dict[str, object] = {"articles": articles, "build_cpu_s": round(time.process_time() - started, 2)}
        results["index_mb"] = round(sum(path.stat().st_size for path in folder.iterdir()) / 1e6, 1)
        before = psutil.Process().memory_info().rss
        started = time.perf_counter()
        ear = Ear(folder)
        results["open_ms"] = round((time.perf_counter() - started) * 1000, 1)
        results["ask, first time"] = timed(lambda text: ear.ask(text, "fr"), questions)
        results["ask"] = timed(lambda text: ear.ask(text, "fr"), questions)
        typed = [question[:end] for question in questions[:200] for end in range(3, min(len(question), 40), 3)]
        results["suggest, a keystroke"] = timed(lambda text: ear.suggest(text, "fr"), typed)
        message = " ".join(questions)[:2_000]
        results["message of 2,000 characters"] = timed(lambda text: ear.ask_message(text, "fr"), [message] * 20)
        results["ear_mb"] = round((psutil.Process().memory_info().rss - before) / 1e6, 1)
        ear.close()
    print(json.dumps(results, indent=1))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
