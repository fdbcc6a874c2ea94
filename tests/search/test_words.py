"""Words: what is typed in any spelling meets what the content says."""

import pytest

from webapp.search.words import Analysis, analysis, fold


@pytest.fixture
def french() -> Analysis:
    return analysis("fr")


@pytest.fixture
def english() -> Analysis:
    return analysis("en")


def test_curly_and_straight_apostrophes_are_the_same(french: Analysis) -> None:
    assert french.words("j’ai jusqu’à aujourd’hui") == french.words("j'ai jusqu'a aujourd'hui")
    assert french.words("aujourd’hui") == ["aujourdhui"]
    assert french.words("jusqu’à l’assurance d'habitation") == ["jusque", "a", "le", "assurance", "de", "habitation"]


def test_ligatures_and_accents_are_folded(french: Analysis) -> None:
    assert french.words("Œuvre, CŒUR, ex æquo, Élève") == ["oeuvre", "coeur", "ex", "aequo", "eleve"]
    assert fold("ﬁnancé") == "finance"


def test_an_accent_typed_as_letter_and_mark_is_the_same(french: Analysis) -> None:
    assert french.words("bloque\u0301e") == french.words("bloquée")


def test_small_words_that_carry_the_meaning_stay(french: Analysis) -> None:
    small = ["ma", "carte", "ne", "marche", "pas", "sur", "mon", "compte"]
    assert french.words("ma carte ne marche pas sur mon compte") == small


def test_sms_spelling_is_undone(french: Analysis) -> None:
    assert french.words("g perdu ma carte koi faire") == ["je", "ai", "perdu", "ma", "carte", "quoi", "faire"]
    assert french.words("jai pb") == ["je", "ai", "probleme"]


def test_dotted_abbreviations_are_one_word(french: Analysis) -> None:
    assert french.words("mon R.I.B. et le R.I.B") == ["mon", "rib", "et", "le", "rib"]


def test_english_contractions_are_undone_with_and_without_apostrophe(english: Analysis) -> None:
    assert english.words("I can't, I don't") == english.words("I cant, I dont") == ["i", "can", "not", "i", "do", "not"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("bloquée", "bloquer"),
        ("bloquee", "blocage"),
        ("volée", "vol"),
        ("opposer", "opposition"),
        ("débité", "débit"),
        ("perdue", "perte"),
        ("perdu", "perdre"),
        ("prélevé", "prélèvements"),
        ("remboursez", "remboursement"),
        ("clôturer", "clôture"),
        ("virement", "virements"),
        ("payé", "paiement"),
        ("paiment", "paiments"),
        ("arnaqué", "arnaque"),
        ("frauduleuse", "fraude"),
        ("modification", "modifier"),
        ("vérifier", "vérification"),
        ("retirer", "retrait"),
        ("dépôt", "déposer"),
        ("connexion", "connecter"),
        ("ouverture", "ouvrir"),
        ("refusé", "refus"),
        ("décédé", "décès"),
        ("étrangère", "étranger"),
        ("journaux", "journal"),
        ("oublié", "oublier"),
        ("contestation", "contester"),
        ("chèque", "cheques"),
        ("agios", "agio"),
    ],
)
def test_forms_of_a_french_word_share_a_stem(french: Analysis, one: str, other: str) -> None:
    assert french.stems(one) == french.stems(other)


@pytest.mark.parametrize(
    ("one", "other"), [("compte", "compter sur"), ("carte", "carton"), ("code", "codicille"), ("prêt", "prélèvement")]
)
def test_different_french_words_stay_apart(french: Analysis, one: str, other: str) -> None:
    assert french.stems(one) != french.stems(other)


def test_positions_are_those_of_the_written_text(french: Analysis) -> None:
    text = "Le cœur de l’assurance"
    assert [text[start:end] for _, start, end in french.spans(text)] == ["Le", "cœur", "de", "l’assurance"]


def test_a_word_without_end_is_cut(french: Analysis) -> None:
    assert max(len(word) for word in french.words("a" * 10_000)) == 32


def test_sms_spelling_and_glued_articles_are_undone() -> None:
    french = analysis("fr")
    assert french.words("jfais koi") == ["je", "fais", "quoi"]
    assert french.words("lappli dargent") == ["le", "appli", "de", "argent"]
    assert french.words("mon conte en banke") == ["mon", "compte", "en", "banque"]
    assert french.words("large demain lettre") == ["large", "demain", "lettre"]
