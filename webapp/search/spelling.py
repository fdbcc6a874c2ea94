"""Typing errors: a word that the content does not know becomes the likeliest one that it knows.

One error (a letter missing, added, changed, or two exchanged) from four letters on, two from eight on; the first
letter may be wrong too. Damerau-Levenshtein, optimal string alignment. Candidates come from the vocabulary of the
content, so a correction always leads somewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from webapp.search.arrays import Array

SHORTEST = 4
SHORTEST_FOR_TWO = 8
LONGEST = 24
# letters that stand side by side on a French or an English keyboard, and letters that people take for one another
_NEIGHBOURS = (
    "azertyuiop qsdfghjklm wxcvbn qwertyuiop asdfghjkl zxcvbnm az qs zs ed rf tg yh uj ik ol qa sx dc fv gb hn jm"
)
_ALIKE = ("aeiouy", "cksqz", "gj", "mn", "dt", "pb", "fv", "lr")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class Correction:
    """`word` is known. `sure`: an error that fingers or ears make; else it may as well be a word foreign to the content
    ("tarte" is no mistyped "carte"): good for searching, not for telling the customer, nor for being confident.
    """

    word: str
    sure: bool


class Speller:
    """Corrections out of `frequencies` (folded word → occurrences). Immutable; look-ups are remembered, thread-safe."""

    def __init__(self, frequencies: Mapping[str, int]) -> None:
        self._frequencies = frequencies
        lengths: dict[int, list[str]] = {}
        for word in frequencies:
            if len(word) >= SHORTEST - 1 and word.isalpha():
                lengths.setdefault(len(word), []).append(word)
        self._by_length = {length: (_letters(words), words) for length, words in lengths.items()}
        self.near = lru_cache(maxsize=2_048)(self._near)
        self.far = lru_cache(maxsize=2_048)(self._far)

    def __contains__(self, word: str) -> bool:
        return word in self._frequencies

    def _near(self, word: str) -> Correction | None:
        """The likeliest word one error away, if any."""
        if not SHORTEST <= len(word) <= LONGEST or not word.isalpha() or not word.isascii():
            return None
        near = [each for each in _one_edit(word) if each in self._frequencies and len(each) >= SHORTEST - 1]
        if not near:
            return None
        best = max(near, key=lambda each: (self._weight(word, each), each))
        return Correction(best, _likely_slip(word, best))

    def _far(self, word: str) -> Correction | None:
        """The likeliest word two errors away, if any. Looks through the vocabulary: 0.2 ms for 10,000 words."""
        if not SHORTEST_FOR_TWO <= len(word) <= LONGEST or not word.isalpha() or not word.isascii():
            return None
        far = self._two_edits(word)
        if not far:
            return None
        best = max(far, key=lambda each: (self._weight(word, each), each))
        return Correction(best, best[0] == word[0])

    def _weight(self, typed: str, candidate: str) -> float:
        """Frequency, and a preference for what people get right: first letter, same letters in another order."""
        weight = float(self._frequencies[candidate])
        if candidate[0] != typed[0]:
            weight *= 0.1
        if _likely_slip(typed, candidate):
            weight *= 5
        if sorted(candidate) == sorted(typed):
            weight *= 10
        if candidate.rstrip("sex") == typed.rstrip("sex"):
            weight *= 5
        return weight

    def _two_edits(self, word: str) -> list[str]:
        return [each for each in self.alike(word) if distance(word, each, 2) <= 2]

    def alike(self, word: str) -> list[str]:
        """The words that two errors could make of `word` as far as their letters go, whatever the order: an error
        takes a letter away, adds one, or both. It leaves a handful to be compared one by one.
        """
        own = _letters([word])[0]
        found: list[str] = []
        for length in range(len(word) - 2, len(word) + 3):
            if length in self._by_length:
                letters, words = self._by_length[length]
                other = np.abs(letters - own).sum(axis=1, dtype=np.int16)
                found.extend(words[place] for place in np.flatnonzero(other <= 4 - abs(length - len(word))).tolist())
        return found


def _letters(words: Sequence[str]) -> Array:
    """How often each word, all of one length, has each letter (32 columns: a letter's last five bits)."""
    written = "".join(words).encode("utf-32-le", "surrogatepass")
    letters = np.frombuffer(written, dtype="<u4").reshape(len(words), -1) & 31
    counts = np.zeros((len(words), 32), dtype=np.int8)
    for column in letters.T:
        counts[np.arange(len(words)), column] += 1
    return counts


def _pairs() -> frozenset[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for row in _NEIGHBOURS.split():
        found.update(pairwise(row))
    for group in _ALIKE:
        found.update((one, other) for one in group for other in group if one != other)
    return frozenset(found | {(other, one) for one, other in found})


_CONFUSED = _pairs()


def _likely_slip(typed: str, meant: str) -> bool:
    """Whether fingers or ears often make of `meant` what was `typed`, the two being one error apart."""
    if len(typed) != len(meant):
        return typed[0] == meant[0] or min(len(typed), len(meant)) >= 6
    wrong = [(one, other) for one, other in zip(typed, meant, strict=True) if one != other]
    if len(wrong) == 2:
        return True  # two letters exchanged
    return len(typed) >= 8 or all(pair in _CONFUSED for pair in wrong)


def _one_edit(word: str) -> set[str]:
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    found = {left + right[1:] for left, right in cuts if right}
    found.update(left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1)
    found.update(left + letter + right[1:] for left, right in cuts if right for letter in _ALPHABET)
    found.update(left + letter + right for left, right in cuts for letter in _ALPHABET)
    return found


def distance(one: str, other: str, most: int) -> int:
    """Optimal string alignment distance, or `most` + 1 as soon as it is known to be larger."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    previous = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        current = [i]
        for j, wanted in enumerate(other, 1):
            cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        if min(current) > most:
            return most + 1
        before, previous = previous, current
    return previous[-1]
