"""Postings added up: the short way gives what the plain one would."""

import numpy as np

from webapp.search.arrays import Array, Floats
from webapp.search.inverted import Inverted, invert


def _index(documents: int, terms: int) -> Inverted:
    """A random table, with halves of every size: also those so small that their bits follow another rule."""
    dice = np.random.default_rng(7)
    held = dice.random((terms, documents)) < dice.random((terms, 1))
    places, owners = np.nonzero(held)
    values = np.concatenate([[0, 6e-8, 1e-5, 65_504], dice.exponential(2.0, len(places))])[: len(places)]
    counted = (owners, places, values)
    return invert(np.arange(terms, dtype=np.uint64), counted, values, dice.random(terms), documents)


def _plain(index: Inverted, places: Array, factors: Floats) -> tuple[Floats, Floats]:
    """Sum and largest of each document, one posting after the other."""
    total, largest = np.zeros(index.size), np.zeros(index.size, dtype=np.float32)
    for place, factor in zip(places, factors, strict=True):
        for at in range(index.starts[place], index.starts[place + 1]):
            weight = index.values[at].astype(np.float32) * factor
            total[index.documents[at]] += weight
            largest[index.documents[at]] = max(largest[index.documents[at]], weight)
    return total.astype(np.float32), largest


def test_scores_are_those_of_a_plain_sum_to_the_last_bit() -> None:
    index = _index(documents=60, terms=40)
    places, factors = np.arange(0, 40, 2), np.linspace(1e-4, 3, 20, dtype=np.float32)
    total, largest = _plain(index, places, factors)
    assert index.scores(places, factors).tobytes() == total.tobytes()
    assert index.best(places, factors).tobytes() == largest.tobytes()


def test_nothing_asked_scores_nothing() -> None:
    index, nothing = _index(5, 3), np.zeros(0, dtype=np.int64)
    assert not index.scores(nothing, nothing.astype(np.float32)).any()
    assert not index.best(nothing, nothing.astype(np.float32)).any()
