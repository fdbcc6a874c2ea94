"""How sure the ear is that its first hit answers: one number in 0..1, comparable between questions and languages.

A logistic curve over what the first hit shares with the question. Its weights were fitted once on all of: the
development sets of both languages against questions that have nothing to do with a bank, our own French articles with
a quarter of their phrasings held out, their keywords alone, and everyday French questions. Fit again when a signal
changes.
"""

import math
from collections.abc import Sequence

from webapp.search.ranking import Signals

ANSWERED = 0.55  # at or above: the first hit is shown as an answer
NOTHING = 0.03  # below this even a guess misleads: "recette de cuisine" is not about the house insurance

_BIAS = -12.4
_WORDS = 2.3
_PAIRS = 3.6
_GRAMS = 9.2
_MISSING = -5.5
# a short question shares less with a whole article whatever it says: these two undo it
_LENGTH = 3.9
_SHORTNESS = 7.4


def confidence(signals: Signals, best: Sequence[int]) -> float:
    """`best`: documents, best first. 0 when there is none, or nothing was asked."""
    if not best or not signals.length:
        return 0.0
    first = best[0]
    evidence = (
        _BIAS
        + _WORDS * signals.words[first]
        + _PAIRS * signals.pairs[first]
        + _GRAMS * signals.grams[first]
        + _MISSING * signals.missing
        + _LENGTH * math.log(1 + signals.length)
        + _SHORTNESS / signals.length
    )
    return 1 / (1 + math.exp(-evidence))
