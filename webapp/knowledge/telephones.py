"""Telephone numbers in a text: found however they are spaced, compared in international form (E.164).

Short codes (17, 112, 3114) look like any number, so they only count after a word that asks to dial them.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

_GAP = "[ .\u00a0\u202f/-]{0,2}"
_LONG = re.compile(
    rf"(?<![\w+])(?<!\d[ .\u00a0\u202f-])"
    rf"(?:(?:(?:\+|00)33{_GAP}(?:\(0\){_GAP})?|0)[1-9](?:{_GAP}\d){{8}}|\+(?!33)[1-9](?:{_GAP}\d){{7,13}})(?!\w)"
)
_DIAL = (
    r"(?:appel(?:ez|er|le)|compos(?:ez|er|e)|joign(?:ez|e)|contact(?:ez|er)|transf[ée]r(?:ez|er)(?: le message)?|"
    r"call|dial|text|forward it)"
)
_SHORT = re.compile(
    rf"(?i:\b{_DIAL} (?:le |au |to |the )?(?:numéro |number )?)([1-9]\d{{1,4}})\b"
    r"(?![ .]?\d)(?!\s*(?:[€%°]|(?i:h\b|jours?|heures?|minutes?|mois|ans?|fois|euros?|days?|hours?|times?|"
    r"janv|févr|mars|avril|mai\b|juin|juil|août|sept|oct|nov|déc)))"
)


class Found(msgspec.Struct, frozen=True):
    """A number in a text: where it starts and ends, and the number as `normal` gives it."""

    start: int
    end: int
    number: str


def normal(number: str) -> str:
    """One form per number: "01 99 00 10 10", "+33 (0)1.99.00.10.10" → "+33199001010"; short codes stay as they are."""
    text = number.replace("(0)", "")
    digits = re.sub(r"\D", "", text)
    if text.lstrip().startswith("+"):
        return f"+{digits}"
    if digits.startswith("0033"):
        return f"+{digits[2:]}"
    return f"+33{digits[1:]}" if len(digits) == 10 and digits[0] == "0" else digits


def find(text: str) -> Iterator[Found]:
    """Numbers of nine digits or more in `text`, in order."""
    for match in _LONG.finditer(text):
        yield Found(match.start(), match.end(), normal(match[0]))


def find_short(text: str) -> Iterator[Found]:
    """Short codes that `text` asks to dial ("composez le 17"), in order."""
    for match in _SHORT.finditer(text):
        yield Found(match.start(1), match.end(1), match[1])


def numbers_in(texts: Iterable[str]) -> frozenset[str]:
    """Every long number of some texts, in normal form."""
    return frozenset(found.number for text in texts for found in find(text))
