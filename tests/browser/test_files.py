"""Files with a request in a browser: chosen, listed, removed, made smaller, kept; with and without scripts."""

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser import axe
from tests.browser.conftest import PHONE, NewPage
from tests.browser.pages import fill, press_send
from tests.inspection import samples
from tests.product import Product
from tests.writing import REFERENCE

FORM = "/ecrire/demande"


def file(name: str, body: bytes, kind: str) -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": body}


STATEMENT = file("relevé de novembre.pdf", samples.pdf(), "application/pdf")
PHOTOGRAPH = file("IMG_2041.jpg", samples.photograph(), "image/jpeg")
LETTER = file("lettre.docx", samples.docx(), "application/msword")


@pytest.fixture(params=[PHONE, {"width": 1280, "height": 900}], ids=["390 px", "1280 px"])
def page(request: pytest.FixtureRequest, new_page: NewPage, product: Product) -> Page:
    opened = new_page(viewport=request.param)
    opened.goto(product.url + FORM)
    return opened


def reference(page: Page) -> str:
    page.locator("p.reference").wait_for()  # not the address: a second press breaks off the first one's journey
    found = REFERENCE.search(page.locator("main").inner_text())
    assert found
    return found[0]


def send(page: Page) -> None:
    """The answers that may help were seen."""
    page.evaluate("document.querySelector('form.request [data-step]').value = 'send'")
    press_send(page)


def names(product: Product, mark: str) -> list[str]:
    return [str(each.get_filename()) for each in product.arrived(mark).iter_attachments()]


def test_chosen_files_are_listed_added_to_and_removed(page: Page, product: Product) -> None:
    page.set_input_files("#files", [STATEMENT])
    page.set_input_files("#files", [PHOTOGRAPH])
    lines = page.locator("[data-chosen] li")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("relevé de novembre.pdf (1 ko)")
    expect(page.locator("[data-status]")).to_contain_text("Fichiers choisis : 2")
    axe.check(page, "light")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    lines.first.get_by_role("button", name="Retirer relevé de novembre.pdf").press("Enter")
    expect(lines).to_have_count(1)
    expect(page.get_by_role("button", name="Retirer IMG_2041.jpg")).to_be_focused()
    fill(page)
    send(page)
    assert names(product, reference(page)) == ["IMG_2041.jpg"]


def test_a_refused_file_is_announced_and_the_accepted_one_is_there(page: Page, product: Product) -> None:
    page.set_input_files("#files", [STATEMENT, LETTER])
    expect(page.locator("[data-chosen] .error")).to_contain_text("n’est ni un PDF")
    fill(page)
    send(page)
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("lettre.docx")
    axe.check(page, "light")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    summary.locator("a", has_text="lettre.docx").press("Enter")
    expect(page.locator("#files")).to_be_focused()
    expect(page.get_by_label("relevé de novembre.pdf")).to_be_checked()
    send(page)
    assert names(product, reference(page)) == ["relevé de novembre.pdf"]


def test_without_scripts_files_pass_every_step(new_page: NewPage, product: Product) -> None:
    page = new_page(java_script_enabled=False, viewport=PHONE)
    page.goto(product.url + FORM)
    fill(page, email="melusine@")
    page.set_input_files("#files", [STATEMENT, PHOTOGRAPH])
    page.locator("form.request button[type=submit]").last.click()
    expect(page.locator(".kept-files input")).to_have_count(2)
    page.get_by_label("relevé de novembre.pdf").uncheck()
    page.locator("[name=email]").fill("melusine@example.org")
    page.locator("form.request button[type=submit]").last.click()
    expect(page.locator("#before")).to_be_visible()
    expect(page.locator(".kept-files input")).to_have_count(1)
    page.get_by_role("button", name="Envoyer quand même").click()
    assert names(product, reference(page)) == ["IMG_2041.jpg"]


def test_a_photograph_that_is_too_heavy_is_made_smaller_before_it_travels(new_page: NewPage, product: Product) -> None:
    page = new_page(viewport=PHONE)
    page.goto(product.url + FORM)
    heavy = samples.large_photograph(16.0, 30_000_000)
    assert len(heavy) > 5 * 1024 * 1024
    page.set_input_files("#files", [file("paysage.jpg", heavy, "image/jpeg")])
    expect(page.locator("[data-status]")).to_contain_text("a été réduite", timeout=20_000)
    fill(page)
    send(page)
    assert names(product, reference(page)) == ["paysage.jpg"]
