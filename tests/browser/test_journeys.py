"""The three journeys of a customer: a question to its answer, an urgency to the telephone, a request to its receipt.

On a phone and at a desk, with and without scripts, in a browser that blocks every cookie and all storage: more than
third-party storage, which is what a page inside somebody's frame would lose.
"""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from tests.browser.conftest import CHROMIUM, DESK, PHONE, QUIET
from tests.browser.pages import MESSAGE, fill
from tests.product import Product
from tests.writing import REFERENCE

BLOCKED = {"profile": {"default_content_setting_values": {"cookies": 2}, "block_third_party_cookies": True}}


@pytest.fixture(scope="module", params=[True, False], ids=["scripts", "no scripts"])
def blocking(
    request: pytest.FixtureRequest, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """A browser of its own, whose profile keeps nothing for any site."""
    profile = tmp_path_factory.mktemp("profile")
    (profile / "Default").mkdir()
    (profile / "Default" / "Preferences").write_text(json.dumps(BLOCKED), encoding="utf-8")
    context = playwright.chromium.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=QUIET, locale="fr-FR", java_script_enabled=request.param
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture(params=[PHONE, DESK], ids=["390 px", "1280 px"])
def page(request: pytest.FixtureRequest, blocking: BrowserContext) -> Iterator[Page]:
    opened = blocking.new_page()
    opened.set_viewport_size(request.param)
    yield opened
    opened.close()


@pytest.fixture
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browser of this test runs scripts."""
    runs: bool = request.node.callspec.params["blocking"]
    return runs


def search(page: Page, url: str, question: str) -> None:
    page.goto(url)
    page.get_by_label("Votre question").fill(question)
    page.get_by_role("button", name="Rechercher").click()
    page.wait_for_url("**/recherche?*")


def in_view(page: Page, selector: str) -> bool:
    """Whether an eye sees it without scrolling."""
    box = page.locator(selector).first.bounding_box()
    size = page.viewport_size
    assert size is not None
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= size["height"]


def test_the_browser_really_blocks_everything(page: Page, product: Product, scripts: bool) -> None:
    if scripts:
        page.goto(product.url)
        assert page.evaluate("() => { document.cookie = 'a=b'; return document.cookie }") == ""
        assert page.evaluate("() => { try { localStorage; return 'open' } catch { return 'closed' } }") == "closed"
    else:
        page.set_content("<noscript><p>off</p></noscript>")
        expect(page.locator("p")).to_have_text("off")


def test_a_question_finds_its_answer_and_an_opinion_is_thanked(page: Page, product: Product) -> None:
    search(page, product.url, "combien de temps pour un virement")
    page.locator("ol.results a").first.click()
    page.wait_for_url("**/questions/*")
    expect(page.locator("h1")).to_contain_text(re.compile("virement", re.IGNORECASE))
    assert in_view(page, "h1")
    page.get_by_role("button", name="Oui", exact=True).click()
    # The same visitor comes with four browsers, and is counted once a day.
    expect(page.locator("#opinion-thanks")).to_contain_text(re.compile("Merci|déjà compté"))


def test_a_stolen_card_leads_to_the_telephone_at_once(page: Page, product: Product) -> None:
    page.goto(product.url)
    assert in_view(page, ".urgent-strip a[href='tel:0199001010']")
    search(page, product.url, "on m'a volé ma carte")
    number = "main a[href='tel:0199001010']"
    assert in_view(page, number)
    expect(page.locator(number).first).to_contain_text("01 99 00 10 10")
    expect(page.locator("main .state").first).to_contain_text("Ouvert")
    page.mouse.wheel(0, 5_000)
    assert in_view(page, ".urgent-strip a[href='tel:0199001010']")


def test_a_person_is_two_presses_away_from_any_answer(page: Page, product: Product) -> None:
    page.goto(product.url + "/questions/comprendre-les-agios")
    page.locator("header").get_by_role("link", name="Contact", exact=True).click()
    page.wait_for_url("**/contact")
    expect(page.locator("main a[href^='tel:']").first).to_be_visible()


def test_a_request_ends_with_a_receipt_and_a_letter(page: Page, product: Product, scripts: bool) -> None:
    page.goto(product.url)
    page.locator("footer").get_by_role("link", name="Nous écrire").click()
    page.get_by_role("link", name="Faire une demande").click()
    page.wait_for_url("**/ecrire/demande")
    fill(page, phone="06 39 98 12 34")
    if scripts:  # the answers come while the message is typed, so one press is enough
        expect(page.locator("[data-answers-here] a").first).to_be_visible()
    page.get_by_role("button", name="Envoyer ma demande").last.click()
    if not scripts:  # the answers come on a page before sending, everything still typed
        expect(page.locator(".before-sending a").first).to_be_visible()
        expect(page.locator("textarea[name=message]")).to_have_value(MESSAGE)
        page.get_by_role("button", name="Envoyer quand même").click()
    page.wait_for_url("**/ecrire/recu/*")
    found = REFERENCE.search(page.locator("main").inner_text().replace(" ", " "))
    assert found
    letter = product.arrived(found[0])
    assert "melusine@example.org" in letter["Reply-To"]


def test_a_question_without_answer_is_carried_to_the_form(page: Page, product: Product) -> None:
    search(page, product.url, "xylophone zzyzx")
    page.get_by_role("button", name="Poser cette question à un conseiller").click()
    expect(page.locator("textarea[name=message]")).to_have_value("xylophone zzyzx")
    assert "xylophone" not in page.url
