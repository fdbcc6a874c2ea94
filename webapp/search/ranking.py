"""From a question to scores: signals, each from arrays of its own, kept apart and added with fixed weights.

The weights were chosen once for all sets of both languages (benchmarks/relevance.md), never for one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from webapp.search.arrays import Array, Codes, Floats
from webapp.search.fields import alone_and_paired
from webapp.search.index import Index
from webapp.search.inverted import Inverted
from webapp.search.question import Question
from webapp.search.small import telling
from webapp.search.terms import codes, grams
from webapp.search.weighing import factors

WEIGHTS = {
    "whole": 8.0,
    "body_words": 2.5,
    "body_meanings": 2.5,
    "grams": 8.0,
    "ranker": 2.0,
}
ENDING_WEIGHT = 0.8  # of a word completed for the customer


@dataclass(frozen=True, slots=True)
class Signals:
    """What each ingredient says of every document (an array by document number), before they are weighed.

    `whole` (title, phrasings and body as one, by meaning), `body_words`, `body_meanings`: shares of the information in
    the question, about 0..1. `grams`: cosine of runs of letters with the whole document. `ranker`: log-odds against the
    mean of all, 0 everywhere when the version has no ranker.
    `missing`: the share of the question that the index does not know or that was corrected with doubt. `length`: words
    that count.
    """

    values: dict[str, Floats]
    missing: float
    length: int

    def scores(self) -> Floats:
        return np.asarray(sum(WEIGHTS[name] * each for name, each in self.values.items()), dtype=np.float32)

    def shared(self) -> Floats:
        """What the documents have in common with the question, without the ranker's opinion."""
        found = [WEIGHTS[name] * each for name, each in self.values.items() if name != "ranker"]
        return np.asarray(sum(found), dtype=np.float32)

    def parts(self, document: int) -> dict[str, float]:
        """What each signal adds to the score of a document; they add up to it."""
        return {name: WEIGHTS[name] * float(each[document]) for name, each in self.values.items()}


class Ranking:
    """Ranks the documents of one language. Holds no state of a question: thread-safe."""

    def __init__(self, index: Index, language: str) -> None:
        self._index = index
        self._language = language
        self._unknown = float(np.log1p(index.size)) / 2 or 1.0

    def signals(self, question: Question) -> Signals:
        index = self._index
        words = [question.stems[place] for place in question.kept]
        senses = question.senses()
        last = question.endings and question.kept and question.kept[-1] == len(question.stems) - 1
        endings = question.endings, question.ending_senses
        written = [question.words[place] for place in question.kept]
        letters = _counted(grams(written, unfinished=bool(last)))
        said = _counted(alone_and_paired(senses))
        values = {
            "whole": self._share(index.whole, senses, endings[1] if last else ()),
            "body_words": self._share(index.told, words, endings[0] if last else ()),
            "body_meanings": self._share(index.told, senses, endings[1] if last else ()),
            "grams": _likeness(index.grams, _counted(self._letters(written, unfinished=bool(last)))),
            "ranker": index.ranker.scores(letters, said) if index.ranker else np.zeros(index.size, dtype=np.float32),
        }
        return Signals(values, self._missing(question), len(question.kept))

    def _share(self, part: Inverted, terms: Sequence[str], endings: Sequence[str]) -> Floats:
        """The share of the information of `terms` found in each document; the last may be any of `endings` instead."""
        places = part.find(codes(terms))
        known = places >= 0
        total = float(part.telling[places[known]].sum()) + self._unknown * int((~known).sum()) or 1.0
        if not endings:
            return part.scores(places[known], np.full(int(known.sum()), 1 / total, dtype=np.float32))
        firm = places[:-1][known[:-1]]
        scores = part.scores(firm, np.full(len(firm), 1 / total, dtype=np.float32))
        options = part.find(codes([terms[-1], *endings]))
        weights = np.full(len(options), ENDING_WEIGHT / total, dtype=np.float32)
        weights[0] = 1 / total
        return scores + part.best(options[options >= 0], weights[options >= 0])

    def _letters(self, words: Sequence[str], *, unfinished: bool) -> Codes:
        """Runs of letters without those of small words; what is still being typed is not small yet."""
        if unfinished:
            return grams([*telling(words[:-1], self._language), words[-1]], unfinished=True)
        return grams(telling(words, self._language))

    def _missing(self, question: Question) -> float:
        known_otherwise = {place for found in question.groups for place in range(found.start, found.end)}
        total = missing = 0.0
        for place in question.kept:
            telling = self._index.telling(question.stems[place])
            weight = telling or 2 * self._unknown
            total += weight
            if place in question.doubtful or not (telling or place in known_otherwise):
                missing += weight
        return missing / (total or 1.0)


def _counted(terms: Codes) -> tuple[Codes, Array]:
    return np.unique(terms, return_counts=True)


def _known(part: Inverted, terms: Codes, counts: Array) -> tuple[Array, Floats]:
    places = part.find(terms)
    known = places >= 0
    return places[known], factors(counts[known], part.telling[places[known]])


def _likeness(part: Inverted, terms: tuple[Codes, Array]) -> Floats:
    return part.scores(*_known(part, *terms))
