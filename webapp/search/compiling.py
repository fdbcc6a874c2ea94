"""From the Whoosh index and the texts of a version to the arrays that answer questions."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from webapp.search.arrays import Array, Codes
from webapp.search.fields import TOLD, WHOLE, WHOLE_SATURATION, Texts, letters, said
from webapp.search.inverted import Counted
from webapp.search.meanings import Meanings
from webapp.search.small import small_terms
from webapp.search.terms import codes, grams
from webapp.search.training import Sample, train
from webapp.search.weighing import Field, bm25f, cosine
from webapp.search.words import Analysis


def compile_arrays(reader: Any, texts: Sequence[Texts], meanings: Meanings, reading: Analysis) -> dict[str, Array]:
    """`reader`: of the Whoosh index of these texts, in the same order."""
    size = len(texts)
    language = reading.language
    samples = [
        Sample(number, grams(text.words), said(text, meanings))
        for number, each in enumerate(texts)
        for text in each.asked
    ]
    small = small_terms(meanings, reading)
    postings = {field.name: _postings(reader, field) for field in WHOLE}
    whole = [(field, *postings[field.name]) for field in WHOLE]
    arrays: dict[str, Array] = {}
    arrays |= bm25f(whole, size, small, WHOLE_SATURATION).arrays("whole")
    arrays |= bm25f([(field, *postings[field.name]) for field in TOLD], size, small).arrays("told")
    arrays |= cosine([letters(each, language) for each in texts]).arrays("grams")
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
