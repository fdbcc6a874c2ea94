"""Hours as people say them."""

from datetime import date, datetime

import pytest

from webapp.knowledge.contacts import PARIS, Closure, Hours
from webapp.knowledge.opening_words import WeekRow, exceptions, say, say_time, week, week_lines

DAY = ((510, 1140),)
OFFICE = Hours(
    week=(DAY, DAY, DAY, DAY, DAY, ((540, 750), (810, 960)), ()),
    closures=(
        Closure(first="2026-12-24", last="2026-12-24", spans=((510, 750),), reason={"fr": "Veille de Noël"}),
        Closure(first="2026-12-28", last="2027-01-09", reason={"fr": "Travaux", "en": "Building works"}),
    ),
)


def said(hours: Hours, moment: str, language: str = "fr") -> str:
    text = say(hours, datetime.fromisoformat(moment).replace(tzinfo=PARIS), language)
    assert "à " not in text  # the spaces around an hour never break
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("moment", "french", "english"),
    [
        ("2026-11-23 10:00", "Ouvert, ferme à 19 h", "Open, closes at 7 pm"),
        ("2026-11-21 13:00", "Fermé, ouvre à 13 h 30", "Closed, opens at 1:30 pm"),
        ("2026-11-22 10:00", "Fermé, ouvre demain à 8 h 30", "Closed, opens tomorrow at 8:30 am"),
        ("2026-11-21 20:00", "Fermé, ouvre lundi à 8 h 30", "Closed, opens on Monday at 8:30 am"),
        (
            "2026-11-11 10:00",
            "Fermé (jour férié), ouvre demain à 8 h 30",
            "Closed (public holiday), opens tomorrow at 8:30 am",
        ),
        ("2026-12-24 10:00", "Ouvert, ferme à 12 h 30 (veille de Noël)", "Open, closes at 12:30 pm (veille de Noël)"),
        (
            "2026-12-28 10:00",
            "Fermé exceptionnellement : travaux, ouvre le lundi 11 janvier à 8 h 30",
            "Exceptionally closed: building works, opens on Monday 11 January at 8:30 am",
        ),
    ],
)
def test_the_state_of_an_office(moment: str, french: str, english: str) -> None:
    assert said(OFFICE, moment) == french
    assert said(OFFICE, moment, "en") == english


def test_a_line_that_always_answers() -> None:
    assert said(Hours(always=True), "2026-12-25 03:00") == "Ouvert 24 h sur 24"


def test_midnight_belongs_to_the_evening_it_ends() -> None:
    evening = Hours(week=(((600, 1440),),) + ((),) * 6)
    assert said(evening, "2026-11-23 12:00") == "Ouvert, ferme à minuit"


def test_a_closing_after_midnight_is_tomorrow() -> None:
    night = Hours(week=(((0, 120), (1320, 1440)),) * 7)
    assert said(night, "2026-11-23 23:00") == "Ouvert, ferme demain à 2 h"
    assert said(night, "2026-11-23 10:00") == "Fermé, ouvre à 22 h"


def test_a_place_without_opening_is_just_closed() -> None:
    assert said(Hours(), "2026-11-23 12:00") == "Fermé"


def test_the_week_is_told_in_as_few_lines_as_possible() -> None:
    lines = [(each.days, each.hours.replace("\u00a0", " "), each.closed) for each in week_lines(OFFICE, "fr")]
    assert lines == [
        ("lun.–ven.", "8 h 30 – 19 h", False),
        ("sam.", "9 h – 12 h 30 et 13 h 30 – 16 h", False),
        ("dim.", "fermé", True),
    ]
    assert week_lines(OFFICE, "fr", long=True)[0].days == "du lundi au vendredi"
    assert week_lines(OFFICE, "en")[0].days == "Mon–Fri"


def test_the_week_as_data_for_search_engines() -> None:
    assert week(OFFICE)[0] == WeekRow(days=(0, 1, 2, 3, 4), spans=DAY)
    assert week(OFFICE)[2] == WeekRow(days=(6,), spans=())
    assert week(Hours(always=True)) == (WeekRow(days=(0, 1, 2, 3, 4, 5, 6), spans=((0, 1440),)),)


def test_unusual_days_are_announced_with_their_reason() -> None:
    lines = exceptions(OFFICE, date(2026, 12, 20), "fr", days=30)
    told = [(each.days.replace("\u00a0", " "), each.hours.replace("\u00a0", " "), each.reason) for each in lines]
    assert told == [
        ("jeudi 24 décembre", "8 h 30 – 12 h 30", "Veille de Noël"),
        ("vendredi 25 décembre", "fermé", "jour férié"),
        ("du lundi 28 décembre au samedi 9 janvier", "fermé", "Travaux"),
    ]
    assert exceptions(Hours(always=True), date(2026, 12, 20), "fr") == ()


@pytest.mark.parametrize(
    ("minutes", "french", "english"),
    [(510, "8 h 30", "8:30 am"), (540, "9 h", "9 am"), (720, "12 h", "12 pm"), (1440, "minuit", "midnight")],
)
def test_times_of_day(minutes: int, french: str, english: str) -> None:
    assert say_time(minutes, "fr").replace("\u00a0", " ") == french
    assert say_time(minutes, "en").replace("\u00a0", " ") == english
