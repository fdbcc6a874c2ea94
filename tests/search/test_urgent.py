"""Urgent contacts: raised by theft and fraud however they are said, not by a negation or by words far apart."""

import msgspec
import numpy as np
import pytest

from tests.search.conftest import SMALL
from webapp.search import Ear, build
from webapp.search.leaning import Leaning


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


LOST = """
    jme suis fait chourer mon portefeuille
    on ma piqué ma visa a la plage
    on m'a taxé mon sac
    jme suis fait braquer devant le dab
    je remets pas la main sur ma carte bleue
    ma cb est tombée de ma veste
    j'ai oublié ma carte dans un taxi
    le distributeur ne m'a pas rendu ma carte
    la pompe à essence a gardé ma cb
    on m'a fait les poches dans le tram
    mon chéquier a été volé
    quelqu'un a imité ma signature sur un chèque
"""
DECEIVED = """
    un paiement que j'ai pas fait
    un prélèvement que je reconnais pas
    débité sans mon accord
    j'ai toujours ma carte mais il y a des retraits à Naples
    quelqu'un utilise ma carte sur internet
    mon livret a été siphonné
    un faux conseiller m'a appelé
    un monsieur se disait de la banque
    spoofing du numéro de la banque
    j'ai donné mes codes au téléphone
    j'ai cliqué sur le lien d'un sms
    jme suis fait avoir par un faux vendeur
    un virement est parti chez un escroc
    on m'a piqué mon portable dans le bus
    quelqu'un a pris un crédit à mon nom
"""
DISTRESSED = """
    j'ai plus envie de vivre avec ces dettes
    j'ai envie que tout s'arrête
    mon mari me tape et garde ma paie
    mon petit-fils me vole ma retraite
    il menace de publier mes photos
"""
CALM = """
    suis-je assuré si ma carte est volée
    ma carte grise est perdue
    j'ai perdu mon identifiant
    j'ai oublié le code de ma carte
    j'ai perdu mon travail, je ne paie plus mon prêt
    mon vol est annulé, la carte rembourse ?
    mon virement n'est pas encore fait
    comment reconnaître un faux mail de la banque
    mon compte est vide
    puis-je utiliser ma carte à l'étranger
    où commander ma carte
    des frais prélevés sans mon accord
    j'ai retrouvé ma carte, comment la réactiver
    payer à Genève, y a des frais
"""


@pytest.mark.parametrize(
    ("questions", "contact"), [(LOST, "opposition"), (DECEIVED, "fraude")], ids=["lost", "deceived"]
)
def test_what_cannot_wait_is_heard_however_it_is_said(rivage: Ear, questions: str, contact: str) -> None:
    asked = [each.strip() for each in questions.strip().splitlines()]
    assert [each for each in asked if contact not in rivage.ask(each, "fr").urgent] == []


def test_distress_comes_first_however_it_is_said(rivage: Ear) -> None:
    asked = [each.strip() for each in DISTRESSED.strip().splitlines()]
    assert [each for each in asked if rivage.ask(each, "fr").orientation.kind != "distress"] == []


def test_the_same_words_in_a_calm_question_raise_nobody(rivage: Ear) -> None:
    asked = [each.strip() for each in CALM.strip().splitlines()]
    assert [each for each in asked if rivage.ask(each, "fr").urgent] == []


def test_an_urgent_article_s_own_phrasings_raise_its_contact_without_a_rule(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    documents = tuple(
        msgspec.structs.replace(each, urgent_contact="opposition" if each.id == "carte-perdue" else "")
        for each in SMALL.documents
    )
    folder = tmp_path_factory.mktemp("leaning") / "index"
    build(msgspec.structs.replace(SMALL, documents=documents, urgent_when={}), folder)
    opened = Ear(folder)
    found = opened.ask("g perdu ma carte bleu koi faire", "fr")
    assert (found.urgent, found.orientation.article) == (("opposition",), "carte-perdue")
    assert opened.ask("ma carte ne marche pas", "fr").urgent == ()
    opened.close()


def test_a_ranker_leans_to_a_contact_when_its_articles_together_are_likelier_than_all_others() -> None:
    leaning = Leaning(("fraude", "", "fraude", "opposition", ""))
    assert leaning.of(np.array([2.0, 1.9, 1.8, -5, -5], dtype=np.float32)) == ("fraude", 0)
    assert leaning.of(np.array([1.0, 3.0, 1.0, -5, -5], dtype=np.float32)) is None
    assert leaning.of(np.zeros(5, dtype=np.float32)) is None
    assert Leaning(("", "")).of(np.array([9.0, 0.0], dtype=np.float32)) is None


def test_english_is_heard_too_and_a_place_is_not_a_meal(rivage: Ear) -> None:
    urgent = (
        "the cash machine ate my card / I can't get my card out of the ATM / someone has been using my card / "
        "there is a payment I did not make / I do not recognise this withdrawal / a fake adviser called me / "
        "I left my phone in a taxi / my wallet was nicked / please freeze my card"
    )
    assert [each for each in urgent.split(" / ") if not rivage.ask(each, "en").urgent] == []
    calm = (
        "which ATMs can I use this card at / my transfer did not go through / can I make several payments / "
        "why was I charged a fee on my payment / I found my card, can I use it again / where is my IBAN"
    )
    assert [each for each in calm.split(" / ") if rivage.ask(each, "en").urgent] == []
