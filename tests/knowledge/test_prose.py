"""Sentences and their length, as a reader feels them."""

import pytest

from webapp.knowledge.prose import beginning, count_words, sentences


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Appelez. Puis notez !  Et après ?", ["Appelez.", "Puis notez !", "Et après ?"]),
        ("L'art. L.133-17 et M. Dupont. Fin.", ["L'art. L.133-17 et M. Dupont.", "Fin."]),
        ("Il a dit « non ! » Puis rien.", ["Il a dit « non ! »", "Puis rien."]),
        ("50,5 % soit 3.14 fois. 12 jours.", ["50,5 % soit 3.14 fois.", "12 jours."]),
        ("Un\nDeux", ["Un", "Deux"]),
        ("", []),
    ],
)
def test_sentences(text: str, found: list[str]) -> None:
    assert list(sentences(text)) == found


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("L'heure est venue", 3),
        ("Au 01 99 00 10 10 !", 2),
        ("10 000,50 € : « oui »", 2),
        ("– ; :", 0),
    ],
)
def test_words(text: str, count: int) -> None:
    assert count_words(text) == count


def test_a_quotation_stops_after_a_few_words() -> None:
    assert beginning("un deux trois", 2) == "un deux…"
    assert beginning("un deux", 2) == "un deux"
