"""Reading the Whoosh index: for a term, which documents hold it and how much that says about each.

Postings are read once, turned into impacts (the BM25F or cosine share of the term, complete but for the question) and
remembered as packed arrays, so that answering is additions only: 3 to 10 times faster than Whoosh's own matchers.
"""

import math
import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage

from webapp.search.build import Table, gram_weight
from webapp.search.fields import GRAMS, PAIRS, WORDS, Field
from webapp.search.store import SearchUnavailable

SATURATION = 1.6  # BM25's k1: how soon a repeated word stops counting
_REMEMBERED = 8_000_000  # bytes of impacts kept, the oldest dropped first
_ENTRY = 200  # bytes an entry costs besides its postings


class Impacts:
    """The documents that hold a term, what it says about each, and the weight of the term itself (its IDF)."""

    __slots__ = ("documents", "idf", "values")

    def __init__(self, documents: Sequence[int], values: Sequence[float], idf: float) -> None:
        self.documents = array("I", documents)
        self.values = array("f", values)
        self.idf = idf


NOTHING = Impacts((), (), 0.0)


class Postings:
    """One language's index, open. Thread-safe: a lock guards the reader, which seeks in a shared file."""

    def __init__(self, folder: Path, language: str, table: Table) -> None:
        self.size = len(table.ids)
        self._norms = table.norms
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], Impacts] = OrderedDict()
        self._bytes = 0
        self._lengths = {name: _shapes(lengths) for name, lengths in table.lengths.items()}
        try:
            index = FileStorage(str(folder), readonly=True).open_index(indexname=language)
            self._reader: Any = index.reader()
        except Exception as error:
            # Whoosh raises anything at all on a file that it does not understand (ten types seen)
            raise SearchUnavailable(f"index unreadable ({type(error).__name__})") from error
        if self._reader.doc_count_all() != self.size:
            raise SearchUnavailable("index and table disagree")

    def word(self, stem: str) -> Impacts:
        return self._get("w", stem, lambda: self._bm25f(WORDS, stem))

    def pair(self, pair: str) -> Impacts:
        return self._get("p", pair, lambda: self._bm25f(PAIRS, pair))

    def gram(self, gram: str) -> Impacts:
        return self._get("g", gram, lambda: self._cosine(gram))

    def texts(self, document: int) -> tuple[str, str]:
        """Summary and body as they were given."""
        with self._lock:
            summary, body = self._reader.stored_fields(document)["texts"]
        return summary, body

    def close(self) -> None:
        with self._lock:
            self._reader.close()

    def _get(self, kind: str, term: str, read: Callable[[], Impacts]) -> Impacts:
        key = (kind, term)
        found = self._kept.get(key)
        if found is not None:
            return found
        with self._lock:
            found = read()
            if key not in self._kept:
                self._kept[key] = found
                self._bytes += _ENTRY + 8 * len(found.documents)
            while self._bytes > _REMEMBERED:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= _ENTRY + 8 * len(dropped.documents)
        return found

    def _frequencies(self, field: str, term: str) -> list[tuple[int, float]]:
        if (field, term) not in self._reader:
            return []
        matcher = self._reader.postings(field, term)
        found = []
        while matcher.is_active():
            found.append((matcher.id(), matcher.weight()))
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
        return Impacts(documents, [idf * weights[d] / (weights[d] + SATURATION) for d in documents], idf)

    def _cosine(self, gram: str) -> Impacts:
        found = self._frequencies(GRAMS, gram)
        if not found:
            return NOTHING
        weight = gram_weight(self.size, len(found))
        values = [weight * weight * (1 + math.log(count)) / self._norms[document] for document, count in found]
        return Impacts([document for document, _ in found], values, weight)


def _shapes(lengths: Sequence[int]) -> list[float]:
    """Length of a field in each document over the average one."""
    average = sum(lengths) / (len(lengths) or 1) or 1.0
    return [length / average for length in lengths]
