"""The follow-up pages: what opens them, what they change, and that they tell a stranger nothing."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from tests.web.conftest import MORNING, OPENING, Visit
from tests.web.test_contact import GOOD, SAME, old_stamp
from webapp import create_app
from webapp.confidential.link import Link
from webapp.confidential.safe import Safe
from webapp.confidential.views import Views
from webapp.db import DatabaseUnavailable
from webapp.delivery.composition import _FOLLOW_UP
from webapp.knowledge import links as addresses
from webapp.settings import Settings
from webapp.tables import delivery, message, metadata, ticket
from webapp.tickets import conversation
from webapp.tickets.links import replace

PATHS = {"fr": ("/suivi", "ouvrir", "demande", "lien"), "en": ("/en/follow-up", "open", "case", "link")}


class Customer:
    """Somebody who has sent a request and follows it, without a browser, a cookie or a script."""

    def __init__(self, app: Flask, **fields: str) -> None:
        self.app, self.client = app, app.test_client(use_cookies=False)
        self.held = app.extensions["guichet"]
        nature = fields.pop("nature", "demande")
        answer = self.post(f"/ecrire/{nature}", **{**GOOD, "stamp": old_stamp(app), **fields})
        assert answer.status == 303, answer.main
        self.receipt, _, handed = answer.headers["Location"].partition("#suivi=")
        view = Views(self.held.settings.secret_key).read(handed, int(MORNING.timestamp() * 1000))
        assert view is not None
        self.link = view.link
        with self.held.database.reading() as connection:
            row = connection.execute(select(ticket).order_by(ticket.c.created_at.desc())).first()
        assert row is not None
        self.ticket_id, self.reference = row.id, row.reference

    def get(self, path: str) -> Visit:
        return Visit(self.client.get(path))

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> Visit:
        return Visit(self.client.post(path, data=fields, headers=SAME if headers is None else headers))

    def open(self, link: str | None = None, language: str = "fr") -> Visit:
        root, way, *_ = PATHS[language]
        return self.post(f"{root}/{way}", link=self.link.text if link is None else link)

    def do(self, page: Visit, act: str, **fields: str) -> Visit:
        view = page.soup.find("input", {"name": "view"})
        stamp = page.soup.find("input", {"name": "stamp"})
        assert view is not None
        values = {"view": str(view["value"]), "do": act, "stamp": str(stamp["value"]) if stamp else ""}
        return self.post("/suivi/demande", **{**values, **fields})

    def answer(self, text: str = "Votre virement est parti.", origin: str = "rt:1") -> None:
        safe = Safe.from_setting(OPENING)
        at = MORNING + timedelta(hours=1)
        assert conversation.bank_wrote(self.held.database, safe, self.ticket_id, text, at=at, origin=origin)

    def rows(self) -> list[Any]:
        """Every row of every table but the counters against abuse."""
        with self.held.database.reading() as connection:
            return [
                tuple(row)
                for table in metadata.sorted_tables
                if table.name != "allowance"
                for row in connection.execute(select(table)).all()
            ]


@pytest.fixture
def customer(app: Flask) -> Customer:
    return Customer(app)


def later(app: Flask, settings: Settings, **span: float) -> Flask:
    """The same site, some time later."""
    return create_app(settings, clock=lambda: MORNING + timedelta(**span))


def test_a_link_opened_by_a_scanner_shows_nothing_and_changes_nothing(customer: Customer) -> None:
    before = customer.rows()
    good = customer.get(f"/suivi/{customer.link.text}")
    wrong = customer.get(f"/suivi/{Link.new().text}")
    again = customer.get(f"/suivi/{customer.link.text}")
    assert (good.status, wrong.status) == (200, 200)
    assert good.main == wrong.main == again.main
    assert customer.reference not in good.html
    assert "virement" not in good.html
    assert customer.rows() == before


def test_every_link_that_opens_nothing_gets_one_answer(customer: Customer) -> None:
    withdrawn = Customer(customer.app, stamp=old_stamp(customer.app, "other"))
    withdrawn.do(withdrawn.open(), "withdraw", sure="yes")
    answers = [
        customer.open(Link.new().text),
        customer.open(""),
        customer.open("é" * 43),
        customer.open(customer.link.text[:-1]),
        customer.open(withdrawn.link.text),
    ]
    assert {each.status for each in answers} == {404}
    assert len({each.main for each in answers}) == 1
    assert "virement" not in answers[0].html


def test_a_view_is_worth_nothing_altered_or_made_up(customer: Customer) -> None:
    view = str(customer.open().soup.find("input", {"name": "view"})["value"])
    other = Views("another secret of thirty-two chars").write(customer.link, int(MORNING.timestamp() * 1000))[0]
    for forged in (view[:-1], "A" + view[1:], other, customer.link.text, "", "é"):
        assert customer.post("/suivi/demande", view=forged, do="look").status == 403


class TestTheMailedLink:
    def test_asks_nothing_of_the_database(self, customer: Customer) -> None:
        asked: list[str] = []
        engine = customer.held.database._engine
        listener = lambda _c, _u, statement, *_: asked.append(statement)  # noqa: E731
        event.listen(engine, "before_cursor_execute", listener)
        customer.get(f"/suivi/{customer.link.text}")
        event.remove(engine, "before_cursor_execute", listener)
        assert asked == []

    def test_has_a_button_that_opens_the_case(self, customer: Customer) -> None:
        page = customer.get(f"/suivi/{customer.link.text}")
        form = page.soup.select_one("main form")
        assert form is not None
        fields = {str(each["name"]): str(each["value"]) for each in form.select("input[name]")}
        opened = customer.post(str(form["action"]), **fields)
        assert opened.status == 200
        assert customer.reference in opened.main
        assert GOOD["message"] in opened.main

    def test_is_in_no_address_that_the_page_leads_to(self, customer: Customer) -> None:
        page = customer.get(f"/suivi/{customer.link.text}")
        assert not [each for each in page.links() if customer.link.text in each]
        assert page.headers["Referrer-Policy"] == "strict-origin"
        assert page.headers["Cache-Control"] == "no-store"
        assert page.soup.find("meta", {"name": "robots", "content": "noindex"})


class TestOpening:
    def test_needs_no_cookie_and_sets_none(self, customer: Customer) -> None:
        assert "Set-Cookie" not in customer.open().headers

    def test_from_another_site_is_refused(self, customer: Customer) -> None:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
            assert customer.post("/suivi/ouvrir", headers, link=customer.link.text).status == 403

    def test_is_limited_by_network(self, app: Flask, settings: Settings, customer: Customer) -> None:
        for _ in range(settings.limit_followup):
            customer.open(Link.new().text)
        refused = customer.open()
        assert refused.status == 429
        assert int(refused.headers["Retry-After"]) > 0

    def test_of_the_receipt_goes_on_from_what_its_address_hands_on(self, app: Flask, customer: Customer) -> None:
        handed, _ = Views(customer.held.settings.secret_key).write(customer.link, int(MORNING.timestamp() * 1000))
        assert customer.reference in customer.post("/suivi/ouvrir", view=handed).main
        receipt = customer.get(customer.receipt)
        assert customer.link.text not in receipt.html
        form = receipt.soup.select_one("form[data-follow]")
        assert form is not None
        assert form.has_attr("hidden")

    def test_a_bookmarked_receipt_opens_nothing_for_long(
        self, app: Flask, settings: Settings, customer: Customer
    ) -> None:
        handed, _ = Views(settings.secret_key).write(customer.link, int(MORNING.timestamp() * 1000))
        past = later(app, settings, minutes=15)
        answer = Visit(past.test_client().post("/suivi/ouvrir", data={"view": handed}, headers=SAME))
        past.extensions["guichet"].database.dispose()
        assert answer.status == 403
        assert "virement" not in answer.html


class TestWithoutAScript:
    def test_the_receipt_leads_to_the_code_with_the_reference_filled_in_and_opens_nothing(
        self, customer: Customer
    ) -> None:
        form = customer.get(customer.receipt).soup.select_one("form[data-by-code]")
        assert form is not None
        assert not form.has_attr("hidden")
        fields = {str(each["name"]): str(each["value"]) for each in form.select("input")}
        assert fields == {"reference": customer.reference}
        page = customer.post(str(form["action"]), **fields)
        assert page.status == 200
        assert page.soup.select(".error-summary") == []
        assert [each["value"] for each in page.soup.select("input[name=reference]")] == [customer.reference] * 2
        assert "virement" not in page.main

    def test_a_reference_that_nobody_has_gets_the_same_page(self, customer: Customer) -> None:
        known, unknown = (
            customer.post("/suivi/ouvrir", reference=each).main for each in (customer.reference, "7K4M-29XQ-C")
        )
        assert known == unknown


class TestTheCase:
    def test_shows_the_bank_s_answer_the_state_and_the_copy_of_what_was_sent(self, customer: Customer) -> None:
        customer.answer()
        page = customer.open()
        assert "La banque vous a répondu" in page.main
        assert [each.split()[0] for each in page.texts(".turn h3")] == ["Banque", "Vous"]
        assert page.texts(".turn .words")[0] == "Votre virement est parti."
        assert "24 novembre 2026 à 10 h 00" in page.main
        assert page.soup.find("meta", {"name": "robots", "content": "noindex"})
        assert page.headers["Cache-Control"] == "no-store"

    def test_keeps_line_ends_and_shows_markup_as_text(self, app: Flask) -> None:
        customer = Customer(app, message="Bonjour,\n<script>alert(1)</script>")
        customer.answer("<b>Oui</b>\nCordialement")
        page = customer.open()
        assert not page.soup.select(".turn b, .turn script")
        assert "<b>Oui</b>" in page.texts(".words")[0]

    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_is_told_in_the_language_of_the_address(self, customer: Customer, language: str) -> None:
        page = customer.open(language=language)
        assert page.soup.html is not None
        assert page.soup.html["lang"] == language
        assert ("Request" if language == "en" else "Demande") in page.main

    def test_a_further_message_is_kept_masked_and_owed_once(self, customer: Customer) -> None:
        page = customer.open()
        sent = customer.do(page, "write", message="Ma carte 4111 1111 1111 1111, et alors ?")
        again = customer.do(page, "write", message="Ma carte 4111 1111 1111 1111, et alors ?")
        assert (sent.status, again.status) == (200, 200)
        assert "Votre message est enregistré" in sent.main
        assert "un numéro de carte" in sent.main
        assert sent.texts(".turn .words")[0] == "Ma carte [carte •••• 1111 masquée], et alors ?"
        with customer.held.database.reading() as connection:
            assert len(connection.execute(select(message)).all()) == 2
            assert len(connection.execute(select(delivery).where(delivery.c.kind == "message")).all()) == 1

    @pytest.mark.parametrize(
        ("text", "words"),
        [("", "Écrivez votre message, ou"), ("   \n", "Écrivez votre message, ou"), ("a" * 5001, "trop long")],
    )
    def test_a_message_that_cannot_be_kept_is_given_back(self, customer: Customer, text: str, words: str) -> None:
        page = customer.do(customer.open(), "write", message=text)
        assert page.status == 400
        assert words in page.main
        assert page.soup.title is not None
        assert page.soup.title.get_text().startswith("Erreur")
        area = page.soup.find("textarea", {"name": "message"})
        assert area is not None
        assert area.get_text().strip() == text.strip()

    def test_a_stamp_that_was_not_made_here_gives_the_words_back(self, customer: Customer) -> None:
        page = customer.do(customer.open(), "write", message="Bonjour", stamp="forged")
        assert page.status == 400
        assert "Bonjour" in page.html
        assert customer.do(page, "write", message="Bonjour").status == 200

    def test_is_closed_and_reopened(self, customer: Customer) -> None:
        closed = customer.do(customer.open(), "close")
        assert "Terminée" in closed.main
        assert "Vous pouvez la rouvrir jusqu’au 24 décembre 2026" in closed.main
        reopened = customer.do(closed, "reopen")
        assert "Reçue" in reopened.texts(".standing h2")[0]

    def test_closed_for_too_long_says_so_and_gives_the_words_back(
        self, app: Flask, settings: Settings, customer: Customer
    ) -> None:
        customer.do(customer.open(), "close")
        customer.app = later(app, settings, days=31)
        customer.client = customer.app.test_client(use_cookies=False)
        page = customer.open()
        assert "Vous pouvez la rouvrir" not in page.main
        assert not page.soup.find("textarea")
        refused = customer.do(page, "write", message="Encore", stamp=old_stamp(app))
        customer.app.extensions["guichet"].database.dispose()
        assert refused.status == 400 or "plus de 30 jours" in refused.main

    def test_withdrawing_asks_first_and_then_opens_no_more(self, customer: Customer) -> None:
        page = customer.open()
        asked = customer.do(page, "withdraw")
        assert "Vous n’avez pas écrit cette demande" in asked.main
        assert customer.open().status == 200
        done = customer.do(asked, "withdraw", sure="yes")
        assert "C’est noté" in done.main
        assert customer.open().status == 404
        assert customer.do(page, "write", message="Bonjour").status == 404

    def test_unknown_acts_only_show_the_case(self, customer: Customer) -> None:
        before = customer.rows()
        assert customer.do(customer.open(), "destroy").status == 200
        assert customer.rows() == before


class TestAView:
    def test_ends_and_gives_back_what_was_being_written(
        self, app: Flask, settings: Settings, customer: Customer
    ) -> None:
        page = customer.open()
        customer.app = later(app, settings, minutes=16)
        customer.client = customer.app.test_client(use_cookies=False)
        answer = customer.do(page, "write", message="Mon long message")
        customer.app.extensions["guichet"].database.dispose()
        assert answer.status == 403
        assert "Votre message n’est pas parti" in answer.main
        assert "Mon long message" in answer.html
        assert "virement" not in answer.html

    def test_of_one_case_does_not_reach_another(self, app: Flask, customer: Customer) -> None:
        other = Customer(app, stamp=old_stamp(app, "other"), message="Le secret d'une autre")
        page = other.open()
        customer.do(customer.open(), "write", message="Bonjour", reference=other.reference, ticket=other.ticket_id)
        assert "Bonjour" not in other.open().main
        assert "Le secret d'une autre" not in customer.open().main
        assert page.status == 200

    def test_goes_on_for_another_quarter_of_an_hour(self, app: Flask, settings: Settings, customer: Customer) -> None:
        page = customer.open()
        customer.app = later(app, settings, minutes=14)
        customer.client = customer.app.test_client(use_cookies=False)
        longer = customer.do(page, "look")
        customer.app.extensions["guichet"].database.dispose()
        assert "Cette page se ferme à 10 h 29" in longer.main


class TestWithoutTheLink:
    def lock(self, customer: Customer) -> Link:
        safe = Safe.from_setting(OPENING)
        replace(customer.held.database, safe, customer.ticket_id, "key", now=MORNING)
        with customer.held.database.reading() as connection:
            sealed = connection.execute(select(ticket.c.sealed_link)).scalar_one()
        return Link(safe.open(sealed, f"ticket/{customer.ticket_id}/sealed_link"))

    def test_a_new_one_is_asked_for_and_nobody_learns_whether_the_reference_exists(self, customer: Customer) -> None:
        good = customer.post("/suivi/lien", reference=customer.reference.lower().replace("-", " "))
        wrong = customer.post("/suivi/lien", reference="7K4M-29XQ-C")
        assert (good.status, wrong.status) == (200, 200)
        assert good.main.replace(customer.reference, "") == wrong.main.replace("7K4M-29XQ-C", "")
        with customer.held.database.reading() as connection:
            (owed,) = connection.execute(select(delivery).where(delivery.c.kind == "link")).all()
        assert owed.ticket_id == customer.ticket_id

    def test_a_reference_that_is_none_is_said_to_be_incomplete(self, customer: Customer) -> None:
        page = customer.post("/suivi/lien", reference="7K4M")
        assert page.status == 400
        assert "n’est pas complète" in page.main
        assert "7K4M" in page.html

    def test_reference_and_code_open_the_case(self, customer: Customer) -> None:
        link = self.lock(customer)
        page = customer.post("/suivi/ouvrir", reference=customer.reference, code=link.code.lower())
        assert GOOD["message"] in page.main

    def test_every_wrong_pair_gets_one_answer(self, customer: Customer) -> None:
        link = self.lock(customer)
        wrong = [
            customer.post("/suivi/ouvrir", reference=customer.reference, code=Link.new().code),
            customer.post("/suivi/ouvrir", reference="7K4M-29XQ-C", code=link.code),
            customer.post("/suivi/ouvrir", reference=customer.reference, code=""),
        ]
        assert {each.status for each in wrong} == {404}
        assert len({each.main for each in wrong}) == 1


class TestAComplaint:
    def complain(self, app: Flask) -> Customer:
        return Customer(app, nature="reclamation", x_object="payment", message="Un prélèvement que je refuse.")

    def test_shows_its_deadlines_and_then_when_they_were_kept(self, app: Flask) -> None:
        customer = self.complain(app)
        page = customer.open()
        assert "Accusé de réception Au plus tard le 5 décembre 2026" in page.main
        assert "Réponse de la banque Au plus tard le 11 décembre 2026" in page.main
        assert "médiateur" not in " ".join(page.texts(".due")).lower()
        with customer.held.database.transaction() as connection:
            sent = int((MORNING + timedelta(minutes=1)).timestamp() * 1000)
            mine = delivery.c.kind == "acknowledgement"
            connection.execute(update(delivery).where(mine).values(state="delivered", delivered_at=sent))
        customer.answer()
        page = customer.open()
        assert "Accusé de réception Envoyé le 24 novembre 2026 à 10 h 01" in page.main
        assert "Réponse de la banque Envoyé le 24 novembre 2026 à 11 h 00" in page.main

    def test_names_the_mediator_once_there_is_an_answer_or_the_case_is_closed(self, app: Flask) -> None:
        customer = self.complain(app)
        assert "Médiateur de la consommation" in customer.do(customer.open(), "close").main

    def test_says_when_the_bank_is_late(self, app: Flask, settings: Settings) -> None:
        customer = self.complain(app)
        customer.app = later(app, settings, days=60)
        customer.client = customer.app.test_client(use_cookies=False)
        page = customer.open()
        customer.app.extensions["guichet"].database.dispose()
        assert "Ce délai est dépassé" in page.main
        assert "Médiateur de la consommation" in page.main


def test_what_is_written_survives_a_database_that_is_away(customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    page = customer.open()

    def away(*_given: object, **_named: object) -> None:
        raise DatabaseUnavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(conversation, "customer_wrote", away)
        kept = customer.do(page, "write", message="Mon long message")
    assert kept.status == 503
    assert "Mon long message" in kept.html
    again = customer.do(kept, "write", message="Mon long message")
    assert "Votre message est enregistré" in again.main


def test_the_pages_stand_in_no_frame(customer: Customer) -> None:
    for prefix in ("/integration/rivage", "/facebook/onglet"):
        assert customer.get(f"{prefix}/suivi").status == 404
        assert customer.get(f"{prefix}/suivi/{customer.link.text}").status == 404
    assert "frame-ancestors 'none'" in customer.open().headers["Content-Security-Policy"]


def test_the_letters_lead_to_the_addresses_of_the_pages() -> None:
    assert {each: addresses.page(each, "follow-up") for each in ("fr", "en")} == _FOLLOW_UP


def test_ten_thousand_guesses_open_nothing(app: Flask, settings: Settings) -> None:
    customer = Customer(app)
    found = customer.held.database
    with found.reading() as connection:
        hashes = set(connection.scalars(select(ticket.c.link_hash)).all())
    assert not {Link.new().hash for _ in range(10_000)} & hashes
