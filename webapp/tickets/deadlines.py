"""What a bank owes whoever complains, as dates: by when to acknowledge, to answer, and at the very latest.

ACPR recommendation 2022-R-01: acknowledged within 10 working days of the sending, answered within 2 months of it.
Payment services (Code monétaire et financier, L133-45): answered within 15 working days; when that is impossible for
a reason that is told, within 35. Days count in Paris, from the day after the sending.

A working day is a *jour ouvrable*: Monday to Saturday but public holidays (Code du travail, L3133-1). Banks may read
"working day" more narrowly for payments (L133-4); the reading here is the one that ends first, so that what it
promises is kept under any of them. Alsace and Moselle have two holidays more, which would only add time.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

COMPLAINT = "complaint"
ACKNOWLEDGE, ANSWER_PAYMENT, LATEST_PAYMENT = 10, 15, 35  # working days
ANSWER_MONTHS = 2
_PARIS = ZoneInfo("Europe/Paris")
_FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))  # month, day
_AFTER_EASTER = (1, 39, 50)  # days: Easter Monday, Ascension, Whit Monday
_SUNDAY = 6


class Deadlines(msgspec.Struct, frozen=True, kw_only=True):
    """Last days, in Paris. `latest`: with a reason told before `answer`; None when there is no such extension."""

    acknowledge: date
    answer: date
    latest: date | None = None


def deadlines(nature: str, theme: str, sent: datetime, payment_themes: Collection[str]) -> Deadlines | None:
    """The deadlines of a complaint sent at `sent` (aware); None for any other nature."""
    if nature != COMPLAINT:
        return None
    day = sent.astimezone(_PARIS).date()
    acknowledge = after(day, ACKNOWLEDGE)
    if theme in payment_themes:
        return Deadlines(acknowledge=acknowledge, answer=after(day, ANSWER_PAYMENT), latest=after(day, LATEST_PAYMENT))
    return Deadlines(acknowledge=acknowledge, answer=_months_after(day, ANSWER_MONTHS))


def after(day: date, count: int) -> date:
    """The `count`-th working day after `day`."""
    while count:
        day += timedelta(days=1)
        count -= is_working(day)
    return day


def is_working(day: date) -> bool:
    return day.weekday() != _SUNDAY and day not in public_holidays(day.year)


@lru_cache(maxsize=16)
def public_holidays(year: int) -> frozenset[date]:
    """The eleven of metropolitan France (a test compares them with the library that the content uses)."""
    easter = _easter(year)
    moving = {easter + timedelta(days=each) for each in _AFTER_EASTER}
    return frozenset({date(year, month, day) for month, day in _FIXED} | moving)


def _easter(year: int) -> date:
    """Easter Sunday, Gregorian calendar (Meeus, Jones and Butcher)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    corrected = century - century // 4 - (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + corrected + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, day.day)
