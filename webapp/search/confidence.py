"""How sure the ear is that its first hit answers: one number in 0..1, comparable between questions and languages.

A logistic curve over the score of the first hit, the share of the question that the content does not know, and the
question's length. Its four weights were fitted once on all of: the development sets of both languages against questions
that have nothing to do with a bank, those of one French set put to the content of another, our own articles without
their phrasings, and the development half of benchmarks/french. Fit again when a signal or a weight changes.
"""

import math

from webapp.search.ranking import Signals

ANSWERED = 0.5  # at or above: the first hit is shown as an answer
NOTHING = 0.1  # below this even a guess misleads: "recette de cuisine" is not about the house insurance

_BIAS = {"en": -7.25, "fr": -7.54}  # one a language: their words vary differently
_SCORE = 0.452
_MISSING = -3.146
# a short question shares less with a whole article whatever it says: these two undo it
_LENGTH = 1.564
_SHORTNESS = 1.896


def confidence(signals: Signals, score: float, language: str) -> float:
    """`score`: of the first hit (`Signals.scores`); `language`: of the analysis. 0 when nothing was asked."""
    if not signals.length:
        return 0.0
    evidence = (
        _BIAS[language]
        + _SCORE * score
        + _MISSING * signals.missing
        + _LENGTH * math.log(1 + signals.length)
        + _SHORTNESS / signals.length
    )
    return 1 / (1 + math.exp(-evidence))
