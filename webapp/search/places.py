"""Branches named in a question by their town, their name or their postcode: "horaires agence Strasbourg samedi"."""

import re
from collections.abc import Mapping, Sequence

from webapp.search.model import Place
from webapp.search.question import Question
from webapp.search.words import Analysis

MOST = 3  # branches shown for one town
_POSTCODE = re.compile(r"\d{5}")
_SHORT = {"st": "saint", "ste": "sainte"}


class Places:
    """The branches of one language's pages. Immutable, thread-safe."""

    def __init__(self, branches: Mapping[str, Place], analysis: Analysis) -> None:
        """`branches`: by id."""
        self._towns: dict[tuple[str, ...], list[str]] = {}
        self._postcodes: dict[str, list[str]] = {}
        self._own: dict[str, frozenset[str]] = {}  # what a name says besides its town
        self._longest = 0
        for branch, each in branches.items():
            words = tuple(_words(each.town, analysis))
            self._towns.setdefault(words, []).append(branch)
            self._longest = max(self._longest, len(words))
            self._postcodes.setdefault(each.postcode, []).append(branch)
            self._own[branch] = frozenset(
                word for word in _words(each.name, analysis) if word not in words and len(word) > 3
            )

    def named(self, question: Question) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Branches that the question names, at most `MOST`, and the places of the words that do; both may be empty.

        A postcode without a branch gives those of its department.
        """
        words = [_SHORT.get(word, word) for word in question.words]
        for place, word in enumerate(words):
            if _POSTCODE.fullmatch(word):
                found = self._postcodes.get(word) or [
                    branch for code, ids in self._postcodes.items() if code[:2] == word[:2] for branch in ids
                ]
                if found:
                    return tuple(found[:MOST]), (place,)
        for length in range(self._longest, 0, -1):
            for start in range(len(words) - length + 1):
                found = self._towns.get(tuple(words[start : start + length]), [])
                if found and not question.doubtful.intersection(range(start, start + length)):
                    return self._narrowed(found, words), tuple(range(start, start + length))
        return (), ()

    def by_name(self, question: Question) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """The branch whose own name is said without its town ("l'agence Part-Dieu")."""
        words = set(question.words)
        for branch, own in self._own.items():
            if own and own <= words:
                return (branch,), tuple(place for place, word in enumerate(question.words) if word in own)
        return (), ()

    def _narrowed(self, found: Sequence[str], words: Sequence[str]) -> tuple[str, ...]:
        said = [branch for branch in found if self._own[branch] and not self._own[branch].isdisjoint(words)]
        return tuple((said or list(found))[:MOST])


def _words(text: str, analysis: Analysis) -> list[str]:
    return [_SHORT.get(word, word) for word in analysis.words(text)]
