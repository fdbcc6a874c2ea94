"""Typed with slips of the thumb, in the search box and in the form: the answer is found, and what was read is told."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, NewPage
from tests.browser.pages import fill, press_send
from tests.product import Product
from tests.writing import REFERENCE

SLIPS = [  # as fingers and ears write it, what answers, and the word that is put right
    ("vriement instantanné", "virement-instantane", "virement"),
    ("mon plafon de carte bnacaire", "plafond-carte", "plafond"),
    ("identifient oublié pour me conecter", "identifiant-mot-de-passe-oublie", "identifiant"),
]


@pytest.mark.parametrize(("typed", "answer", "right"), SLIPS)
def test_the_search_box_suggests_through_the_slips(
    new_page: NewPage, product: Product, typed: str, answer: str, right: str
) -> None:
    page = new_page(viewport=PHONE)
    page.goto(product.url)
    page.locator("#q").press_sequentially(typed)
    expect(page.locator("[role=option]").first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/recherche?q=*")
    assert str(page.locator(".results h3 a").first.get_attribute("href")).startswith(f"/questions/{answer}")
    expect(page.locator(".did-you-mean")).to_contain_text(right)


def test_without_a_script_the_same_words_find_the_same(new_page: NewPage, product: Product) -> None:
    page = new_page(viewport=PHONE, java_script_enabled=False)
    page.goto(product.url)
    typed, answer, right = SLIPS[0]
    page.locator("#q").fill(typed)
    page.locator("form[role=search] button").click()
    assert str(page.locator(".results h3 a").first.get_attribute("href")).startswith(f"/questions/{answer}")
    page.locator(".did-you-mean a").click()
    expect(page.locator("#q")).to_have_value(right + " instantané")


def test_what_is_read_from_the_form_reaches_the_agent(new_page: NewPage, product: Product) -> None:
    page = new_page(viewport=PHONE)
    page.goto(product.url + "/ecrire/demande")
    fill(page, message="")
    page.locator("textarea[name=message]").press_sequentially("je voudrai ogmenter le plafon de ma carte bnacaire")
    link = page.locator("[data-answers-here] a[data-article=plafond-carte]")
    expect(link).to_be_visible()
    with page.context.expect_page() as opened:
        link.click()
    _say_it_did_not_help(opened.value)
    page.wait_for_function("() => document.querySelector('[data-trail]').value.includes('n.plafond-carte')")
    press_send(page)
    page.wait_for_url("**/ecrire/recu/*")
    found = REFERENCE.search(page.locator("main").inner_text())
    assert found
    letter = product.arrived(found[0]).get_content()
    assert "Lu, jugé insuffisant : " in letter


def test_a_journey_without_scripts_tells_it_too(new_page: NewPage, product: Product) -> None:
    page = new_page(viewport=PHONE, java_script_enabled=False)
    page.goto(product.url + "/recherche?q=comment+faire+une+reclamation")
    page.locator(".results h3 a").first.click()
    page.locator(".next .button").click()
    trail = page.locator("[data-trail]").get_attribute("value") or ""
    assert trail.endswith("o.faire-une-reclamation")
    assert page.context.cookies() == []


def _say_it_did_not_help(article: Page) -> None:
    article.wait_for_load_state("load")
    article.locator("[data-opinion] summary").click()
    article.get_by_role("button", name="Ma question n’est pas traitée").click()
    expect(article.locator("#opinion-thanks")).to_be_visible()
    article.close()
