"""Small words count little, and abbreviations that a content spells out are understood both ways."""

from pathlib import Path

import pytest

from webapp.search import Corpus, Document, Ear, build
from webapp.search.acronyms import groups
from webapp.search.inverted import count
from webapp.search.small import SMALL, small_words, telling
from webapp.search.terms import codes
from webapp.search.weighing import Field, bm25f


def document(id: str, title: str, body: str) -> Document:
    return Document(id=id, language="fr", title=title, body=body)


@pytest.fixture(scope="module")
def ear(tmp_path_factory: pytest.TempPathFactory) -> Ear:
    folder: Path = tmp_path_factory.mktemp("small") / "index"
    documents = (
        document("telephone", "Comment changer mon numéro à la banque ?", "Appelez-nous à la première occasion."),
        document("refus", "Pourquoi un paiement est-il refusé ?", "Le code est faux, ou la caisse du magasin attend."),
        document("livret", "Qui peut ouvrir un livret d'épargne populaire ?", "Il faut de petits revenus."),
        document("epargne", "Quel placement choisir ?", "Le livret d'épargne populaire (LEP) rapporte des intérêts."),
    )
    build(Corpus(documents=documents), folder)
    return Ear(folder)


def test_a_small_word_tells_less_than_its_rarity_says() -> None:
    field = Field("body", 1.0, 0.5)
    held = count([codes(["mon", "caisse"]), codes(["code"])])
    plain, damped = (bm25f([(field, *held)], 2, small) for small in (codes([]), codes(["mon"])))
    mon, caisse = plain.find(codes(["mon", "caisse"])).tolist()
    assert damped.telling[mon] == pytest.approx(SMALL * plain.telling[mon])
    assert damped.value(mon, 0) == pytest.approx(SMALL * plain.value(mon, 0), rel=1e-2)
    assert damped.telling[caisse] == plain.telling[caisse] == plain.telling[mon]


def test_a_question_of_small_words_alone_is_still_read(ear: Ear) -> None:
    assert ear.ask("comment", "fr").hits[0].id == "telephone"
    assert telling(["qui", "peut"], "fr") == ["qui", "peut"]


def test_an_abbreviation_finds_the_title_that_spells_it_out(ear: Ear) -> None:
    assert ear.ask("qui peut ouvrir un LEP", "fr").hits[0].id == "livret"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Le délégué à la protection des données(DPD) répond.", (("dpd", "delegue a la protection des donnees"),)),
        ("Un PEL (plan d'épargne logement, ancien).", (("pel", "plan d epargne logement"),)),
        ("Le délégué à la protection des données (DPO) répond.", ()),
        ("La carte (VISA) et l'appel (CNIL).", ()),
        ("(ABC" * 30_000, ()),
        ("a " * 60_000 + "(ABC)", ()),
    ],
)
def test_only_what_spells_out_is_believed(text: str, expected: tuple[tuple[str, str], ...]) -> None:
    assert groups([text], ()) == expected


def test_a_word_of_another_group_is_left_to_it() -> None:
    assert groups(["Le plan d'épargne logement (PEL)"], ["pel"]) == ()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_word_that_turns_a_question_round_is_not_small(language: str) -> None:
    assert small_words(language)
    assert not small_words(language) & {"sans", "apres", "avant", "deux", "combien", "quand", "without", "after", "two"}
