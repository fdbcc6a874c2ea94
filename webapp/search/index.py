"""An open index of one language: the mapped arrays, and Whoosh for the passages shown under a hit."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.filedb.filestore import FileStorage

from webapp.search import arrays
from webapp.search.arrays import Array, Floats
from webapp.search.excerpts import Passage
from webapp.search.inverted import Inverted
from webapp.search.ranker import Ranker
from webapp.search.store import SearchUnavailable
from webapp.search.terms import code


class Index:
    """Thread-safe. Errors: `SearchUnavailable` when a file is unreadable or the parts disagree."""

    def __init__(self, folder: Path, language: str, size: int) -> None:
        self.size = size
        self._lock = threading.Lock()  # a Whoosh reader is read by one thread at a time
        with _damage_named():
            mapped = arrays.read(folder / f"{language}.arrays")
            owners = mapped["nearest.owners"]
            self.asked = Inverted.of(mapped, "asked", size)
            self.told = Inverted.of(mapped, "told", size)
            self.grams = Inverted.of(mapped, "grams", size)
            self.texts = Inverted.of(mapped, "nearest", len(owners))
            self.ranker = Ranker(mapped) if "ranker.weights" in mapped else None
            self._firsts: Array = np.searchsorted(owners, np.arange(size))
            self._reader: Any = FileStorage(str(folder), readonly=True).open_index(indexname=language).reader()
            if self._reader.doc_count_all() != size:
                raise ValueError("index and table disagree")

    def telling(self, stem: str) -> float:
        """How much a stem says, 0 when no document holds it."""
        wanted = np.array([code(stem)], dtype=np.uint64)
        found = [float(part.telling[place]) for part in (self.told, self.asked) if (place := part.find(wanted)[0]) >= 0]
        return min(found, default=0.0)

    def holds(self, stem: str, document: int) -> bool:
        wanted = np.array([code(stem)], dtype=np.uint64)
        return any(
            part.value(int(place), document) > 0
            for part in (self.asked, self.told)
            if (place := part.find(wanted)[0]) >= 0
        )

    def nearest(self, likeness: Floats) -> Floats:
        """From the likeness of every text to the best of each document."""
        if not self.size:
            return np.zeros(0, dtype=np.float32)
        return np.maximum.reduceat(likeness, self._firsts)

    def passages(self, document: int) -> tuple[Passage, Passage]:
        """Summary and body."""
        with self._lock, _damage_named():
            summary, flat_summary, body, flat_body = self._reader.stored_fields(document)["texts"]
        return (summary, flat_summary), (body, flat_body)

    def close(self) -> None:
        with self._lock:
            self._reader.close()


@contextmanager
def _damage_named() -> Iterator[None]:
    """Whoosh raises anything at all on bytes that it does not understand (ten types seen).

    Also after the opening, when every digest was right: the files are mapped, so what happens to them shows at once.
    """
    try:
        yield
    except Exception as error:
        raise SearchUnavailable(f"index unreadable ({type(error).__name__})") from error
