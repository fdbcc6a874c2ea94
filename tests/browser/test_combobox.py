"""Suggestions while typing: the keyboard, what a screen reader is told, answers that come late."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import NewPage
from tests.product import Product

ROOM = '[role="listbox"]'
OPTION = '[role="option"]'


@pytest.fixture
def home(new_page: NewPage, product: Product) -> Page:
    page = new_page()
    page.goto(product.url)
    return page


def typed(page: Page, text: str) -> None:
    page.get_by_role("combobox").press_sequentially(text)


def test_the_field_is_a_combobox_with_its_own_list(home: Page) -> None:
    field = home.get_by_role("combobox", name="Votre question")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_attribute("aria-autocomplete", "list")
    typed(home, "carte perdue")
    expect(field).to_have_attribute("aria-expanded", "true")
    controlled = field.get_attribute("aria-controls")
    assert home.locator(f"#{controlled}").get_attribute("role") == "listbox"
    expect(home.get_by_role("option").first).to_contain_text("perdu ma carte")


def test_arrows_move_through_the_options_and_back_to_the_text(home: Page) -> None:
    typed(home, "carte perdue")
    expect(home.locator(OPTION).first).to_be_visible()
    field, count = home.get_by_role("combobox"), home.locator(OPTION).count()
    field.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == home.locator(OPTION).first.get_attribute("id")
    expect(home.locator(f'{OPTION}[aria-selected="true"]')).to_have_count(1)
    field.press("ArrowUp")
    assert field.get_attribute("aria-activedescendant") is None
    field.press("ArrowUp")
    assert field.get_attribute("aria-activedescendant") == home.locator(OPTION).nth(count - 1).get_attribute("id")
    field.press("Home")
    assert field.get_attribute("aria-activedescendant") is None
    expect(field).to_be_focused()
    expect(field).to_have_value("carte perdue")


def test_enter_opens_the_chosen_answer(home: Page, product: Product) -> None:
    typed(home, "carte perdue")
    expect(home.locator(OPTION).first).to_be_visible()
    home.keyboard.press("ArrowDown")
    home.keyboard.press("Enter")
    home.wait_for_url(f"{product.url}/questions/*")


def test_enter_without_a_choice_sends_the_question(home: Page, product: Product) -> None:
    typed(home, "carte perdue")
    expect(home.locator(OPTION).first).to_be_visible()
    home.keyboard.press("Enter")
    home.wait_for_url(re.compile(r"/recherche\?q=carte\+perdue"))


def test_escape_closes_the_list_then_empties_the_field(home: Page) -> None:
    typed(home, "carte perdue")
    field = home.get_by_role("combobox")
    expect(home.locator(ROOM)).to_be_visible()
    field.press("Escape")
    expect(home.locator(ROOM)).to_be_hidden()
    expect(field).to_have_value("carte perdue")
    field.press("Escape")
    expect(field).to_have_value("")


def test_leaving_the_field_closes_the_list(home: Page) -> None:
    typed(home, "carte perdue")
    expect(home.locator(ROOM)).to_be_visible()
    home.keyboard.press("Tab")
    expect(home.locator(ROOM)).to_be_hidden()


def test_a_click_opens_an_answer(home: Page, product: Product) -> None:
    typed(home, "carte perdue")
    home.locator(OPTION).first.click()
    home.wait_for_url(f"{product.url}/questions/*")


def test_a_screen_reader_is_told_how_many_there_are(home: Page) -> None:
    typed(home, "carte perdue")
    expect(home.get_by_role("status")).to_contain_text(re.compile(r"\d suggestions?\. Flèches? "))
    home.get_by_role("combobox").fill("zzzzqqqq")
    expect(home.get_by_role("status")).to_have_text("Aucune suggestion. Entrée pour rechercher.")
    expect(home.get_by_role("combobox")).to_have_attribute("aria-expanded", "false")


def test_one_question_leaves_for_a_burst_of_keys(home: Page) -> None:
    asked: list[str] = []
    home.on("request", lambda request: asked.append(request.url) if "suggestions" in request.url else None)
    typed(home, "carte perdue")
    expect(home.locator(OPTION).first).to_be_visible()
    assert len(asked) < 4


def test_an_answer_that_comes_late_is_dropped(home: Page) -> None:
    home.route("**/recherche/suggestions?q=vi*", answer("/questions/late", "Trop tard", late=0.6))
    home.route("**/recherche/suggestions?q=ca*", answer("/questions/right", "La bonne"))
    field = home.get_by_role("combobox")
    field.fill("virement")
    home.wait_for_timeout(250)  # the first question has left
    field.fill("carte")
    expect(home.get_by_role("option")).to_have_text(["La bonne"])
    home.wait_for_timeout(600)
    expect(home.get_by_role("option")).to_have_text(["La bonne"])


def test_nothing_of_an_answer_is_taken_as_markup(home: Page) -> None:
    nasty = '&lt;img src=x onerror="document.title=1"&gt;<img src="x" onerror="document.title=1"><b>gras</b>'
    home.route("**/recherche/suggestions?*", answer("https://evil.example/questions/x", nasty))
    title = home.title()
    home.get_by_role("combobox").fill("carte")
    expect(home.get_by_role("option")).to_have_count(1)
    assert home.locator(f"{OPTION} *").count() == 0
    assert home.locator(OPTION).get_attribute("data-address") == "/questions/x"
    assert home.title() == title


def test_without_an_answer_from_the_server_the_form_still_works(home: Page) -> None:
    home.route("**/recherche/suggestions?*", lambda route: route.abort())
    typed(home, "carte perdue")
    home.get_by_role("button", name="Rechercher").click()
    home.wait_for_url(re.compile(r"/recherche\?q=carte\+perdue"))


def answer(address: str, words: str, late: float = 0.0) -> Callable[[Route], None]:
    """A far end that answers with one suggestion, after a while."""

    def fulfil(route: Route) -> None:
        time.sleep(late)
        route.fulfill(content_type="text/html", body=f'<p data-count>1 suggestion.</p><a href="{address}">{words}</a>')

    return fulfil
