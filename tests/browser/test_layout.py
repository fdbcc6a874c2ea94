"""The same pages on a narrow screen, enlarged, with other text spacing, other colours, and on paper."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import context
from tests.browser.pages import ONE_EACH
from tests.product import Product

NARROW = {"width": 320, "height": 640}  # 1280 px enlarged four times (WCAG 1.4.10)
OURS, THEIRS = 44, 24  # CSS px: our own bound, and that of WCAG 2.5.8
SPACING = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }
"""  # WCAG 1.4.12
NATIVE = ("input[radio]", "input[checkbox]")


@pytest.fixture(scope="module")
def small(browser: Browser) -> Iterator[Page]:
    made = context(browser, viewport=NARROW, bypass_csp=True)  # the tests' own style sheets must get in
    yield made.new_page()
    made.close()


@pytest.fixture(scope="module", params=ONE_EACH, ids=lambda each: each.name)
def narrow(request: pytest.FixtureRequest, small: Page, product: Product) -> Page:
    small.emulate_media(forced_colors="none", reduced_motion="no-preference", media="screen")
    small.set_viewport_size(NARROW)  # type: ignore[arg-type]
    request.param.open(small, product.url)
    return small


def wider_than_the_screen(page: Page) -> list[str]:
    """Who makes the page scroll sideways, if it does."""
    width = page.viewport_size["width"]  # type: ignore[index]
    if page.evaluate("() => probes.scrolls()") <= width:
        return []
    found: list[str] = page.evaluate("() => probes.wide()")
    return found or ["something"]


def styled(page: Page, css: str) -> Any:
    return page.add_style_tag(content=css)


def test_it_needs_no_sideways_scrolling_at_320_px(narrow: Page) -> None:
    assert wider_than_the_screen(narrow) == []
    assert narrow.evaluate("() => probes.overlapping()") == []
    assert narrow.evaluate("() => probes.clipped()") == []


def test_a_finger_can_hit_everything(narrow: Page) -> None:
    found = narrow.evaluate("() => probes.targets()")
    assert len(found) > 10
    assert [each for each in found if min(each[2:]) < THEIRS] == []
    # What editors write stays text; everything that we draw is made for a thumb.
    assert [each for each in found if each[0] == "control" and each[3] < OURS] == []


def test_wider_text_spacing_cuts_nothing_off(narrow: Page) -> None:
    style = styled(narrow, SPACING)
    assert wider_than_the_screen(narrow) == []
    assert narrow.evaluate("() => probes.clipped()") == []
    assert narrow.evaluate("() => probes.overlapping()") == []
    style.evaluate("each => each.remove()")


def test_text_twice_as_large_stays_whole(narrow: Page) -> None:
    narrow.set_viewport_size({"width": 640, "height": 800})
    style = styled(narrow, "html { font-size: 200% !important }")
    assert wider_than_the_screen(narrow) == []
    assert narrow.evaluate("() => probes.clipped()") == []
    assert narrow.evaluate("() => probes.overlapping()") == []
    style.evaluate("each => each.remove()")
    narrow.set_viewport_size(NARROW)  # type: ignore[arg-type]


def test_nothing_moves_for_those_who_asked_for_no_motion(narrow: Page) -> None:
    narrow.emulate_media(reduced_motion="reduce")
    assert narrow.evaluate("() => probes.animations()") == 0


def test_controls_keep_an_edge_in_forced_colours(narrow: Page) -> None:
    narrow.emulate_media(forced_colors="active")
    edgeless = narrow.evaluate(
        """() => [...document.querySelectorAll(".button, input:not([type=hidden]):not([type=radio]), select, textarea")]
          .filter((each) => each.checkVisibility() && !each.closest(".trap"))
          .filter((each) => {
            const framed = [each, each.parentElement].some((box) => {
              const style = getComputedStyle(box);
              return style.borderTopStyle !== "none" && parseFloat(style.borderTopWidth) >= 1;
            });
            return !framed;
          }).map((each) => each.outerHTML.slice(0, 80))"""
    )
    assert edgeless == []


def test_paper_holds_the_content_and_no_navigation(narrow: Page) -> None:
    narrow.emulate_media(media="print", forced_colors="none")
    assert narrow.evaluate("() => probes.visible('nav, form.search, .opinion, .skip:not(:focus), [data-print]')") == []
    assert narrow.locator("h1").is_visible()
    assert narrow.evaluate("() => probes.visible('.urgent-strip a')")
