"""Urgent contacts: raised by theft and fraud however they are said, not by a negation or by words far apart."""

import pytest

from webapp.search import Ear


@pytest.mark.parametrize(
    "question",
    [
        "j'ai perdu ma carte",
        "carte perdue",
        "perte de ma carte bleue",
        "j'ai paumé ma CB",
        "ma carde perdue",
        "on m'a volé mon portefeuille ce matin dans le métro",
    ],
)
def test_a_lost_or_stolen_card_raises_the_opposition(ear: Ear, question: str) -> None:
    assert ear.ask(question, "fr").urgent == ("opposition",)


def test_fraud_raises_fraud(ear: Ear) -> None:
    assert ear.ask("on m'a arnaqué", "fr").urgent == ("fraude",)
    assert ear.ask("un paiement qui n'est pas de moi", "fr").urgent == ("fraude",)


def test_both_are_raised_in_the_order_of_the_contacts(ear: Ear) -> None:
    assert ear.ask("on m'a arnaqué et volé ma carte", "fr").urgent == ("opposition", "fraude")


def test_a_negation_holds_back(ear: Ear) -> None:
    assert ear.ask("je n'ai pas perdu ma carte", "fr").urgent == ()
    assert ear.ask("I have not lost my card", "en").urgent == ()


def test_words_far_apart_in_a_message_do_not_add_up(ear: Ear) -> None:
    far = "j'ai perdu patience avec votre service qui ne répond jamais au téléphone le matin et " * 2
    assert ear.ask_message(far + "je voudrais une carte", "fr").urgent == ()


def test_an_ordinary_question_raises_nobody(ear: Ear) -> None:
    for question in ("plafond de ma carte", "trouver mon rib", "assurance"):
        assert ear.ask(question, "fr").urgent == ()


def test_english_too(ear: Ear) -> None:
    assert ear.ask("my card has been stolen", "en").urgent == ("opposition",)
