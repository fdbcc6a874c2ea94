"""Meanings: words of the language that mean about the same meet, without ever outweighing the word itself."""

from pathlib import Path

import pytest

from webapp.search import Corpus, Document, Ear, build
from webapp.search.meanings import Meanings, lexicon
from webapp.search.words import analysis


def document(id: str, title: str) -> Document:
    return Document(id=id, language="fr", title=title, body="Voici comment faire.")


@pytest.fixture(scope="module")
def general(tmp_path_factory: pytest.TempPathFactory) -> Ear:
    """A content without any synonym of its own."""
    folder = tmp_path_factory.mktemp("general") / "index"
    titles = {
        "effacer": "Comment supprimer mes données ?",
        "patron": "Mon employeur peut-il lire mes messages ?",
        "prix": "Quel est le tarif d'un chéquier ?",
        "perdu": "J'ai perdu mon identifiant",
    }
    build(Corpus(documents=tuple(document(id, title) for id, title in titles.items())), folder)
    return Ear(folder)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("effacer mes infos", "effacer"),
        ("que peut lire mon patron", "patron"),
        ("combien ça coûte", "prix"),
        ("mon login est égaré", "perdu"),
        ("éffasser", "effacer"),
    ],
)
def test_everyday_words_find_the_words_of_the_article(general: Ear, question: str, expected: str) -> None:
    assert general.ask(question, "fr").hits[0].id == expected


def test_the_exact_word_counts_more(tmp_path: Path) -> None:
    same = (document("enlever", "Enlever un bénéficiaire"), document("supprimer", "Supprimer un bénéficiaire"))
    build(Corpus(documents=same), tmp_path / "index")
    ear = Ear(tmp_path / "index")
    assert ear.ask("supprimer un bénéficiaire", "fr").hits[0].id == "supprimer"
    assert ear.ask("enlever un bénéficiaire", "fr").hits[0].id == "enlever"
    ear.close()


def groups(meanings: Meanings, text: str) -> list[int]:
    read = analysis("fr")
    return [each.group for each in meanings.find(read.words(text), read.stems(text))]


def test_a_word_of_the_content_leaves_the_general_group() -> None:
    meanings = Meanings([("patron", "modèle")], [("patron", "employeur")], analysis("fr"))
    assert groups(meanings, "patron employeur") == [0, 1]


def test_words_that_share_a_stem_keep_their_own_meaning() -> None:
    meanings = Meanings([], [("donner", "fournir"), ("données", "informations personnelles")], analysis("fr"))
    assert groups(meanings, "donner mes données") == [0, 1]
    assert groups(meanings, "fournir la donnée") == [0, 1]
    assert groups(meanings, "donnant") == []  # either: no guess


def test_the_longest_expression_is_one_meaning() -> None:
    meanings = Meanings([], [("carte bancaire", "cb"), ("carte", "plan")], analysis("fr"))
    assert groups(meanings, "ma carte bancaire, une carte, des cb") == [0, 1, 0]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_group_holds_words_and_each_word_one_group(language: str) -> None:
    """A word of two groups would silently belong to the first."""
    found = lexicon(language)
    assert len(found) > 100
    assert all(len(group) > 1 and all(group) for group in found)
    words = [tuple(analysis(language).words(member)) for group in found for member in set(group)]
    assert [each for each in set(words) if words.count(each) > 1] == []


def test_no_lexicon_for_a_language_is_no_error() -> None:
    assert lexicon("de") == ()
