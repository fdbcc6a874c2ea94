"""Limits of one hour, in slices of five minutes: exact about when to come back, forgetful about the past."""

import pytest
from sqlalchemy import func, select

from webapp.db import Database
from webapp.tables import allowance
from webapp.tickets.limits import Allowed, forget, take
from webapp.tickets.model import TooManyRequests

MINUTE = 60_000
NOON = 1_795_000_000_000 - 1_795_000_000_000 % (60 * MINUTE)


def use(database: Database, at: int, per_hour: int = 3) -> None:
    with database.transaction() as connection:
        take(database, connection, [Allowed("network", "n" * 64, per_hour)], at)


def wait_of(database: Database, at: int, per_hour: int = 3) -> int:
    with pytest.raises(TooManyRequests) as caught:
        use(database, at, per_hour)
    return caught.value.retry_after


def test_so_many_pass_and_no_more(database: Database) -> None:
    for _ in range(3):
        use(database, NOON)
    assert wait_of(database, NOON) == 3600


def test_whoever_comes_back_when_told_passes(database: Database) -> None:
    for minutes in (1, 22, 43):
        use(database, NOON + minutes * MINUTE)
    now = NOON + 50 * MINUTE
    wait = wait_of(database, now)
    assert wait == 600  # the first one leaves the hour at one o'clock
    use(database, now + wait * 1000)
    assert wait_of(database, now + wait * 1000) > 600


def test_a_moment_too_early_is_too_early(database: Database) -> None:
    for _ in range(3):
        use(database, NOON)
    assert wait_of(database, NOON + 60 * MINUTE - 1) == 1
    use(database, NOON + 60 * MINUTE)


def test_no_burst_passes_at_a_full_hour(database: Database) -> None:
    for _ in range(3):
        use(database, NOON + 59 * MINUTE)
    assert wait_of(database, NOON + 61 * MINUTE) > 3000


def test_a_refusal_is_not_counted(database: Database) -> None:
    for _ in range(3):
        use(database, NOON)
    for _ in range(10):
        wait_of(database, NOON + MINUTE)
    use(database, NOON + 60 * MINUTE)


def test_a_limit_of_zero_refuses_everybody(database: Database) -> None:
    assert wait_of(database, NOON, per_hour=0) == 3600


def test_the_past_is_forgotten(database: Database) -> None:
    use(database, NOON)
    use(database, NOON + 30 * MINUTE)
    with database.transaction() as connection:
        forget(connection, NOON + 60 * MINUTE)
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(allowance)).scalar_one() == 1


def test_the_table_does_not_grow_for_ever(database: Database) -> None:
    with database.transaction() as connection:
        for number in range(600):
            at = NOON + number * 7 * MINUTE + number
            take(database, connection, [Allowed("network", f"{number:064}", 3)], at)
        assert connection.execute(select(func.count()).select_from(allowance)).scalar_one() < 100
