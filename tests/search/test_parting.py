"""Two questions in one: cut where each has its own answer, never so that what cannot wait is hidden."""

import pytest

from webapp.search import Ear
from webapp.search.parting import LONGEST, pieces
from webapp.search.words import analysis


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("ma carte est perdue et comment changer d'adresse", ["ma carte est perdue", "comment changer d'adresse"]),
        ("Mon RIB ? Par ailleurs, mon code est oublié.", ["Mon RIB", "mon code est oublié"]),
        ("annuler un virement + commander un chéquier", ["annuler un virement", "commander un chéquier"]),
        ("mariage et pacs", []),
        ("mon virement n'est pas arrivé", []),
        ("retraits et frais à l'étranger", []),
        ("", []),
    ],
)
def test_a_question_is_cut_at_the_words_that_join(text: str, cut: list[str]) -> None:
    assert pieces(text, analysis("fr")) == cut


def test_english_has_joints_of_its_own_and_a_story_is_not_cut() -> None:
    assert pieces("my card is lost and where is my iban", analysis("en")) == ["my card is lost", "where is my iban"]
    assert pieces("mon compte est vide. " * 40, analysis("fr")) == []
    assert pieces("mon compte est vide et mon code perdu " + "x" * LONGEST, analysis("fr")) == []


@pytest.mark.parametrize(
    ("question", "articles"),
    [
        (
            "j'ai perdu ma carte et comment je change d'adresse",
            ["carte-perdue-ou-volee", "demenagement-changer-adresse"],
        ),
        ("où est mon rib et comment commander un chéquier", ["trouver-son-rib", "commander-un-chequier"]),
        ("Comment augmenter mon plafond ? Et c'est quoi les agios ?", ["plafond-carte", "comprendre-les-agios"]),
    ],
)
def test_each_question_has_its_own_articles_in_the_customers_words(
    rivage: Ear, question: str, articles: list[str]
) -> None:
    parts = rivage.ask(question, "fr").parts
    assert [each.hits[0].id for each in parts] == articles
    assert all(each.text in question for each in parts)
    assert [each.hits[0].id for each in rivage.ask_message(question, "fr").parts] == articles


@pytest.mark.parametrize(
    "question",
    [
        "comment faire un virement",
        "mariage et pacs",
        "frais de retrait et de paiement à l'étranger",
        "ma carte ne marche pas et mon dossier de prêt n'avance pas",
        "je veux mourir et comment fermer mon compte",
        "bonjour et merci",
    ],
)
def test_one_question_a_case_of_ones_own_or_distress_is_not_cut(rivage: Ear, question: str) -> None:
    assert rivage.ask(question, "fr").parts == ()


def test_what_cannot_wait_in_one_question_is_raised_for_both(rivage: Ear) -> None:
    found = rivage.ask("on m'a volé ma carte et mon vol pour Nice est annulé, l'assurance paie ?", "fr")
    assert found.orientation.kind == "urgent", "what holds back the one does not hold back the other"
    assert found.urgent == ("opposition",)
    found = rivage.ask("mon rib svp et sinon je veux mourir", "fr")
    assert found.orientation.kind == "distress"
    assert found.parts == ()
