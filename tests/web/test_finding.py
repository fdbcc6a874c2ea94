"""The search page: what stands first, why it stands there, and what is never put above it."""

from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.web.conftest import Visit

Visitor = Callable[..., Visit]


def asked(visit: Visitor, question: str, base: str = "/recherche") -> Visit:
    return visit(f"{base}?q={quote(question)}")


def order(page: Visit, *words: str) -> list[int]:
    return [page.main.index(each) for each in words]


def test_distress_shows_public_numbers_before_anything_and_does_not_repeat_the_words(visit: Visitor) -> None:
    page = asked(visit, "je veux mourir")
    assert page.soup.h1.text == "Une aide existe, tout de suite"
    assert [link["href"] for link in page.soup.select(".is-help a")][:3] == ["tel:3114", "tel:112", "tel:114"]
    places = order(page, "3114", "nous inquiète", "Mes soucis d’argent")
    assert places == sorted(places)
    assert "mourir" not in page.soup.select_one(".is-help").text
    assert page.soup.select_one(".results h3 a")["data-article"] == "detresse-financiere"


def test_an_urgent_number_says_why_it_is_there(visit: Visitor) -> None:
    page = asked(visit, "on m'a volé ma carte hier")
    box = page.soup.select_one(".urgent-call")
    assert box.select_one('a[href="tel:0199001010"]')
    assert "Parce que vous parlez de" in box.text
    assert "volé ma carte" in box.text


def test_someone_who_asks_for_a_person_gets_people_with_hours_and_no_article(visit: Visitor) -> None:
    page = asked(visit, "je veux parler à quelqu'un")
    assert page.soup.select_one('.step a[href="tel:0199001030"]')
    assert page.soup.select(".step .state")
    assert page.soup.select(".results li") == []


def test_a_case_of_one_s_own_leads_to_the_form_with_nature_theme_and_question(visit: Visitor) -> None:
    question = "mon dossier de prêt n'avance pas depuis 3 semaines"
    page = asked(visit, question)
    form = page.soup.select_one(".step form")
    assert form["action"] == "/ecrire/reclamation"
    carried = {field["name"]: field["value"] for field in form.select("input")}
    assert carried["message"] == question
    assert carried["step"] == "start"
    assert carried["theme"] == "credit"
    assert "n'avance pas" in page.soup.select_one(".because").text
    places = order(page, "Faire une réclamation", "Réponses générales", "ne connaissent pas votre dossier")
    assert places == sorted(places)
    assert page.soup.select(".results .best") == []
    opened = visit(form["action"], "POST", data=carried)
    assert opened.soup.find("textarea", {"name": "message"}).text.strip() == question
    assert opened.soup.find("option", {"value": "loan"}).has_attr("selected")


def test_another_form_is_one_press_away_with_the_question(visit: Visitor) -> None:
    page = asked(visit, "vous ne me répondez pas")
    other = page.soup.select_one(".step button[formaction]")
    chosen = visit(other["formaction"], "POST", data={"message": "vous ne me répondez pas", "theme": "reclamations"})
    assert len(chosen.soup.select(".nature form")) == 4


def test_a_branch_is_shown_with_its_hours_now(visit: Visitor) -> None:
    page = asked(visit, "horaires agence Strasbourg samedi")
    step = page.soup.select_one(".step")
    assert step.select_one('a[href="/agences/strasbourg-kleber"]')
    assert step.select_one(".state").text.strip()
    assert "samedi" in step.select_one("table.hours").text
    assert len(asked(visit, "agence paris").soup.select(".step .branch-list > li")) == 2
    assert asked(visit, "agence la plus proche").soup.select_one(".step form.place-search")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("numéro du service client", "01 99 00 10 30"),
        ("prendre rendez-vous", "Prendre rendez-vous"),
        ("adresse pour envoyer un courrier", "75900 Paris Cedex 15"),
        ("médiateur", "75400 Paris Cedex 08"),
    ],
)
def test_a_contact_point_is_shown_whole(visit: Visitor, question: str, words: str) -> None:
    assert words in asked(visit, question).soup.select_one(".step").text.replace("\u00a0", " ")


def test_a_question_in_english_on_a_french_page_is_answered_in_english(visit: Visitor) -> None:
    page = asked(visit, "how do I find my iban")
    first = page.soup.select_one(".results li")
    assert first["lang"] == "en"
    assert first.a["href"].startswith("/en/questions/")
    assert "en anglais" in page.main
    stolen = asked(visit, "my card was stolen, what can I do")
    assert stolen.soup.select_one('.urgent-call a[href="tel:0199001010"]')


def test_a_question_in_a_language_without_articles_gets_a_person_and_a_word_in_it(visit: Visitor) -> None:
    page = asked(visit, "hola tengo un problema con mi cuenta")
    assert page.soup.select_one('[lang="es"]')
    assert page.soup.select_one('.step a[href="tel:0199001030"]')


def test_an_angry_question_gets_its_answer_first_and_a_person_after(visit: Visitor) -> None:
    page = asked(visit, "putain j'arrive pas a me connecter")
    places = order(page, "identifiant", "Parler à une personne")
    assert places == sorted(places)
    assert page.soup.select_one(".results h3 a")["data-article"] == "identifiant-mot-de-passe-oublie"


def test_two_matters_in_one_question_are_both_met(visit: Visitor) -> None:
    page = asked(visit, "comment augmenter mon plafond et horaires de l'agence de Nantes")
    assert page.soup.select_one('.step a[href="/agences/nantes-commerce"]')
    assert page.soup.select_one(".results .best a[data-article=plafond-carte]")


def test_did_you_mean_stays_in_view_below_what_is_urgent(visit: Visitor) -> None:
    page = asked(visit, "on m'a volé ma cartte banquaire")
    assert page.soup.select_one(".did-you-mean a")
    places = order(page, "01 99 00 10 10", "Vouliez-vous dire")
    assert places == sorted(places)


def test_english_pages_say_it_in_english(visit: Visitor) -> None:
    page = asked(visit, "I want to speak to a human", "/en/search")
    assert "Because you ask to speak to a person" in page.main


def test_the_words_given_back_are_text_whatever_they_hold(visit: Visitor) -> None:
    page = asked(visit, 'mon dossier <b onclick="x">de</b> prêt n\'avance pas')
    assert page.soup.select_one(".because b") is None


def test_two_questions_at_once_have_an_answer_each_and_what_cannot_wait_first(visit: Visitor) -> None:
    page = asked(visit, "j'ai perdu ma carte et comment je change d'adresse")
    groups = page.soup.select(".asked")
    assert "j'ai perdu ma carte" in groups[0].h3.text
    assert "comment je change d'adresse" in groups[1].h3.text
    assert [each.select_one(".best a")["data-article"] for each in groups] == [
        "carte-perdue-ou-volee",
        "demenagement-changer-adresse",
    ]
    shown = [each["data-article"] for each in page.soup.select(".results a")]
    assert len(shown) == len(set(shown)), "no article twice"
    urgent = page.soup.select_one(".urgent-call")
    assert urgent in groups[0].find_all_previous("section")
    trail = page.soup.select_one(".best a")["href"].partition("vu=")[2]
    assert trail.startswith("p.carte-perdue-ou-volee~p.demenagement-changer-adresse")


def test_one_question_has_one_list(visit: Visitor) -> None:
    assert asked(visit, "comment faire un virement").soup.select(".asked") == []


def test_a_subject_without_an_article_keeps_every_way_open(visit: Visitor) -> None:
    page = asked(visit, "combien coûte la location d'un coffre-fort pour mes bijoux")
    assert page.soup.select(".results") == []
    assert page.soup.select_one(".because").text.startswith("Parce que nos articles n’en parlent pas")
    form = page.soup.select_one(".ask form")
    assert "coffre-fort" in form.select_one("input[name=message]")["value"]
    assert page.soup.select_one("#themes")
    assert page.soup.select_one("#reach")


@pytest.mark.parametrize(
    ("question", "spoken"),
    [
        ("jak otworzyć konto w banku", "pl"),
        ("كيف أفتح حسابا بنكيا", "ar"),
        ("hola tengo un problema con mi cuenta", "es"),
    ],
)
def test_a_language_that_we_do_not_write_has_a_line_of_its_own_a_person_and_the_english_pages(
    visit: Visitor, question: str, spoken: str
) -> None:
    page = asked(visit, question)
    notice = page.soup.select_one(".tongue")
    assert notice["lang"] == spoken
    assert notice.get("dir") == ("rtl" if spoken == "ar" else None)
    assert notice.a["href"] == "/en/"
    assert page.soup.select_one('.step a[href="tel:0199001030"]')
