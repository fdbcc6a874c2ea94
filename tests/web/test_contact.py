"""The form, step by step: what it asks, what it refuses, what it keeps, what it stores."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from tests.web.conftest import MORNING, Visit
from webapp.tables import delivery, ticket

SAME = {"Sec-Fetch-Site": "same-origin"}
GOOD = {
    "step": "send",
    "x_subject": "transfer",
    "message": "Mon virement vers un nouveau bénéficiaire est refusé depuis hier.",
    "name": "Camille Durand",
    "email": "camille@example.org",
}


def stamp_of(page: Visit) -> str:
    return str(page.soup.find("input", {"name": "stamp"})["value"])


def old_stamp(app: Flask, key: str = "form-key") -> str:
    """A stamp made an hour ago, so that the robot clock has passed."""
    from webapp.web.stamps import Stamps

    settings = app.extensions["guichet"].settings
    return Stamps(settings.secret_key, 3, 86_400).issue(int(MORNING.timestamp() * 1000) - 3_600_000, key)


def tickets(app: Flask) -> list:
    with app.extensions["guichet"].database.reading() as connection:
        return connection.execute(select(ticket)).all()


@pytest.fixture
def post(app: Flask, visit: Callable[..., Visit]) -> Callable[..., Visit]:
    def send(path: str = "/ecrire/demande", headers: dict | None = None, **fields: str) -> Visit:
        data = {**GOOD, "stamp": old_stamp(app), **fields}
        return visit(path, "POST", data=data, headers=SAME if headers is None else headers)

    return send


def test_a_good_form_becomes_one_ticket_with_two_deliveries_and_the_theme_of_its_subject(app, post):
    answer = post()
    assert answer.status == 303
    (stored,) = tickets(app)
    assert (stored.nature, stored.theme, stored.language, stored.surface) == ("request", "virements", "fr", "hub")
    with app.extensions["guichet"].database.reading() as connection:
        assert {row.kind for row in connection.execute(select(delivery))} == {"request", "acknowledgement"}


def test_sending_twice_gives_the_same_receipt(app, post):
    first, second = (post().headers["Location"] for _ in range(2))
    assert first.partition("#")[0] == second  # the way to the follow-up is given once
    assert len(tickets(app)) == 1


def test_the_same_form_with_another_text_is_not_a_second_ticket_until_the_person_says_so(app, post):
    post()
    changed = post(message="Un autre texte, écrit après retour en arrière.")
    assert changed.status == 409
    assert tickets(app)[0].reference in changed.main
    assert "Un autre texte" in changed.soup.find("textarea").text
    again = post(message="Un autre texte, écrit après retour en arrière.", stamp=stamp_of(changed))
    assert again.status == 400  # the robot clock of the new stamp
    assert len(tickets(app)) == 1


@pytest.mark.parametrize(
    ("fields", "headers", "status", "words"),
    [
        ({"stamp": "forged"}, None, 400, "renouvelé la page"),
        ({"website": "https://spam.example"}, None, 400, "case cachée"),
        ({}, {"Sec-Fetch-Site": "cross-site"}, 403, "vérifier que ce message"),
        ({}, {}, 403, "vérifier que ce message"),
        ({"email": "camille@"}, None, 400, "adresse e-mail n’est pas complète"),
        ({"message": " "}, None, 400, "Écrivez votre message"),
        ({"message": "x" * 5_001}, None, 400, "5 000 caractères au plus"),
        ({"x_subject": "nonsense"}, None, 400, "Votre demande porte sur"),
        ({"phone": "12"}, None, 400, "numéro de téléphone"),
    ],
)
def test_a_refusal_says_why_and_gives_everything_back(app, post, fields, headers, status, words):
    answer = post(headers=headers, **fields)
    assert answer.status == status
    summary = answer.soup.find(class_="error-summary").get_text(" ", strip=True).replace("\u202f", " ")
    assert words in summary
    assert answer.soup.title.text.startswith("Erreur")
    assert answer.soup.find("input", {"name": "name"})["value"] == GOOD["name"]
    assert answer.soup.find("textarea").text.strip() == fields.get("message", GOOD["message"]).strip()
    assert stamp_of(answer)
    assert tickets(app) == []


def test_every_mistake_of_the_summary_links_to_a_control_that_describes_it(post):
    answer = post(name="", email="", message="", x_subject="")
    links = [link["href"].removeprefix("#") for link in answer.soup.select(".error-summary a")]
    assert links == ["x_subject", "message", "name", "email"]
    for each in links:
        control = answer.soup.find(id=each)
        assert control["aria-invalid"] == "true"
        assert answer.soup.find(id=f"{each}-error").text.strip()


def test_without_a_script_the_first_press_shows_answers_that_may_help_and_the_second_sends(app, post):
    seen = post(step="check", message="J'ai perdu ma carte bancaire, comment faire opposition ?")
    assert seen.status == 200
    assert seen.soup.select(".before-sending .answers a[target=_blank]")
    assert seen.soup.find("input", {"name": "step"})["value"] == "send"
    assert tickets(app) == []
    sent = post(message="J'ai perdu ma carte bancaire, comment faire opposition ?", stamp=stamp_of(seen))
    assert sent.status == 303


def test_a_question_typed_in_the_search_box_is_carried_into_the_form_without_an_address(visit):
    page = visit("/ecrire/question", "POST", data={"step": "start", "message": "et mon PEL ?", "theme": "epargne"})
    assert page.soup.find("textarea").text.strip() == "et mon PEL ?"
    assert page.soup.find("option", {"value": "epargne"}).has_attr("selected")


def test_the_link_of_an_article_chooses_the_subject_when_only_one_fits(visit):
    page = visit("/ecrire/demande?theme=virements")
    assert page.soup.find("option", {"value": "transfer"}).has_attr("selected")
    unsure = visit("/ecrire/demande?theme=comptes")
    assert not unsure.soup.find(id="x_subject").find("option", selected=True).get("value")


def test_two_visitors_never_get_the_same_stamp(visit):
    assert stamp_of(visit("/ecrire/demande")) != stamp_of(visit("/ecrire/demande"))


def test_a_card_number_is_masked_and_the_pages_say_so(app, post):
    shown = post(step="check", message="Ma carte 4970 1000 0000 0055 a été avalée par le distributeur")
    assert "un numéro de carte. Cette partie sera masquée" in shown.main
    sent = post(message="Ma carte 4970 1000 0000 0055 a été avalée par le distributeur")
    receipt = app.test_client().get(sent.headers["Location"])
    assert "nous avons masqué un numéro de carte" in receipt.get_data(as_text=True)


def test_fraud_shows_the_telephone_before_the_form(visit):
    page = visit("/ecrire/urgence")
    html = str(page.soup.main)
    assert html.index("tel:0199001010") < html.index("<form")


def test_a_receipt_cannot_be_made_up(visit):
    assert visit("/ecrire/recu/WyJBQkNEIl0.AAAA").status == 404


@pytest.mark.parametrize("typed", ["5/11/2026", "2026-11-05", "05.11.2026", "5-11-2026", "5 11 2026"])
def test_dates_are_read_as_people_write_them(post, typed):
    answer = post("/ecrire/reclamation", x_object="payment", x_event_date=typed, x_amount="1 200,50 €")
    assert answer.status == 303


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("x_event_date", "hier", "doit être une date"),
        ("x_event_date", "5/11/2036", "dans l’avenir"),
        ("x_amount", "beaucoup", "montant en euros"),
    ],
)
def test_a_date_or_an_amount_that_cannot_be_read_comes_back_as_typed(post, field, typed, words):
    answer = post("/ecrire/reclamation", x_object="payment", **{field: typed})
    assert answer.status == 400
    assert words in answer.soup.find(class_="error-summary").text
    assert answer.soup.find(id=field)["value"] == typed


def test_an_opinion_counts_once_a_day_and_needs_our_own_page(visit):
    path = "/questions/carte-perdue-ou-volee/avis"
    assert "Merci" in visit(path, "POST", data={"answer": "useful"}, headers=SAME).main
    assert "déjà compté" in visit(path, "POST", data={"answer": "wrong"}, headers=SAME).main
    assert visit(path, "POST", data={"answer": "useful"}, headers={"Sec-Fetch-Site": "cross-site"}).status == 403
    assert visit(path, "POST", data={"answer": "rubbish"}, headers=SAME).status == 400
    assert visit("/questions/nulle-part/avis", "POST", data={"answer": "useful"}, headers=SAME).status == 404


def test_the_english_form_speaks_english_and_stores_its_language(app, post):
    answer = post("/en/write/request")
    assert answer.status == 303
    assert tickets(app)[0].language == "en"
    assert "There is a problem" in post("/en/write/request", name="", stamp=old_stamp(app, "other")).main
