"""The speller: one error from four letters on, two from eight on, and an honest doubt."""

from datetime import date

import pytest

from tests.search.conftest import CONTENT
from webapp.knowledge.check import check
from webapp.search import Ear
from webapp.search.spelling import Correction, Speller, distance
from webapp.search.words import analysis

KNOWN = {
    "virement": 40,
    "virements": 8,
    "iban": 9,
    "opposition": 20,
    "carte": 90,
    "prelevement": 30,
    "compte": 80,
    "eau": 3,
}


@pytest.fixture
def speller() -> Speller:
    return Speller(KNOWN)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("vriement", "virement"),  # exchanged
        ("iabn", "iban"),  # exchanged, four letters
        ("birement", "virement"),  # wrong first letter
        ("irement", "virement"),  # first letter missing
        ("oposition", "opposition"),
        ("viremant", "virement"),
        ("comptte", "compte"),
        ("cartr", "carte"),
    ],
)
def test_one_error_is_corrected(speller: Speller, typed: str, meant: str) -> None:
    assert speller.near(typed) == Correction(meant, sure=True)


def test_two_errors_are_corrected_in_long_words_only(speller: Speller) -> None:
    assert speller.far("prelevemnet") is not None
    assert speller.far("prlvement") == Correction("prelevement", sure=True)
    assert speller.far("crate") is None


def test_short_words_are_left_alone(speller: Speller) -> None:
    assert speller.near("ibn") is None


def test_another_word_of_the_language_is_no_slip_of_the_finger(speller: Speller) -> None:
    """« tarte » may find cards, but nobody is asked whether « carte » was meant."""
    assert speller.near("tarte") == Correction("carte", sure=False)
    assert speller.near("beau") == Correction("eau", sure=False)


def test_what_is_no_word_costs_nothing(speller: Speller) -> None:
    for typed in ("x" * 10_000, "((((", "مرحبا", "\ud800\ud800\ud800\ud800", "1234567890"):
        assert speller.near(typed) is None
        assert speller.far(typed) is None


def test_distance_counts_an_exchange_as_one() -> None:
    assert distance("iabn", "iban", 2) == 1
    assert distance("carte", "carte", 2) == 0
    assert distance("carte", "chequier", 2) == 3


def test_a_misspelt_word_is_found_behind_the_article_glued_to_it(rivage: Ear) -> None:
    assert rivage.ask("resilier lassurence", "fr").did_you_mean == "resilier assurance"


def test_words_two_errors_away_are_found_without_comparing_every_word() -> None:
    """The work is bounded by what is compared letter by letter: nothing is lost by the rest, and little is left."""
    vocabulary = _written()
    speller = Speller(dict.fromkeys(vocabulary, 1))
    for typed in ("prelevmantz", "remboursemnet", "decuverrt", "virementtte", "telephnoer", "zzaacarrte"):
        near = {each for each in vocabulary if distance(typed, each, 2) <= 2}
        compared = set(speller.alike(typed))
        assert {each for each in near if len(each) >= 3} <= compared
        assert len(compared) < len(vocabulary) / 50


def _written() -> list[str]:
    """Every word that our articles say."""
    catalog = check(CONTENT, date(2026, 11, 22)).catalog
    assert catalog is not None
    reading = analysis("fr")
    words = {word for each in catalog.articles for word in reading.words(f"{each.question} {each.plain}")}
    return sorted(word for word in words if word.isalpha())
