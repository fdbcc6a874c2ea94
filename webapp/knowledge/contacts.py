"""Contact points and branches, and when they are open.

All hours are Europe/Paris. Public holidays are the French ones (Code du travail, art. L3133-1); in Moselle, Bas-Rhin
and Haut-Rhin also Good Friday and 26 December (art. L3134-13).
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from webapp.knowledge.articles import Text

PARIS = ZoneInfo("Europe/Paris")
PUBLIC_HOLIDAY: Text = {"fr": "jour férié", "en": "public holiday"}
_MIDNIGHT = 24 * 60
_HORIZON_DAYS = 366

Span = tuple[int, int]
"""Opening and closing, minutes after midnight; closing may be 1440."""


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """Exceptional days, first and last included (ISO dates); no `spans` means closed."""

    first: str
    last: str
    spans: tuple[Span, ...] = ()
    reason: Text = {}


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """A week (Monday first), what happens on public holidays, and exceptions. `always` overrides everything."""

    always: bool = False
    week: tuple[tuple[Span, ...], ...] = ((), (), (), (), (), (), ())
    open_on_holidays: bool = False
    alsace_moselle: bool = False
    closures: tuple[Closure, ...] = ()


class ContactPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A way to reach the bank."""

    id: str
    kind: Literal["phone", "secure_message", "post", "appointment", "relay", "mediator"]
    name: Text
    summary: Text = {}
    urgent: bool = False
    urgent_when: dict[str, tuple[str, ...]] = {}
    urgent_unless: dict[str, tuple[str, ...]] = {}
    phone: str = ""
    phone_abroad: str = ""
    price: Text = {}
    hours: Hours | None = None
    prepare: dict[str, tuple[str, ...]] = {}
    address: tuple[str, ...] = ()
    url: str = ""
    form: str = ""
    delay: Text = {}


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """A branch; `id` is the slug of its page."""

    id: str
    name: str
    street: str
    postcode: str
    town: str
    phone: str
    hours: Hours
    services: tuple[str, ...] = ()
    accessible: bool = True
    note: Text = {}


class PublicNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A public emergency number (17, 112, 3114…), which articles may quote."""

    number: str
    name: Text


class OpenState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a contact point answers at one moment.

    `until`: when it closes (None when closed, or open without end); `next_opening`: when it opens again (None when
    open, or when nothing is planned within a year). `closure`: why today is not an ordinary day, {} when it is;
    `holiday` says that the reason is a public holiday. Datetimes are Europe/Paris.
    """

    open: bool
    until: datetime | None = None
    next_opening: datetime | None = None
    closure: Text = {}
    holiday: bool = False


HolidayTable = dict[str, tuple[str, ...]]
"""`"2026"` or `"2026 alsace-moselle"` → ISO dates; kept in the catalog so that web workers need no holidays library."""

_holidays: dict[str, frozenset[date]] = {}


def holiday_table(first_year: int, last_year: int) -> HolidayTable:
    """The public holidays of some years, as the catalog keeps them."""
    return {
        _holiday_key(year, regional): tuple(day.isoformat() for day in sorted(public_holidays(year, regional)))
        for year in range(first_year, last_year + 1)
        for regional in (False, True)
    }


def remember_holidays(table: HolidayTable) -> None:
    """Fill the memo of `public_holidays` with a table made by `holiday_table` (loading the library costs 18 MB)."""
    for key, days in table.items():
        _holidays[key] = frozenset(date.fromisoformat(day) for day in days)


def public_holidays(year: int, alsace_moselle: bool) -> frozenset[date]:
    """Public holidays of a year; each year is asked of the library once per process."""
    key = _holiday_key(year, alsace_moselle)
    found = _holidays.get(key)
    if found is None:
        from holidays import country_holidays  # here, because a web worker gets its years from the catalog

        found = frozenset(country_holidays("FR", subdiv="57" if alsace_moselle else None, years=year))
        _holidays[key] = found
    return found


def _holiday_key(year: int, alsace_moselle: bool) -> str:
    return f"{year} alsace-moselle" if alsace_moselle else str(year)


def closure_on(hours: Hours, day: date) -> Closure | None:
    """The exceptional closure (or exceptional hours) of a day, if any."""
    iso = day.isoformat()
    return next((each for each in hours.closures if each.first <= iso <= each.last), None)


def is_day_off(hours: Hours, day: date) -> bool:
    """Whether a public holiday closes that day; exceptional hours win over the holiday."""
    if hours.always or hours.open_on_holidays or closure_on(hours, day):
        return False
    return day in public_holidays(day.year, hours.alsace_moselle)


def spans_on(hours: Hours, day: date) -> tuple[Span, ...]:
    """The spans of one calendar day, exceptions and public holidays applied."""
    if hours.always:
        return ((0, _MIDNIGHT),)
    closure = closure_on(hours, day)
    if closure is not None:
        return closure.spans
    return () if is_day_off(hours, day) else hours.week[day.weekday()]


def state(hours: Hours, now: datetime) -> OpenState:
    """Open or closed at `now` (aware), until when, or again when; pure.

    A moment belongs to a span when opening ≤ now < closing, compared in UTC so that the nights when clocks change
    count right. Spans that touch across midnight are one span. Errors: ``ValueError`` on a naive `now`.
    """
    if now.tzinfo is None:
        raise ValueError("now must be an aware datetime")
    if hours.always:
        return OpenState(open=True)
    today = now.astimezone(PARIS).date()
    special = closure_on(hours, today)
    holiday = is_day_off(hours, today)
    reason = special.reason if special else (PUBLIC_HOLIDAY if holiday else {})
    for opening, closing in _openings(hours, today):
        if closing is not None and closing <= now:
            continue
        if opening <= now:
            return OpenState(open=True, until=closing, closure=reason, holiday=holiday)
        return OpenState(open=False, next_opening=opening, closure=reason, holiday=holiday)
    return OpenState(open=False, closure=reason, holiday=holiday)


def next_change(hours_list: Iterable[Hours | None], now: datetime) -> datetime | None:
    """The earliest moment after `now` when a sentence about these hours becomes untrue; None if never.

    That is an opening, a closing, or midnight in Paris, when "demain" becomes "aujourd'hui". A page that shows opening
    hours may be kept until then.
    """
    moments: list[datetime] = []
    for hours in hours_list:
        if hours is None or hours.always:
            continue
        if not moments:
            tomorrow = now.astimezone(PARIS).date() + timedelta(days=1)
            moments.append(_moment(tomorrow, 0, closing=False))
        found = state(hours, now)
        moments.extend(each for each in (found.until, found.next_opening) if each is not None)
    return min(moments, default=None)


def _openings(hours: Hours, today: date) -> Iterator[tuple[datetime, datetime | None]]:
    """Openings from `today` on, in order, spans that touch merged; the end is None when it is over a week away."""
    pending: tuple[datetime, datetime] | None = None
    for offset in range(_HORIZON_DAYS):
        day = today + timedelta(days=offset)
        for start, end in spans_on(hours, day):
            opening, closing = _moment(day, start, closing=False), _moment(day, end, closing=True)
            if pending and pending[1] >= opening:
                pending = (pending[0], closing)
                if pending[1] - pending[0] > timedelta(days=8):
                    yield pending[0], None
                    return
                continue
            if pending:
                yield pending
            pending = (opening, closing)
    if pending:
        yield pending


def _moment(day: date, minutes: int, *, closing: bool) -> datetime:
    """Wall clock → instant. An hour that comes twice opens the first time and closes the second."""
    if minutes == _MIDNIGHT:
        day, minutes = day + timedelta(days=1), 0
    wall = datetime.combine(day, time(minutes // 60, minutes % 60, fold=1 if closing else 0), PARIS)
    return wall.astimezone(UTC).astimezone(PARIS)  # an hour that does not exist becomes the one clocks jump to
