"""The ear beside a plain Whoosh query and SQLite FTS5 on the same articles, each question put to all three in turn.

    python -m benchmarks.ear [300 2000 20000]     # writes benchmarks/results/ear.json

Every question is asked once: nothing is remembered from an earlier one but what questions have in common. Processor
milliseconds stand beside wall milliseconds, because the machine is shared; the bounds are on the wall.
"""

import json
import os
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import msgspec
from whoosh.filedb.filestore import FileStorage
from whoosh.lang.stopwords import stoplists
from whoosh.query import Or, Term

from benchmarks import many_articles
from benchmarks.hostile import hostile
from benchmarks.load import RESULTS, ROOT
from webapp.knowledge.check import check
from webapp.search import Corpus, Document, Ear, build
from webapp.search.fields import WHOLE
from webapp.search.from_catalog import corpus_of
from webapp.search.words import analysis, fold

SIZES = (300, 2_000, 20_000)
QUESTIONS = 400
RESULT = RESULTS / "ear.json"
Ask = Callable[[str], object]
Times = list[tuple[float, float]]
"""Wall and processor milliseconds, one pair a question."""


def corpus(articles: int) -> Corpus:
    """Our own content and made articles: `articles` French ones."""
    catalog = check(ROOT / "content", date(2026, 11, 25)).catalog
    assert catalog is not None, "content/ has errors: run `flask check-content`"
    ours = corpus_of(catalog)
    french = sum(each.language == "fr" for each in ours.documents)
    made = many_articles.made(max(0, articles - french), [each.id for each in catalog.site.themes])
    added = tuple(
        Document(
            id=each.slug,
            language="fr",
            theme=each.theme,
            title=each.question,
            summary=each.summary,
            phrasings=each.phrasings,
            keywords=each.keywords,
            body=each.body,
        )
        for each in made
    )
    return msgspec.structs.replace(ours, documents=(*ours.documents, *added))


def questions(documents: Sequence[Document], count: int, seed: int = 3) -> list[str]:
    """Half from real customers, half about these articles; a third mistyped, all different."""
    dice = random.Random(seed)
    real = dice.sample(many_articles.asked(), count)
    own = [dice.choice((each.title, *each.phrasings)) for each in dice.choices(documents, k=count)]
    mixed = [text[:200] for pair in zip(real, own, strict=True) for text in pair]
    mixed = [many_articles.mistyped(text, dice) if dice.random() < 1 / 3 else text for text in mixed]
    return list(dict.fromkeys(mixed))[:count]


def whoosh_plain(folder: Path) -> Ask:
    """Any word but the stock list of French stop words, BM25F, ten hits: the very index that the product builds."""
    searcher = FileStorage(str(folder)).open_index(indexname="fr").searcher()
    reading = analysis("fr")
    stopped = {fold(word) for word in stoplists["fr"]}

    def ask(text: str) -> object:
        stems = {reading.stem(word): None for word in reading.words(text) if word not in stopped}
        query = Or([Term(field.name, stem) for stem in stems for field in WHOLE])
        return [hit.docnum for hit in searcher.search(query, limit=10, optimize=False)]

    return ask


def fts5(documents: Sequence[Document]) -> Ask:
    """Any word, BM25, ten hits."""
    database = sqlite3.connect(":memory:")
    database.execute(
        "create virtual table articles using fts5(title, phrasings, body, tokenize='unicode61 remove_diacritics 2')"
    )
    rows = ((each.title, "\n".join(each.phrasings), f"{each.summary}\n{each.body}") for each in documents)
    database.executemany("insert into articles values (?, ?, ?)", rows)
    reading = analysis("fr")

    def ask(text: str) -> object:
        words = " OR ".join(f'"{word}"' for word in dict.fromkeys(reading.words(text)))
        query = "select rowid from articles where articles match ? order by rank limit 10"
        return database.execute(query, (words,)).fetchall() if words else []

    return ask


def interleaved(engines: dict[str, Ask], texts: Sequence[str]) -> dict[str, Times]:
    """Each text to each engine, the first of them another one each time."""
    times: dict[str, Times] = {name: [] for name in engines}
    names = list(engines)
    for number, text in enumerate(texts):
        for name in (*names[number % len(names) :], *names[: number % len(names)]):
            times[name].append(timed(engines[name], text))
    return times


def timed(ask: Ask, text: str) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.thread_time()
    ask(text)
    return (time.perf_counter() - wall) * 1000, (time.thread_time() - cpu) * 1000


def figures(times: Times) -> dict[str, float]:
    found = {}
    for name, values in (("wall", [each[0] for each in times]), ("cpu", [each[1] for each in times])):
        ordered = sorted(values)
        found |= {f"{name} p{part}": round(ordered[len(ordered) * part // 100], 2) for part in (50, 95, 99)}
    return found


def suffering(ear: Ear, documents: Sequence[Document], usual: float) -> dict[str, dict[str, float]]:
    """Hostile questions by shape, processor time to that of the median question (`usual`): median and worst variant."""
    counts: dict[str, int] = {}
    reading = analysis("fr")
    for each in documents:
        for word in reading.words(f"{each.title} {each.body}"):
            counts[word] = counts.get(word, 0) + 1
    words = sorted(counts, key=lambda word: (-counts[word], word))
    found = {}
    for shape, variants in hostile(words):
        costs = [timed(lambda text: ear.ask(text, "fr"), text)[1] / usual for text in variants]
        found[shape] = {"median": round(median(costs), 2), "worst": round(max(costs), 2)}
    return found


def measure(articles: int) -> dict[str, object]:
    whole = corpus(articles)
    documents = [each for each in whole.documents if each.language == "fr"]
    found: dict[str, object] = {"articles": articles}
    with TemporaryDirectory(prefix="guichet-ear-") as folder:
        index = Path(folder) / "index"
        started, cpu = time.perf_counter(), time.process_time()
        build(whole, index)
        found["build s, wall"] = round(time.perf_counter() - started, 1)
        found["build s, cpu"] = round(time.process_time() - cpu, 1)
        found["index MB"] = round(sum(path.stat().st_size for path in index.iterdir()) / 1e6, 1)
        ear = Ear(index)
        engines: dict[str, Ask] = {
            "guichet": lambda text: ear.ask(text, "fr"),
            "whoosh": whoosh_plain(index),
            "fts5": fts5(documents),
        }
        texts = questions(documents, QUESTIONS if articles < 10_000 else QUESTIONS // 2)  # Whoosh takes half a second
        interleaved(engines, questions(documents, 20, seed=8))  # files mapped, code loaded
        times = interleaved(engines, texts)
        found["question"] = {name: figures(each) for name, each in times.items()}
        typed = [text[:end] for text in texts[:150] for end in range(3, min(len(text), 40), 5)]
        found["keystroke"] = figures([timed(lambda text: ear.hint(text, "fr"), text) for text in typed])
        usual = median(cpu for _, cpu in times["guichet"])
        found["hostile, to the median question"] = suffering(ear, documents, usual)
        for other in ("whoosh", "fts5"):
            pairs = zip(times["guichet"], times[other], strict=True)
            found[f"cpu to {other}, median of pairs"] = round(median(a[1] / max(b[1], 1e-3) for a, b in pairs), 2)
        ear.close()
    return found


def show(found: dict[str, object]) -> None:
    print(json.dumps({key: value for key, value in found.items() if not key.startswith("hostile")}, indent=1))
    shapes = found["hostile, to the median question"]
    assert isinstance(shapes, dict)
    for shape, costs in sorted(shapes.items(), key=lambda each: -each[1]["worst"]):
        print(f"  {shape:28} {costs['median']:>6} {costs['worst']:>6}")


def main() -> None:
    sizes = [int(each) for each in sys.argv[1:]] or list(SIZES)
    for articles in sizes:
        before = os.getloadavg()[0]
        found = measure(articles) | {"load before, after": [round(before, 1), round(os.getloadavg()[0], 1)]}
        kept = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else []
        results = [*(each for each in kept if each["articles"] != articles), found]
        results.sort(key=lambda each: int(each["articles"]))
        RESULTS.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        show(found)


if __name__ == "__main__":
    main()
