"""The French questions themselves: whole, rightly split, naming articles that exist."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from webapp.knowledge.check import check
from webapp.search.words import analysis
from webapp.settings import ROOT

FOLDER = ROOT / "benchmarks" / "french"
HALVES = {"development": 0, "kept_apart": 1}
FILES = (*HALVES, "third", "fourth")
KINDS = {
    *("typo", "sms", "noaccent", "phone", "voice", "long", "double", "short", "colloquial", "regional", "insult"),
    *("foreign", "urgent", "personal", "near", "far", "other_bank"),
}
ROUGH = {"typo", "sms", "noaccent", "phone", "voice"}
ORIENTATIONS = {"answer", "urgent", "distress", "contact", "branch", "form", "person", "nothing"}


def rows(half: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{half}.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def questions() -> list[dict[str, Any]]:
    return [row for half in HALVES for row in rows(half)]


@pytest.fixture(scope="module")
def everything() -> list[dict[str, Any]]:
    return [row for half in FILES for row in rows(half)]


@pytest.mark.parametrize("half", HALVES)
def test_a_question_stays_in_its_half(half: str) -> None:
    assert [
        row["query"] for row in rows(half) if hashlib.sha256(row["query"].encode()).digest()[0] % 2 != HALVES[half]
    ] == []


def test_no_question_is_asked_twice(everything: list[dict[str, Any]]) -> None:
    assert len({row["query"] for row in everything}) == len(everything)


def test_every_question_says_what_answers_it_and_of_what_kind_it_is(everything: list[dict[str, Any]]) -> None:
    articles = {path.stem for path in Path(ROOT / "content" / "fr").rglob("*.md")}
    for row in everything:
        assert set(row["expected"]) <= articles, row
        assert set(row["kind"]) <= KINDS, row
        assert row.get("orientation", "answer") in ORIENTATIONS, row
        assert row["query"], row
        assert row["who"], row
        if row["expected"]:
            assert not {"near", "far", "other_bank"} & set(row["kind"]), row
        else:
            assert {"near", "far", "other_bank", "personal"} & set(row["kind"]), row
            assert row.get("orientation") != "answer", row


def test_the_set_is_as_large_and_as_rough_as_promised(questions: list[dict[str, Any]]) -> None:
    def count(*kinds: str) -> int:
        return sum(bool(set(kinds) & set(row["kind"])) for row in questions)

    assert len(questions) >= 420
    assert count(*ROUGH) >= len(questions) / 3
    assert count("double") >= 20
    assert count("foreign") >= 15
    assert sum(not row["expected"] for row in questions) >= 80
    assert len({row["who"] for row in questions}) >= 40
    long = [row for row in questions if "long" in row["kind"]]
    assert len(long) >= 25
    assert all(300 <= len(row["query"]) <= 1_200 for row in long)


def test_the_page_gives_the_right_numbers(questions: list[dict[str, Any]]) -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    without = sum(not row["expected"] for row in questions)
    assert f"{len(questions)} questions in all, {len(questions) - without} with" in page
    assert f"{without} with none" in page
    later = rows("third")
    pressing = sum(row.get("orientation") in ("urgent", "distress") for row in later)
    assert f"{len(later)} more, {pressing} of them urgent" in page


def test_no_phrasing_of_the_content_repeats_a_question() -> None:
    """Else the benchmark would measure memory. Repeats: four words or more, and 8 of 10 words shared."""
    asked = {row["query"]: frozenset(analysis("fr").words(row["query"])) for half in FILES for row in rows(half)}
    report = check(ROOT / "content", date(2026, 11, 25))
    assert report.catalog is not None
    repeated = []
    for article in report.catalog.articles:
        for phrasing in article.phrasings if article.language == "fr" else ():
            words = frozenset(analysis("fr").words(phrasing))
            for query, theirs in asked.items():
                if len(words) >= 4 and len(words & theirs) >= 0.8 * len(words | theirs):
                    repeated.append(f"{article.slug}: {phrasing} = {query}")
    assert repeated == []
