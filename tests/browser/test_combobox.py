"""Suggestions while typing: the editable combobox of the ARIA Authoring Practices, from the keyboard and by ear."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import DESK, NewPage
from tests.product import Product

OPTIONS = "[role=option]"


@pytest.fixture
def page(new_page: NewPage, product: Product) -> Page:
    opened = new_page(viewport=DESK)
    opened.goto(product.url)
    return opened


def typed(page: Page, words: str) -> None:
    page.locator("#q").press_sequentially(words)
    expect(page.locator(OPTIONS).first).to_be_visible()


def active(page: Page) -> str:
    """The text of the option that the field names as active, or ""."""
    named = page.locator("#q").get_attribute("aria-activedescendant")
    return page.locator(f"#{named}").inner_text() if named else ""


def test_the_field_tells_what_it_is_and_announces_what_it_found(page: Page) -> None:
    field = page.get_by_role("combobox", name="Votre question")
    expect(field).to_have_attribute("aria-expanded", "false")
    typed(page, "virement")
    expect(field).to_have_attribute("aria-expanded", "true")
    listed = field.get_attribute("aria-controls")
    expect(page.locator(f"#{listed}")).to_have_attribute("role", "listbox")
    count = page.locator(OPTIONS).count()
    assert 1 < count <= 6
    expect(page.locator("form[role=search] [role=status]")).to_contain_text(f"{count} suggestions")
    assert page.locator("#q").evaluate("each => document.activeElement === each")


def test_a_screen_reader_hears_the_list(page: Page) -> None:
    typed(page, "plafond carte")
    page.keyboard.press("ArrowDown")
    heard = page.locator("form[role=search]").aria_snapshot()
    for role in ('combobox "Votre question"', 'listbox "Suggestions"', "[selected]", "status"):
        assert role in heard


def test_arrows_walk_through_the_list_and_round(page: Page) -> None:
    typed(page, "virement")
    texts = page.locator(OPTIONS).all_inner_texts()
    walked = []
    for _ in range(len(texts) + 2):
        page.keyboard.press("ArrowDown")
        walked.append(active(page))
    assert walked == [*texts, "", texts[0]]
    expect(page.locator("[aria-selected=true]")).to_have_count(1)
    page.keyboard.press("ArrowUp")
    assert active(page) == ""
    page.keyboard.press("ArrowUp")
    assert active(page) == texts[-1]
    page.keyboard.press("Home")
    assert active(page) == ""


def test_escape_closes_the_list_then_empties_the_field(page: Page) -> None:
    typed(page, "virement")
    page.keyboard.press("Escape")
    expect(page.locator(OPTIONS)).to_have_count(0)
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#q")).to_have_value("virement")
    page.keyboard.press("Escape")
    expect(page.locator("#q")).to_have_value("")


def test_enter_without_a_choice_searches(page: Page) -> None:
    typed(page, "virement")
    page.keyboard.press("Enter")
    page.wait_for_url("**/recherche?q=virement")


def test_enter_on_a_choice_opens_its_answer(page: Page) -> None:
    typed(page, "virement")
    page.keyboard.press("ArrowDown")
    wanted = active(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/questions/*")
    expect(page.locator("h1")).to_have_text(wanted)


def test_a_click_opens_the_answer_too(page: Page) -> None:
    typed(page, "virement")
    page.locator(OPTIONS).nth(1).click()
    page.wait_for_url("**/questions/*")


def test_leaving_the_field_closes_the_list_and_nothing_moves(page: Page) -> None:
    typed(page, "virement")
    page.keyboard.press("Tab")
    expect(page.locator(OPTIONS)).to_have_count(0)
    assert page.url.endswith("/")


def test_a_late_answer_to_an_older_question_is_dropped(page: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/suggestions?q=carte", hold)
    page.locator("#q").fill("carte")
    page.wait_for_timeout(400)
    page.locator("#q").fill("virement")
    expect(page.locator(OPTIONS).first).to_contain_text("irement")
    shown = page.locator(OPTIONS).all_inner_texts()
    assert len(held) == 1
    held[0].continue_()
    page.wait_for_timeout(400)
    assert page.locator(OPTIONS).all_inner_texts() == shown


def test_an_answer_that_comes_after_leaving_opens_nothing(page: Page) -> None:
    held: list[Route] = []
    page.route("**/suggestions?q=*", lambda route: held.append(route))
    page.locator("#q").fill("virement")
    page.wait_for_timeout(400)
    page.keyboard.press("Tab")
    assert held
    held[0].continue_()
    page.wait_for_timeout(300)
    expect(page.locator(OPTIONS)).to_have_count(0)


def test_a_server_in_trouble_leaves_the_plain_search(page: Page) -> None:
    page.route("**/suggestions?q=*", lambda route: route.fulfill(status=503))
    page.locator("#q").fill("virement")
    page.wait_for_timeout(400)
    expect(page.locator(OPTIONS)).to_have_count(0)
    page.keyboard.press("Enter")
    page.wait_for_url("**/recherche?q=virement")


def test_one_question_for_words_typed_in_one_go(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "suggestions" in request.url else None)
    typed(page, "plafond")
    page.wait_for_timeout(300)
    assert 1 <= len(asked) <= 2


def test_nothing_found_is_said(page: Page) -> None:
    page.locator("#q").fill("zzzzqqqq")
    expect(page.locator("form[role=search] [role=status]")).to_contain_text("Aucune suggestion")
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "false")


def test_nothing_of_an_answer_is_taken_as_markup(page: Page) -> None:
    nasty = '&lt;img src=x onerror="document.title=1"&gt;<img src="x" onerror="document.title=1"><b>gras</b>'
    body = f'<p data-count>1 suggestion.</p><a href="https://evil.example/questions/x">{nasty}</a>'
    page.route("**/suggestions?q=*", lambda route: route.fulfill(content_type="text/html", body=body))
    title = page.title()
    page.locator("#q").fill("carte")
    expect(page.locator(OPTIONS)).to_have_count(1)
    assert page.locator(f"{OPTIONS} *").count() == 0
    assert page.locator(OPTIONS).get_attribute("data-address") == "/questions/x"
    assert page.title() == title


def test_an_urgent_number_is_the_first_suggestion_heard_and_called_from_the_keyboard(page: Page) -> None:
    typed(page, "on m'a volé ma carte")
    first = page.locator(OPTIONS).first
    expect(first).to_have_class("is-call")
    expect(first).to_have_text("Carte perdue ou volée : 01 99 00 10 10")
    expect(page.locator("form[role=search] [role=status]")).to_contain_text("Cela semble urgent. Carte perdue ou volée")
    page.keyboard.press("ArrowDown")
    assert "01" in active(page)
    assert first.get_attribute("data-address") == "tel:0199001010"


def test_only_a_number_is_called(page: Page) -> None:
    body = '<p data-count>1</p><a data-call href="javascript:alert(1)">x <b>1</b></a><a href="tel:0199001010,9">y</a>'
    page.route("**/suggestions?q=*", lambda route: route.fulfill(content_type="text/html", body=body))
    typed(page, "carte")
    addresses = [each.get_attribute("data-address") for each in page.locator(OPTIONS).all()]
    assert addresses == ["alert(1)", "0199001010,9"], "neither a script nor a number with tones"
