"""What is indexed of a document: the fields, their weights, and how a text becomes their terms.

Three views of the same words, each a signal of its own in `ranking`: `words` (stems), `pairs` (two stems in a row,
which tell "payer par carte" from "carte payée") and `grams` (runs of letters, which survive typing errors and
endings that the stemmer misses).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from webapp.search.model import Document
from webapp.search.words import Analysis

SEPARATOR = "_"  # no word contains it (words.py splits there)
GRAM_SIZES = (3, 4)


@dataclass(frozen=True, slots=True)
class Field:
    """BM25F (Robertson, Zaragoza 2009): `weight` multiplies the frequency, `flat` 0..1 says how much length counts."""

    name: str
    weight: float
    flat: float


WORDS = (Field("title", 1.5, 0.5), Field("phrasings", 1.0, 0.5), Field("body", 1.0, 0.75))
PAIRS = (Field("title_pairs", 1.5, 0.5), Field("phrasings_pairs", 1.0, 0.5), Field("body_pairs", 1.0, 0.75))
GRAMS = "grams"


def pairs(stems: Sequence[str]) -> list[str]:
    return [f"{one}{SEPARATOR}{other}" for one, other in pairwise(stems)]


def grams(words: Sequence[str]) -> list[str]:
    """Runs of 3 and 4 letters of each word, its ends marked: "rib" → ^ri, rib, ib$, ^rib, rib$."""
    found: list[str] = []
    for word in words:
        marked = f"^{word}$"
        for size in GRAM_SIZES:
            found.extend(marked[i : i + size] for i in range(len(marked) - size + 1))
    return found


def terms_of(document: Document, analysis: Analysis) -> dict[str, list[str]]:
    """Field → its terms. Keywords count as a phrasing, the summary as the beginning of the body."""
    title = analysis.words(document.title)
    asked = [analysis.words(each) for each in (*document.phrasings, *document.keywords)]
    body = analysis.words(f"{document.summary} {document.body}")
    stem = analysis.stem
    title_stems = [stem(word) for word in title]
    asked_stems = [[stem(word) for word in words] for words in asked]
    body_stems = [stem(word) for word in body]
    return {
        "title": title_stems,
        "phrasings": [each for stems in asked_stems for each in stems],
        "body": body_stems,
        "title_pairs": pairs(title_stems),
        "phrasings_pairs": [each for stems in asked_stems for each in pairs(stems)],
        "body_pairs": pairs(body_stems),
        GRAMS: grams(title) * 2 + [gram for words in asked for gram in grams(words)],
    }
