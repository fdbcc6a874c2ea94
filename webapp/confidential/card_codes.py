"""Security codes (CVV, CVC, cryptogramme) and expiry dates written near a card number or near their own name.

PCI DSS 3.3.1: a security code is never kept, not even encrypted. Three or four digits count as one within 40
characters after a word that announces it (80 when « c'est » or a colon stands before them), within 20 before, or within
60 after a card number; amounts, years, and the pieces of longer numbers do not.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from webapp.confidential.cards import Card

_AFTER_WORD, _BEFORE_WORD, _AFTER_CARD, _BEFORE_CARD = 40, 20, 60, 40
_SAID_AFTER_WORD = 80
_SAID = re.compile(r"(?:[:=]|\b(?:est|c.?est|is|was|.tait))\s{0,2}(?:le )?$", re.IGNORECASE)
_E = "(?:e|é|è)\u200b?"
_WORD = re.compile(
    rf"\b(?:cvv(?: ?2\b)?|cvc(?: ?2\b)?|cvn(?: ?2\b)?|(?-i:CID)|cryptogrammes?|cryptog"
    rf"|crypto(?=(?: visuel| de (?:ma|la)\b.{{0,24}}| est| c.?est)?\s?[:=]?(?: est)?\s?(?:le )?[0-9]{{3}}\b)"
    r"|(?:au|du) (?:dos|verso)"
    rf"|(?:derri|arri){_E}re (?:de )?(?:la|ma) (?:carte|cb)"
    rf"|codes? (?:de )?(?:s{_E}curit{_E}|v{_E}rification)|(?:trois|3) (?:derniers )?chiffres"
    r"|security code|on the back|(?:three|3) (?:last )?digits)(?:\b|(?<=cv[vcn])(?=[0-9]{3,4}\b))",
    re.IGNORECASE,
)
_AND = re.compile(r"\s?(?:,|/|et|ou|puis|and|or)\s(?:(?:l.ancien|l.autre|le nouveau|puis|the old one)\s(?:est\s)?)?")
_NOT_A_CODE = (
    r"(?!\s?(?:€|%|\$|£|euros?\b|eur\b|chiffres?|digits?|jours?\b|days?\b|fois\b|heures?\b|h\b|ans?\b|mois\b|minutes?\b"
    r"|min\b|caract|k€))"
)
_THREE_OR_FOUR = r"(?:[0-9]{3,4}|[0-9](?:[ .\-][0-9]){2,3})"
_ALONE = re.compile(
    rf"(?<![0-9])(?<![0-9][\-.,/ ])(?<![€$£\u2022])(?<![€$£\u2022] ){_THREE_OR_FOUR}(?![0-9])(?![\-.,/ ][0-9])"
    + _NOT_A_CODE
)
_ANNOUNCED = re.compile(
    r"[^0-9\n\u25a1]{0,15}?(?<![0-9\u2022])(?P<code>[0-9](?:[ .\-][0-9]){2,3}(?![ .\-]?[0-9])|[0-9]{3}(?![0-9])"
    r"|[0-9]{4}(?![0-9])(?!(?:[ .\-][0-9]{2,3}){2,3}(?![0-9])))" + _NOT_A_CODE
)
_YEAR = re.compile(
    r"(?:janvier|f.{1,2}vrier|mars|avril|mai|juin|juillet|ao.{1,2}t|septembre|octobre|novembre|d.{1,2}cembre"
    r"|depuis|ann.{1,2}e"
    r"|\ben|\bin|since|january|february|march|april|may|june|july|august|september|october|november|december)"
    r"\s(?P<year>(?:19|20)[0-9]{2})\b",
    re.IGNORECASE,
)
_EXPIRY = re.compile(
    r"(?<![0-9])(?<![0-9][/.\-])"
    r"(?:(?:0?[1-9]|1[0-2])\s?[/.\-_]\s?(?:20)?[2-4][0-9]|(?:0[1-9]|1[0-2]) ?(?:20)?[2-4][0-9])"
    r"(?![0-9])(?![/.\-][0-9])(?!(?:[ .\-][0-9]{2}){2})"
)
_EXPIRY_IN_WORDS = re.compile(
    r"\b(?:exp\w*|valab\w*|valid\w*|fin|until|thru|date(?! d)|.ch.ance)\W{1,3}(?:\w{1,12}\W{1,3}){0,2}?"
    r"(?P<when>[0-3]?[0-9][/.\-][01]?[0-9][/.\-](?:20)?[2-4][0-9]|(?:jan|f.{1,2}v|mar|avr|apr|mai|may|jui|jun|jul"
    r"|ao|aug|sep|oct|nov|d.{1,2}c)\w{0,8}\.?\s(?:20)?[2-4][0-9])"
    r"(?![0-9])",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?\n]|\b(?:puis|et|then|and)\b")  # « 4970, puis les 3 chiffres »: another number
_HIDDEN = "\u25a1"


class Code(NamedTuple):
    """A secret of the text from `start` to `end`."""

    start: int
    end: int


def find_expiries(text: str, cards: list[Card]) -> list[Code]:
    """Expiry dates at most 60 characters after a card number, or 40 before."""
    if not cards:
        return []
    hidden = _hide(text, cards)
    seen = [match.span() for match in _EXPIRY.finditer(hidden)]
    seen += [match.span("when") for match in _EXPIRY_IN_WORDS.finditer(hidden)]
    starts, ends = [card.start for card in cards], [card.end for card in cards]
    return [
        Code(start, end)
        for start, end in sorted(seen)
        if _within(ends, start - _AFTER_CARD, start) or _within(starts, end, end + _BEFORE_CARD)
    ]


def find_codes(text: str, cards: list[Card], expiries: list[Code]) -> list[Code]:
    """Security codes near a card number or near a word that announces one."""
    words = [match.span() for match in _WORD.finditer(text)]
    if not words and not cards:
        return []
    hidden = _hide(_hide(text, cards), expiries)
    hidden = _EXPIRY.sub(lambda match: _HIDDEN * len(match[0]) if "/" in match[0] else match[0], hidden)
    years = {match.start("year") for match in _YEAR.finditer(hidden)}
    found = {
        match.span("code")
        for _, end in words
        if (match := _ANNOUNCED.match(hidden, end)) and match.start("code") not in years
    }
    word_starts, word_ends = [start for start, _ in words], [end for _, end in words]
    for match in _ALONE.finditer(hidden):
        start, end = match.span()
        if start in years:
            continue
        if (
            _within(word_ends, start - _AFTER_WORD, start)
            or (_SAID.search(hidden, max(0, start - 10), start) and _within(word_ends, start - _SAID_AFTER_WORD, start))
            or _announced_after(hidden, word_starts, end)
            or _follows_card(cards, start, match[0])
        ):
            found.add((start, end))
    ends = sorted(end for _, end in found)
    found |= {match.span() for match in _ALONE.finditer(hidden) if _another(hidden, ends, match.start())}
    return [Code(start, end) for start, end in sorted(found)]


def _another(text: str, ends: list[int], start: int) -> bool:
    """275 et l'ancien 572: a second code, said together with the first."""
    place = bisect_left(ends, start) - 1
    return place >= 0 and start - ends[place] <= 24 and _AND.fullmatch(text[ends[place] : start]) is not None


def _announced_after(text: str, word_starts: list[int], end: int) -> bool:
    place = bisect_left(word_starts, end)
    if place == len(word_starts) or word_starts[place] > end + _BEFORE_WORD:
        return False
    return _SENTENCE_END.search(text, end, word_starts[place]) is None


def _follows_card(cards: list[Card], start: int, code: str) -> bool:
    """Whether a card number ends shortly before: three digits, or the four of an American Express."""
    place = bisect_right([card.end for card in cards], start) - 1
    if place < 0 or cards[place].end < start - _AFTER_CARD:
        return False
    digits = sum(map(str.isdigit, code))
    return digits == 3 or cards[place].length == 15


def _within(places: list[int], lowest: int, highest: int) -> bool:
    place = bisect_left(places, lowest)
    return place < len(places) and places[place] <= highest


def _hide(text: str, spans: "Iterable[Card | Code]") -> str:
    pieces, place = [], 0
    for span in spans:
        pieces += [text[place : span.start], _HIDDEN * (span.end - span.start)]
        place = span.end
    return "".join([*pieces, text[place:]])
