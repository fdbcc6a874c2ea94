"""Evaluation: the figures that the benchmarks and `flask evaluate` print."""

import json
from pathlib import Path

import pytest

from webapp.search.evaluate import evaluate

ARTICLES = [
    {
        "id": "a",
        "lang": "fr",
        "theme": "t",
        "title": "Carte perdue",
        "phrasings": ["j'ai perdu ma carte"],
        "body": "Appelez.",
    },
    {
        "id": "b",
        "lang": "fr",
        "theme": "t",
        "title": "Trouver mon RIB",
        "phrasings": ["où est mon rib"],
        "body": "Ici.",
    },
]


def write(path: Path, lines: list[dict[str, object]]) -> Path:
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_figures_of_a_set(tmp_path: Path) -> None:
    articles = write(tmp_path / "articles.jsonl", ARTICLES)
    asked = [{"query": "carte perdue", "expected": ["a"]}, {"query": "rib", "expected": ["a"]}]
    figures = evaluate(articles, write(tmp_path / "queries.jsonl", asked))
    assert figures.keys() == {
        "n", "top1", "top3", "top5", "mrr5", "p50_ms", "p95_ms", "p99_ms", "build_s", "index_mb",
    }  # fmt: skip
    assert (figures["n"], figures["top1"]) == (2, 50.0)


def test_out_of_scope_questions_add_the_confidence(tmp_path: Path) -> None:
    articles = write(tmp_path / "articles.jsonl", ARTICLES)
    asked = [{"query": "j'ai perdu ma carte", "expected": ["a"]}, {"query": "recette de crêpes", "expected": []}]
    figures = evaluate(articles, write(tmp_path / "queries.jsonl", asked))
    assert figures["n"] == 1
    assert figures["auroc"] == 100.0
    assert figures["answered_out"] == 0.0


def test_a_malformed_line_is_named(tmp_path: Path) -> None:
    articles = write(tmp_path / "articles.jsonl", ARTICLES)
    (tmp_path / "queries.jsonl").write_text('{"query": "a", "expected": []}\n{"query": 3}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"queries\.jsonl, line 2"):
        evaluate(articles, tmp_path / "queries.jsonl")
