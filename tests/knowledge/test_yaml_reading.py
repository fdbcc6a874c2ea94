"""YAML mistakes, told with their line and without any exception."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.knowledge.yaml_reading import read_yaml


def test_values_and_their_lines() -> None:
    document = read_yaml("a: 1\nb:\n  - x\n  - {c: oui}\nd: true\ne:\n", "essai.yaml", first_line=5)
    assert document.data == {"a": 1, "b": ["x", {"c": "oui"}], "d": True, "e": None}
    assert document.line(("a",)) == 5
    assert document.line(("b", 1, "c")) == 8
    assert document.line(("b", 1, "absent")) == 8
    assert document.problems == []


def test_dates_stay_texts() -> None:
    assert read_yaml("reviewed: 2026-10-12", "essai.yaml").data == {"reviewed": "2026-10-12"}


def test_what_yaml_does_not_take_for_a_text_is_kept_as_typed() -> None:
    document = read_yaml("a: no\nb: 10:30\nc: 0123", "essai.yaml")
    assert document.raw == {("a",): "no", ("b",): "10:30", ("c",): "0123"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: b\nc: d : e", 2, "« : »"),
        ("a:\n\t- b", 2, "tabulation"),
        ("a: 'b", 1, "jamais fermés"),
        ("a: [b, c\nd: e", 2, "mal fermée"),
        ("a: b\n  c: d", 2, "mal décalée"),
        ("a: @b", 1, "signe réservé"),
        ("a: 1\na: 2", 2, "écrit deux fois (déjà à la ligne 1)"),
        ("a: &x 1\nb: *x", 1, "renvois YAML"),
        ("a: !!python/object/apply:os.system [id]", 1, "étiquettes YAML"),
        ("a: 1\n---\nb: 2", 2, "plusieurs documents"),
        ("? [a, b]\n: c", 1, "nom de champ"),
        ('a: "b" c', 1, "alignée"),
        ("- a\nb: c", 2, "« - »"),
        ('a: "\\d"', 1, "barre oblique inverse"),
        ("a: - b", 1, "« - » de liste"),
        ("%YAML 9.9\n---\na: b", 1, "YAML correct"),
        ("a: \x07", 1, "caractère"),
    ],
)
def test_each_mistake_names_its_line_and_what_to_do(text: str, line: int, words: str) -> None:
    problem = read_yaml(text, "essai.yaml").problems[0]
    assert problem.file == "essai.yaml"
    assert problem.line == line
    assert words in problem.message
    assert problem.hint


BOMBS = {
    "flow depth": "[" * 500_000,
    "mapping depth": "{a: " * 200_000,
    "block depth": "- " * 400_000,
    "indentation": "\n".join(" " * depth + "a:" for depth in range(1000)),
    "aliases": "a: &a [x]\n" + "\n".join(f"b{n}: [*a, *a]" for n in range(1000)),
    "many keys": "\n".join(f"k{n}: v" for n in range(90_000)),
    "one long text": "a: " + "mot " * 250_000,
    "quotes": "a: '" + "''" * 400_000,
    "comments": "#\n" * 400_000,
    "questions": "? " * 400_000,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_megabyte_of_malice_takes_a_bounded_time(bomb: str) -> None:
    start = time.process_time()
    read_yaml(BOMBS[bomb], "essai.yaml")
    assert time.process_time() - start < 3


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab:-[]{}'\"\n\t #&*!|>%@`?,é0\\1", max_size=80))
def test_nothing_typed_ever_raises(text: str) -> None:
    document = read_yaml(text, "essai.yaml")
    assert all(each.line >= 1 and each.hint for each in document.problems)
