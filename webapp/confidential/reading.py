"""A text read for announced secrets, and what the rules for codes and for passwords share."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, NamedTuple

from webapp.confidential.digits import IGNORED, folded

Kind = Literal["pin", "password", "access_code", "identifier"]

_REACH = 70  # characters after an announcement in which its value is looked for
_BACK = 60  # and before it

STOP = re.compile(r"[.!](?=\s|$)|\n\s*\n")
TIGHT = re.compile(r"[\s:=→>({«\",\-–]*")
TOKEN = re.compile(r"[^\s,;()«»\"“”•\[\]□]{2,64}")
PHONE = re.compile(r"(?:\+33|0033|0)[1-9](?:[ .\-]?[0-9]{2}){4}")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}$")
_YEAR_BEFORE = re.compile(
    r"(?:\b(?:depuis|en|annees?|since|in|de|fin|debut|janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre"
    r"|octobre|novembre|decembre|january|february|march|april|may|june|july|august|september|october|november"
    r"|december)\W{1,2}|[0-9][ ./\-])$"
)


class Secret(NamedTuple):
    """A secret of a text from `start` to `end`."""

    start: int
    end: int
    kind: Kind


class Reading:
    """`text` in small letters without accents, and as it was `written`: both without what is not seen."""

    def __init__(self, text: str) -> None:
        self._places = [place for place, each in enumerate(text) if each != IGNORED] if IGNORED in text else None
        self.written = text if self._places is None else "".join(text[place] for place in self._places)
        self.text = folded(self.written)

    def original(self, secret: Secret) -> Secret:
        """`secret` with its places in the text that was given."""
        return Secret(*self.span(secret.start, secret.end), secret.kind)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where what stands from `start` to `end` stood in the text that was given."""
        if self._places is None:
            return start, end
        return self._places[start], self._places[end - 1] + 1

    def is_year(self, start: int, end: int) -> bool:
        """« depuis 2024 », « en 1998 »: four figures that a preposition or a month makes a year."""
        if _YEAR.match(self.text[start:end]) is None:
            return False
        return _YEAR_BEFORE.search(self.text, max(0, start - 14), start) is not None


def breaths(text: str, announcement: re.Pattern[str]) -> Iterator[tuple[re.Match[str], int, int]]:
    """Each announcement, from where and as far as where its value is looked for.

    Never past the next announcement, which does its own looking: so the whole stays linear.
    """
    earliest = 0
    for word, following in pairwise([*announcement.finditer(text), None]):
        assert word is not None
        latest = min(len(text) if following is None else following.start(), word.end() + _REACH)
        yield word, max(earliest, word.start() - _BACK), latest
        earliest = word.end()


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A word without the punctuation that follows it."""
    while end > start and text[end - 1] in ".,;:!?…'’":
        end -= 1
    return start, end
