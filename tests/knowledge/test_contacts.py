"""When a contact point is open: weeks, public holidays, exceptional closures, and nights when clocks change."""

from datetime import UTC, date, datetime

import pytest

from webapp.knowledge import contacts
from webapp.knowledge.contacts import PARIS, Closure, Hours, next_change, public_holidays, state

WEEKDAY = ((510, 1140),)  # 8:30 to 19:00
OFFICE = Hours(week=(WEEKDAY, WEEKDAY, WEEKDAY, WEEKDAY, WEEKDAY, ((540, 750), (810, 960)), ()))


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def test_open_until_the_evening() -> None:
    found = state(OFFICE, paris("2026-11-23 10:00"))
    assert found.open
    assert found.until == paris("2026-11-23 19:00")


def test_the_minute_of_opening_is_open_and_the_minute_of_closing_is_closed() -> None:
    assert state(OFFICE, paris("2026-11-23 08:30")).open
    assert not state(OFFICE, paris("2026-11-23 08:29")).open
    assert not state(OFFICE, paris("2026-11-23 19:00")).open


def test_the_lunch_break_of_a_saturday() -> None:
    found = state(OFFICE, paris("2026-11-21 13:00"))
    assert not found.open
    assert found.next_opening == paris("2026-11-21 13:30")


def test_a_friday_evening_opens_again_on_saturday_and_a_saturday_evening_on_monday() -> None:
    assert state(OFFICE, paris("2026-11-20 22:00")).next_opening == paris("2026-11-21 09:00")
    assert state(OFFICE, paris("2026-11-21 22:00")).next_opening == paris("2026-11-23 08:30")


def test_the_server_may_live_in_another_time_zone() -> None:
    assert state(OFFICE, datetime(2026, 11, 23, 7, 30, tzinfo=UTC)).open
    assert not state(OFFICE, datetime(2026, 11, 23, 7, 29, tzinfo=UTC)).open


def test_always_open_has_no_end() -> None:
    found = state(Hours(always=True), paris("2026-12-25 03:00"))
    assert found.open
    assert found.until is None
    assert next_change([Hours(always=True), None], paris("2026-12-25 03:00")) is None


def test_a_public_holiday_is_closed_and_says_so() -> None:
    found = state(OFFICE, paris("2026-12-25 10:00"))
    assert not found.open
    assert found.holiday
    assert found.closure == {"fr": "jour férié", "en": "public holiday"}
    assert found.next_opening == paris("2026-12-26 09:00")


def test_some_answer_on_public_holidays() -> None:
    hours = Hours(week=OFFICE.week, open_on_holidays=True)
    assert state(hours, paris("2026-12-25 10:00")).open


def test_good_friday_and_the_26th_of_december_are_holidays_in_alsace_and_moselle_only() -> None:
    east = Hours(week=OFFICE.week, alsace_moselle=True)
    for day in ("2026-04-03 10:00", "2026-12-26 10:00"):
        assert state(OFFICE, paris(day)).open
        assert not state(east, paris(day)).open


@pytest.mark.parametrize(
    ("year", "easter_monday", "ascension", "whit_monday"),
    [(2026, "04-06", "05-14", "05-25"), (2027, "03-29", "05-06", "05-17"), (2028, "04-17", "05-25", "06-05")],
)
def test_the_eleven_holidays_of_the_labour_code(
    year: int, easter_monday: str, ascension: str, whit_monday: str
) -> None:
    fixed = ["01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25"]
    wanted = {date.fromisoformat(f"{year}-{day}") for day in [*fixed, easter_monday, ascension, whit_monday]}
    assert public_holidays(year, False) == wanted
    assert len(public_holidays(year, True)) == 13


def test_an_exceptional_closure_wins_over_the_week_and_carries_its_reason() -> None:
    works = Closure(first="2026-12-28", last="2027-01-02", reason={"fr": "Travaux"})
    hours = Hours(week=OFFICE.week, closures=(works,))
    found = state(hours, paris("2026-12-29 10:00"))
    assert not found.open
    assert found.closure == {"fr": "Travaux"}
    assert not found.holiday
    assert found.next_opening == paris("2027-01-04 08:30")


def test_exceptional_hours_win_over_a_public_holiday() -> None:
    special = Closure(first="2026-12-25", last="2026-12-25", spans=((600, 720),))
    assert state(Hours(week=OFFICE.week, closures=(special,)), paris("2026-12-25 11:00")).open


def test_hours_across_midnight_are_one_opening() -> None:
    night = Hours(week=(((0, 120), (1320, 1440)),) * 7)
    found = state(night, paris("2026-11-23 23:30"))
    assert found.until == paris("2026-11-24 02:00")


def test_all_day_every_day_never_closes() -> None:
    assert state(Hours(week=(((0, 1440),),) * 7, open_on_holidays=True), paris("2026-11-23 12:00")).until is None


def test_a_place_that_never_opens_says_nothing_of_an_opening() -> None:
    found = state(Hours(), paris("2026-11-23 12:00"))
    assert not found.open
    assert found.next_opening is None


def test_the_night_when_clocks_go_forward_is_an_hour_shorter() -> None:
    sunday = Hours(week=((),) * 6 + (((60, 300),),))  # 1:00 to 5:00
    start = state(sunday, paris("2026-03-29 00:00"))
    assert start.next_opening is not None
    found = state(sunday, start.next_opening)
    assert found.until is not None
    assert (found.until.astimezone(UTC) - start.next_opening.astimezone(UTC)).total_seconds() == 3 * 3600


def test_an_opening_at_an_hour_that_does_not_exist_comes_when_clocks_have_jumped() -> None:
    sunday = Hours(week=((),) * 6 + (((150, 300),),))  # 2:30 does not exist that night
    found = state(sunday, paris("2026-03-29 00:00"))
    assert found.next_opening is not None
    assert found.next_opening.isoformat() == "2026-03-29T03:30:00+02:00"


def test_a_closing_at_an_hour_that_comes_twice_is_the_second_one() -> None:
    sunday = Hours(week=((),) * 6 + (((60, 150),),))  # 1:00 to 2:30, 25 October 2026
    assert state(sunday, datetime(2026, 10, 25, 1, 15, tzinfo=UTC)).open  # 2:15 the second time
    assert not state(sunday, datetime(2026, 10, 25, 1, 30, tzinfo=UTC)).open


def test_a_page_may_be_kept_until_the_first_opening_or_closing() -> None:
    late = Hours(week=(((510, 1200),),) * 7)
    assert next_change([OFFICE, late, None], paris("2026-11-23 10:00")) == paris("2026-11-23 19:00")
    assert next_change([OFFICE], paris("2026-11-21 13:00")) == paris("2026-11-21 13:30")


def test_a_page_that_says_tomorrow_is_kept_until_midnight_at_most() -> None:
    assert next_change([OFFICE], paris("2026-11-22 10:00")) == paris("2026-11-23 00:00")


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        state(OFFICE, datetime(2026, 11, 23, 10))  # noqa: DTZ001 - the mistake under test


def test_a_web_worker_gets_its_holidays_from_the_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    table = contacts.holiday_table(2026, 2027)
    monkeypatch.setattr(contacts, "_holidays", {})
    monkeypatch.setitem(__import__("sys").modules, "holidays", None)  # importing it now fails
    contacts.remember_holidays(table)
    assert date(2026, 12, 26) in public_holidays(2026, True)
    assert date(2027, 5, 17) in public_holidays(2027, False)
