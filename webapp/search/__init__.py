"""The ear: question → hits, "did you mean", urgent contacts. The only package that imports Whoosh; knows no HTTP.

One thread of linear algebra a process: the web workers are several already, a thread of OpenBLAS costs memory, and sums
in a fixed order make the answers of a version the same on every run. To be said before numpy is loaded.
"""

import os
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

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


def build(corpus: Corpus, folder: Path) -> None:
    """Write everything `Ear(folder)` needs (`building.build`)."""
    from webapp.search.building import build as write  # here: who only answers must not load the index writer

    write(corpus, folder)
