"""Typing errors: a word that the content does not know becomes the likeliest one that it knows.

One error (a letter missing, added, changed, or two exchanged) from four letters on, two from eight on; the first
letter may be wrong too. Damerau-Levenshtein, optimal string alignment. Candidates come from the vocabulary of the
content, so a correction always leads somewhere.
"""

from collections.abc import Mapping
from functools import lru_cache

SHORTEST = 4
SHORTEST_FOR_TWO = 8
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


class Speller:
    """Corrections out of `frequencies` (folded word → occurrences). Immutable; look-ups are remembered, thread-safe."""

    def __init__(self, frequencies: Mapping[str, int]) -> None:
        self._frequencies = frequencies
        self._by_length: dict[int, list[tuple[int, str]]] = {}
        for word in frequencies:
            if len(word) >= SHORTEST - 1 and word.isalpha():
                self._by_length.setdefault(len(word), []).append((_letters(word), word))
        self.correct = lru_cache(maxsize=4_096)(self._correct)

    def __contains__(self, word: str) -> bool:
        return word in self._frequencies

    def _correct(self, word: str) -> str:
        """The likeliest known word, or "" when there is none near enough. Cost: under 2 ms, then remembered."""
        if len(word) < SHORTEST or len(word) > 24 or not word.isalpha() or not word.isascii():
            return ""
        near = [each for each in _one_edit(word) if each in self._frequencies and len(each) >= SHORTEST - 1]
        if near:
            return max(near, key=lambda each: (self._weight(word, each), each))
        if len(word) < SHORTEST_FOR_TWO:
            return ""
        far = self._two_edits(word)
        return max(far, key=lambda each: (self._weight(word, each), each)) if far else ""

    def _weight(self, typed: str, candidate: str) -> float:
        """Frequency, and a preference for what people get right: first letter, same letters in another order."""
        weight = float(self._frequencies[candidate])
        if candidate[0] != typed[0]:
            weight *= 0.1
        if sorted(candidate) == sorted(typed):
            weight *= 10
        if candidate.rstrip("sex") == typed.rstrip("sex"):
            weight *= 5
        return weight

    def _two_edits(self, word: str) -> list[str]:
        letters = _letters(word)
        found = []
        for length in range(len(word) - 2, len(word) + 3):
            for mask, each in self._by_length.get(length, ()):
                # two edits change at most four letters of the set: cheap refusal of almost every word
                if (mask ^ letters).bit_count() <= 4 and distance(word, each, 2) <= 2:
                    found.append(each)
        return found


def _letters(word: str) -> int:
    mask = 0
    for letter in word:
        mask |= 1 << (ord(letter) & 63)
    return mask


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
