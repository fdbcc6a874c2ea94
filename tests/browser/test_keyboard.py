"""With the keyboard alone: every page in its reading order, no trap, the focus always in sight; a whole journey."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, NewPage
from tests.browser.pages import MESSAGE, ONE_EACH, PageType
from tests.product import Product
from tests.writing import REFERENCE

_SAME_CONTROLS = (
    *("home, suggestions open", "theme", "search, nothing", "search, empty", "branches, none found"),
    *("legal", "accessibility", "form, request", "form, answers while typing", "error 405"),
)
WALKED = [kind for kind in ONE_EACH if kind.name not in _SAME_CONTROLS]
AT_A_DESK = ("home", "article", "form, complaint")  # those whose columns differ from a phone's
MOST = 150  # presses of Tab on the longest page


def stop(page: Page) -> dict[str, Any] | None:
    """Where the focus is now; None when it has left the page."""
    found: dict[str, Any] | None = page.evaluate("() => probes.focus()")
    return found


def tab_to(page: Page, words: str, log: list[str]) -> None:
    """Press Tab until the focus is on what `words` name, keeping the names of all stops in `log`."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        here = stop(page)
        name = here["name"] if here else "(browser)"
        log.append(name)
        if here:
            assert_in_sight(here)
        if words in name:
            return
    raise AssertionError(f"Tab never came to {words}: {log}")


def assert_in_sight(here: dict[str, Any]) -> None:
    assert here["outlined"], f"no outline on {here['name']}"
    assert here["differs"], f"focus makes no difference on {here['name']}"
    assert here["inside"], f"{here['name']} is out of the window"
    assert not here["covered"], f"{here['name']} is hidden behind something"


@pytest.mark.parametrize(
    ("kind", "size"),
    [(kind, PHONE) for kind in WALKED] + [(kind, DESK) for kind in WALKED if kind.name in AT_A_DESK],
    ids=lambda each: getattr(each, "name", "") or f"{each['width']} px",
)
def test_tab_visits_everything_once_in_reading_order(
    new_page: NewPage, product: Product, kind: PageType, size: dict[str, int]
) -> None:
    page = new_page(viewport=size, reduced_motion="reduce")
    kind.open(page, product.url)
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0) }")
    page.locator("body").evaluate("body => { body.tabIndex = -1; body.focus(); body.removeAttribute('tabindex') }")
    expected = page.evaluate("() => probes.stops()")
    visited = []
    for _ in range(MOST):
        page.keyboard.press("Tab")
        here = stop(page)
        if here is None:
            break
        assert_in_sight(here)
        visited.append(here)
    assert len(visited) < MOST, "the focus never leaves the page"
    places = [each["place"] for each in visited]
    assert places == sorted(set(places)), "out of order, or twice"
    assert [each["name"] for each in visited] == expected


def test_the_whole_journey_needs_no_mouse(new_page: NewPage, product: Product) -> None:
    page = new_page(viewport=DESK, reduced_motion="reduce")
    keys, log = page.keyboard, []
    page.goto(product.url)
    tab_to(page, "input[search]", log)
    keys.type("délai virement")
    expect(page.locator("[role=option]").first).to_be_visible()
    keys.press("ArrowDown")
    keys.press("Enter")
    page.wait_for_url("**/questions/*")
    log.append("— article —")
    tab_to(page, "button[submit] Oui", log)
    keys.press("Enter")
    expect(page.locator("#opinion-thanks")).to_be_focused()
    tab_to(page, "a Nous écrire", log)
    keys.press("Enter")
    page.wait_for_url("**/ecrire")
    log.append("— nature —")
    tab_to(page, "Faire une demande", log)
    keys.press("Enter")
    page.wait_for_url("**/ecrire/demande")
    log.append("— form —")
    for control, text in (
        ("[name=x_subject]", "Un virement"),
        ("[name=message]", MESSAGE),
        ("[name=name]", "Mélusine"),
        ("[name=email]", "melusine@example.org"),
    ):
        while not page.locator(control).evaluate("each => each === document.activeElement"):
            tab_to(page, "", log)
            assert len(log) < 4 * MOST
        keys.type(text)
    expect(page.locator("[data-answers-here] a").first).to_be_visible()
    tab_to(page, "Envoyer ma demande", log)
    keys.press("Enter")
    page.wait_for_url("**/ecrire/recu/*")
    print("\n".join(log))
    assert REFERENCE.search(page.locator("main").inner_text())


def test_shift_tab_goes_the_same_way_back(new_page: NewPage, product: Product) -> None:
    page = new_page(viewport=DESK)
    page.goto(product.url + "/ecrire/demande")
    page.locator("body").evaluate("body => { body.tabIndex = -1; body.focus(); body.removeAttribute('tabindex') }")
    there, back = [], []
    for _ in range(8):
        page.keyboard.press("Tab")
        there.append(page.evaluate("() => probes.focus().place"))
    for _ in range(7):
        page.keyboard.press("Shift+Tab")
        back.append(page.evaluate("() => probes.focus().place"))
    assert back == there[-2::-1]


def test_neither_focus_nor_typing_changes_the_page(new_page: NewPage, product: Product) -> None:
    page = new_page(viewport=DESK)
    page.goto(product.url + "/ecrire/reclamation")
    for control in page.locator("form.request select").all():
        control.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
    assert page.url.endswith("/ecrire/reclamation")
