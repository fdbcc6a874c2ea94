"""From a question to scores: four signals, each from an index of its own, kept apart and added with fixed weights.

The weights were chosen once for all sets of both languages (benchmarks/results/relevance.json), never for one of them.
"""

import heapq
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from webapp.search.fields import SEPARATOR, grams
from webapp.search.nearest import Nearest
from webapp.search.postings import Postings, Tally
from webapp.search.question import Question
from webapp.search.synonyms import Expression, Thesaurus

WORDS_WEIGHT = 1.0
PAIRS_WEIGHT = 0.8
GRAMS_WEIGHT = 2.0
NEAREST_WEIGHT = 1.5
_LOGS = (0.0, *(1 + math.log(count) for count in range(1, 9)))  # a repeated run of letters counts less each time
LEADING = 8  # documents compared phrasing by phrasing
SYNONYM_WEIGHT = 0.7  # of the same word said otherwise
ENDING_WEIGHT = 0.8  # of a word completed for the customer


@dataclass(frozen=True, slots=True)
class Signals:
    """What each ingredient says of every document (a list by document number), before they are weighed.

    `words` and `pairs` are shares of the information in the question, `grams` a cosine, `nearest` the mean cosine
    of the three nearest phrasings (leading documents only); all about 0..1. `missing`: the share
    of the question that the index does not know or that was corrected with doubt. `length`: words that count.
    """

    words: list[float]
    pairs: list[float]
    grams: list[float]
    nearest: dict[int, float]
    missing: float
    length: int

    def scores(self) -> list[float]:
        scores = weigh(self.words, self.pairs, self.grams)
        for document, near in self.nearest.items():
            scores[document] += NEAREST_WEIGHT * near
        return scores

    def parts(self, document: int) -> dict[str, float]:
        """What each signal adds to the score of a document."""
        return {
            "words": WORDS_WEIGHT * self.words[document],
            "pairs": PAIRS_WEIGHT * self.pairs[document],
            "grams": GRAMS_WEIGHT * self.grams[document],
            "nearest": NEAREST_WEIGHT * self.nearest.get(document, 0.0),
        }


def weigh(words: Sequence[float], pairs: Sequence[float], runs: Sequence[float]) -> list[float]:
    return [
        WORDS_WEIGHT * word + PAIRS_WEIGHT * pair + GRAMS_WEIGHT * run
        for word, pair, run in zip(words, pairs, runs, strict=True)
    ]


class Ranking:
    """Ranks the documents of one language. Holds no state of a question: thread-safe."""

    def __init__(self, postings: Postings, nearest: Nearest, thesaurus: Thesaurus, stem: Callable[[str], str]) -> None:
        self._postings = postings
        self._nearest = nearest
        self._thesaurus = thesaurus
        self._stem = stem
        self._unknown = math.log(1 + postings.size) / 2 or 1.0

    def signals(self, question: Question) -> Signals:
        total = sum(self._postings.word(question.stems[place]).idf or self._unknown for place in question.kept) or 1.0
        missing = self._missing(question)
        words = self._words(question, total)
        pairs = self._pairs(question, total)
        runs, weights = self._grams(question)
        scores = weigh(words, pairs, runs)
        leading = heapq.nlargest(LEADING, range(len(scores)), key=scores.__getitem__)
        nearest = dict(zip(leading, self._nearest.closeness(weights, leading), strict=True))
        return Signals(words, pairs, runs, nearest, missing, len(question.kept))

    def _missing(self, question: Question) -> float:
        known_otherwise = {place for found in question.groups for place in range(found.start, found.end)}
        total = missing = 0.0
        for place in question.kept:
            idf = self._postings.word(question.stems[place]).idf
            weight = idf or 2 * self._unknown
            total += weight
            if place in question.doubtful or not (idf or place in known_otherwise):
                missing += weight
        return missing / (total or 1.0)

    def _words(self, question: Question, total: float) -> list[float]:
        tally = Tally(self._postings.size)
        said_otherwise = {place for found in question.groups for place in range(found.start, found.end)}
        last = len(question.stems) - 1 if question.endings else -1
        for place in question.kept:
            if place != last and place not in said_otherwise:
                tally.add(self._postings.word(question.stems[place]))
        scores = tally.scores(1 / total)
        if last >= 0:
            self._add_best(scores, self._completions(question), total)
        kept = set(question.kept)
        for found in question.groups:
            if found.start in kept and not found.start <= last < found.end:
                own = question.stems[found.start : found.end]
                options = [(own, 1.0)]
                options += [(each, SYNONYM_WEIGHT) for each in self._thesaurus.groups[found.group] if each != own]
                self._add_best(scores, options, total)
        return scores

    def _completions(self, question: Question) -> list[tuple[Expression, float]]:
        endings = {(self._stem(word),): ENDING_WEIGHT for word in reversed(question.endings)}
        endings[(question.stems[-1],)] = 1.0
        return list(endings.items())

    def _add_best(self, scores: list[float], options: Sequence[tuple[Expression, float]], total: float) -> None:
        """Each document gets the best of several ways to say the same thing, never their sum."""
        best: dict[int, float] = {}
        for position, (expression, weight) in enumerate(options):
            for document, value in self._expression(expression, every=position > 0).items():
                value *= weight / total
                if value > best.get(document, 0.0):
                    best[document] = value
        for document, value in best.items():
            scores[document] += value

    def _expression(self, expression: Expression, *, every: bool) -> dict[int, float]:
        """Impact of an expression; with `every`, only where all its words stand, as telling as its rarest word."""
        words = [self._postings.word(stem) for stem in expression]
        first = dict(zip(words[0].documents, words[0].values, strict=True))
        for word in words[1:]:
            values = dict(zip(word.documents, word.values, strict=True))
            if every:
                first = {document: max(first[document], values[document]) for document in first.keys() & values.keys()}
            else:
                for document, value in values.items():
                    first[document] = first.get(document, 0.0) + value
        return first

    def _pairs(self, question: Question, total: float) -> list[float]:
        tally = Tally(self._postings.size)
        stems = question.stems
        for one, other in pairwise(question.kept):
            if other == one + 1:
                tally.add(self._postings.pair(f"{stems[one]}{SEPARATOR}{stems[other]}"))
        return tally.scores(1 / total)

    def _grams(self, question: Question) -> tuple[list[float], dict[str, float]]:
        """The cosines, and the runs of letters of the question that the index knows with their weights."""
        counts = Counter(grams([question.words[place] for place in question.kept]))
        tally = Tally(self._postings.size)
        square = 0.0
        known = {}
        for gram, count in counts.items():
            impacts = self._postings.gram(gram)
            if impacts.idf:
                count = min(count, len(_LOGS) - 1)
                square += (_LOGS[count] * impacts.idf) ** 2
                tally.add(impacts, count)
                known[gram] = impacts.idf
        return tally.scores(1 / (math.sqrt(square) or 1.0), _LOGS), known
