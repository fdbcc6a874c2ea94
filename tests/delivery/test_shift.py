"""Tasks side by side: they end together, and none fails unheard."""

from threading import Barrier, Event

import pytest

from webapp.delivery.shift import work


def test_tasks_run_at_the_same_time_until_all_have_ended() -> None:
    together = Barrier(3, timeout=20)
    work([together.wait] * 3, Event())  # type: ignore[list-item]


@pytest.mark.parametrize("failing", [0, 1])
def test_one_that_fails_stops_the_others_and_is_heard(failing: int) -> None:
    stop = Event()

    def fail() -> None:
        raise RuntimeError("a bug")

    def wait() -> None:
        assert stop.wait(20)

    tasks = [wait, wait]
    tasks[failing] = fail
    with pytest.raises(RuntimeError, match="a bug"):
        work(tasks, stop)
