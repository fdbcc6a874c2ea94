"""The trail: a closed grammar, bounded, whatever a browser sends."""

from hypothesis import given
from hypothesis import strategies as st

from webapp.tickets.trail import LONGEST, MOST, Seen, add, read, write


def test_what_is_written_is_read_again() -> None:
    trail = add(add((), ("a-b", "c"), "shown"), ("c",), "opened")
    assert write(trail) == "p.a-b~o.c"
    assert read("p.a-b~o.c") == trail


def test_an_article_is_there_once_with_the_strongest_that_was_done() -> None:
    trail = add(add(add((), ("a",), "opened"), ("a",), "shown"), ("a",), "useless")
    assert trail == (Seen("a", "useless"),)
    assert add(trail, ("a",), "useful") == (Seen("a", "useful"),)
    assert add(trail, ("a",), "opened") == trail


def test_what_was_only_shown_makes_room_for_what_was_opened() -> None:
    trail = add((), ("first",), "opened")
    trail = add(trail, [f"s-{n}" for n in range(MOST + 5)], "shown")
    assert len(trail) == MOST
    assert trail[0] == Seen("first", "opened")
    assert trail[-1].article == f"s-{MOST + 4}"


def test_unknown_articles_and_other_grammars_are_left_out() -> None:
    assert read("p.known~o.unknown~x.known~<b>~p.Known~p.known.", {"known"}.__contains__) == (Seen("known", "shown"),)


@given(st.text())
def test_anything_may_be_sent(text: str) -> None:
    trail = read(text)
    assert len(trail) <= MOST
    assert read(write(trail)) == trail


def test_the_longest_trail_fits_its_column() -> None:
    trail = add((), [f"{n:02}" + "x" * 58 for n in range(MOST)], "opened")
    assert len(write(trail)) <= LONGEST
    assert read(write(trail)) == trail
