"""Payment card numbers in a text of plain digits (``digits.Normalised``), however they are grouped.

A card number is 13 to 19 digits whose beginning and length an issuer uses (ISO/IEC 7812; ranges as published by the
schemes) and whose last digit is right (Luhn, ISO/IEC 7812-1 annex B). French CB cards carry a Visa or Mastercard
number. It starts and ends where a group of digits does, so that the inside of a longer number is not one. What is
recognised as something else (IBAN, RIB, telephone numbers, dates, social security number) is left alone.
"""

import re
from collections.abc import Iterator
from itertools import accumulate, groupby, pairwise
from typing import NamedTuple

from webapp.confidential import accounts

FREE = r"\s\-._\u200b\u00b7\u2022\u2027\u2043\u2212\u2219\u22c5\u30fb\x00-\x1f\x7f"
"""What people put between the groups of a number, in any mixture: spaces, dashes, dots; as a class of a pattern."""
_RUN = re.compile(rf"[0-9](?:[{FREE}]*+[0-9]){{12,}}+")
# Groups with one same sign between them. The last one is only looked at: the next enumeration may start there.
_ENUMERATION = re.compile(r"(?<![0-9])[0-9]++([^\w]{1,6}+)(?=[0-9])(?:[0-9]++\1(?=[0-9]))*+(?=([0-9]++))")
_ALL_FREE = re.compile(rf"[{FREE}]+")
_GROUP = re.compile(r"[0-9]+")
_SHORTEST = 13

ISSUERS: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    # First and last beginning, lengths
    (4000, 4999, (13, 16, 19)),  # Visa
    (5100, 5599, (16,)),  # Mastercard
    (2221, 2720, (16,)),
    (3400, 3499, (15,)),  # American Express
    (3700, 3799, (15,)),
    (3000, 3059, (14, 16, 17, 18, 19)),  # Diners Club
    (3095, 3095, (14, 16, 17, 18, 19)),
    (3600, 3699, (14, 15, 16, 17, 18, 19)),
    (3800, 3899, (14, 16, 17, 18, 19)),
    (3900, 3999, (16, 17, 18, 19)),
    (3528, 3589, (16, 17, 18, 19)),  # JCB
    (6011, 6011, (16, 17, 18, 19)),  # Discover
    (6440, 6599, (16, 17, 18, 19)),
    (6200, 6299, (16, 17, 18, 19)),  # UnionPay
    (8110, 8171, (16, 17, 18, 19)),
    *((each, each, tuple(range(13, 20))) for each in (5018, 5020, 5038, 5893, 6304, 6390, 6759, 6761, 6762, 6763)),
    (5000, 5099, (16, 17, 18, 19)),  # Maestro
    (6700, 6799, (16, 17, 18, 19)),
)


def _lengths() -> tuple[bytes, list[tuple[int, ...]]]:
    """For each beginning of four digits, a byte: where in the list stand the lengths of its cards."""
    distinct: list[tuple[int, ...]] = [()]
    table = bytearray(10_000)
    for first, last, known in ISSUERS:
        for beginning in range(first, last + 1):
            lengths = tuple(sorted({*distinct[table[beginning]], *known}))
            if lengths not in distinct:
                distinct.append(lengths)
            table[beginning] = distinct.index(lengths)
    return bytes(table), distinct


_WHICH, _DISTINCT = _lengths()
_USUAL = (16, 15, 14, 19, 13, 18, 17)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_UNEVEN_SHAPES = ((4, 6, 5), (4, 6, 4))


class Card(NamedTuple):
    """A card number of the text from `start` to `end`; `last` are its last four digits, `length` how many it has."""

    start: int
    end: int
    last: str
    length: int


class _Window(NamedTuple):
    """Digits `first` to `beyond` (not included) of a run; `own` of them are the card, a code may follow."""

    first: int
    beyond: int
    own: int


class _Run:
    """Groups of digits that may belong together."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.groups = [found.span() for found in _GROUP.finditer(text, start, end)]
        self.places = [place for first, beyond in self.groups for place in range(first, beyond)]
        self.digits = "".join(text[first:beyond] for first, beyond in self.groups)
        values = [int(digit) for digit in self.digits]
        evens = (_DOUBLED[value] if index % 2 == 0 else value for index, value in enumerate(values))
        odds = (_DOUBLED[value] if index % 2 else value for index, value in enumerate(values))
        # Sums up to each digit, with the even or the odd ones doubled: Luhn on any window in constant time.
        self._sums = (list(accumulate(evens, initial=0)), list(accumulate(odds, initial=0)))

    def sizes(self) -> list[int]:
        return [beyond - first for first, beyond in self.groups]

    def windows(self) -> Iterator[_Window]:
        """Every card number that starts and ends with a group, or is glued to its code or expiry in one group."""
        starts = list(accumulate(self.sizes(), initial=0))
        ends = set(starts)
        for first, next_first in pairwise(starts):
            beginning = self.digits[first : first + 4]
            if len(beginning) < 4:
                continue
            for length in _DISTINCT[_WHICH[int(beginning)]]:
                beyond = first + length
                if beyond in ends and self._luhn(first, beyond):
                    yield _Window(first, beyond, length)
                elif self._code_follows(beyond, next_first, length) and self._luhn(first, beyond):
                    yield _Window(first, next_first, length)

    def _code_follows(self, beyond: int, next_first: int, length: int) -> bool:
        """Whether the rest of the group is a security code, or an expiry (MMYY)."""
        rest = self.digits[beyond:next_first] if beyond < next_first else ""
        if length not in (15, 16) or len(rest) not in (3, 4):
            return False
        return len(rest) == 3 or length == 15 or "01" <= rest[:2] <= "12"

    def _luhn(self, first: int, beyond: int) -> bool:
        sums = self._sums[beyond % 2]
        return (sums[beyond] - sums[first]) % 10 == 0

    def card(self, windows: list[_Window]) -> Card:
        """One card for windows that overlap. Its last digits are those of the likeliest: never those of a code."""
        best = min(windows, key=lambda window: (window.first, _USUAL.index(window.own)))
        last = self.digits[best.first + best.own - 4 : best.first + best.own]
        beyond = max(window.beyond for window in windows)
        return Card(self.places[windows[0].first], self.places[beyond - 1] + 1, last, best.own)


def find(text: str) -> list[Card]:
    """The card numbers of `text`, in order, apart from each other. Linear in the length of `text`."""
    found: list[Card] = []
    shield: bytearray | None = None
    for run in _runs(text):
        windows = list(run.windows())
        if windows and shield is None:
            shield = accounts.shield(text)
        for together in _overlapping(run, windows, shield or bytearray()):
            found.append(run.card(together))
    return _apart(found)


def _runs(text: str) -> Iterator[_Run]:
    for match in _RUN.finditer(text):
        run = _Run(text, *match.span())
        if not accounts.explained(" ".join(text[first:beyond] for first, beyond in run.groups)):
            yield run
    for match in _ENUMERATION.finditer(text):
        start, end = match.start(), match.end(2)
        if end - start > _SHORTEST and not _ALL_FREE.fullmatch(match[1]):
            yield from _regular(text, [found.span() for found in _GROUP.finditer(text, start, end)])


def _regular(text: str, groups: list[tuple[int, int]]) -> Iterator[_Run]:
    """4111/1111/1111/1111: other signs count as separators when they are all the same and the groups alike."""
    sizes = [beyond - first for first, beyond in groups]
    for place in range(len(groups) - 2):
        if tuple(sizes[place : place + 3]) in _UNEVEN_SHAPES:
            yield _Run(text, groups[place][0], groups[place + 2][1])
    place = 0
    for size, alike in groupby(sizes):
        first, place = place, place + len(list(alike))
        beyond = place + 1 if place < len(groups) and sizes[place] < size else place
        if beyond - first > 1:
            yield _Run(text, groups[first][0], groups[beyond - 1][1])


def _overlapping(run: _Run, windows: list[_Window], shield: bytearray) -> Iterator[list[_Window]]:
    together: list[_Window] = []
    beyond = -1
    for window in windows:
        if 1 in shield[run.places[window.first] : run.places[window.beyond - 1] + 1]:
            continue
        if together and window.first >= beyond:
            yield together
            together = []
        together.append(window)
        beyond = max(beyond, window.beyond)
    if together:
        yield together


def _apart(cards: list[Card]) -> list[Card]:
    kept: list[Card] = []
    for card in sorted(cards):
        if not kept or card.start >= kept[-1].end:
            kept.append(card)
        elif card.end > kept[-1].end:
            kept[-1] = kept[-1]._replace(end=card.end)
    return kept
