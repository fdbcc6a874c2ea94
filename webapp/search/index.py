"""An open index of one language: arrays mapped from the file that `building` wrote. Whoosh is not needed any more."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from webapp.search import arrays
from webapp.search.inverted import Inverted
from webapp.search.passages import Passages
from webapp.search.ranker import Ranker
from webapp.search.store import SearchUnavailable
from webapp.search.terms import code

_STEMS = 4_096  # remembered, a tenth of a megabyte a thousand


class Index:
    """Immutable, thread-safe. Errors: `SearchUnavailable` when the file is unreadable or no longer fits the table."""

    def __init__(self, folder: Path, language: str, size: int) -> None:
        self.size = size
        self.telling = lru_cache(maxsize=_STEMS)(self._telling)
        try:
            mapped = arrays.read(folder / f"{language}.arrays")
            self.whole = Inverted.of(mapped, "whole", size)
            self.told = Inverted.of(mapped, "told", size)
            self.grams = Inverted.of(mapped, "grams", size)
            self.ranker = Ranker(mapped) if "ranker.weights" in mapped else None
            self.passages = Passages(mapped)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SearchUnavailable(f"arrays unreadable ({type(error).__name__})") from error

    def _telling(self, stem: str) -> float:
        """How much a stem says, 0 when no document holds it. Remembered: questions are made of the same few words."""
        wanted = np.array([code(stem)], dtype=np.uint64)
        place = int(self.whole.find(wanted)[0])
        return float(self.whole.telling[place]) if place >= 0 else 0.0

    def holds(self, stem: str, document: int) -> bool:
        wanted = np.array([code(stem)], dtype=np.uint64)
        place = int(self.whole.find(wanted)[0])
        return place >= 0 and self.whole.value(place, document) > 0
