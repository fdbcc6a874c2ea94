"""From the Whoosh index and the texts of a version to the arrays that answer questions."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from webapp.search.arrays import Array, Codes
from webapp.search.fields import ASKED, TOLD, Texts, letters, said
from webapp.search.inverted import Counted, Inverted, count, invert
from webapp.search.meanings import Meanings
from webapp.search.terms import codes, grams
from webapp.search.training import Sample, train
from webapp.search.weighing import Field, bm25f, cosine, vectors

HALF = np.float32(0.5**0.5)  # runs of letters and meanings weigh the same in the vector of a text


def compile_arrays(reader: Any, texts: Sequence[Texts], meanings: Meanings) -> dict[str, Array]:
    """`reader`: of the Whoosh index of these texts, in the same order."""
    size = len(texts)
    samples = [
        Sample(number, grams(text.words), said(text, meanings))
        for number, each in enumerate(texts)
        for text in each.asked
    ]
    arrays: dict[str, Array] = {}
    arrays |= bm25f([(field, *_postings(reader, field)) for field in ASKED], size).arrays("asked")
    arrays |= bm25f([(field, *_postings(reader, field)) for field in TOLD], size).arrays("told")
    arrays |= cosine([letters(each) for each in texts]).arrays("grams")
    arrays |= _nearest(samples).arrays("nearest")
    arrays["nearest.owners"] = np.array([each.article for each in samples], dtype=np.uint32)
    return arrays | (train(samples, size) or {})


def _postings(reader: Any, field: Field) -> tuple[Codes, Counted]:
    """What Whoosh holds of one field, sorted by the code of the term."""
    terms = [text.decode() for text in reader.lexicon(field.name)]
    coded = codes(terms)
    documents: list[int] = []
    counts: list[float] = []
    lengths = []
    order = np.argsort(coded)
    for place in order.tolist():
        matcher = reader.postings(field.name, terms[place])
        before = len(documents)
        while matcher.is_active():
            documents.append(matcher.id())
            counts.append(matcher.weight())
            matcher.next()
        lengths.append(len(documents) - before)
    places = np.repeat(np.arange(len(terms)), np.array(lengths, dtype=np.int64))
    return coded[order], (np.array(documents, dtype=np.int64), places, np.array(counts))


def _nearest(samples: Sequence[Sample]) -> Inverted:
    """Each text as a vector of length 1, half of it runs of letters and half meanings."""
    size = len(samples)
    halves = []
    for each in ([sample.grams for sample in samples], [sample.meanings for sample in samples]):
        terms, counted = count(each)
        telling = np.log((size + 1) / (np.bincount(counted[1], minlength=len(terms)) + 1)) + 1
        halves.append((terms, counted, telling, vectors(counted, telling, size) * HALF))
    terms = np.concatenate([half[0] for half in halves])
    order = np.argsort(terms, kind="stable")
    rank = np.empty(len(terms), dtype=np.int64)
    rank[order] = np.arange(len(terms))
    places = np.concatenate([rank[halves[0][1][1]], rank[halves[1][1][1] + len(halves[0][0])]])
    documents = np.concatenate([half[1][0] for half in halves])
    values = np.concatenate([half[3] for half in halves])
    telling = np.concatenate([half[2] for half in halves])[order]
    sequence = np.lexsort((documents, places))
    counted = (documents[sequence], places[sequence], values[sequence])
    return invert(terms[order], counted, values[sequence], telling, size)
