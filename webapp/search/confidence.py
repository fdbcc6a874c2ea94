"""How sure the ear is that its first hit answers: one number in 0..1, comparable between questions and languages."""

import math
from collections.abc import Sequence

from webapp.search.ranking import Signals

ANSWERED = 0.5  # at or above: the first hit is shown as an answer

_BIAS = -3.2
_WORDS = 2.0
_PAIRS = 2.0
_GRAMS = 6.0
_MARGIN = 1.5


def confidence(signals: Signals, scores: Sequence[float], best: Sequence[int]) -> float:
    """`best`: documents, best first. 0 when there is none."""
    if not best or scores[best[0]] <= 0:
        return 0.0
    first = best[0]
    second = scores[best[1]] if len(best) > 1 else 0.0
    margin = (scores[first] - second) / scores[first]
    evidence = (
        _BIAS
        + _WORDS * signals.words[first]
        + _PAIRS * signals.pairs[first]
        + _GRAMS * signals.grams[first]
        + _MARGIN * margin
    )
    return 1 / (1 + math.exp(-evidence))
