"""Words that mean about the same, as one term: "effacer" and "supprimer" meet in a *meaning*.

Two sources, one list: the groups of ``content/synonyms.yaml``, then the general-language groups of ``lexicon/*.txt``,
written for this project, which know nothing of any content. A stem of both belongs to the content's group. Meanings
stand beside the words themselves, in the index and in the question, so that the exact word always counts more.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from webapp.search.synonyms import Expression, Found
from webapp.search.words import Analysis

LEXICON = Path(__file__).parent / "lexicon"
MARK = "§"  # begins the term of a meaning; no word does
_SEVERAL = -1  # a stem of more than one general group


@lru_cache(maxsize=4)
def lexicon(language: str) -> tuple[tuple[str, ...], ...]:
    """The general groups of a language, one a line in its file, words separated by commas; none without a file."""
    path = LEXICON / f"{language}.txt"
    if not path.is_file():
        return ()
    lines = (line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#"))
    return tuple(tuple(each.strip() for each in line.split(",")) for line in lines)


class Meanings:
    """The groups of one language, the content's first, ready for look-up. Immutable, thread-safe.

    The content's groups are known by their stems, as editors expect. A general word is known as it is written, in the
    singular or plural; by its stem only where no other group has it: "données" is no form of "donner", "patient" none
    of "patienter".
    """

    def __init__(self, own: Sequence[Sequence[str]], general: Sequence[Sequence[str]], analysis: Analysis) -> None:
        self.groups: list[tuple[Expression, ...]] = []
        self._written: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self._expressions: dict[Expression, int] = {}
        self._longest: dict[str, int] = {}
        self._single = lru_cache(maxsize=4_096)(self._of)
        for group in own:
            self._add([analysis.words(each) for each in group], analysis)
        first = dict(self._stems)
        for group in general:
            self._add([analysis.words(each) for each in group], analysis, first)

    def _add(self, members: Sequence[list[str]], analysis: Analysis, first: Mapping[str, int] | None = None) -> None:
        """`first`: stems of the content's groups when the group is a general one."""
        number = len(self.groups)
        expressions = tuple(dict.fromkeys(tuple(map(analysis.stem, words)) for words in members if words))
        self.groups.append(expressions)
        for words in members:
            stems = tuple(map(analysis.stem, words))
            if len(words) > 1:
                self._expressions.setdefault(stems, number)
                self._longest[stems[0]] = max(len(stems), self._longest.get(stems[0], 0))
            elif words and first is None:
                self._stems.setdefault(stems[0], number)
            elif words and first is not None and stems[0] not in first:
                self._written.setdefault(words[0], number)
                known = self._stems.setdefault(stems[0], number)
                self._stems[stems[0]] = number if known == number else _SEVERAL

    def find(self, words: Sequence[str], stems: Sequence[str]) -> list[Found]:
        """Members in a text, the longest first at each place, never overlapping. `stems[i]`: of `words[i]`."""
        found = []
        place = 0
        longest, single = self._longest, self._single
        while place < len(stems):
            length, group = self._expression(place, stems) if stems[place] in longest else (1, None)
            if group is None:
                group = single(words[place], stems[place])
            if group is not None:
                found.append(Found(place, place + length, group))
            place += length
        return found

    def _expression(self, place: int, stems: Sequence[str]) -> tuple[int, int | None]:
        """Length and group of the longest expression that begins here."""
        for length in range(min(self._longest[stems[place]], len(stems) - place), 1, -1):
            group = self._expressions.get(tuple(stems[place : place + length]))
            if group is not None:
                return length, group
        return 1, None

    def _of(self, word: str, stem: str) -> int | None:
        group = self._written.get(word)
        if group is None:
            group = self._written.get(word[:-1] if word[-1:] in ("s", "x") else f"{word}s")
        if group is None:
            group = self._stems.get(stem)
        return None if group == _SEVERAL else group

    def knows(self, word: str, stem: str) -> bool:
        """Whether a member is this word or begins with it (the speller must leave such words alone)."""
        return stem in self._stems or stem in self._longest or word in self._written


def meaning(group: int) -> str:
    return f"{MARK}{group}"


def heard(stems: Sequence[str], found: Iterable[Found]) -> list[str]:
    """The stems in order, every expression of a group replaced by its meaning. `found`: as `Meanings.find` gives it."""
    terms: list[str] = []
    done = 0
    for each in found:
        terms.extend(stems[done : each.start])
        terms.append(meaning(each.group))
        done = each.end
    terms.extend(stems[done:])
    return terms
