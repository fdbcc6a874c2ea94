"""What each posting is worth: BM25F for words, cosine for runs of letters. Used when an index is built.

BM25F (Robertson, Zaragoza 2009): the occurrences of a word in several fields are added up, each field with its weight
and its length, before they saturate.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from webapp.search.arrays import Array, Codes, Floats
from webapp.search.inverted import Counted, Inverted, count, invert
from webapp.search.small import SMALL

SATURATION = 1.6  # BM25's k1: how soon a repeated word stops counting
COMMON = 0.3  # what a run of letters that every document holds still tells: two close words apart


@dataclass(frozen=True, slots=True)
class Field:
    """`weight` multiplies the occurrences, `flat` 0..1 says how much the length of the field counts."""

    name: str
    weight: float
    flat: float


def bm25f(
    fields: Sequence[tuple[Field, Codes, Counted]], size: int, small: Codes, saturation: float = SATURATION
) -> Inverted:
    """Each field with its distinct terms and its postings (see `inverted.count`). `small`: terms that count less."""
    terms = np.unique(np.concatenate([own for _, own, _ in fields]))
    keys, shares = [], []
    for field, own, (documents, places, counts) in fields:
        lengths = np.bincount(documents, counts, minlength=size)
        average = lengths.mean() if size else 0.0
        shape = 1 - field.flat + field.flat * lengths / (average or 1.0)
        keys.append(np.searchsorted(terms, own)[places] * size + documents)
        shares.append(field.weight * counts / shape[documents])
    postings, owners = np.unique(np.concatenate(keys), return_inverse=True)
    amounts = np.bincount(owners, np.concatenate(shares), minlength=len(postings))
    documents, places = postings % max(size, 1), postings // max(size, 1)
    holding = np.bincount(places, minlength=len(terms))
    telling = np.log1p((size - holding + 0.5) / (holding + 0.5))
    telling[np.isin(terms, small)] *= SMALL
    values = telling[places] * amounts / (amounts + saturation)
    return invert(terms, (documents, places, amounts), values, telling, size)


def cosine(texts: Sequence[Codes]) -> Inverted:
    """Vectors of length 1: each term (1 + log of its occurrences) times how telling it is."""
    terms, counted = count(texts)
    _, places, _ = counted
    size = len(texts)
    telling = np.log((size + 1) / (np.bincount(places, minlength=len(terms)) + 1)) + COMMON
    return invert(terms, counted, vectors(counted, telling, size), telling, size)


def vectors(counted: Counted, telling: Array, size: int) -> Floats:
    """The value of each posting of vectors of length 1."""
    documents, places, counts = counted
    values = (1 + np.log(counts)) * telling[places]
    lengths = np.sqrt(np.bincount(documents, values * values, minlength=size))
    return np.asarray(values / lengths[documents], dtype=np.float32)


def factors(counts: Array, telling: Array) -> Floats:
    """The same for the terms of one question."""
    values = ((1 + np.log(counts)) * telling).astype(np.float32)
    return values / np.float32(np.sqrt(np.dot(values, values)) or 1.0)
