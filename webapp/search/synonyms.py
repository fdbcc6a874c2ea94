"""Groups of words that mean the same, from ``content/synonyms.yaml``: any member of a group finds the others.

Groups act on the question only, never on the index, so that a change of synonyms weighs nothing and an
exact word always counts more than its synonym.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.search.words import Analysis

Expression = tuple[str, ...]
"""Stems in order: one for a word, several for "carte bancaire"."""


@dataclass(frozen=True, slots=True)
class Found:
    """One member of a group met in a question: stems `start` to `end` (excluded) say what `group` says."""

    start: int
    end: int
    group: int


class Thesaurus:
    """The groups of one language, ready for look-up. Immutable, thread-safe."""

    def __init__(self, groups: Sequence[Sequence[str]], analysis: Analysis) -> None:
        self.groups: list[tuple[Expression, ...]] = []
        self._group_of: dict[Expression, int] = {}
        self._longest: dict[str, int] = {}
        for group in groups:
            members = tuple(dict.fromkeys(tuple(analysis.stems(each)) for each in group))
            members = tuple(each for each in members if each)
            if len(members) > 1:
                self._add(members)

    def _add(self, members: tuple[Expression, ...]) -> None:
        number = len(self.groups)
        self.groups.append(members)
        for each in members:
            self._group_of.setdefault(each, number)
            self._longest[each[0]] = max(len(each), self._longest.get(each[0], 0))

    def find(self, stems: Sequence[str]) -> list[Found]:
        """Members in `stems`, the longest first at each place, never overlapping."""
        found = []
        place = 0
        while place < len(stems):
            for length in range(min(self._longest.get(stems[place], 0), len(stems) - place), 0, -1):
                group = self._group_of.get(tuple(stems[place : place + length]))
                if group is not None:
                    found.append(Found(place, place + length, group))
                    place += length - 1
                    break
            place += 1
        return found

    def knows(self, stem: str) -> bool:
        """Whether a member starts with `stem` (the speller must leave such words alone)."""
        return stem in self._longest
