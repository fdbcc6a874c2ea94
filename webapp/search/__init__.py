"""The ear: question → hits, "did you mean", urgent contacts. The only package that imports Whoosh; knows no HTTP."""

from webapp.search.build import build
from webapp.search.confidence import NOTHING
from webapp.search.ear import Ear
from webapp.search.model import Answers, Corpus, Document, Hit, Orientation, Piece, Place, Rule
from webapp.search.store import SearchUnavailable

__all__ = [
    "NOTHING",
    "Answers",
    "Corpus",
    "Document",
    "Ear",
    "Hit",
    "Orientation",
    "Piece",
    "Place",
    "Rule",
    "SearchUnavailable",
    "build",
]
