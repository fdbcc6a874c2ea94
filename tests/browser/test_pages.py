"""Every type of page: accessible in both schemes, silent, without a trace in the browser, and well built."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import axe
from tests.browser.conftest import DESK, Watch, context
from tests.browser.pages import PAGES, PageType
from tests.product import Product

ON_THE_BAND = "due to a background gradient"  # measured below
OVER_THE_PAGE = "partially overlaps other elements"  # the open list of suggestions, on a ground of its own
UNDER_THE_LIST = "because it is overlapped by another element"  # what that list covers


@dataclass
class Shown:
    """A page as it stands, with what its context saw on the way."""

    kind: PageType
    page: Page
    watch: Watch
    status: int
    url: str


@pytest.fixture(scope="module")
def desk(browser: Browser) -> Iterator[tuple[Page, Watch]]:
    """One context for all page types: what one page leaves behind, the storage test of the next one finds."""
    made = context(browser, viewport=DESK)
    watch = Watch().on(made)
    yield made.new_page(), watch
    made.close()


@pytest.fixture(scope="module", params=PAGES, ids=lambda each: each.name)
def shown(request: pytest.FixtureRequest, desk: tuple[Page, Watch], product: Product) -> Shown:
    page, watch = desk
    watch.console.clear()
    watch.asked.clear()
    statuses: list[int] = []

    def note(answer: Any) -> None:
        if answer.request.resource_type == "document":
            statuses.append(answer.status)

    page.on("response", note)
    request.param.open(page, product.url)
    page.remove_listener("response", note)
    return Shown(request.param, page, watch, statuses[-1], product.url)


def test_it_is_the_page_we_meant(shown: Shown) -> None:
    assert shown.status == shown.kind.status


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(shown: Shown, scheme: Any) -> None:
    reviewed = (ON_THE_BAND, OVER_THE_PAGE, UNDER_THE_LIST) if "suggestions open" in shown.kind.name else (ON_THE_BAND,)
    axe.check(shown.page, scheme, reviewed)


def test_nothing_is_said_in_the_console_and_no_policy_is_broken(shown: Shown) -> None:
    assert shown.watch.console == []
    assert shown.page.evaluate("() => probes.violations()") == []


def test_nothing_is_kept_in_the_browser_and_nobody_else_is_asked(shown: Shown) -> None:
    assert shown.page.context.cookies() == []
    kept = shown.page.evaluate("() => probes.storage()")
    assert kept == {"cookies": "", "local": 0, "session": 0, "databases": 0, "caches": 0}
    assert shown.watch.foreign(shown.url) == []


def test_headings_are_an_outline(shown: Shown) -> None:
    headings = shown.page.evaluate("() => probes.headings()")
    levels = [level for level, _ in headings]
    assert levels.count(1) == 1
    assert [words for _, words in headings if not words] == []
    # What stands before the h1 (an error summary, an urgent number) is a level of its own.
    after = levels[levels.index(1) :]
    assert [pair for pair in pairwise(after) if pair[1] - pair[0] > 1] == []


def test_landmarks_language_labels_and_ids_are_right(shown: Shown) -> None:
    page = shown.page
    assert page.locator("html").get_attribute("lang") == ("en" if shown.kind.name.startswith("English") else "fr")
    for landmark in ("header", "main", "footer"):
        assert page.locator(f"body > {landmark}").count() == 1
    ids = page.evaluate("() => probes.ids()")
    assert len(ids) == len(set(ids))
    assert page.evaluate("() => probes.unlabelled()") == []
    zoom = page.locator("meta[name=viewport]").get_attribute("content") or ""
    assert "user-scalable" not in zoom
    assert "maximum-scale" not in zoom


def test_the_urgent_numbers_and_the_way_to_a_person_are_on_it(shown: Shown) -> None:
    strip = shown.page.locator(".urgent-strip a[href^='tel:']")
    assert strip.count() >= 2
    assert strip.first.is_visible()
    contact = "/en/contact" if shown.kind.name.startswith("English") else "/contact"
    assert shown.page.locator(f"header a[href='{contact}'], footer a[href='{contact}']").count() >= 2


def test_the_skip_link_comes_first_and_leads_to_the_content(shown: Shown) -> None:
    page = shown.page
    page.evaluate("() => { document.activeElement?.blur(); getSelection().removeAllRanges(); scrollTo(0, 0) }")
    page.locator("body").evaluate("body => { body.tabIndex = -1; body.focus(); body.removeAttribute('tabindex') }")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.matches('.skip')")
    assert page.locator(".skip").is_visible()
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"


def test_no_two_pages_have_the_same_title(browser: Browser, product: Product) -> None:
    made = context(browser, java_script_enabled=False)
    page = made.new_page()
    titles: dict[str, str] = {}
    for kind in PAGES:
        if kind.reach is None:
            kind.open(page, product.url)
            titles.setdefault(page.title(), kind.path)
    made.close()
    assert len(titles) == len([kind for kind in PAGES if kind.reach is None]), titles
