"""The trained ranker: same content, same ranker; phrasings teach it; it steps aside where it cannot be trained."""

from pathlib import Path

import numpy as np
import pytest

from tests.search.conftest import SMALL
from webapp.search import Corpus, Document, Ear, arrays, build, training


def lessons(*, phrasings: bool) -> Corpus:
    """Three articles that share their title: only phrasings tell them apart."""
    asked = {
        "etranger": ("je pars en Espagne", "vacances au Maroc", "voyage hors de France"),
        "internet": ("acheter sur un site", "commande en ligne refusée", "payer sur le web"),
        "magasin": ("la caisse du magasin refuse", "au supermarché ça ne passe pas", "payer chez le boulanger"),
    }
    return Corpus(
        documents=tuple(
            Document(
                id=name,
                language="fr",
                title="Payer par carte",
                phrasings=own if phrasings else (),
                body="Vérifiez votre plafond.",
            )
            for name, own in asked.items()
        )
    )


def test_the_same_content_gives_the_same_arrays(tmp_path: Path) -> None:
    build(SMALL, tmp_path / "one")
    build(SMALL, tmp_path / "two")
    assert (tmp_path / "one" / "fr.arrays").read_bytes() == (tmp_path / "two" / "fr.arrays").read_bytes()


def test_phrasings_teach_words_that_no_title_holds(tmp_path: Path) -> None:
    build(lessons(phrasings=True), tmp_path / "index")
    ear = Ear(tmp_path / "index")
    assert ear.ask("ma carte en Espagne pendant les vacances", "fr").hits[0].id == "etranger"
    assert ear.ask("une commande sur un site web", "fr").hits[0].id == "internet"
    ear.close()


@pytest.mark.parametrize("bound", ["MOST_WEIGHTS", "MOST_WORK"])
def test_too_many_articles_are_ranked_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(training, bound, 1)
    build(lessons(phrasings=True), tmp_path / "index")
    assert "ranker.weights" not in arrays.read(tmp_path / "index" / "fr.arrays")
    ear = Ear(tmp_path / "index")
    assert ear.ask("vacances au Maroc", "fr").hits[0].id == "etranger"
    ear.close()


def test_many_texts_are_learnt_in_the_primal_to_the_same_end(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = [
        training.Sample(
            place % 3, np.array([place % 3, 10 + place], dtype=np.uint64), np.array([place % 3], dtype=np.uint64)
        )
        for place in range(30)
    ]
    monkeypatch.setattr(training, "FIRMER", np.float32(1))  # makes up for few steps on real texts; these need no more
    few = training.train(samples, 3)
    monkeypatch.setattr(training, "DUAL", 1)
    many = training.train(samples, 3)
    assert few is not None
    assert many is not None
    assert np.allclose(few["ranker.weights"], many["ranker.weights"], atol=0.05)


def test_what_the_signals_add_makes_the_score(rivage: Ear) -> None:
    room = rivage._languages["fr"]
    question = room._reader.read("j'ai perdu ma carte bleue")
    signals = room._ranking.signals(question)
    best = int(signals.scores().argmax())
    assert sum(signals.parts(best).values()) == pytest.approx(float(signals.scores()[best]), rel=1e-4)
