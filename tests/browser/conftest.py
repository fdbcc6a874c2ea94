"""Debian's Chromium, driven by Playwright: one browser for the session, contexts that watch what pages do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, sync_playwright

HERE = Path(__file__).resolve().parent
CHROMIUM = "/usr/bin/chromium"
QUIET = [
    # Root in a container has no sandbox; the rest keeps Chromium from calling its maker.
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
]
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
PROBES = (HERE / "probes.js").read_text(encoding="utf-8")
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class Watch:
    """What a context's pages said and asked for."""

    console: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def on(self, context: BrowserContext) -> "Watch":
        context.on("console", self._said)
        context.on("weberror", lambda error: self.console.append(f"exception: {error.error}"))
        context.on("request", lambda request: self.asked.append(request.url))
        return self

    def _said(self, message: Any) -> None:
        own = message.location.get("url", "") == message.page.url
        if message.type in ("error", "warning") and not (own and "the server responded with a status" in message.text):
            self.console.append(f"{message.type}: {message.text}")

    def foreign(self, url: str) -> list[str]:
        """Requests to any other host than the product's."""
        ours = urlsplit(url).netloc
        return [each for each in self.asked if urlsplit(each).scheme != "data" and urlsplit(each).netloc != ours]


def is_document(request: Request) -> bool:
    return request.resource_type == "document"


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
    yield started
    started.close()


NewPage = Callable[..., Page]


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """A function: a page in a fresh context, with Playwright's options (``viewport``, ``java_script_enabled``, …)."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> Page:
        contexts.append(context(browser, **options))
        return contexts[-1].new_page()

    yield make
    for each in contexts:
        each.close()


def context(browser: Browser, **options: Any) -> BrowserContext:
    """A context of a French visitor, with the probes in every page."""
    made = browser.new_context(**{"viewport": PHONE, "locale": "fr-FR", **options})
    made.add_init_script(PROBES)
    made.set_default_timeout(10_000)
    return made
