"""The request form in a browser: mistakes, going back, pressing twice, answers while typing."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, NewPage
from tests.browser.pages import MESSAGE, fill, press_send
from tests.product import Product
from tests.writing import REFERENCE

FORM = "/ecrire/demande"


@pytest.fixture
def page(new_page: NewPage, product: Product) -> Page:
    opened = new_page(viewport=PHONE)
    opened.goto(product.url + FORM)
    return opened


def seen_answers(page: Page) -> None:
    expect(page.locator("[data-answers-here] a").first).to_be_visible()


def reference(page: Page) -> str:
    page.locator("p.reference").wait_for()  # not the address: a second press breaks off the first one's journey
    found = REFERENCE.search(page.locator("main").inner_text())
    assert found
    return found[0]


def test_mistakes_are_summed_up_focused_and_linked(page: Page) -> None:
    fill(page, message="", email="melusine@", name="")
    press_send(page)
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    links = summary.locator("a")
    assert links.count() == 3
    for place in range(3):
        links.nth(place).press("Enter")
        focused = page.locator(":focus")
        assert links.nth(place).get_attribute("href") == "#" + str(focused.get_attribute("id"))
        expect(focused).to_have_attribute("aria-invalid", "true")
        described = [page.locator(f"#{each}") for each in str(focused.get_attribute("aria-describedby")).split()]
        words = links.nth(place).inner_text()
        assert any(words in each.inner_text() for each in described)
        assert page.evaluate("() => probes.focus()")["covered"] is False
    assert page.title().startswith("Erreur")


def test_a_radio_question_is_reached_from_the_summary(page: Page, product: Product) -> None:
    page.goto(product.url + "/ecrire/urgence")
    page.locator("form.request button[type=submit]").last.click()
    link = page.locator(".error-summary a", has_text="appelé")
    link.press("Enter")
    group = page.locator(str(link.get_attribute("href")))
    assert group.evaluate("each => each.contains(document.activeElement) || each === document.activeElement")


def test_what_was_typed_comes_back_and_can_be_mended(page: Page) -> None:
    fill(page, email="melusine@", x_branch="Nantes", phone="06 39 98 12 34")
    press_send(page)
    typed = {"message": MESSAGE, "x_branch": "Nantes", "x_subject": "transfer", "phone": "06 39 98 12 34"}
    for name, value in typed.items():
        expect(page.locator(f"[name={name}]")).to_have_value(value)
    page.locator("[name=email]").fill("melusine@example.org")
    seen_answers(page)
    press_send(page)
    assert reference(page)


def test_pressing_twice_sends_one_request(page: Page, product: Product) -> None:
    fill(page)
    seen_answers(page)
    page.locator("form.request button[type=submit]").last.dblclick()
    mark = reference(page)
    product.arrived(mark)
    assert len(product.requests(mark)) == 1


def test_pressing_twice_without_scripts_sends_one_request(new_page: NewPage, product: Product) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(product.url + FORM)
    fill(page)
    page.locator("form.request button[type=submit]").last.click()
    page.get_by_role("button", name="Envoyer quand même").dblclick()
    mark = reference(page)
    product.arrived(mark)
    assert len(product.requests(mark)) == 1


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_going_back_and_sending_again_gives_the_same_reference(
    new_page: NewPage, product: Product, scripts: bool
) -> None:
    page = new_page(java_script_enabled=scripts)
    page.goto(product.url + FORM)
    words = "Zzyzx qwxk vvrtz."  # nothing answers that, so that nothing comes before the receipt
    fill(page, message=words)
    press_send(page)
    first = reference(page)
    page.go_back(wait_until="load")
    expect(page.locator("textarea[name=message]")).to_have_value(words)
    press_send(page)
    assert reference(page) == first


def test_reloading_the_receipt_sends_nothing(page: Page, product: Product) -> None:
    fill(page)
    seen_answers(page)
    press_send(page)
    mark = reference(page)
    page.reload()
    assert reference(page) == mark
    product.arrived(mark)
    assert len(product.requests(mark)) == 1


def test_answers_are_announced_politely_and_leave_the_focus_alone(page: Page) -> None:
    message = page.locator("textarea[name=message]")
    message.press_sequentially(MESSAGE, delay=1)
    seen_answers(page)
    expect(message).to_be_focused()
    expect(page.locator("[data-answers-here]")).to_have_attribute("aria-live", "polite")
    for link in page.locator("[data-answers-here] a[href^='/']").all():
        expect(link).to_have_attribute("target", "_blank")
        assert "nouvel onglet" in link.inner_text()


def test_a_card_number_is_announced_before_sending(page: Page) -> None:
    page.locator("textarea[name=message]").fill("Ma carte 4970 1012 3456 7893 est avalée par le distributeur.")
    expect(page.locator("#message-masked")).to_contain_text("numéro de carte")


def test_a_message_never_stands_in_an_address(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    fill(page, message="Mélusine attend son virement depuis trois jours.")
    seen_answers(page)
    press_send(page)
    reference(page)
    assert [each for each in asked if "lusine" in each or "attend" in each] == []


def test_the_page_before_sending_takes_the_focus(new_page: NewPage, product: Product) -> None:
    page = new_page(viewport=PHONE)
    page.route("**/ecrire/reponses", lambda route: route.abort())
    page.goto(product.url + FORM)
    fill(page)
    press_send(page)
    expect(page.locator("#before")).to_be_focused()
    page.get_by_role("button", name="Envoyer quand même").click()
    assert reference(page)


def test_the_receipt_can_be_printed(page: Page) -> None:
    fill(page)
    seen_answers(page)
    press_send(page)
    mark = reference(page)
    page.evaluate("() => { window.print = () => { window.printed = true } }")
    page.get_by_role("button", name="Imprimer").click()
    assert page.evaluate("() => window.printed")
    page.emulate_media(media="print")
    assert mark in page.locator("main").inner_text()
