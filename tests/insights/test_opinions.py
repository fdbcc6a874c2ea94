"""Opinions on articles: one per visitor and day, counted, and nobody to be found in the tables."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from webapp.db import Database
from webapp.insights.opinions import ANSWERS, UnknownAnswer, give
from webapp.tables import day_key, opinion, opinion_given
from webapp.tickets.model import TooManyRequests

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


def say(database: Database, **changes: Any) -> bool:
    values: dict[str, Any] = {
        "article": "carte-perdue",
        "language": "fr",
        "digest": "d1",
        "answer": "useful",
        "surface": "hub",
        "partner": "",
        "visitor": "192.0.2.7 Firefox",
        "network": "192.0.2.0/24",
        "per_network": 100,
        "now": NOON,
    }
    return give(database, **(values | changes))


def counts(database: Database) -> dict[tuple[str, ...], int]:
    columns = (opinion.c.article, opinion.c.digest, opinion.c.month, opinion.c.answer, opinion.c.count)
    with database.reading() as connection:
        return {tuple(row[:-1]): row[-1] for row in connection.execute(select(*columns))}


def test_opinions_add_up_by_article_text_month_and_answer(database: Database) -> None:
    assert all(say(database, visitor=str(number)) for number in range(3))
    assert say(database, visitor="4", answer="unclear")
    assert say(database, visitor="5", digest="d2")
    assert counts(database) == {
        ("carte-perdue", "d1", "2026-11", "useful"): 3,
        ("carte-perdue", "d1", "2026-11", "unclear"): 1,
        ("carte-perdue", "d2", "2026-11", "useful"): 1,
    }


def test_a_visitor_counts_once_a_day_for_one_text(database: Database) -> None:
    assert say(database)
    assert not say(database)
    assert not say(database, answer="wrong")
    assert say(database, article="frais-carte")
    assert say(database, digest="d2")
    assert say(database, now=NOON + timedelta(days=1))
    assert counts(database)["carte-perdue", "d1", "2026-11", "useful"] == 2


def test_each_door_has_its_counts_and_a_visitor_of_two_doors_is_still_one(database: Database) -> None:
    assert say(database)
    assert say(database, visitor="2", surface="widget", partner="rivage")
    assert say(database, visitor="3", surface="widget", partner="rivage")
    assert say(database, visitor="4", surface="tab")
    assert not say(database, surface="tab")
    columns = (opinion.c.surface, opinion.c.partner, opinion.c.count)
    with database.reading() as connection:
        assert {tuple(row) for row in connection.execute(select(*columns))} == {
            ("hub", "", 1),
            ("widget", "rivage", 2),
            ("tab", "", 1),
        }


def test_the_next_day_throws_away_yesterdays_visitors_and_their_key(database: Database) -> None:
    say(database)
    say(database, now=NOON + timedelta(days=1), visitor="somebody else")
    with database.reading() as connection:
        assert connection.execute(select(opinion_given.c.day)).scalars().all() == ["2026-11-24"]
        assert connection.execute(select(day_key.c.day)).scalars().all() == ["2026-11-24"]


def test_the_same_visitor_is_another_digest_on_another_day(database: Database) -> None:
    seen = set()
    for day in range(3):
        say(database, now=NOON + timedelta(days=day))
        with database.reading() as connection:
            seen.add(connection.execute(select(opinion_given.c.digest)).scalar_one())
    assert len(seen) == 3


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_answers_are_a_closed_list(database: Database, answer: str) -> None:
    assert say(database, answer=answer)


@pytest.mark.parametrize("answer", ["", "useless", "Useful", "j'ai perdu ma carte 4111"])
def test_nothing_else_is_an_answer(sqlite: Database, answer: str) -> None:
    with pytest.raises(UnknownAnswer):
        say(sqlite, answer=answer)
    assert counts(sqlite) == {}


def test_one_network_has_a_limit_and_others_are_not_touched(database: Database) -> None:
    for number in range(2):
        say(database, visitor=str(number), per_network=2)
    with pytest.raises(TooManyRequests) as caught:
        say(database, visitor="3", per_network=2)
    assert caught.value.limit == "network"
    assert say(database, visitor="4", network="198.51.100.0/24", per_network=2)
    assert sum(counts(database).values()) == 3
    assert say(database, visitor="3", per_network=3)  # the refusal did not use up the visitor's one opinion


def test_first_opinions_at_once_share_the_key_of_the_day(database: Database) -> None:
    given: list[bool] = []
    ready = threading.Barrier(8)

    def one() -> None:
        ready.wait()
        given.append(say(database))

    visitors = [threading.Thread(target=one) for _ in range(8)]
    for each in visitors:
        each.start()
    for each in visitors:
        each.join()
    assert given.count(True) == 1
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(day_key)).scalar_one() == 1
    assert list(counts(database).values()) == [1]


def test_no_address_is_on_the_disk(sqlite: Database, tmp_path: Path) -> None:
    say(sqlite)
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"192.0.2" not in content
    assert b"Firefox" not in content


def test_days_are_utc(database: Database) -> None:
    late = datetime.fromisoformat("2026-12-01T00:30:00+01:00")
    say(database, now=late)
    assert list(counts(database)) == [("carte-perdue", "d1", "2026-11", "useful")]
