"""Files of a case: its customer sees and takes them out inside a view, adds some with a message; nobody else can."""

import io
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from tests.inspection import samples
from tests.web.conftest import MORNING, OPENING, Visit, plain
from tests.web.test_contact import SAME, old_stamp
from tests.web.test_followup import Customer, later
from tests.web.test_uploads import PNG, encoded, tokens
from webapp.confidential.safe import Safe
from webapp.db import DatabaseUnavailable
from webapp.settings import Settings
from webapp.tables import attachment, delivery
from webapp.tickets import attachments, conversation

EDGE = "multipart/form-data; boundary=edge"
NAMED = ("relevé août.pdf", samples.pdf(), "application/pdf")


class Sender(Customer):
    """A customer who joins files."""

    def post(self, path: str, headers: dict[str, str] | None = None, *, files: Any = (), **fields: Any) -> Visit:
        return Visit(self.raw(path, headers, files=files, **fields))

    def raw(self, path: str, headers: dict[str, str] | None = None, *, files: Any = (), **fields: Any) -> TestResponse:
        sent = SAME if headers is None else headers
        return self.client.post(path, data=encoded(fields, files), headers=sent, content_type=EDGE)

    def take(self, page: Visit, number: int = 0, **changes: str) -> TestResponse:
        form = page.soup.select(".enclosed form")[number]
        fields = {str(each["name"]): str(each["value"]) for each in form.select("input")}
        return self.raw(str(form["action"]), **{**fields, **changes})

    def files(self) -> list[Any]:
        with self.held.database.reading() as connection:
            return list(connection.execute(select(attachment).order_by(attachment.c.created_at)).all())

    def owed(self) -> list[Any]:
        with self.held.database.reading() as connection:
            return list(connection.execute(select(delivery).where(delivery.c.kind == "message")).all())


@pytest.fixture
def customer(app: Flask) -> Sender:
    return Sender(app, files=[NAMED])


def test_a_file_of_the_request_is_told_by_name_kind_size_and_what_the_antivirus_said(customer: Sender) -> None:
    page = customer.open()
    assert page.texts(".enclosed .file-name") == ["relevé août.pdf"]
    assert page.texts(".enclosed .quiet")[0].startswith("Document PDF, 1 ko, contrôlé à la réception")
    assert page.texts(".enclosed button") == ["Télécharger relevé août.pdf"]


def test_it_comes_whole_and_no_browser_keeps_or_shows_it_in_place(customer: Sender) -> None:
    answer = customer.take(customer.open())
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Content-Length"] == str(len(answer.data)) == str(customer.files()[0].size)
    told = answer.headers
    assert told["Content-Disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''relev%C3%A9%20ao%C3%BBt.pdf" in told["Content-Disposition"]
    assert told["Content-Type"] == "application/pdf"
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert told["Cache-Control"] == "private, no-store"
    assert told["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Set-Cookie" not in told


def test_a_portion_is_not_given_and_other_methods_are_not_allowed(customer: Sender) -> None:
    page = customer.open()
    whole = customer.take(page)
    form = page.soup.select_one(".enclosed form")
    fields = {str(each["name"]): str(each["value"]) for each in form.select("input")}
    portion = customer.client.post("/suivi/fichier", data=fields, headers={**SAME, "Range": "bytes=0-9"})
    assert (portion.status_code, portion.data) == (200, whole.data)
    assert portion.headers["Accept-Ranges"] == "none"
    seen = customer.client.head("/suivi/fichier")
    assert "Content-Disposition" not in seen.headers


def test_the_address_come_back_to_by_hand_is_the_way_in(customer: Sender) -> None:
    assert customer.get("/suivi/fichier").main == customer.get("/suivi").main


def test_from_another_site_or_with_a_view_that_is_over_nothing_comes(
    customer: Sender, app: Flask, settings: Settings
) -> None:
    page = customer.open()
    form = page.soup.select_one(".enclosed form")
    fields = {str(each["name"]): str(each["value"]) for each in form.select("input")}
    assert customer.raw("/suivi/fichier", {"Sec-Fetch-Site": "cross-site"}, **fields).status_code == 403
    past = later(app, settings, minutes=15)
    answer = past.test_client().post("/suivi/fichier", data=fields, headers=SAME)
    past.extensions["guichet"].database.dispose()
    assert answer.status_code == 403
    assert "Content-Disposition" not in answer.headers


def test_a_file_of_another_case_is_not_given(customer: Sender) -> None:
    other = Sender(customer.app, stamp=old_stamp(customer.app, "other"), files=[PNG])
    mine = next(row.id for row in customer.files() if row.ticket_id == customer.ticket_id)
    answer = other.take(other.open(), file=mine)
    assert answer.status_code == 404
    assert "ne peut plus être ouvert" in plain(answer.get_data(as_text=True)).replace("\u202f", " ")


def test_neither_the_database_nor_the_web_process_opens_it_without_the_link(customer: Sender) -> None:
    row = customer.files()[0]
    with pytest.raises(Exception, match="only be opened by the delivery worker"):
        customer.held.safe.open(row.sealed_about, f"attachment/{row.ticket_id}/{row.id}")


@pytest.mark.parametrize(
    ("scan", "words"),
    [("unscanned", "il le sera dès que possible"), ("refused", "Notre antivirus a refusé ce fichier")],
)
def test_what_was_not_scanned_or_not_taken_is_said_and_not_given(customer: Sender, scan: str, words: str) -> None:
    before = customer.open()
    with customer.held.database.transaction() as connection:
        connection.execute(update(attachment).values(scan=scan))
    page = customer.open()
    assert words in page.texts(".enclosed .quiet")[0]
    assert page.soup.select(".enclosed form") == []
    answer = customer.take(before)
    assert answer.status_code == 404
    assert words in plain(answer.get_data(as_text=True))


@pytest.mark.parametrize("harm", ["cut", "changed", "gone"])
def test_nothing_leaves_of_a_file_that_is_no_longer_whole(customer: Sender, harm: str) -> None:
    path = customer.held.store.path(customer.files()[0].id)
    body = path.read_bytes()
    path.unlink() if harm == "gone" else path.write_bytes(
        body[:-9] if harm == "cut" else body[:40] + bytes([body[40] ^ 1]) + body[41:]
    )
    answer = customer.take(customer.open())
    assert answer.status_code == 404
    assert b"%PDF" not in answer.data


def test_it_is_counted_with_the_openings(customer: Sender, settings: Settings) -> None:
    page = customer.open()
    for _ in range(settings.limit_followup):
        customer.take(page)
    assert customer.take(page).status_code == 429


def test_a_withdrawn_case_gives_no_file(customer: Sender) -> None:
    page = customer.open()
    customer.do(page, "withdraw", sure="yes")
    assert customer.take(page).status_code == 404


def test_the_bank_s_file_is_given_and_one_that_was_not_taken_is_named(customer: Sender) -> None:
    safe, store = Safe.from_setting(OPENING), customer.held.store
    with store.draft() as draft:
        draft.feed(b"%PDF-1.7 the letter")
        size = draft.keep()
    told = {"media_type": "application/pdf", "digest": "", "scan": "clean", "key": draft.key}
    given = attachments.Arrived(id=draft.id, name="lettre.pdf", size=size, **told)
    named = attachments.not_taken("contrat.docx")
    assert conversation.bank_wrote(
        customer.held.database, safe, customer.ticket_id, "", at=MORNING, origin="rt:1", files=[given, named]
    )
    page = customer.open()
    assert page.texts(".turn.is-bank .file-name") == ["lettre.pdf", "contrat.docx"]
    assert "vérifié par l’antivirus" in page.texts(".turn.is-bank .quiet")[1]
    assert "Demandez-le dans un message" in page.texts(".turn.is-bank .quiet")[2]
    assert customer.take(page).data == b"%PDF-1.7 the letter"


def test_a_further_message_brings_its_files_to_the_helpdesk_and_to_the_page(customer: Sender) -> None:
    page = customer.do(customer.open(), "write", message="Voici la copie.", files=[PNG])
    assert "Votre message est enregistré" in page.main
    assert page.texts(".turn")[0].startswith("Vous")
    assert page.texts(".turn:first-child .file-name") == ["capture.png"]
    (owed,) = customer.owed()
    assert [row.message_id for row in customer.files()][1:] == [owed.message_id]
    Image.open(io.BytesIO(customer.take(page).data)).verify()


def test_a_file_may_go_without_a_word(customer: Sender) -> None:
    page = customer.do(customer.open(), "write", message="", files=[PNG])
    assert page.status == 200
    assert len(customer.owed()) == 1
    assert page.texts(".turn:first-child .words") == []


def test_a_refused_file_is_named_the_words_and_the_others_stay(customer: Sender) -> None:
    wrong = ("lettre.docx", samples.docx(), "application/msword")
    page = customer.do(customer.open(), "write", message="Voici.", files=[PNG, wrong])
    assert page.status == 400
    assert "lettre.docx" in page.texts(".error-summary")[0]
    assert page.soup.find("textarea").text.strip() == "Voici."
    assert [each.split()[0] for each in page.texts(".kept-files .choice")] == ["capture.png"]
    assert customer.owed() == []
    done = customer.do(page, "write", message="Voici.", kept=tokens(page))
    assert done.texts(".turn:first-child .file-name") == ["capture.png"]


def test_words_that_are_too_long_cost_no_file(customer: Sender) -> None:
    page = customer.do(customer.open(), "write", message="a" * 5001, files=[PNG])
    assert page.status == 400
    assert len(tokens(page)) == 1


def test_the_same_form_with_the_same_file_is_one_message(customer: Sender) -> None:
    page = customer.open()
    for _ in range(2):
        assert customer.do(page, "write", message="Voici.", files=[PNG]).status == 200
    assert len(customer.owed()) == 1
    assert len(customer.files()) == 2


def test_a_file_of_an_earlier_message_is_not_taken_twice(customer: Sender) -> None:
    wrong = ("vide.pdf", b"", "application/pdf")
    page = customer.do(customer.open(), "write", message="Un.", files=[PNG, wrong])
    carried = tokens(page)
    assert customer.do(page, "write", message="Un.", kept=carried).status == 200
    again = customer.do(customer.open(), "write", message="Deux.", kept=carried)
    assert again.status == 409
    assert again.soup.find("textarea").text.strip() == "Deux."
    assert len(customer.owed()) == 1


def test_a_card_number_in_a_name_is_masked(customer: Sender) -> None:
    given = ("carte 4970 1012 3456 7893.png", PNG[1], PNG[2])
    page = customer.do(customer.open(), "write", message="Voici.", files=[given])
    assert "4970" not in page.html
    assert "7893" in page.texts(".turn:first-child .file-name")[0]


def test_files_are_looked_at_only_inside_a_view_and_with_our_stamp(customer: Sender) -> None:
    before = len(list(customer.held.store.ids()))
    over = customer.post("/suivi/demande", view="x", do="write", message="Bonjour", files=[PNG])
    assert over.status == 403
    assert "Vos fichiers ne sont pas gardés" in over.main
    forged = customer.do(customer.open(), "write", message="Bonjour", stamp="forged", files=[PNG])
    assert forged.status == 400
    assert "capture.png" in forged.texts(".error-summary")[0]
    assert len(list(customer.held.store.ids())) == before


def test_what_cannot_be_kept_now_is_carried_to_the_next_attempt(
    customer: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = customer.open()
    with monkeypatch.context() as patched:
        patched.setattr(conversation, "customer_wrote", _away)
        trouble = customer.do(page, "write", message="Voici.", files=[PNG])
    assert trouble.status == 503
    assert "capture.png" in trouble.main
    again = customer.do(trouble, "write", message="Voici.", kept=tokens(trouble))
    assert again.texts(".turn:first-child .file-name") == ["capture.png"]
    assert len(customer.owed()) == 1


def _away(*_: Any, **__: Any) -> Any:
    raise DatabaseUnavailable("away")
