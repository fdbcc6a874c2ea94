"""A small bank, said in the customers' words, built once; and the real content."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from webapp.knowledge.check import check
from webapp.search import Corpus, Document, Ear, build
from webapp.search.from_catalog import corpus_of

CONTENT = Path(__file__).resolve().parents[2] / "content"

SMALL = Corpus(
    documents=(
        Document(
            id="carte-perdue",
            language="fr",
            theme="cartes",
            title="J'ai perdu ma carte bancaire ou on me l'a volée : que faire ?",
            summary="Faites opposition tout de suite, 24 h sur 24.",
            phrasings=("g perdu ma carte bleu koi faire", "on m'a volé mon portefeuille avec ma cb dedans"),
            keywords=("opposition", "perte", "vol"),
            body="Appelez le service opposition. La carte ne remarchera pas, même si vous la retrouvez. " * 5,
            urgent=True,
        ),
        Document(
            id="carte-refusee",
            language="fr",
            theme="cartes",
            title="Pourquoi ma carte est-elle refusée ?",
            summary="Le plafond est peut-être atteint.",
            phrasings=("ma carte ne marche pas", "paiement refusé au magasin"),
            body="Vérifiez votre plafond et votre solde dans l'application.",
        ),
        Document(
            id="virement-instantane",
            language="fr",
            theme="virements",
            title="Comment faire un virement instantané ?",
            summary="Dix secondes, jour et nuit.",
            phrasings=("envoyer de l'argent tout de suite",),
            body="L'assurance du virement. Le cœur du métier.",
        ),
        Document(
            id="trouver-rib",
            language="fr",
            theme="comptes",
            title="Où trouver mon RIB ?",
            summary="Dans votre espace client, rubrique Comptes.",
            phrasings=("j'ai besoin d'un rib pour mon patron",),
            body="Le relevé d'identité bancaire contient votre IBAN.",
        ),
        Document(
            id="mot-de-passe",
            language="fr",
            theme="acces",
            title="Mot de passe oublié",
            phrasings=("j'arrive plus à me connecter",),
            body="Choisissez un nouveau mot de passe.",
        ),
        Document(
            id="lost-card",
            language="en",
            theme="cartes",
            title="I lost my card",
            summary="Call us at once.",
            phrasings=("my card was stolen",),
            body="The card is blocked for good.",
            urgent=True,
        ),
        Document(id="find-iban", language="en", theme="comptes", title="Where do I find my IBAN?", body="In the app."),
    ),
    synonyms={
        "fr": (
            ("carte bancaire", "cb", "carte bleue", "carte bleu"),
            ("rib", "iban"),
            ("argent", "thune"),
            ("perdu", "paumé"),
        ),
        "en": (("iban", "rib", "bank details"),),
    },
    urgent_when={
        "fr": {
            "opposition": ("perdu carte", "volé carte", "volé portefeuille"),
            "fraude": ("arnaqué", "paiement pas moi"),
        },
        "en": {"opposition": ("lost card", "stolen card")},
    },
)


@pytest.fixture(scope="session")
def ear(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ear]:
    folder = tmp_path_factory.mktemp("ear") / "index"
    build(SMALL, folder)
    opened = Ear(folder)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def rivage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ear]:
    """The ear of the content that this repository publishes."""
    catalog = check(CONTENT, date(2026, 11, 22)).catalog
    assert catalog is not None, "content/ has errors: run `flask check-content`"
    folder = tmp_path_factory.mktemp("rivage") / "index"
    build(corpus_of(catalog), folder)
    opened = Ear(folder)
    yield opened
    opened.close()
