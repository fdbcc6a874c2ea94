"""The fictional sites, one server for all of them, told apart by their host name. Files are in ``sites/``.

Each has the policy that a careful site would have: the strictest that still lets the widget in. Addresses of the
product stand in the pages as ``$guichet``, of the other sites as ``$rivage``, ``$aidants``, ``$social``, ``$demo``.
"""

import html
import mailbox
import os
import string
import sys
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.demo.places import BANK, LIST, MAILBOX, PARTNER, SOCIAL, NotInProduction, Places, places
from tests.web.facebook import tab
from webapp.knowledge.publish import Shelf
from webapp.web import assets

SITES = Path(__file__).resolve().parent / "sites"
FOLDERS = {BANK: "rivage", PARTNER: "aidants", SOCIAL: "social", MAILBOX: "accueil"}
FOLDERS |= dict.fromkeys((LIST, "localhost", "127.0.0.1"), "accueil")
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
NOT_FOUND = '<!doctype html><html lang="fr"><meta charset="utf-8"><title>Introuvable</title><h1>Page introuvable</h1>'
TAB_WIDTHS = ("520", "810")  # the two widths of a Page's tab
LETTERS = 20  # newest first
_COMMON = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "


class Site(BaseHTTPRequestHandler):
    """One answer. `server_version` is not shown: nothing here is worth a version."""

    protocol_version = "HTTP/1.1"
    where: Places

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").partition(":")[0]
        url = urlsplit(self.path)
        if host == MAILBOX and url.path == "/":
            self._send(200, ".html", _mailbox(self.where).encode(), host)
            return
        file = _file(host, url.path)
        if file is None:
            self._send(404, ".html", NOT_FOUND.encode(), host)
        elif file.suffix == ".html":
            asked = {name: values[0] for name, values in parse_qs(url.query).items()}
            self._send(200, ".html", _page(file.read_text(encoding="utf-8"), self.where, asked).encode(), host)
        else:
            self._send(200, file.suffix, file.read_bytes(), host)

    def _send(self, status: int, suffix: str, body: bytes, host: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", KINDS[suffix])
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", csp(host, self.where))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        return "demo"

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def csp(host: str, where: Places) -> str:
    """The policy of a site: the widget's two lines on those that use it, Trusted Types too."""
    ours = where.product
    if host == SOCIAL:
        return f"{_COMMON}script-src 'self'; frame-src {ours}; form-action {ours}"
    if host in (BANK, PARTNER):
        trusted = "require-trusted-types-for 'script'; trusted-types 'none'"
        return f"{_COMMON}form-action 'none'; script-src {ours}; frame-src {ours}; {trusted}"
    return f"{_COMMON}form-action 'none'"


def _file(host: str, path: str) -> Path | None:
    """The file of a site at `path`; never one outside its folder."""
    folder = SITES / FOLDERS.get(host, "nobody")
    if path == "/logo.svg":
        return Path(os.environ["GUICHET_CONTENT"]) / "assets" / "logo.svg"
    found = (folder / path.lstrip("/")).resolve()
    if found.is_dir():
        found /= "index.html"
    inside = found.is_relative_to(folder) and found.suffix in KINDS
    return found if inside and found.is_file() else None


def _page(text: str, where: Places, asked: dict[str, str]) -> str:
    """`text` with the addresses in it, and on the social page the signed request that Facebook would post."""
    values = {
        "guichet": where.product,
        "rivage": where.site(BANK),
        "aidants": where.site(PARTNER),
        "social": where.site(SOCIAL),
        "courrier": where.site(MAILBOX),
        "demo": where.site(LIST),
        "signed": tab(datetime.now(UTC), asked.get("app_data", "")),
        "width": asked["width"] if asked.get("width") in TAB_WIDTHS else TAB_WIDTHS[0],
        **_pinned(where),
    }
    return string.Template(text).substitute({name: html.escape(value) for name, value in values.items()})


def _pinned(where: Places) -> dict[str, str]:
    """The versioned address of the widget's script and its integrity, as /integration/ gives them."""
    colours = Shelf(Path(os.environ["GUICHET_INDEX"]), 60).current().catalog.site.colours
    return {
        "pinned": f"{where.product}/widget-{assets.widget_digest(colours)}.js",
        "integrity": assets.widget_integrity(colours),
    }


def _mailbox(where: Places) -> str:
    """What has arrived: the helpdesk's letters and the customers' confirmations, newest first."""
    folder = Path(os.environ["GUICHET_DATA"]) / "mail"
    parser = BytesParser(policy=policy.default)
    letters: list[EmailMessage] = []
    for box in (folder, folder / ".Accuses"):
        if (box / "new").exists() and (box / "cur").exists():
            letters += mailbox.Maildir(box, factory=parser.parse, create=False)  # type: ignore[arg-type]
    letters.sort(key=lambda letter: str(letter["Date"].datetime), reverse=True)
    shown = "\n".join(map(_letter, letters[:LETTERS])) or "<p>Rien pour l’instant. Envoyez une demande.</p>"
    page = (SITES / "courrier.html").read_text(encoding="utf-8")
    return _page(page.replace("<!-- letters -->", shown.replace("$", "$$")), where, {})


def _letter(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    text = body.get_content() if body else ""
    subject, to = html.escape(str(letter["Subject"])), html.escape(str(letter["To"]))
    return f"<article><h2>{subject}</h2><p>À : {to}</p><pre>{html.escape(text)}</pre></article>"


def main() -> int:
    try:
        Site.where = places()
    except NotInProduction as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with ThreadingHTTPServer(("127.0.0.1", Site.where.sites_port), Site) as server:
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
