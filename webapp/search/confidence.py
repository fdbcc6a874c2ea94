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

_BIAS = {"en": -5.92, "fr": -5.9}  # one a language: their words vary differently
_SCORE = 0.324
_MISSING = -2.429
# a short question shares less with a whole article whatever it says: these two undo it
_LENGTH = 1.098
_SHORTNESS = 0.4


# Where the content names the subjects that no article is about. Compared at 13 settings, with the French bias, on all
# files of benchmarks/french:
LEAD = 2.2  # of the score of an article before the best of these subjects, from which it is believed at half
CLOSE = 0.7  # of the same: what more or less than `LEAD` changes most of it
CLEAR = 4.2  # of the same, by which a subject must lead an article for it not to be worth showing
TRUST = 0.3  # log-odds: what is about nothing of ours has these subjects to go to, and the rest is believed sooner


def beside(found: float, article: float, subject: float) -> float:
    """What the confidence `found` in an article becomes beside the best subject that no article is about (scores).

    Never below what still shows articles that may help, unless the subject leads by `CLEAR`.
    """
    sooner = found / (found + (1 - found) * math.exp(-TRUST))
    left = sooner / (1 + math.exp(min((subject + LEAD - article) / CLOSE, 500.0)))
    return left if subject - article >= CLEAR else max(left, min(found, NOTHING))


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
