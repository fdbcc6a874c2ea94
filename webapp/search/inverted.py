"""Term → the documents that hold it and what it says about each: three arrays, added up in one call a question."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from webapp.search.arrays import Array, Codes, Floats, Places

Counted = tuple[Array, Array, Array]
"""Document, term (index into the sorted codes) and occurrences, one row a posting, sorted by term then document."""

_SCALE = np.float32(2.0**112)
_PARTS = ("terms", "starts", "documents", "values", "telling")


@dataclass(frozen=True, slots=True)
class Inverted:
    """`terms` sorted; documents and values of term `t` stand at `starts[t]:starts[t + 1]`.

    `telling[t]`: how much the term says by itself (its IDF). Values are never negative. Immutable, thread-safe.
    """

    terms: Codes
    starts: Array
    documents: Array
    values: Array
    telling: Floats
    size: int

    @classmethod
    def of(cls, arrays: dict[str, Array], name: str, size: int) -> "Inverted":
        terms, starts, documents, values, telling = (arrays[f"{name}.{part}"] for part in _PARTS)
        return cls(terms, starts, documents, values, telling, size)

    def arrays(self, name: str) -> dict[str, Array]:
        return {f"{name}.{part}": getattr(self, part) for part in _PARTS}

    def find(self, wanted: Codes) -> Places:
        """Where each term stands, -1 for one that no document holds."""
        return find(self.terms, wanted)

    def scores(self, places: Array, factors: Floats) -> Floats:
        """For each document, the sum over the terms (places, none negative) of factor × value."""
        documents, weights = self._postings(places, factors)
        if not len(documents):
            return np.zeros(self.size, dtype=np.float32)
        return np.bincount(documents, weights, minlength=self.size).astype(np.float32)

    def best(self, places: Array, factors: Floats) -> Floats:
        """The same, but the largest instead of the sum: several ways to say one thing."""
        documents, weights = self._postings(places, factors)
        found = np.zeros(self.size, dtype=np.float32)
        np.maximum.at(found, documents, weights)
        return found

    def value(self, place: int, document: int) -> float:
        """What one term says of one document."""
        start, end = int(self.starts[place]), int(self.starts[place + 1])
        at = start + int(np.searchsorted(self.documents[start:end], document))
        return float(self.values[at]) if at < end and int(self.documents[at]) == document else 0.0

    def _postings(self, places: Array, factors: Floats) -> tuple[Places, Floats]:
        """Documents of all these terms, one term behind the other, and factor × value. Copies of whole stretches: to
        gather single postings by their numbers takes three times as long.
        """
        if not len(places):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        firsts, ends = self.starts[places].tolist(), self.starts[places + 1].tolist()
        stretches = list(map(slice, firsts, ends))
        documents = np.concatenate([self.documents[each] for each in stretches], dtype=np.int64)
        values = _widened(np.concatenate([self.values[each] for each in stretches]))
        values *= np.repeat(factors * _SCALE, [end - first for first, end in zip(firsts, ends, strict=True)])
        return documents, values


def _widened(values: Array) -> Floats:
    """Halves, none negative, as floats 2 ** 112 times too small: their bits put in place, a tenth of the time of a
    conversion by numpy. Multiplied by anything times `_SCALE`, each is what the conversion would have given.
    """
    return (values.view(np.uint16).astype(np.uint32) << 13).view(np.float32)


def find(terms: Codes, wanted: Codes) -> Places:
    if not len(terms):
        return np.full(len(wanted), -1, dtype=np.int64)
    places = np.searchsorted(terms, wanted)
    places[places == len(terms)] = 0
    return np.where(terms[places] == wanted, places, -1)


def count(texts: Sequence[Codes]) -> tuple[Codes, Counted]:
    """The distinct terms, sorted, and who holds them how often."""
    lengths = [len(each) for each in texts]
    if not sum(lengths):
        nothing = np.zeros(0, dtype=np.int64)
        return np.zeros(0, dtype=np.uint64), (nothing, nothing, nothing)
    terms, places = np.unique(np.concatenate(texts), return_inverse=True)
    owners = np.repeat(np.arange(len(texts)), lengths)
    keys, counts = np.unique(places * len(texts) + owners, return_counts=True)
    return terms, (keys % len(texts), keys // len(texts), counts)


def invert(terms: Codes, counted: Counted, values: Array, telling: Array, size: int) -> Inverted:
    """An `Inverted` of postings already sorted by term."""
    documents, places, _ = counted
    starts = np.searchsorted(places, np.arange(len(terms) + 1))
    return Inverted(
        terms=terms,
        starts=starts.astype(np.uint32),
        documents=documents.astype(np.uint16 if size < 1 << 16 else np.uint32),
        values=values.astype(np.float16),
        telling=telling.astype(np.float32),
        size=size,
    )
