"""How a letter writes what it did not choose: visitors' lines, addresses, moments."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

_PARIS = ZoneInfo("Europe/Paris")
_DAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
        *("août", "septembre", "octobre", "novembre", "décembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    ),
}
# Control characters, Unicode's own line ends, lone surrogates, and the marks that reorder text (CVE-2021-42574).
_UNSAFE = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
_UNSAFE_IN_LINE = re.compile(rf"[{_UNSAFE}\t\r\n\u2028\u2029]+")
_UNSAFE_IN_TEXT = re.compile(rf"[{_UNSAFE}]+")
_LINE_END = re.compile(r"\r\n?|[\u2028\u2029]")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}", re.IGNORECASE)
_LOCAL_PART = re.compile(r"[^\s\x00-\x20\x7f-\x9f<>()\[\],;:\\\"@]{1,64}")


def one_line(text: str) -> str:
    """`text` fit for a header or a labelled line: one line, nothing hidden, no more than 200 characters.

    ``=?`` is broken up: a reader would decode an "encoded word" (RFC 2047), line ends included.
    """
    return _UNSAFE_IN_LINE.sub(" ", text).replace("=?", "= ?").strip()[:200].strip()


def several_lines(text: str) -> str:
    """`text` with ordinary line ends and nothing hidden."""
    return _UNSAFE_IN_TEXT.sub(" ", _LINE_END.sub("\n", text)).strip()


def address(typed: str) -> str:
    """The e-mail address in `typed`, its domain in ASCII (IDNA), or "" when no letter could be sent to it.

    Stricter than RFC 5321: no quoted local part. What passes holds no character that means something in a header or
    in an SMTP command.
    """
    local, _, domain = typed.strip().rpartition("@")
    if not _LOCAL_PART.fullmatch(local) or _UNSAFE_IN_LINE.search(local):
        return ""
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    if not _DOMAIN.fullmatch(ascii_domain) or local.startswith(".") or local.endswith(".") or ".." in local:
        return ""
    return f"{local}@{ascii_domain}"


def spoken_day(day: date, language: str) -> str:
    """``dimanche 24 janvier 2027``, ``Sunday 24 January 2027``."""
    number = "1er" if language == "fr" and day.day == 1 else day.day
    return f"{_DAYS[language][day.weekday()]} {number} {_MONTHS[language][day.month - 1]} {day.year}"


def spoken(moment: datetime, language: str) -> str:
    """Day and time at the bank: ``dimanche 22 novembre 2026 à 14 h 05``, ``Sunday 22 November 2026 at 14:05``."""
    there = moment.astimezone(_PARIS)
    if language == "fr":
        return f"{spoken_day(there.date(), language)} à {there.hour} h {there.minute:02}"
    return f"{spoken_day(there.date(), language)} at {there:%H:%M}"
