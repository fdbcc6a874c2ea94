"""From the form to the answer and back, as a customer does it, on a real product: no cookie kept, letters read."""

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.browser.axe import check
from tests.browser.conftest import PHONE, NewPage
from tests.browser.pages import fill, press_send
from tests.inspection import samples
from tests.product import Product
from webapp.confidential.safe import Safe
from webapp.db import Database
from webapp.settings import Settings
from webapp.tables import ticket
from webapp.tickets.conversation import bank_wrote

pytestmark = pytest.mark.browser


def link_in(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    found = re.search(r"https?://\S+/suivi/\S+", part.get_content())
    assert found
    return urlsplit(found.group()).path


def answered(product: Product, reference: str, text: str) -> None:
    """What the adapter of a helpdesk does when an agent has answered."""
    settings = Settings.from_environ({"GUICHET_DATA": str(product.data)})
    database = Database(settings.database)
    with database.reading() as connection:
        ticket_id = connection.execute(select(ticket.c.id).where(ticket.c.reference == reference)).scalar_one()
    bank_wrote(database, Safe.of(settings), ticket_id, text, at=datetime.now(UTC), origin="rt:transaction:1")
    database.dispose()


def sent(page: Page, product: Product, files: Any = ()) -> str:
    """A request sent from the form; its reference. `files`: as Playwright gives them to the control."""
    page.goto(f"{product.url}/ecrire/demande")
    fill(page)
    if files:
        page.set_input_files("#files", files)
    press_send(page)
    if "/recu/" not in page.url:
        press_send(page)
    page.wait_for_url("**/recu/**")
    return page.locator(".reference").inner_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_form_letter_answer_reply_and_close(product: Product, new_page: NewPage, scripts: bool) -> None:
    page = new_page(viewport=PHONE, java_script_enabled=scripts)
    reference = sent(page, product)
    assert "#" not in page.url or not scripts

    page.goto(product.url + link_in(product.acknowledged(reference)))
    assert reference not in page.content()
    page.get_by_role("button", name="Voir ma demande").click()
    assert "Reçue" in page.locator(".standing").inner_text()

    answered(product, reference, "Bonjour,\nvotre carte est en route.")
    letters = [each for each in product.letters(reference, 2) if "nouveau" in str(each["Subject"])]
    assert "carte est en route" not in letters[0].as_string()
    page.goto(product.url + link_in(letters[0]))
    page.get_by_role("button", name="Voir ma demande").click()
    assert "votre carte est en route." in page.locator(".turn.is-bank").inner_text()

    if scripts:
        page.get_by_label("Votre message").fill("Merci, mon code c'est 7391")
        expect(page.locator("#message-masked")).to_contain_text("un code secret")
    page.get_by_label("Votre message").fill("Merci !")
    page.get_by_role("button", name="Envoyer mon message").click()
    assert "Votre message est enregistré" in page.locator("main").inner_text()
    assert "Merci !" in page.locator(".turn").first.inner_text()
    assert len(product.requests(reference)) >= 1

    page.get_by_role("button", name="C’est réglé").click()
    assert "Terminée" in page.locator(".standing").inner_text()
    assert page.context.cookies() == []


def test_the_receipt_opens_the_case_and_keeps_nothing_in_its_address(product: Product, new_page: NewPage) -> None:
    page = new_page(viewport=PHONE)
    reference = sent(page, product)
    page.wait_for_selector("[data-follow]:not([hidden])")
    assert "#" not in page.url
    page.get_by_role("button", name="Suivre ma demande").click()
    assert reference in page.locator("h1").first.inner_text()
    check(page, "light")
    page.go_back()
    page.reload()
    assert page.locator("[data-follow]").is_hidden()  # a bookmark opens nothing


def test_without_a_script_the_receipt_leads_to_a_code_by_mail(product: Product, new_page: NewPage) -> None:
    page = new_page(viewport=PHONE, java_script_enabled=False)
    reference = sent(page, product)
    page.get_by_role("button", name="Suivre ma demande").click()
    assert [each.input_value() for each in page.locator("input[name=reference]").all()] == [reference] * 2
    assert reference not in page.url
    page.get_by_role("button", name="Recevoir le lien").click()
    assert "Regardez vos e-mails" in page.locator("h1").inner_text()
    letter = next(each for each in product.letters(reference, 2) if "nouveau lien" in str(each["Subject"]))
    page.goto(product.url + link_in(letter))
    page.get_by_role("button", name="Voir ma demande").click()
    assert reference in page.locator("h1").first.inner_text()


def test_files_are_joined_refused_and_taken_out_by_keyboard(product: Product, new_page: NewPage) -> None:
    page = new_page(viewport={"width": 320, "height": 640})
    sent(page, product)
    page.get_by_role("button", name="Suivre ma demande").press("Enter")
    page.get_by_label("Votre message").fill("Voici.")
    good = {"name": "capture.png", "mimeType": "image/png", "buffer": samples.png()}
    page.set_input_files("#files", [good, {"name": "lettre.docx", "mimeType": "", "buffer": samples.docx()}])
    page.get_by_role("button", name="Envoyer mon message").press("Enter")
    page.wait_for_selector(".error-summary")
    assert page.evaluate("document.activeElement.className") == "error-summary"
    assert "lettre.docx" in page.locator(".error-summary").inner_text()
    check(page, "light")
    check(page, "dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_role("button", name="Envoyer mon message").press("Enter")
    page.wait_for_selector(".said")
    check(page, "light")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Télécharger capture.png").press("Enter")
    assert coming.value.suggested_filename == "capture.png"
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_pages_without_a_case_have_no_violation_and_fit_a_phone(product: Product, new_page: NewPage) -> None:
    page = new_page(viewport={"width": 320, "height": 640})
    for path in ("/suivi", "/en/follow-up", "/suivi/" + "A" * 43):
        page.goto(product.url + path)
        check(page, "light")
        check(page, "dark")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_the_whole_way_is_made_by_keyboard(product: Product, new_page: NewPage) -> None:
    page = new_page()
    reference = sent(page, product)
    page.goto(product.url + link_in(product.acknowledged(reference)))
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Voir ma demande":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector(".standing")
    assert reference in page.locator("h1").first.inner_text()
