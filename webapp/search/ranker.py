"""The trained ranker at work: a question's features → one score an article. Knows nothing of training."""

from collections.abc import Mapping

import numpy as np

from webapp.search.arrays import Array, Codes, Floats
from webapp.search.inverted import find
from webapp.search.weighing import factors


class Ranker:
    """Weights: features (runs of letters, then meanings) × articles. Immutable, thread-safe."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._halves = [(arrays[f"ranker.{name}"], arrays[f"ranker.{name}.telling"]) for name in ("grams", "meanings")]
        self._weights = arrays["ranker.weights"]

    def scores(self, grams: tuple[Codes, Array], meanings: tuple[Codes, Array]) -> Floats:
        """Log-odds of each article against the mean of all. Each half: distinct terms and their occurrences."""
        rows, amounts = self._features(grams, meanings)
        found = amounts @ self._weights[rows].astype(np.float32)
        return np.asarray(found - found.mean(), dtype=np.float32)

    def _features(self, *asked: tuple[Codes, Array]) -> tuple[Array, Floats]:
        rows, amounts = [], []
        first = 0
        for (terms, telling), (wanted, counts) in zip(self._halves, asked, strict=True):
            places = find(terms, wanted)
            known = places >= 0
            rows.append(places[known] + first)
            amounts.append(factors(counts[known], telling[places[known]]) * np.float32(0.5**0.5))
            first += len(terms)
        return np.concatenate(rows), np.concatenate(amounts)
