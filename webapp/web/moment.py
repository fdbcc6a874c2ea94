"""The moment a page is made for, and until when what it says of opening hours stays true."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from webapp.knowledge import opening_words
from webapp.knowledge.contacts import PARIS, Hours, OpenState, next_change, state

Clock = Callable[[], datetime]


class Moment:
    """Templates ask it for the state of hours; it remembers the soonest change of what it was asked.

    `until` never goes past the next midnight in Paris: review dates and lists of closures change with the day.
    """

    def __init__(self, now: datetime, language: str) -> None:
        self.now = now
        self.today: date = now.astimezone(PARIS).date()
        self.until = datetime.combine(self.today + timedelta(days=1), datetime.min.time(), PARIS)
        self._language = language

    def state(self, hours: Hours) -> OpenState:
        self._keep(hours)
        return state(hours, self.now)

    def say(self, hours: Hours) -> str:
        """« Fermé, ouvre lundi à 9 h »."""
        self._keep(hours)
        return opening_words.say(hours, self.now, self._language)

    def week(self, hours: Hours) -> tuple[opening_words.Line, ...]:
        return opening_words.week_lines(hours, self._language, long=True)

    def exceptions(self, hours: Hours, days: int = 45) -> tuple[opening_words.Line, ...]:
        return opening_words.exceptions(hours, self.today, self._language, days=days)

    def is_past(self, iso_date: str) -> bool:
        return date.fromisoformat(iso_date) < self.today

    def _keep(self, hours: Hours) -> None:
        change = next_change((hours,), self.now)
        if change is not None and change < self.until:
            self.until = change


def long_date(iso_date: str, language: str) -> str:
    """« 12 octobre 2026 », "12 October 2026"."""
    day = date.fromisoformat(iso_date)
    return f"{opening_words.say_date(day, language).split(' ', 1)[1]} {day.year}"
