"""The ear: a customer's question → the right answer first."""

import threading
from pathlib import Path
from unittest.mock import patch

import pytest

from webapp.search import Answers, Corpus, Document, Ear, SearchUnavailable, build


def first(answers: Answers) -> str:
    return answers.hits[0].id if answers.hits else ""


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("j'ai perdu ma CB", "carte-perdue"),
        ("g paumé ma carte bleue", "carte-perdue"),
        ("MA CARTE NE MARCHE PAS", "carte-refusee"),
        ("vriement instentané", "virement-instantane"),
        ("envoyer de la thune", "virement-instantane"),
        ("iban", "trouver-rib"),
        ("iabn", "trouver-rib"),
        ("motdepasse oublie", "mot-de-passe"),
        ("mot de passe oublié", "mot-de-passe"),
        ("le coeur", "virement-instantane"),
    ],
)
def test_the_right_answer_comes_first(ear: Ear, question: str, expected: str) -> None:
    assert first(ear.ask(question, "fr")) == expected


def test_a_question_needs_not_hold_only_known_words(ear: Ear) -> None:
    assert "virement-instantane" in [hit.id for hit in ear.ask("l'assurance d'habitation", "fr").hits]


def test_accents_make_no_difference(ear: Ear) -> None:
    with_accents = ear.ask("carte bancaire volée refusée", "fr")
    without = ear.ask("carte bancaire volee refusee", "fr")
    assert [hit.id for hit in with_accents.hits] == [hit.id for hit in without.hits]


def test_each_language_hears_its_own_articles(ear: Ear) -> None:
    assert first(ear.ask("I've lost my card", "en")) == "lost-card"
    assert first(ear.ask("bank details", "en")) == "find-iban"
    assert {hit.id for hit in ear.ask("card", "fr").hits} <= {"carte-perdue", "carte-refusee"}
    assert ear.ask("card", "de") == Answers(hits=())


def test_a_theme_filters(ear: Ear) -> None:
    found = ear.ask("ma carte et mon rib", "fr", theme="comptes")
    assert [hit.id for hit in found.hits] == ["trouver-rib"]
    assert found.total == 1
    assert ear.ask("ma carte", "fr", theme="nowhere").hits == ()


def test_total_counts_the_hits_before_the_limit(ear: Ear) -> None:
    found = ear.ask("carte", "fr", limit=1)
    assert len(found.hits) == 1
    assert found.total >= 2
    assert ear.ask("carte", "fr", limit=0).hits == ()


def test_did_you_mean_gives_the_whole_question_corrected_with_its_accents(ear: Ear) -> None:
    assert ear.ask("Comment faire une oposition ?", "fr").did_you_mean == "Comment faire une opposition ?"
    assert ear.ask("l'asurance", "fr").did_you_mean == "l'assurance"
    assert ear.ask("carte refuzée", "fr").did_you_mean == "carte refusée"


def test_did_you_mean_is_silent_when_nothing_was_wrong_or_nothing_is_sure(ear: Ear) -> None:
    assert ear.ask("ma carte refusee", "fr").did_you_mean == ""
    assert ear.ask("recette de la tarte", "fr").did_you_mean == ""


def test_foreign_questions_are_not_answered(ear: Ear) -> None:
    for question in ("quel temps fait-il à Tokyo", "recette de la tarte aux pommes", "asdfgh", "???", ""):
        assert not ear.ask(question, "fr").answered, question
    assert ear.ask("j'ai perdu ma carte bancaire", "fr").answered


def test_nothing_typed_finds_nothing(ear: Ear) -> None:
    for question in ("", "   ", "???", "*", "…", "\x00"):
        assert ear.ask(question, "fr") == Answers(hits=())


def test_operators_are_plain_words(ear: Ear) -> None:
    for question in ("*", "car*", "[a TO z]", "body:carte", "title:carte^5", "/.*/", "~", '"carte'):
        assert ear.ask(question, "fr").hits == ear.ask(question.replace("*", " "), "fr").hits
    assert first(ear.ask("NOT carte refusée", "fr")) == "carte-refusee"


def test_the_excerpt_marks_the_words_and_changes_no_letter(ear: Ear) -> None:
    hit = ear.ask("appeler opposition carte", "fr").hits[0]
    assert "opposition" in [piece.text.lower() for piece in hit.excerpt if piece.match]
    text = "".join(piece.text for piece in hit.excerpt)
    assert text.strip("… ") in "Faites opposition tout de suite, 24 h sur 24." or "Appelez le service" in text


def test_what_cannot_wait_is_heard_while_it_is_typed(ear: Ear) -> None:
    assert [each.contacts for each in ear.hint("on m'a volé ma carte", "fr").orientations] == [("opposition",)]
    assert ear.hint("ma carte ne marche pas", "fr").orientations == ()
    assert ear.hint("my card was stolen in the street", "fr").orientations[0].contacts == ("opposition",)
    assert ear.hint("on m'a volé", "xx").hits == ()


def test_suggestions_complete_the_last_word(ear: Ear) -> None:
    assert ear.suggest("comment faire un vir", "fr")[0].id == "virement-instantane"
    assert ear.suggest("carte perd", "fr")[0].id == "carte-perdue"
    assert ear.suggest("mot de p", "fr")[0].id == "mot-de-passe"
    assert ear.suggest("virm", "fr") == () or ear.suggest("virm", "fr")[0].excerpt == ()
    assert ear.suggest("", "fr") == ()
    assert len(ear.suggest("carte", "fr", limit=1)) == 1


def test_a_long_message_is_heard_through_its_telling_words(ear: Ear) -> None:
    message = "Bonjour, je me permets de vous écrire car je suis cliente depuis vingt ans. " * 8
    message += "Hier on m'a volé mon portefeuille avec ma carte bancaire dedans. " + "Merci de votre réponse. " * 30
    found = ear.ask_message(message, "fr")
    assert first(found) == "carte-perdue"
    assert found.urgent == ("opposition",)
    assert len(found.hits) <= 3


def test_the_question_is_cut_at_200_characters(ear: Ear) -> None:
    assert ear.ask("x" * 200 + " carte", "fr").hits == ear.ask("x" * 200, "fr").hits


def test_threads_hear_the_same_as_one(ear: Ear) -> None:
    questions = ["j'ai perdu ma cb", "ma carte ne marche pas", "rib", "vriement", "mot de passe", "on m'a volé"] * 20
    alone = [ear.ask(question, "fr") for question in questions]
    heard: list[list[Answers]] = []

    def listen() -> None:
        heard.append([ear.ask(question, "fr") for question in questions])

    threads = [threading.Thread(target=listen) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == [alone] * 8


@pytest.mark.parametrize(
    ("question", "expected", "urgent"),
    [
        ("j'ai perdu ma CB", "carte-perdue-ou-volee", "opposition"),
        ("g perdu ma carte bleu koi faire", "carte-perdue-ou-volee", "opposition"),
        ("on ma volé ma carte", "carte-perdue-ou-volee", "opposition"),
    ],
)
def test_our_own_content_answers_a_lost_card(rivage: Ear, question: str, expected: str, urgent: str) -> None:
    found = rivage.ask(question, "fr")
    assert first(found) == expected
    assert found.urgent[0] == urgent
    assert found.answered


def test_our_own_content_raises_fraud(rivage: Ear) -> None:
    assert "fraude" in rivage.ask("on m'a arnaqué", "fr").urgent
    assert "fraude" in rivage.ask("on ma arnaquer", "fr").urgent
    assert rivage.ask("changer d'adresse", "fr").urgent == ()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mon plafon de carte bnacaire", "mon plafond de carte bancaire"),  # "plafon": only customers
        ("vriement instantanné", "virement instantané"),
        ("identifient oublié pour me conecter", "identifiant oublié pour me connecter"),
        ("Comment fair un virment", "Comment fair un virement"),
    ],
)
def test_did_you_mean_is_spelled_as_the_bank_spells(rivage: Ear, typed: str, meant: str) -> None:
    assert rivage.ask(typed, "fr").did_you_mean == meant


def test_an_index_that_changes_under_an_open_ear_is_told_from_a_bug(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    build(Corpus(documents=(Document(id="rib", language="fr", title="Où trouver mon RIB ?"),)), folder)
    ear = Ear(folder)
    with patch("webapp.search.ranking.Ranking.signals", side_effect=IndexError):
        with pytest.raises(IndexError):
            ear.ask("mon rib", "fr")
        arrays = folder / "fr.arrays"
        arrays.chmod(0o600)
        arrays.write_bytes(arrays.read_bytes()[:-1] + b"?")
        with pytest.raises(SearchUnavailable):
            ear.ask("mon rib", "fr")
        with pytest.raises(SearchUnavailable):
            ear.suggest("mon ri", "fr")
