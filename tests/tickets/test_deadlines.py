"""What a bank owes whoever complains: dates on French working days, in Paris, whatever the hour and the season."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.tickets.deadlines import Deadlines, after, deadlines, is_working, public_holidays

PARIS = ZoneInfo("Europe/Paris")
PAYMENTS = ("cartes", "virements")
days = st.dates(date(2020, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize("year", range(2020, 2101))
def test_the_holidays_are_those_of_the_library(year: int) -> None:
    assert public_holidays(year) == set(holidays.country_holidays("FR", years=year))


def test_a_complaint_of_a_tuesday_in_november() -> None:
    sent = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert deadlines("complaint", "frais", sent, PAYMENTS) == Deadlines(
        acknowledge=date(2026, 12, 5), answer=date(2027, 1, 24)
    )


def test_about_a_payment_over_christmas_and_the_new_year() -> None:
    sent = datetime(2026, 12, 14, 9, 0, tzinfo=UTC)
    found = deadlines("complaint", "virements", sent, PAYMENTS)
    # 15 to 19, 21 to 24, 26 December make ten; 28 to 31 and 2 January make fifteen.
    assert found == Deadlines(acknowledge=date(2026, 12, 26), answer=date(2027, 1, 2), latest=date(2027, 1, 26))


@pytest.mark.parametrize("nature", ["question", "request", "urgent", ""])
def test_nothing_else_has_deadlines(nature: str) -> None:
    assert deadlines(nature, "virements", datetime(2026, 11, 24, tzinfo=UTC), PAYMENTS) is None


@pytest.mark.parametrize(
    ("sent", "day"),
    [
        (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), date(2027, 3, 28)),  # 1:59, a minute before the clocks go forward
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), date(2027, 3, 28)),  # 3:00, a minute later
        (datetime(2027, 3, 27, 23, 0, tzinfo=UTC), date(2027, 3, 28)),  # midnight in winter time
        (datetime(2027, 3, 28, 22, 0, tzinfo=UTC), date(2027, 3, 29)),  # midnight in summer time
        (datetime(2027, 3, 28, 21, 59, tzinfo=UTC), date(2027, 3, 28)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 25)),  # 2:30, the first time
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), date(2026, 10, 25)),  # 2:30, the second time
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
    ],
)
def test_the_day_is_that_of_paris_both_nights_the_clocks_change(sent: datetime, day: date) -> None:
    found = deadlines("complaint", "frais", sent, PAYMENTS)
    assert found is not None
    assert found.acknowledge == after(day, 10)


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (date(2026, 12, 31), date(2027, 2, 28)),
        (date(2027, 12, 31), date(2028, 2, 29)),
        (date(2026, 12, 28), date(2027, 2, 28)),
        (date(2026, 6, 30), date(2026, 8, 30)),
        (date(2026, 7, 31), date(2026, 9, 30)),
        (date(2026, 11, 1), date(2027, 1, 1)),
    ],
)
def test_two_months_end_on_the_same_day_or_on_the_last_of_a_shorter_month(sent: date, answer: date) -> None:
    found = deadlines("complaint", "frais", datetime(sent.year, sent.month, sent.day, 12, tzinfo=PARIS), PAYMENTS)
    assert found is not None
    assert found.answer == answer


@given(day=days, count=st.integers(1, 60))
def test_as_many_working_days_lie_between_as_were_asked_for(day: date, count: int) -> None:
    end = after(day, count)
    between = [day + timedelta(days=each) for each in range(1, (end - day).days + 1)]
    assert sum(map(is_working, between)) == count
    assert is_working(end)


@given(day=days, count=st.integers(1, 60))
def test_a_later_day_or_a_longer_count_never_ends_earlier(day: date, count: int) -> None:
    assert after(day, count) <= after(day + timedelta(days=1), count)
    assert after(day, count) < after(day, count + 1)


@given(day=days)
def test_the_deadlines_of_a_payment_come_in_their_order(day: date) -> None:
    found = deadlines("complaint", "cartes", datetime(day.year, day.month, day.day, 12, tzinfo=PARIS), PAYMENTS)
    assert found is not None
    assert found.latest is not None
    assert day < found.acknowledge < found.answer < found.latest
    assert (found.latest - day).days <= 35 + 5 + 6 + 3  # Sundays, and the holidays that one stretch can hold
