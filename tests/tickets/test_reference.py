"""References: random, said on the phone without a mistake."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.tickets import reference

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
references = st.text(ALPHABET, min_size=8, max_size=8).map(lambda body: reference._shown(body + reference._check(body)))


def test_a_reference_is_read_out_in_groups() -> None:
    for _ in range(100):
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]", reference.new())


def test_references_do_not_repeat() -> None:
    assert len({reference.new() for _ in range(5000)}) == 5000


@given(references)
def test_what_is_given_is_understood(given_one: str) -> None:
    assert reference.normalise(given_one) == given_one


@given(references, st.sampled_from([" ", "", ".", " - ", "\u00a0", "–"]), st.booleans())
def test_case_spaces_and_dashes_do_not_matter(given_one: str, separator: str, lower: bool) -> None:
    typed = given_one.replace("-", separator)
    assert reference.normalise(f"  {typed.lower() if lower else typed} ") == given_one


@given(references)
def test_look_alike_letters_are_understood(given_one: str) -> None:
    for letter, digit in (("O", "0"), ("o", "0"), ("I", "1"), ("l", "1"), ("i", "1"), ("L", "1")):
        assert reference.normalise(given_one.replace(digit, letter)) == given_one


@given(references, st.integers(0, 8), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(given_one: str, place: int, other: str) -> None:
    characters = list(given_one.replace("-", ""))
    if characters[place] != other:
        characters[place] = other
        assert reference.normalise("".join(characters)) is None


@given(references, st.integers(0, 7))
def test_two_exchanged_neighbours_are_noticed(given_one: str, place: int) -> None:
    characters = list(given_one.replace("-", ""))
    if characters[place] != characters[place + 1]:
        characters[place], characters[place + 1] = characters[place + 1], characters[place]
        assert reference.normalise("".join(characters)) is None


@pytest.mark.parametrize("typed", ["", "7K4M", "7K4M-29XQ-CC", "UUUU-UUUU-U", "7K4M-29XQ-é", "A" * 10_000, "٤٤٤٤٤٤٤٤٤"])
def test_anything_else_is_no_reference(typed: str) -> None:
    assert reference.normalise(typed) is None


@given(st.text())
def test_nothing_typed_is_an_error(typed: str) -> None:
    reference.normalise(typed)
