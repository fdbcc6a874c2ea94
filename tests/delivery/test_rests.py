"""Two workers of one lane: a helpdesk that is away is left alone by both, and one of them knocks first."""

from datetime import timedelta

from tests.tickets.conftest import NOON
from webapp.delivery.rests import Rests

LATER = NOON + timedelta(minutes=1)


def test_nobody_sends_while_it_rests_and_then_one_alone() -> None:
    rests = Rests()
    rests.rest("rt", "a", LATER)
    assert rests.closed_to("a", NOON) == rests.closed_to("b", NOON) == {"rt"}
    assert rests.closed_to("b", LATER) == set()  # b is the probe
    assert rests.closed_to("a", LATER) == {"rt"}
    rests.open("rt")
    assert rests.closed_to("a", LATER) == set()


def test_a_probe_that_fails_makes_the_rest_longer_and_one_with_nothing_in_hand_lets_another_go() -> None:
    rests = Rests()
    rests.rest("rt", "a", LATER)
    rests.closed_to("a", LATER)
    rests.let_go("a")
    assert rests.closed_to("b", LATER) == set()
    rests.rest("rt", "b", LATER + timedelta(minutes=2))
    assert rests.failures("rt") == 2
    assert rests.closed_to("b", LATER) == {"rt"}


def test_two_that_fail_at_once_are_one_failure() -> None:
    rests = Rests()
    rests.rest("rt", "a", NOON + timedelta(seconds=1))
    rests.rest("rt", "b", LATER)
    assert rests.failures("rt") == 1
    assert rests.closed_to("a", NOON + timedelta(seconds=30)) == {"rt"}
