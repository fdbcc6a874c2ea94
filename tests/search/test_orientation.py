"""Where a question leads: rules of a small bank, one aspect at a time; then the bank's own, as customers write."""

from collections.abc import Iterator

import msgspec
import pytest

from tests.search.conftest import SMALL
from webapp.search import Ear, Orientation, Place, Rule, build

RULES = (
    Rule(
        id="suicide",
        leads_to="distress",
        when={"fr": ("veux mourir",), "en": ("want to die",)},
        unless={"fr": ("assurance décès",)},
        numbers=("3114", "112"),
        contacts=("service",),
    ),
    Rule(id="humain", leads_to="person", when={"fr": ("parler quelqu'un/conseiller",)}, contacts=("service",)),
    Rule(id="dossier", leads_to="form", when={"fr": ("dossier/prêt avance/bouge pas",)}, nature="complaint"),
    Rule(id="suivi", leads_to="form", when={"fr": ("où+en+est dossier",)}, nature="request", theme="comptes"),
    Rule(id="ville", leads_to="branch", when={"fr": ("agence", "horaires")}, town=True),
    Rule(id="agences", leads_to="branch", when={"fr": ("= agence", "agence proche")}),
    Rule(id="mediateur", leads_to="contact", when={"fr": ("= médiateur",)}, contacts=("mediateur",)),
    Rule(id="numero", leads_to="contact", when={"fr": ("numéro service",)}, contacts=("service",)),
    Rule(id="colere", leads_to="person", when={"fr": ("bande voleurs",)}, contacts=("service",), after_answer=True),
)
BRANCHES = {
    "rennes": Place("Rennes", "Rennes Liberté", "35000"),
    "paris-opera": Place("Paris", "Paris Opéra", "75009"),
    "paris-nation": Place("Paris", "Paris Nation", "75012"),
    "saint-etienne": Place("Saint-Étienne", "Saint-Étienne Centre", "42000"),
}


@pytest.fixture(scope="module")
def guided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ear]:
    folder = tmp_path_factory.mktemp("guided") / "index"
    unless = {"fr": {"fraude": ("vous êtes arnaqueurs",)}}
    build(msgspec.structs.replace(SMALL, rules=RULES, branches=BRANCHES, urgent_unless=unless), folder)
    opened = Ear(folder)
    yield opened
    opened.close()


def led(ear: Ear, question: str, language: str = "fr") -> Orientation:
    return ear.ask(question, language).orientation


def test_a_question_with_an_article_leads_to_the_answer_and_to_a_form_of_its_theme(guided: Ear) -> None:
    found = led(guided, "ma carte ne marche pas au magasin")
    assert (found.kind, found.theme) == ("answer", "cartes")


def test_a_question_about_nothing_of_the_bank_leads_to_nothing(guided: Ear) -> None:
    assert led(guided, "xylophone zzyzx").kind == "nothing"
    assert guided.ask("", "fr").orientations == ()


def test_the_reason_is_the_editors_rule_its_phrase_and_the_customers_own_words(guided: Ear) -> None:
    found = led(guided, "Mon dossier de Prêt n'avance pas depuis 3 semaines")
    assert (found.kind, found.rule, found.nature) == ("form", "dossier", "complaint")
    assert found.phrase == "dossier/prêt avance/bouge pas"
    assert found.words == ("dossier", "n'avance pas") or found.words == ("dossier de Prêt n'avance pas",)


def test_words_glued_together_must_follow_one_another(guided: Ear) -> None:
    assert led(guided, "où en est mon dossier ?").rule == "suivi"
    assert led(guided, "où ranger mon dossier, il est en papier").rule != "suivi"


def test_a_phrase_with_an_equals_sign_must_be_all_that_is_said(guided: Ear) -> None:
    assert led(guided, "Bonjour, le médiateur svp").rule == "mediateur"
    assert led(guided, "le médiateur a refusé ma demande de virement").rule != "mediateur"


def test_a_typing_error_in_a_rule_s_word_is_corrected(guided: Ear) -> None:
    assert led(guided, "mon dosier n'avance pas").rule == "dossier"


def test_a_missing_town_makes_no_branch_and_a_named_one_does(guided: Ear) -> None:
    assert led(guided, "agence rennes").branches == ("rennes",)
    assert led(guided, "horaires de l'agence de St Etienne").branches == ("saint-etienne",)
    assert led(guided, "agence 35000").branches == led(guided, "agence 35200").branches == ("rennes",)
    assert led(guided, "agence paris").branches == ("paris-opera", "paris-nation")
    assert led(guided, "horaires paris opéra").branches == ("paris-opera",)
    assert led(guided, "horaires du virement").kind != "branch"


def test_a_town_said_alone_leads_to_its_branch_and_one_in_passing_does_not(guided: Ear) -> None:
    assert led(guided, "Rennes").branches == ("rennes",)
    assert led(guided, "ma carte ne marche pas à Rennes au magasin").kind == "answer"


def test_the_most_pressing_comes_first_and_the_rest_is_not_lost(guided: Ear) -> None:
    found = guided.ask("on m'a volé ma carte je veux parler à un conseiller de l'agence de rennes", "fr").orientations
    assert [each.kind for each in found][:3] == ["urgent", "person", "branch"]
    assert found[0].contacts == ("opposition",)
    assert led(guided, "je veux mourir on m'a volé ma carte").kind == "distress"


def test_distress_names_its_numbers_and_an_exception_holds_it_back(guided: Ear) -> None:
    assert led(guided, "je veux mourir").numbers == ("3114", "112")
    assert led(guided, "si je veux mourir assurance décès elle paie ?").kind != "distress"


def test_anger_gives_way_to_a_likely_answer_and_else_leads_to_a_person(guided: Ear) -> None:
    assert [each.kind for each in guided.ask("ma carte ne marche pas au magasin bande de voleurs", "fr").orientations][
        -1
    ] == "person"
    assert led(guided, "bande de voleurs").rule == "colere"


def test_an_exception_of_a_contact_point_holds_back_its_own_phrases(guided: Ear) -> None:
    assert guided.ask("vous êtes des arnaqueurs, on m'a arnaqué", "fr").urgent == ()
    assert guided.ask("on m'a arnaqué", "fr").urgent == ("fraude",)


def test_what_cannot_wait_is_heard_in_another_language(guided: Ear) -> None:
    found = guided.ask("my card was stolen in the street, what can i do", "fr")
    assert (found.language, found.orientation.kind, found.urgent) == ("en", "urgent", ("opposition",))
    assert led(guided, "i want to die and i do not know what to do", "fr").kind == "distress"


def test_a_language_without_articles_leads_to_a_person(guided: Ear) -> None:
    found = guided.ask("hola tengo un problema con mi cuenta", "fr")
    assert (found.language, found.orientation.kind) == ("es", "person")
    assert guided.ask("مرحبا كيف حالك", "fr").language == "ar"
    assert guided.ask("как открыть счёт", "fr").language == "other"
    assert guided.ask("jak otworzyć konto w banku", "fr").language == "pl"
    assert guided.ask("comment faire un virement instantané", "fr").language == ""


def test_a_long_message_is_led_by_words_that_stand_together(guided: Ear) -> None:
    far = "je voudrais parler de mon assurance, qui a changé sans que l'on me prévienne au mois de juin dernier, et je "
    assert guided.ask_message(far * 2 + "cherche mon conseiller", "fr").orientation.kind != "person"
    assert guided.ask_message(far * 2 + "veux parler à un conseiller", "fr").orientation.kind == "person"


@pytest.mark.parametrize(
    ("kind", "questions"),
    [
        ("distress", "je veux mourir / mon mari me frappe et controle mon argent / on me force a faire un virement"),
        ("distress", "mon fils prend ma carte et retire mon argent / on abuse de ma grand-mère / chantage avec photos"),
        (
            "urgent",
            "g perdu ma cb / me han robado la tarjeta / meine karte gestohlen / ma cb avalée / numéro opposition",
        ),
        ("person", "je veux parler à quelqu'un / un humain svp / passez moi un humain bordel / parler a un conseiller"),
        ("person", "bande de voleurs / connards / I want to talk to someone"),
        ("form", "mon dossier de prêt n'avance pas depuis 3 semaines / pourquoi on m'a refusé mon crédit"),
        ("form", "vous ne me répondez pas / ca fait 3 mail et aucune reponse / ou en est mon dossier de prêt"),
        ("form", "c'est votre faute / je veux faire une réclamation / quel est le solde de mon compte"),
        ("branch", "agence rennes / horaires agence Strasbourg samedi / agence strasbour / agence la plus proche"),
        ("contact", "numéro du service client / prendre rendez-vous / adresse pour envoyer un courrier / médiateur"),
        ("answer", "plafond carte / comment saisir le médiateur / je déménage à Lyon comment changer mon adresse"),
        ("answer", "je veux changer de numéro de téléphone / mon virement n'est toujours pas arrivé / trouver mon rib"),
        ("answer", "rembourser mon prêt conso plus tôt / l'assurance emprunteur couvre le suicide ?"),
        ("nothing", "zzyzx qwpoz"),
    ],
)
def test_the_bank_s_own_rules(rivage: Ear, kind: str, questions: str) -> None:
    found = {question: led(rivage, question).kind for question in questions.split(" / ")}
    assert found == dict.fromkeys(found, kind)


SUBJECTS = (
    Rule(
        id="bourse",
        leads_to="contact",
        asked={"fr": ("acheter des actions", "ouvrir un pea", "frais de courtage en bourse", "vendre mes titres")},
        contacts=("rendez-vous",),
    ),
    Rule(
        id="reseaux", leads_to="nothing", asked={"fr": ("ouvrir un compte instagram", "mot de passe facebook oublié")}
    ),
)


@pytest.fixture(scope="module")
def knowing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ear]:
    """The small bank, with two subjects that none of its articles is about."""
    folder = tmp_path_factory.mktemp("knowing") / "index"
    build(msgspec.structs.replace(SMALL, rules=(*RULES, *SUBJECTS)), folder)
    opened = Ear(folder)
    yield opened
    opened.close()


def test_a_subject_without_an_article_is_not_answered_and_leads_where_its_rule_says(knowing: Ear, guided: Ear) -> None:
    found = knowing.ask("je veux acheter des actions en bourse", "fr")
    assert (found.orientation.kind, found.orientation.contacts) == ("contact", ("rendez-vous",))
    assert (found.answered, found.subject) == (False, "bourse")
    asked = "mot de passe oublié facebook"
    assert guided.ask(asked, "fr").answered, "without subjects, the nearest article answers it"
    found = knowing.ask(asked, "fr")
    assert (found.settled, found.subject) == (False, "reseaux")
    assert found.orientation.kind in ("guess", "nothing")


def test_a_subject_is_never_shown_and_takes_nothing_from_a_question_that_an_article_answers(knowing: Ear) -> None:
    for question in ("mot de passe oublié", "ma carte ne marche pas", "comment faire un virement instantané"):
        found = knowing.ask(question, "fr")
        assert (found.answered, found.subject) == (True, "")
    shown = knowing.ask("acheter des actions ouvrir un pea mot de passe", "fr", limit=50)
    assert {"bourse", "reseaux"}.isdisjoint(hit.id for hit in shown.hits)
    assert {"bourse", "reseaux"}.isdisjoint(hit.id for hit in knowing.suggest("acheter des act", "fr"))
    look = knowing.look("acheter des actions", "fr")
    assert look is not None
    assert {"bourse", "reseaux"}.isdisjoint(each.id for each in look.ranked)


def test_what_cannot_wait_goes_before_a_subject(knowing: Ear) -> None:
    assert led(knowing, "on m'a volé ma carte en achetant des actions").kind == "urgent"


@pytest.mark.parametrize(
    "question",
    [
        "ouvrir un compte-titres pour acheter des actions",
        "combien je peux emprunter avec mon salaire",
        "le prélèvement à la source de mes impôts",
        "ma carte revolut est bloquée",
        "compte pour mon entreprise de plomberie",
        "recette de crêpes",
    ],
)
def test_the_bank_s_own_subjects_are_not_answered(rivage: Ear, question: str) -> None:
    assert not rivage.ask(question, "fr").settled
