"""Every type of page inside the open panel: accessible in both schemes, whole when enlarged; the keyboard alone."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.browser.axe import RULES, RUN
from tests.browser.conftest import AXE, DESK, PHONE, context
from tests.browser.guests.conftest import TEXT, WATCHING, Guest, HostMaker
from tests.browser.guests.test_widget import opened
from tests.browser.pages import MESSAGE, ONE_EACH, PAGES, PageType
from tests.browser.test_keyboard import assert_in_sight
from tests.writing import REFERENCE

ENLARGED = {"width": 320, "height": 256}  # 1280 × 1024 enlarged four times (WCAG 1.4.10)
NOT_FRAMED = ("for owners of sites", "error 405")  # of the hub alone; a POST to the hub, which no site may frame
ENGLISH = ("English home", "English article", "English form")
KINDS = [each for each in ONE_EACH if each.name not in NOT_FRAMED] + [each for each in PAGES if each.name in ENGLISH]
REVIEWED = (
    "due to a background gradient",  # the home page's band: both its ends are the accent, checked when published
    "partially overlaps other elements",  # the open list of suggestions lies over the page, on a ground of its own
    "because it is overlapped by another element",  # what that list covers
)


@dataclass
class Panel:
    """A host's page whose panel is open, and the frame in it."""

    page: Page
    frame: Frame
    url: str


@pytest.fixture(scope="module")
def panel(strict: Browser, guest: Guest) -> Iterator[Panel]:
    """One panel for all page types. The policy is set aside for axe's script and so for the frame's ancestors too."""
    made = context(strict, viewport=DESK, bypass_csp=True, reduced_motion="reduce")
    made.add_init_script(WATCHING)
    page = made.new_page()
    opened(page, guest.put("/panel", TEXT + guest.link() + guest.script))
    yield Panel(page, page.frames[-1], f"{guest.product.url}/integration/rivage")
    made.close()


@pytest.fixture(scope="module", params=KINDS, ids=lambda each: each.name)
def shown(request: pytest.FixtureRequest, panel: Panel) -> Panel:
    panel.page.set_viewport_size(DESK)  # type: ignore[arg-type]
    kind: PageType = request.param
    kind.open(panel.frame, panel.url)  # type: ignore[arg-type]  # a frame has what a page type asks of a page
    assert panel.frame.locator("body.framed").count() == 1
    return panel


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(shown: Panel, scheme: str) -> None:
    shown.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    shown.frame.evaluate("() => scrollTo(0, 0)")
    if not shown.frame.evaluate("() => 'axe' in window"):
        shown.frame.evaluate(AXE.read_text(encoding="utf-8"))
    found = shown.frame.evaluate(RUN, RULES)
    assert found["violations"] == []
    assert [each for each in found["doubts"] if not each.endswith(REVIEWED)] == []
    assert found["passes"] >= 15


@pytest.mark.parametrize("size", [PHONE, ENLARGED], ids=["390 px", "400 %"])
def test_nothing_is_lost_on_a_phone_or_enlarged_four_times(shown: Panel, size: dict[str, int]) -> None:
    page, frame = shown.page, shown.frame
    page.set_viewport_size(size)  # type: ignore[arg-type]
    assert page.locator("dialog").bounding_box() == {"x": 0, "y": 0, **size}
    assert page.evaluate(HEADER) == []
    frame.wait_for_function("(width) => innerWidth === width", arg=size["width"])  # told after the page around it
    assert frame.evaluate("() => innerHeight") >= size["height"] - 64, "the title bar takes the room of the answer"
    assert frame.evaluate("() => probes.scrolls()") <= size["width"]
    assert frame.evaluate("() => probes.clipped()") == []
    assert frame.evaluate("() => probes.overlapping()") == []
    frame.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    assert frame.evaluate(LAST), "the end of the page cannot be reached"


HEADER = """() => {
  const shadows = [...document.querySelectorAll("div")].map((each) => each.shadowRoot);
  const root = shadows.find((each) => each?.querySelector("dialog"));
  return [...root.querySelectorAll("header > *")].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.left < 0 || box.right > innerWidth || box.height < 44 && each.matches("a, button")
      || each.scrollWidth > each.clientWidth + 1;
  }).map((each) => each.outerHTML);
}"""
LAST = """() => {
  const box = document.querySelector("footer li:last-child a").getBoundingClientRect();
  return box.bottom <= innerHeight + 1 && box.top >= 0;
}"""


def tab_to(page: Page, frame: Frame, css: str) -> None:
    """Press Tab until the focus is on `css` in the frame; each stop there is seen."""
    for _ in range(80):
        page.keyboard.press("Tab")
        here = frame.evaluate("() => document.hasFocus() ? probes.focus() : null")
        if here:
            assert_in_sight(here)
        if here and frame.evaluate("(css) => document.activeElement.matches(css)", css):
            return
    raise AssertionError(f"Tab never came to {css}")


@pytest.mark.parametrize("size", [DESK, ENLARGED], ids=["1280 px", "400 %"])
def test_the_whole_journey_in_the_panel_needs_no_mouse(guest: Guest, host: HostMaker, size: dict[str, int]) -> None:
    page = host(viewport=size, reduced_motion="reduce").page
    keys = page.keyboard
    page.goto(guest.put("/keys-only", TEXT + guest.link('data-mode="link"') + guest.script))
    page.wait_for_function("() => window.Guichet")
    keys.press("Tab")
    keys.press("Enter")
    page.wait_for_function("() => said.some(([name]) => name === 'ready')")
    frame = page.frames[-1]
    tab_to(page, frame, "#q")
    keys.type("mon virement est refusé")
    keys.press("Enter")
    frame.wait_for_url("**/recherche?**")
    tab_to(page, frame, ".results a")
    keys.press("Enter")
    frame.wait_for_url("**/questions/*")
    tab_to(page, frame, "a[href$='/contact']")
    keys.press("Enter")
    frame.wait_for_url("**/contact")
    tab_to(page, frame, "a[href$='/ecrire/demande']")
    keys.press("Enter")
    frame.wait_for_url("**/ecrire/demande")
    for name, text in (
        ("x_subject", "Un virement"),
        ("message", MESSAGE),
        ("name", "Mélusine"),
        ("email", "m@example.org"),
    ):
        tab_to(page, frame, f"[name={name}]")
        keys.type(text)
    expect(frame.locator("[data-answers-here] a").first).to_be_visible()
    tab_to(page, frame, "form.request button")
    keys.press("Enter")
    frame.wait_for_url("**/ecrire/recu/*")
    assert REFERENCE.search(frame.locator("main").inner_text())
    page.wait_for_function("() => said.some(([name]) => name === 'sent')")
    keys.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("() => document.activeElement.id") == "help"
