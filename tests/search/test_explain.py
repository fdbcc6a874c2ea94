"""Why an article came first: which word met which field, synonym, phrasing or correction, and what was missing."""

from datetime import date

import msgspec
import pytest

from tests.search.conftest import CONTENT, SMALL
from webapp.knowledge.check import check
from webapp.search import Ear
from webapp.search.explain import Explanation, Match, explain
from webapp.search.from_catalog import corpus_of


def ask(ear: Ear, question: str, article: str = "") -> Explanation:
    return explain(ear, SMALL, question, "fr", article=article)


def match(found: Explanation, typed: str) -> Match:
    return next(each for each in found.sights[0].matches if each.word.typed == typed)


def test_a_word_is_found_in_the_fields_that_say_it(ear: Ear) -> None:
    found = ask(ear, "plafond de mon portefeuille volé")
    assert found.sights[0].article == "carte-perdue"
    assert match(found, "portefeuille").fields == ("phrasing",)
    assert match(found, "volé").fields == ("title", "phrasing", "keyword")
    assert "plafond" in found.sights[0].missing


def test_a_synonym_is_told_with_the_word_that_it_led_to(ear: Ear) -> None:
    found = ask(ear, "j'ai paumé ma visa")
    assert found.sights[0].article == "carte-perdue"
    told = match(found, "paumé")
    assert told.through == "perdu"
    assert "title" in told.fields
    assert told.word.synonyms == ("perdu",)


def test_an_expression_is_one_word_of_the_editors(ear: Ear) -> None:
    found = ask(ear, "ma carte bleue est refusée")
    assert [each.typed for each in found.words if each.synonyms] == ["carte bleue"]


def test_a_typing_error_is_told_with_what_it_was_read_as(ear: Ear) -> None:
    found = ask(ear, "viremant instantanné")
    read = {each.typed: (each.read, each.sure) for each in found.words}
    assert read["viremant"] == ("virement", True)
    assert found.sights[0].article == "virement-instantane"
    assert match(found, "viremant").word.read == "virement"
    assert found.corrected


def test_words_keep_the_accents_they_were_typed_with(ear: Ear) -> None:
    assert [each.typed for each in ask(ear, "Oublié l'IBAN").words] == ["oublié", "le", "iban"]


def test_a_word_of_no_article_is_told_and_calls_for_a_synonym_or_a_phrasing(ear: Ear) -> None:
    found = ask(ear, "rib pour la cryptozoologie")
    assert [each.typed for each in found.words if not each.known] == ["cryptozoologie"]
    assert found.advice[0].code == "unknown"
    assert found.advice[0].words == ("cryptozoologie",)


def test_the_nearest_phrasing_is_told(ear: Ear) -> None:
    sight = ask(ear, "besoin d'un rib pour le patron").sights[0]
    assert sight.phrasing == "j'ai besoin d'un rib pour mon patron"
    assert sight.likeness > 0.7


def test_shares_add_up_to_the_whole_score(ear: Ear) -> None:
    for sight in ask(ear, "carte refusée au magasin").sights:
        assert sum(map(abs, sight.shares.values())) == pytest.approx(1, abs=0.01)
    look = ear.look("carte refusée au magasin", "fr")
    assert look is not None
    for each in look.ranked:
        assert sum(each.parts.values()) == pytest.approx(each.score, abs=1e-4)


def test_the_order_is_that_of_the_search(ear: Ear) -> None:
    for question in ("carte refusée", "on m'a volé ma carte", "rib"):
        hits = [hit.id for hit in ear.ask(question, "fr").hits]
        look = ear.look(question, "fr")
        assert look is not None
        assert [each.id for each in look.ranked][: len(hits)] == hits
        assert look.answers.hits[0].id == hits[0]


def test_an_article_asked_for_is_explained_wherever_it_stands(ear: Ear) -> None:
    found = ask(ear, "ma carte est refusée", article="trouver-rib")
    assert found.wanted is not None
    assert found.wanted.place > 1
    assert found.sights[-1] is found.wanted
    assert {each.code for each in found.advice} >= {"phrasing"}
    first = ask(ear, "ma carte est refusée", article="carte-refusee")
    assert first.wanted is not None
    assert first.wanted.place == 1


def test_a_right_article_shown_as_a_guess_calls_for_a_nearer_phrasing(ear: Ear) -> None:
    found = ask(ear, "paiement magasin")
    assert found.sights[0].article == "carte-refusee"
    assert not found.answers.answered
    assert [each.code for each in found.advice if each.article == "carte-refusee"] == ["unsure"]


def test_a_long_message_is_explained_through_the_words_that_were_kept(ear: Ear) -> None:
    found = ask(ear, "bonjour madame je vous écris parce que " * 6 + "mon virement instantané n'est jamais parti")
    assert found.sights[0].article == "virement-instantane"


@pytest.mark.parametrize("question", ["", "???", "x" * 5_000, "\ud800", "🙂🙂", "blockchain"])
def test_anything_typed_is_explained(ear: Ear, question: str) -> None:
    found = ask(ear, question)
    assert found.advice[-1].code == "nothing"
    msgspec.json.encode(msgspec.structs.replace(found, question=""))


def test_an_unknown_article_or_language_is_refused(ear: Ear) -> None:
    with pytest.raises(LookupError, match="nulle-part"):
        ask(ear, "rib", article="nulle-part")
    with pytest.raises(LookupError, match="de"):
        explain(ear, SMALL, "rib", "de")


def test_the_real_content_is_explained_in_both_languages(rivage: Ear) -> None:
    look = rivage.look("I lost my card", "en")
    assert look is not None
    assert look.answers.urgent == ("opposition",)


def test_a_word_of_the_general_lexicon_is_told_as_a_neighbour_not_as_the_editors_synonym(rivage: Ear) -> None:
    catalog = check(CONTENT, date(2026, 11, 22)).catalog
    assert catalog is not None
    found = explain(rivage, corpus_of(catalog), "stopper une assurance auto", "fr")
    word = next(each for each in found.words if each.typed == "stopper")
    assert word.synonyms == ()
    assert "arrêter" in word.neighbours
    assert found.sights[0].article == "resilier-une-assurance"
