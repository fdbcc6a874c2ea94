"""The `hours` of contacts.yaml and branches.yaml → `Hours`, with what an editor got wrong."""

import re
from typing import Any

from webapp.knowledge.contacts import Closure, Hours, Span
from webapp.knowledge.report import Problem
from webapp.knowledge.yaml_reading import Document, Place

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d{1,2}):(\d\d) ?- ?(\d{1,2}):(\d\d)")


def read_hours(document: Document, place: Place, data: Any, *, alsace_moselle: bool) -> tuple[Hours, list[Problem]]:
    """`data` has passed the schema; what the schema cannot see (order, overlap, days given twice) is seen here."""
    if data.get("always"):
        return Hours(always=True), []
    problems: list[Problem] = []
    week: list[tuple[Span, ...]] = [()] * 7
    given: dict[int, str] = {}
    for key, text in data.get("week", {}).items():
        spans = _spans(document, (*place, "week", key), text, problems)
        for day in _days(document, (*place, "week", key), key, problems):
            if day in given:
                message = f"Le jour « {DAYS[day]} » a deux fois des horaires : « {given[day]} » et « {key} »."
                problems.append(
                    document.problem((*place, "week", key), "hours-day-twice", message, "Gardez une seule des lignes.")
                )
            given[day] = key
            week[day] = spans
    hours = Hours(
        week=tuple(week),
        open_on_holidays=data.get("holidays") == "open",
        alsace_moselle=alsace_moselle,
        closures=_closures(document, (*place, "closures"), data.get("closures", []), problems),
    )
    return hours, problems


def _days(document: Document, place: Place, key: str, problems: list[Problem]) -> range:
    first, _, last = key.partition("-")
    start, end = DAYS.index(first), DAYS.index(last or first)
    if end < start or (last and end == start):
        message = f"La suite de jours « {key} » est à l'envers."
        problems.append(
            document.problem(place, "hours-days", message, "Écrivez par exemple mon-fri, ou un jour par ligne.")
        )
    return range(start, end + 1)


def _spans(document: Document, place: Place, text: str, problems: list[Problem]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for match in _SPAN.finditer(text):
        start_hour, start_minute, end_hour, end_minute = (int(each) for each in match.groups())
        start, end = start_hour * 60 + start_minute, end_hour * 60 + end_minute
        if end <= start:
            hint = "Après minuit, écrivez la fin sur le jour suivant : 22:00-24:00, puis 00:00-02:00."
            message = f"La fermeture vient avant l'ouverture : « {match[0]} »."
            problems.append(document.problem(place, "hours-order", message, hint))
        elif spans and start < spans[-1][1]:
            message = f"Ces horaires se chevauchent ou ne sont pas dans l'ordre : « {text} »."
            problems.append(document.problem(place, "hours-overlap", message, "Écrivez-les du matin au soir."))
        spans.append((start, end))
    return tuple(spans)


def _closures(document: Document, place: Place, data: list[Any], problems: list[Problem]) -> tuple[Closure, ...]:
    closures: list[Closure] = []
    for number, each in enumerate(data):
        here = (*place, number)
        closure = Closure(
            first=each["from"],
            last=each["to"],
            spans=_spans(document, (*here, "hours"), each.get("hours", ""), problems),
            reason=each.get("reason", {}),
        )
        if closure.last < closure.first:
            message = f"La fermeture finit ({closure.last}) avant de commencer ({closure.first})."
            problems.append(document.problem(here, "closure-order", message, "Échangez « from » et « to »."))
        for other in closures:
            if closure.first <= other.last and other.first <= closure.last:
                message = f"Deux fermetures se chevauchent : du {other.first} et du {closure.first}."
                problems.append(
                    document.problem(here, "closure-overlap", message, "Donnez à chacune ses propres jours.")
                )
        closures.append(closure)
    return tuple(closures)
