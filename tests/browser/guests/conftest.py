"""A product whose partners are sites that we run: pages under a strict policy, on host names of their own.

The product is on ``127.0.0.1``, its hosts on ``localhost``, ``autre.localhost`` and ``etranger.localhost``: other sites
for the browser, whose third-party cookies are blocked.
"""

import http.server
import shutil
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.browser.conftest import CHROMIUM, QUIET, Watch, context
from tests.product import ROOT, Product, running

BLOCKED = ["--test-third-party-cookie-phaseout", "--block-third-party-cookies"]
TEXT = "<p>" + "Une page ordinaire d'un autre site, avec du texte autour. " * 6 + "</p>"


@dataclass
class Guest:
    """A host site: `url` is the partner whose forms open in the frame, `other` in a tab, `stranger` is nobody."""

    url: str
    other: str
    stranger: str
    product: Product
    pages: dict[str, str] = field(default_factory=dict)
    policy: str = ""

    def put(self, path: str, body: str, *, lang: str = "fr", head: str = "") -> str:
        """Serve a page at `path`: `body` in an ordinary page, the widget's script at its end."""
        self.pages[path] = (
            f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>Hôte</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">{head}'
            f'<link rel="stylesheet" href="/host.css"><main><h1>Un autre site</h1>{body}</main>'
        )
        return f"{self.url}{path}"

    @property
    def script(self) -> str:
        return f'<script src="{self.product.url}/widget.js" async></script>'

    def link(self, attributes: str = "") -> str:
        return (
            f'<p><a id="help" href="{self.product.url}/" data-guichet data-partner="rivage" {attributes}>Aide</a></p>'
        )


def _handler(guest: Guest) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            kind, text = "text/html; charset=utf-8", guest.pages.get(path)
            if path.endswith((".css", ".js")):
                kind, text = ("text/css" if path.endswith(".css") else "text/javascript"), guest.pages.get(path, "")
            body = (text or "?").encode()
            self.send_response(200 if text is not None else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", guest.policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


@pytest.fixture(scope="session")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    folder = tmp_path_factory.mktemp("guest")
    found = Guest("", "", "", Product("", folder, folder, folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    port = server.server_address[1]
    found.url, found.other, found.stranger = (
        f"http://{name}:{port}" for name in ("localhost", "autre.localhost", "etranger.localhost")
    )
    shutil.copytree(ROOT / "content", folder / "content")
    _invite(folder / "content" / "site.yaml", found)
    settings = {"GUICHET_CONTENT": str(folder / "content")}
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with running([sys.executable, "-m", "webapp.run"], folder, folder / "index", **settings) as product:
        found.product = product
        ours = product.url
        found.policy = (
            f"default-src 'self'; script-src 'self' {ours}; frame-src {ours}; style-src 'self' {ours}; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        )
        yield found
    server.shutdown()
    server.server_close()
    thread.join(5)


def _invite(site: Path, guest: Guest) -> None:
    text = site.read_text(encoding="utf-8")
    text = text.replace("[https://www.banque-rivage.example, ", f"[{guest.url}, https://www.banque-rivage.example, ")
    text = text.replace("[https://www.maison-des-aidants.example]", f"[{guest.other}]")
    assert guest.url in text
    assert guest.other in text
    site.write_text(text, encoding="utf-8")


@pytest.fixture(scope="session")
def strict(playwright: Playwright) -> Iterator[Browser]:
    """Chromium that gives a cross-site frame no cookie at all."""
    started = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *BLOCKED])
    yield started
    started.close()


@dataclass
class Host:
    """A page of the host in a fresh context, and what that context said and asked."""

    page: Page
    watch: Watch


@pytest.fixture
def host(strict: Browser) -> Iterator["HostMaker"]:
    maker = HostMaker(strict)
    yield maker
    maker.close()


class HostMaker:
    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._made: list[object] = []

    def __call__(self, **options: object) -> Host:
        made = context(self._browser, **{"viewport": {"width": 1280, "height": 900}, **options})
        made.add_init_script(WATCHING)
        self._made.append(made)
        watch = Watch().on(made)
        return Host(made.new_page(), watch)

    def close(self) -> None:
        for each in self._made:
            each.close()  # type: ignore[attr-defined]


WATCHING = """
window.said = [];
for (const name of ["ready", "open", "close", "answered", "sent"])
  document.addEventListener("guichet:" + name, (event) => said.push([name, event.target.id || event.target.nodeName]));
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) shifts.push(entry.value);
}).observe({ type: "layout-shift", buffered: true });
window.long = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) long.push(entry.duration);
}).observe({ type: "longtask", buffered: true });
window.thrown = [];
addEventListener("error", (event) => thrown.push(event.message));
addEventListener("unhandledrejection", (event) => thrown.push(String(event.reason)));
"""
