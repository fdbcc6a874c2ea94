"""Relevance and speed on a set (`articles.jsonl`, `queries.jsonl`), with the engine and settings of the product."""

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from webapp.search.building import build
from webapp.search.ear import Ear
from webapp.search.model import Answers, Corpus, Document


class _Entry(msgspec.Struct):
    id: str
    lang: str
    title: str
    theme: str = ""
    summary: str = ""
    phrasings: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    body: str = ""


class _Asked(msgspec.Struct):
    query: str
    expected: tuple[str, ...]
    lang: str = ""


def evaluate(articles: Path, queries: Path) -> dict[str, Any]:
    """Build an index of `articles` in a temporary folder, ask every question, and score the answers.

    Keys: n, top1, top3, top5, mrr5 (percent, questions with an answer only), p50_ms, p95_ms, p99_ms (a whole
    `ask`, excerpts of ten hits included), build_s, index_mb (MB); with out-of-scope questions (`expected` empty)
    also auroc, answered_in, answered_out (percent). Errors: `ValueError` naming the line of a malformed file.
    """
    entries = _read(articles, _Entry)
    asked = _read(queries, _Asked)
    language = entries[0].lang if entries else "fr"
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "index"
        started = time.perf_counter()
        build(Corpus(documents=tuple(_document(entry) for entry in entries)), folder)
        build_s = time.perf_counter() - started
        size = sum(path.stat().st_size for path in folder.iterdir())
        ear = Ear(folder)
        try:
            answers, times = _ask(ear, asked, language)
        finally:
            ear.close()
    figures = _relevance(asked, answers)
    figures |= {f"p{part}_ms": round(_percentile(times, part), 2) for part in (50, 95, 99)}
    figures |= {"build_s": round(build_s, 2), "index_mb": round(size / 1e6, 2)}
    return figures | _scope(asked, answers)


def _read(path: Path, kind: Any) -> list[Any]:
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if line.strip():
            try:
                found.append(msgspec.json.decode(line, type=kind))
            except (ValueError, msgspec.MsgspecError) as error:
                raise ValueError(f"{path.name}, line {number}: {error}") from error
    return found


def _document(entry: _Entry) -> Document:
    return Document(
        id=entry.id,
        language=entry.lang,
        theme=entry.theme,
        title=entry.title,
        summary=entry.summary,
        phrasings=entry.phrasings,
        keywords=entry.keywords,
        body=entry.body,
    )


def _ask(ear: Ear, asked: Sequence[_Asked], language: str) -> tuple[list[Answers], list[float]]:
    answers, times = [], []
    for each in asked:
        started = time.perf_counter()
        answers.append(ear.ask(each.query, each.lang or language))
        times.append((time.perf_counter() - started) * 1000)
    return answers, times


def _relevance(asked: Sequence[_Asked], answers: Sequence[Answers]) -> dict[str, Any]:
    ranks = []
    for each, answer in zip(asked, answers, strict=True):
        if each.expected:
            places = [place for place, hit in enumerate(answer.hits) if hit.id in each.expected]
            ranks.append(places[0] if places else 1_000)
    figures: dict[str, Any] = {"n": len(ranks)}
    for most in (1, 3, 5):
        figures[f"top{most}"] = _percent([rank < most for rank in ranks])
    reciprocal = sum(1 / (rank + 1) for rank in ranks if rank < 5)
    figures["mrr5"] = round(100 * reciprocal / (len(ranks) or 1), 1)
    return figures


def _scope(asked: Sequence[_Asked], answers: Sequence[Answers]) -> dict[str, float]:
    inside = [answer for each, answer in zip(asked, answers, strict=True) if each.expected]
    outside = [answer for each, answer in zip(asked, answers, strict=True) if not each.expected]
    if not inside or not outside:
        return {}
    return {
        "auroc": _auroc([each.confidence for each in inside], [each.confidence for each in outside]),
        "answered_in": _percent([each.answered for each in inside]),
        "answered_out": _percent([each.answered for each in outside]),
    }


def _auroc(inside: Sequence[float], outside: Sequence[float]) -> float:
    """Percent of (inside, outside) couples that the confidence puts in the right order; a tie counts half."""
    right = sum((i > o) + 0.5 * (i == o) for i in inside for o in outside)
    return round(100 * right / (len(inside) * len(outside)), 1)


def _percent(flags: Sequence[bool]) -> float:
    return round(100 * sum(flags) / len(flags), 1) if flags else 0.0


def _percentile(values: Sequence[float], part: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * part // 100)] if ordered else 0.0
