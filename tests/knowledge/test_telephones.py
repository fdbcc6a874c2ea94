"""Telephone numbers, however people space them."""

import pytest

from webapp.knowledge import telephones


@pytest.mark.parametrize(
    "written",
    [
        "01 99 00 10 10",
        "0199001010",
        "01.99.00.10.10",
        "01-99-00-10-10",
        "01\u00a099\u00a000\u00a010\u00a010",
        "01\u202f99 00 1010",
        "+33 1 99 00 10 10",
        "+33199001010",
        "+33 (0)1 99 00 10 10",
        "0033 1 99 00 10 10",
        "01 990 010 10",
    ],
)
def test_every_way_of_spacing_is_the_same_number(written: str) -> None:
    text = f"Appelez le {written} 24 h sur 24, ou venez."
    (found,) = telephones.find(text)
    assert text[found.start : found.end] == written
    assert found.number == "+33199001010"


@pytest.mark.parametrize(
    "text",
    [
        "FR76 3000 4028 3798 7654 3210 943",
        "FR14 2004 1010 0505 0001 3M02 606",
        "SIREN 000 000 000",
        "article L.133-17 du 13 janvier 2018",
        "10 000 000 €",
        "carte 4970 1012 3456 7890",
        "le 22/11/2026 à 10 h 30",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert list(telephones.find(text)) == []


def test_short_codes_count_only_after_a_word_that_asks_to_dial() -> None:
    text = "Composez le 17 ou appelez le 3114. L'article 17 date de 2018. Appelez le 15 avril, ou appelez 10 fois."
    assert [each.number for each in telephones.find_short(text)] == ["17", "3114"]


def test_the_first_digits_of_a_long_number_are_no_short_code() -> None:
    assert list(telephones.find_short("appelez le 36 39 00 10 10")) == []
