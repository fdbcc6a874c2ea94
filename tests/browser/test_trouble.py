"""Pages of bad days are pages too: nothing published yet, too many requests, a locked database."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.conftest import NewPage
from tests.browser.pages import fill, press_send
from tests.product import Opener, running

FORM = "/ecrire/demande"


def accessible(page: Page) -> None:
    for scheme in ("light", "dark"):
        axe.check(page, scheme)
    assert page.evaluate("() => probes.violations()") == []


def sent_for_good(page: Page, url: str) -> None:
    page.goto(url + FORM)
    fill(page, message="Zzyzx qwxk vvrtz.")
    press_send(page)


def test_before_anything_is_published(new_page: NewPage, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
    nothing = tmp_path / "content"
    nothing.mkdir()
    settings = {"GUICHET_CONTENT": str(nothing), "GUICHET_WORKERS": "1"}
    page = new_page()
    missing: list[str] = []
    page.on("response", lambda answer: missing.append(answer.url) if answer.status == 404 else None)
    with running(command, tmp_path, tmp_path / "index", health=503, **settings) as product:
        answer = page.goto(product.url)
        assert answer is not None
        assert answer.status == 503
        expect(page.locator("h1")).to_have_count(1)
        accessible(page)
        assert missing in ([], [f"{product.url}/favicon.ico"])  # the icon is the bank's, and comes with its content


def test_a_limit_is_explained_accessibly(new_page: NewPage, counter: Opener) -> None:
    url = counter(GUICHET_LIMIT_PER_NETWORK="1").url
    page = new_page()
    sent_for_good(page, url)
    sent_for_good(page, url)
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.locator(".error-summary")).to_contain_text("Trop de messages")
    expect(page.locator("textarea[name=message]")).to_have_value("Zzyzx qwxk vvrtz.")
    accessible(page)


def test_a_locked_database_is_explained_accessibly(new_page: NewPage, counter: Opener) -> None:
    product = counter()
    page = new_page()
    with closing(sqlite3.connect(product.data / "guichet.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        sent_for_good(page, product.url)
        other.execute("ROLLBACK")
    expect(page.locator(".error-summary")).to_contain_text("réessayez dans une minute")
    expect(page.locator("main a[href^='tel:']").first).to_be_visible()
    accessible(page)
    press_send(page)
    page.wait_for_url("**/ecrire/recu/*")
