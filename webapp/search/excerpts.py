"""The passage shown under a hit, cut around the words of the question. Only hits that are shown pay for it.

Whoosh's own highlighter costs 6 to 26 ms for ten hits (`reference/search.md` §3); this looks only at the words that
begin like a word asked, in a text flattened when the index was built.
"""

import re
from collections.abc import Callable, Mapping

from webapp.search.model import Piece
from webapp.search.words import Analysis

LENGTH = 220  # characters of an excerpt
_REST = re.compile(r"[^\W_]*")
_ELLIPSIS = "…"
_SUMMARY_FAVOUR = 1.5  # the summary answers by itself: the body must say clearly more of the question
_FLAT = str.maketrans("àâäáãåçéèêëíìîïñóòôöõúùûüýÿ", "aaaaaaceeeeiiiinooooouuuuyy")

Match = tuple[int, int, str]
"""Start, end, stem."""


def flat(text: str) -> str:
    """Small letters without accents, character for character: places found in it are places of `text`."""
    small = text.lower()
    return (small if len(small) == len(text) else text).translate(_FLAT)


Passage = tuple[str, str]
"""A text and the same, `flat`."""


class Marker:
    """Finds the words of one question in any number of texts. `weights`: stem → how telling it is."""

    def __init__(self, weights: Mapping[str, float], analysis: Analysis) -> None:
        self._weights = weights
        self._stem: Callable[[str], str] = analysis.stem
        self._starts = sorted({start for stem in weights for start in analysis.beginnings(stem)})

    def matches(self, flattened: str) -> list[Match]:
        """Where the words stand, in order."""
        found = set()
        for start in self._starts:
            place = flattened.find(start)
            while place >= 0:
                if place == 0 or not flattened[place - 1].isalnum():
                    end = _REST.match(flattened, place).end()  # type: ignore[union-attr]  # it matches nothing at least
                    stem = self._stem(flattened[place:end])
                    if stem in self._weights:
                        found.add((place, end, stem))
                place = flattened.find(start, place + len(start))
        return sorted(found)

    def excerpt(self, summary: Passage, body: Passage) -> tuple[Piece, ...]:
        """At most about `LENGTH` characters of the summary or the body, whichever says more of the question."""
        best: tuple[float, str, list[Match], int] = (-1.0, "", [], 0)
        for (text, flattened), favour in ((summary, _SUMMARY_FAVOUR), (body, 1.0)):
            if text:
                matches = self.matches(flattened)
                weight, start = self._window(matches)
                weight *= favour
                if weight > best[0]:
                    best = (weight, text, matches, start)
        _, text, matches, start = best
        return _cut(text, matches, start)

    def _window(self, matches: list[Match]) -> tuple[float, int]:
        """The heaviest window: its weight (each stem once) and where its first match starts."""
        best, place = 0.0, 0
        for number, (start, _, _) in enumerate(matches[:60]):
            seen: set[str] = set()
            for _, end, stem in matches[number : number + 20]:
                if end - start > LENGTH - 40:
                    break
                seen.add(stem)
            weight = sum(self._weights[stem] for stem in seen)
            if weight > best + 1e-9:
                best, place = weight, start
        return best, place


def _cut(text: str, matches: list[Match], place: int) -> tuple[Piece, ...]:
    if not text:
        return ()
    start = _beginning(text, place)
    end = min(len(text), start + LENGTH)
    if end < len(text):
        space = text.rfind(" ", start, end)
        end = space if space > start + LENGTH // 2 else end
    pieces = []
    done = start
    for first, last, _ in matches:
        if first < done or last > end:
            continue
        if first > done:
            pieces.append(Piece(text[done:first], False))
        pieces.append(Piece(text[first:last], True))
        done = last
    rest = text[done:end].rstrip() + (_ELLIPSIS if end < len(text) else "")
    if rest:
        pieces.append(Piece(rest, False))
    if start > 0:
        pieces.insert(0, Piece(f"{_ELLIPSIS} ", False))
    return tuple(pieces)


def _beginning(text: str, place: int) -> int:
    """Where to start so that `place` is seen: its sentence when near, else a word boundary a little before."""
    if place < LENGTH // 3 or len(text) <= LENGTH:
        return 0
    for mark in (". ", "? ", "! "):
        found = text.rfind(mark, place - LENGTH // 2, place)
        if found >= 0:
            return found + len(mark)
    space = text.find(" ", place - 40)
    return space + 1 if 0 <= space < place else place
