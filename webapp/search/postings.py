"""Reading the Whoosh index: for a term, which documents hold it and how much that says about each.

Postings are read once, turned into impacts (the BM25F or cosine share of the term, complete but for the question) and
remembered as packed arrays, so that answering is additions only: 3 to 10 times faster than Whoosh's own matchers.
"""

import math
import sys
import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage

from webapp.search.build import Table, gram_weight
from webapp.search.excerpts import Passage
from webapp.search.fields import GRAMS, PAIRS, WORDS, Field
from webapp.search.store import SearchUnavailable

SATURATION = 1.6  # BM25's k1: how soon a repeated word stops counting
LANE = 1 << 20  # what an impact of 1.0 is in a packed integer
_DENSE = 16  # a term is packed when one document in so many holds it
_REMEMBERED = 6_000_000  # bytes of impacts kept, and _EACH more for every document; the oldest are dropped first
_EACH = 4_000


class Impacts:
    """The documents that hold a term, what it says about each, and the weight of the term itself (its IDF)."""

    __slots__ = ("documents", "idf", "packed", "values")

    def __init__(self, documents: Sequence[int], values: Sequence[float], idf: float, size: int) -> None:
        self.documents = array("I", documents)
        self.values = array("f", values)
        self.idf = idf
        self.packed = 0
        if len(documents) * _DENSE > size:
            lanes = array("I", bytes(4 * size))
            for document, value in zip(documents, values, strict=True):
                lanes[document] = round(value * LANE)
            self.packed = int.from_bytes(lanes.tobytes(), sys.byteorder)

    @property
    def weight(self) -> int:
        """Bytes of memory, about."""
        return 200 + 8 * len(self.documents) + self.packed.bit_length() // 8


NOTHING = Impacts((), (), 0.0, 0)


class Tally:
    """A score for each document, added up term by term.

    Terms held by many documents are one long integer, 32 bits a document: adding two of them adds all
    scores at once in C, 20 times faster than a loop. `LANE` is the unit; sums stay far below 2**32 / LANE = 4,096.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._packed: dict[int, int] = {}
        self._sparse: list[tuple[Impacts, int]] = []

    def add(self, impacts: Impacts, times: int = 1) -> None:
        if impacts.packed:
            self._packed[times] = self._packed.get(times, 0) + impacts.packed
        elif impacts.documents:
            self._sparse.append((impacts, times))

    def scores(self, factor: float, weights: Sequence[float] = (0.0, 1.0)) -> list[float]:
        """The sums times `factor`; a term added `times` times counts `weights[times]`."""
        totals = [0.0] * self._size
        for times, packed in self._packed.items():
            lanes = array("I", packed.to_bytes(4 * self._size, sys.byteorder))
            unit = factor * weights[times] / LANE
            totals = [total + unit * lane for total, lane in zip(totals, lanes, strict=True)]
        for impacts, times in self._sparse:
            unit = factor * weights[times]
            for document, value in zip(impacts.documents, impacts.values, strict=True):
                totals[document] += unit * value
        return totals


class Postings:
    """One language's index, open. Thread-safe: a lock guards the reader, which seeks in a shared file."""

    def __init__(self, folder: Path, language: str, table: Table) -> None:
        self.size = len(table.ids)
        self._norms = table.norms
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], Impacts] = OrderedDict()
        self._bytes = 0
        self._lengths = {name: _shapes(lengths) for name, lengths in table.lengths.items()}
        with _damage_named():
            index = FileStorage(str(folder), readonly=True).open_index(indexname=language)
            self._reader: Any = index.reader()
        if self._reader.doc_count_all() != self.size:
            raise SearchUnavailable("index and table disagree")

    def word(self, stem: str) -> Impacts:
        return self._get("w", stem, lambda: self._bm25f(WORDS, stem))

    def pair(self, pair: str) -> Impacts:
        return self._get("p", pair, lambda: self._bm25f(PAIRS, pair))

    def gram(self, gram: str) -> Impacts:
        return self._get("g", gram, lambda: self._cosine(gram))

    def passages(self, document: int) -> tuple[Passage, Passage]:
        """Summary and body."""
        with self._lock, _damage_named():
            summary, flat_summary, body, flat_body = self._reader.stored_fields(document)["texts"]
        return (summary, flat_summary), (body, flat_body)

    def close(self) -> None:
        with self._lock:
            self._reader.close()

    def _get(self, kind: str, term: str, read: Callable[[], Impacts]) -> Impacts:
        key = (kind, term)
        found = self._kept.get(key)
        if found is not None:
            return found
        with self._lock:
            with _damage_named():
                found = read()
            if key not in self._kept:
                self._kept[key] = found
                self._bytes += found.weight
            while self._bytes > _REMEMBERED + _EACH * self.size:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= dropped.weight
        return found

    def _frequencies(self, field: str, term: str) -> list[tuple[int, float]]:
        if (field, term) not in self._reader:
            return []
        matcher = self._reader.postings(field, term)
        found = []
        while matcher.is_active():
            found.append((matcher.id(), matcher.weight()))
            if len(found) > self.size:
                raise ValueError("more postings than documents")  # damaged: a matcher could go on for ever
            matcher.next()
        return found

    def _bm25f(self, fields: Sequence[Field], term: str) -> Impacts:
        weights: dict[int, float] = {}
        for field in fields:
            if not field.weight:
                continue
            shape = self._lengths[field.name]
            for document, count in self._frequencies(field.name, term):
                share = field.weight * count / (1 - field.flat + field.flat * shape[document])
                weights[document] = weights.get(document, 0.0) + share
        if not weights:
            return NOTHING
        idf = math.log(1 + (self.size - len(weights) + 0.5) / (len(weights) + 0.5))
        documents = sorted(weights)
        return Impacts(documents, [idf * weights[d] / (weights[d] + SATURATION) for d in documents], idf, self.size)

    def _cosine(self, gram: str) -> Impacts:
        found = self._frequencies(GRAMS, gram)
        if not found:
            return NOTHING
        weight = gram_weight(self.size, len(found))
        values = [weight * weight * (1 + math.log(count)) / self._norms[document] for document, count in found]
        return Impacts([document for document, _ in found], values, weight, self.size)


@contextmanager
def _damage_named() -> Iterator[None]:
    """Whoosh raises anything at all on bytes that it does not understand (ten types seen).

    Also after the opening, when every digest was right: the files are mapped, so what happens to them shows at once.
    """
    try:
        yield
    except Exception as error:
        raise SearchUnavailable(f"index unreadable ({type(error).__name__})") from error


def _shapes(lengths: Sequence[int]) -> list[float]:
    """Length of a field in each document over the average one."""
    average = sum(lengths) / (len(lengths) or 1) or 1.0
    return [length / average for length in lengths]
