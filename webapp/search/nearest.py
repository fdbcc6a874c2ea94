"""How near a question comes to single phrasings, for the few documents that lead already.

Adding up a whole document drowns the one phrasing that says exactly this; comparing with every phrasing of every
document costs too much. So: only the leading documents, and of each the mean of its three nearest phrasings.
"""

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from zlib import crc32

MOST_PHRASINGS = 60  # of one document that are compared, spread evenly: bounds the cost
BEST = 3

Packed = tuple[bytes, float]
"""The distinct runs of letters of one phrasing, 4 bytes each, and the length of their vector."""


def pack(grams: Sequence[Sequence[str]], weight: Mapping[str, float]) -> tuple[Packed, ...]:
    """The phrasings of one document, made small. `weight`: run of letters → how telling it is."""
    step = max(1, math.ceil(len(grams) / MOST_PHRASINGS))
    packed = []
    for each in grams[::step]:
        distinct = sorted(set(each))
        if distinct:
            norm = math.sqrt(sum(weight[gram] ** 2 for gram in distinct))
            packed.append((array("I", [crc32(gram.encode()) for gram in distinct]).tobytes(), norm or 1.0))
    return tuple(packed)


class Nearest:
    """Phrasings of all documents of one language. Immutable, thread-safe."""

    def __init__(self, packed: Iterable[Sequence[Packed]]) -> None:
        self._phrasings = [[(array("I", grams), norm) for grams, norm in each] for each in packed]

    def closeness(self, weights: Mapping[str, float], documents: Sequence[int]) -> list[float]:
        """For each of `documents`, 0..1. `weights`: run of letters of the question → how telling it is."""
        squares = {crc32(gram.encode()): weight * weight for gram, weight in weights.items()}
        norm = math.sqrt(sum(squares.values())) or 1.0
        shared = squares.keys().__contains__
        value = squares.__getitem__
        found = []
        for document in documents:
            near = [sum(map(value, filter(shared, grams))) / length for grams, length in self._phrasings[document]]
            near.sort(reverse=True)
            found.append(sum(near[:BEST]) / BEST / norm)
        return found
