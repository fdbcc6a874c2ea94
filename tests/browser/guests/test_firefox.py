"""The widget in Firefox, every third-party cookie and storage refused: a second engine, on two host names."""

import re
from collections.abc import Iterator

import pytest

from tests.browser.firefox import Firefox, firefox
from tests.browser.guests.conftest import TEXT, WATCHING, Guest

pytestmark = pytest.mark.slow
PANEL = "[...document.querySelectorAll('div')].find((each) => each.shadowRoot?.querySelector('dialog'))"
FLOATING = "[...document.querySelectorAll('div')].find((each) => each.shadowRoot?.querySelector('.float'))"


@pytest.fixture(scope="module")
def fox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with firefox(tmp_path_factory.mktemp("firefox")) as driver:
        yield driver


@pytest.fixture(autouse=True)
def at_the_top(fox: Firefox) -> Iterator[None]:
    yield
    fox.leave()


def open_panel(fox: Firefox, address: str) -> None:
    """The page, its panel open and heard; the commands that follow are for the frame."""
    fox.goto(address)
    fox.until(f"return {FLOATING}")
    fox.click(".float", fox.run(f"return {FLOATING}"))
    fox.until("return said.some(([name]) => name === 'ready')")
    fox.enter("iframe", fox.run(f"return {PANEL}"))


def page(guest: Guest, path: str, partner: str = "rivage") -> str:
    guest.pages["/watch.js"] = WATCHING.split("window.shifts")[0] + "window.thrown = [];" + HEARD
    watch = '<script src="/watch.js"></script>'
    link = guest.link().replace('data-partner="rivage"', f'data-partner="{partner}"')
    return guest.put(path, TEXT + link + guest.script, head=watch)


HEARD = "addEventListener('error', (event) => thrown.push(event.message));"


def test_from_a_question_to_a_receipt_in_firefox(fox: Firefox, guest: Guest) -> None:
    open_panel(fox, page(guest, "/firefox"))
    stored = "try { document.cookie = 'a=1'; localStorage.b = 1; return 'stored' } catch (error) { return error.name }"
    assert fox.run(stored) == "SecurityError"
    assert fox.run("return document.cookie") == ""
    fox.type("#q", "mon virement est refusé\ue007")
    fox.until("return document.querySelector('h1')?.textContent.includes('mon virement est refusé')")
    fox.click(".results a")
    fox.find(".summary")
    fox.click("nav a[href$='/contact']")
    fox.click("main a[href$='/ecrire/demande']")
    fox.click("#x_subject option:nth-of-type(2)")
    fox.type("textarea[name=message]", "Mon virement vers un nouveau bénéficiaire est refusé depuis hier matin.")
    fox.type("#name", "Camille Durand")
    fox.type("#email", "camille.durand@example.org")
    fox.click("form.request > .form-send button")
    fox.until("return document.querySelector('.reference, .before-sending')")
    if fox.run("return document.querySelector('.before-sending')"):
        fox.click(".before-sending button")
    reference = fox.text(".reference").strip()
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]", reference)
    fox.leave()
    fox.until("return said.some(([name]) => name === 'sent')")
    assert {name for name, _ in fox.run("return said")} == {"open", "ready", "answered", "sent"}
    assert fox.run("return thrown") == []
    assert "rivage" in guest.product.arrived(reference).as_string()
    assert fox.ask("WebDriver:GetCookies") == []


def test_in_firefox_the_focus_enters_and_comes_back(fox: Firefox, guest: Guest) -> None:
    open_panel(fox, page(guest, "/firefox-focus"))
    fox.click("#q")
    fox.press("escape")
    fox.leave()
    fox.until("return said.some(([name]) => name === 'close')")
    assert fox.run(f"return {PANEL}.shadowRoot.querySelector('dialog').open") is False
    assert fox.run(f"return document.activeElement === {FLOATING}")


def test_firefox_refuses_the_frame_of_a_stranger_and_the_link_is_there(fox: Firefox, guest: Guest) -> None:
    page(guest, "/firefox-stranger")
    fox.goto(f"{guest.stranger}/firefox-stranger")
    fox.until(f"return {FLOATING}")
    fox.click(".float", fox.run(f"return {FLOATING}"))
    fox.until(f"return !{PANEL}.shadowRoot.querySelector('[role=status]').hidden")
    assert fox.run(f"return {PANEL}.shadowRoot.querySelector('[role=status] a').href") == f"{guest.product.url}/"
    assert [name for name, _ in fox.run("return said")] == ["open"]
