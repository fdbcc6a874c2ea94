"""Whether the first article answers, weighed against the subjects that the content says no article is about.

A score alone cannot tell "ouvrir un compte" from "ouvrir un compte Instagram". Editors name such
subjects (`Rule.asked`); they are indexed and learnt like articles, never shown, and compete with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.search.arrays import Array, Floats
from webapp.search.confidence import ANSWERED, LEAD, beside, confidence
from webapp.search.ranking import Signals


@dataclass(frozen=True, slots=True)
class Judged:
    """`sure`: how sure it is, in 0..1, that the first article answers. `subject`: the rule of the subject that the
    question is rather about, or "". `leads`: whether that is sure enough to follow its rule.
    """

    sure: float
    subject: str = ""
    leads: bool = False


class Judge:
    """One language. Immutable, thread-safe."""

    def __init__(self, ids: Sequence[str], articles: int, language: str) -> None:
        """`ids`: of all rows; those from `articles` on are subjects."""
        self._ids = ids
        self._articles = articles
        self._language = language

    def of(self, signals: Signals, scores: Floats, worth: Array) -> Judged:
        """`scores`: of all rows; `worth`: the articles worth showing."""
        best = float(scores[worth].max()) if len(worth) else 0.0
        found = confidence(signals, best, self._language) if len(worth) else 0.0
        if self._articles == len(scores):
            return Judged(found)
        place = self._articles + int(scores[self._articles :].argmax())
        theirs = float(scores[place])
        if theirs + LEAD <= best:
            return Judged(beside(found, best, theirs))
        leads = theirs > best and confidence(signals, theirs, self._language) >= ANSWERED
        return Judged(beside(found, best, theirs), self._ids[place], leads)
