"""Opening hours in words: "Ouvert, ferme à 19 h", "lun.–ven. 8 h 30 – 19 h". Spaces are already no-break ones."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import msgspec

from webapp.knowledge.articles import said
from webapp.knowledge.contacts import PARIS, Hours, OpenState, Span, closure_on, is_day_off, spans_on, state

NBSP = "\u00a0"
_DAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_SHORT_DAYS = {
    "fr": ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS = {
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_WORDS = {
    "fr": {
        "always": f"Ouvert 24{NBSP}h sur{NBSP}24",
        "every_day": f"tous les jours, 24{NBSP}h sur{NBSP}24",
        "open": "Ouvert",
        "closes": "ferme {when}",
        "closed": "Fermé",
        "exceptionally": f"Fermé exceptionnellement{NBSP}: {{reason}}",
        "opens": "ouvre {when}",
        "at": f"à{NBSP}{{time}}",
        "tomorrow": f"demain à{NBSP}{{time}}",
        "weekday": f"{{day}} à{NBSP}{{time}}",
        "date": f"le {{day}} à{NBSP}{{time}}",
        "midnight": "minuit",
        "none": "fermé",
        "day_to_day": "du {first} au {last}",
    },
    "en": {
        "always": "Open 24 hours a day",
        "every_day": "every day, 24 hours a day",
        "open": "Open",
        "closes": "closes {when}",
        "closed": "Closed",
        "exceptionally": "Exceptionally closed: {reason}",
        "opens": "opens {when}",
        "at": f"at{NBSP}{{time}}",
        "tomorrow": f"tomorrow at{NBSP}{{time}}",
        "weekday": f"on {{day}} at{NBSP}{{time}}",
        "date": f"on {{day}} at{NBSP}{{time}}",
        "midnight": "midnight",
        "none": "closed",
        "day_to_day": "{first} to {last}",
    },
}


class WeekRow(msgspec.Struct, frozen=True, kw_only=True):
    """Following days (0 = Monday) with the same hours; no `spans` means closed. Plain, for structured data too."""

    days: tuple[int, ...]
    spans: tuple[Span, ...]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a table of hours: which days, and when (or "fermé")."""

    days: str
    hours: str
    closed: bool
    reason: str = ""


def say(hours: Hours, now: datetime, language: str) -> str:
    """The state of `hours` at `now` in words: "Fermé, ouvre lundi à 9 h"."""
    return say_state(state(hours, now), now, language, always=hours.always)


def say_state(found: OpenState, now: datetime, language: str, *, always: bool = False) -> str:
    """An `OpenState` in words. True until the next `contacts.next_change`."""
    words = _words(language)
    if always or (found.open and found.until is None):
        return words["always"]
    reason = said(found.closure, language)
    if found.open:
        assert found.until is not None
        text = f"{words['open']}, {words['closes'].format(when=_when(found.until, now, language))}"
        return f"{text} ({_lower(reason)})" if reason else text
    if reason and not found.holiday:
        text = words["exceptionally"].format(reason=_lower(reason))
    else:
        text = f"{words['closed']} ({reason})" if reason else words["closed"]
    if found.next_opening is None:
        return text
    return f"{text}, {words['opens'].format(when=_when(found.next_opening, now, language))}"


def week(hours: Hours) -> tuple[WeekRow, ...]:
    """The ordinary week, following days with the same hours grouped; closed days are there, with no spans."""
    if hours.always:
        return (WeekRow(days=tuple(range(7)), spans=((0, 1440),)),)
    rows: list[WeekRow] = []
    for day, spans in enumerate(hours.week):
        if rows and rows[-1].spans == spans:
            rows[-1] = WeekRow(days=(*rows[-1].days, day), spans=spans)
        else:
            rows.append(WeekRow(days=(day,), spans=spans))
    return tuple(rows)


def week_lines(hours: Hours, language: str, *, long: bool = False) -> tuple[Line, ...]:
    """The ordinary week as printed: "lun.–ven." / "8 h 30 – 19 h". `long`: "du lundi au vendredi"."""
    words = _words(language)
    if hours.always:
        return (Line(days="", hours=words["every_day"], closed=False),)
    return tuple(
        Line(days=_day_range(row.days, language, long), hours=_say_spans(row.spans, language), closed=not row.spans)
        for row in week(hours)
    )


def exceptions(hours: Hours, today: date, language: str, *, days: int = 30) -> tuple[Line, ...]:
    """The days within `days` of `today` that differ from the ordinary week; following equal days are one line."""
    runs: list[tuple[date, date, tuple[Span, ...], str]] = []
    for day, spans, reason in _unusual(hours, today, days, language):
        if runs and runs[-1][2:] == (spans, reason) and runs[-1][1] + timedelta(days=1) == day:
            runs[-1] = (runs[-1][0], day, spans, reason)
        else:
            runs.append((day, day, spans, reason))
    return tuple(
        Line(
            days=_date_range(first, last, language),
            hours=_say_spans(spans, language),
            closed=not spans,
            reason=reason,
        )
        for first, last, spans, reason in runs
    )


def _unusual(hours: Hours, today: date, days: int, language: str) -> Iterator[tuple[date, tuple[Span, ...], str]]:
    if hours.always:
        return
    for day in (today + timedelta(days=offset) for offset in range(days)):
        closure = closure_on(hours, day)
        if closure is not None:
            yield day, closure.spans, said(closure.reason, language)
        elif is_day_off(hours, day) and hours.week[day.weekday()]:
            yield day, spans_on(hours, day), "jour férié" if language == "fr" else "public holiday"


def say_time(minutes: int, language: str) -> str:
    """Minutes after midnight → "8 h 30" or "8:30 am"."""
    if minutes in (0, 1440):
        return _words(language)["midnight"]
    hour, minute = divmod(minutes, 60)
    if language == "fr":
        return f"{hour}{NBSP}h{NBSP}{minute:02}" if minute else f"{hour}{NBSP}h"
    half = "am" if hour < 12 else "pm"
    hour = hour % 12 or 12
    return f"{hour}:{minute:02}{NBSP}{half}" if minute else f"{hour}{NBSP}{half}"


def say_date(day: date, language: str) -> str:
    """A date without its year: "jeudi 24 décembre", "jeudi 1er janvier"."""
    language = _known(language)
    number = "1er" if day.day == 1 and language == "fr" else str(day.day)
    return f"{_DAYS[language][day.weekday()]} {number}{NBSP}{_MONTHS[language][day.month - 1]}"


def _when(moment: datetime, now: datetime, language: str) -> str:
    words = _words(language)
    local, today = moment.astimezone(PARIS), now.astimezone(PARIS).date()
    minutes = local.hour * 60 + local.minute
    day = local.date()
    if minutes == 0:  # "ferme à minuit" is the midnight that ends the day before
        day, minutes = day - timedelta(days=1), 1440
        if day < today:
            day, minutes = today, 0
    clock = say_time(minutes, language)
    away = (day - today).days
    if away == 0:
        return words["at"].format(time=clock)
    if away == 1:
        return words["tomorrow"].format(time=clock)
    if away <= 6:
        return words["weekday"].format(day=_DAYS[_known(language)][day.weekday()], time=clock)
    return words["date"].format(day=say_date(day, language), time=clock)


def _say_spans(spans: tuple[Span, ...], language: str) -> str:
    if not spans:
        return _words(language)["none"]
    if spans == ((0, 1440),):
        return f"24{NBSP}h sur{NBSP}24" if language == "fr" else "24 hours"
    joint = " et " if language == "fr" else " and "
    return joint.join(f"{say_time(start, language)} – {say_time(end, language)}" for start, end in spans)


def _day_range(days: tuple[int, ...], language: str, long: bool) -> str:
    names = (_DAYS if long else _SHORT_DAYS)[_known(language)]
    if len(days) == 1:
        return names[days[0]]
    if long:
        return _words(language)["day_to_day"].format(first=names[days[0]], last=names[days[-1]])
    return f"{names[days[0]]}–{names[days[-1]]}"


def _date_range(first: date, last: date, language: str) -> str:
    if first == last:
        return say_date(first, language)
    return _words(language)["day_to_day"].format(first=say_date(first, language), last=say_date(last, language))


def _lower(text: str) -> str:
    """A reason inside a sentence: only its first letter loses its capital, and not in "SNCF"."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _known(language: str) -> str:
    return language if language in _DAYS else "fr"


def _words(language: str) -> dict[str, str]:
    return _WORDS[_known(language)]
