"""A fake facebook.com that shows a Page's tab as the real one did: it posts a signed request into a frame.

HTTPS under Facebook's own name, with a certificate made for the occasion: what the browser checks against
``frame-ancestors`` is the name. ``python -m tests.browser.fake_facebook FOLDER`` takes pictures of the tab.
"""

import datetime
import html
import ssl
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import Browser, Frame, Page, Playwright, sync_playwright

from tests.browser.conftest import CHROMIUM, QUIET, context
from tests.product import running
from tests.web.facebook import PAGE, SECRET, tab

FACEBOOK = "https://www.facebook.com"
STRANGER = "https://www.facebook.example"
SETTINGS = {"GUICHET_FACEBOOK_APP_SECRET": SECRET, "GUICHET_FACEBOOK_PAGES": PAGE}
WIDTHS = (520, 810)  # the two widths of a tab (Facebook, "Page Tabs")
_PAGE = """<!doctype html><html lang="fr"><meta charset="utf-8"><title>Banque Rivage | Facebook</title>
<style>body{{margin:0;background:#e9ebee;font:14px Arial}}header{{background:#3b5998;color:#fff;padding:12px 20px}}
main{{width:{width}px;margin:16px auto;background:#fff}}iframe{{display:block;border:0;width:{width}px;height:800px}}
form{{padding:8px}}</style><header><b>facebook</b> (imitation pour les tests)</header><main>
<form method="post" action="{target}/facebook/tab" target="app_runner">
<input type="hidden" name="signed_request" value="{signed}"><button>Aide et contact</button></form>
<iframe name="app_runner" title="Aide et contact"></iframe></main></html>"""


@contextmanager
def fake_facebook(product_url: str) -> Iterator[int]:
    """Serve the Page's tab for `product_url`; the port. Query: app_data, locale, width."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            request = tab(datetime.datetime.now(UTC), asked.get("app_data", ""), asked.get("locale", "fr_FR"))
            body = _PAGE.format(
                width=int(asked.get("width", "520")), target=html.escape(product_url), signed=html.escape(request)
            ).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with tempfile.TemporaryDirectory(prefix="guichet-facebook-") as folder:
        secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secure.load_cert_chain(_certificate(Path(folder)))
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.socket = secure.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def launch(playwright: Playwright, port: int) -> Browser:
    """A Chromium for which Facebook, and a stranger's site, are on this machine."""
    hosts = (FACEBOOK, STRANGER)
    rules = ",".join(f"MAP {urlsplit(each).netloc}:443 127.0.0.1:{port}" for each in hosts)
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, f"--host-resolver-rules={rules}"])


def open_tab(page: Page, host: str = FACEBOOK, query: str = "") -> Frame:
    """Open the Page's tab; the frame once Guichet's page is in it, or what the browser shows instead."""
    page.goto(f"{host}/banquerivage.example/app_1?{query}")
    frame = page.frame("app_runner")
    assert frame is not None
    with page.expect_event("framenavigated", lambda each: each == frame):
        page.click("button")
    frame.wait_for_load_state("load")
    return frame


def _certificate(folder: Path) -> Path:
    """A key and a certificate for an hour, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a fake for tests")])
    now = datetime.datetime.now(UTC)
    hosts = [x509.DNSName(urlsplit(each).netloc) for each in (FACEBOOK, STRANGER)]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "facebook.pem"
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return path


PICTURES = {
    "home": "",
    "article": "app_data=faq:delai-virement",
    "urgent": "app_data=faq:carte-perdue-ou-volee",
    "nature": "app_data=motif:urgence",
    "complaint-en": "app_data=motif:reclamation&locale=en_GB",
}


def main() -> int:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="guichet-pictures-") as place, sync_playwright() as driver:
        home = Path(place)
        command = [sys.executable, "-m", "webapp.run"]
        with (
            running(command, home, home / "index", **SETTINGS) as product,
            fake_facebook(product.url) as port,
        ):
            browser = launch(driver, port)
            for width in WIDTHS:
                made = context(browser, viewport={"width": width + 40, "height": 900}, ignore_https_errors=True)
                page = made.new_page()
                for name, query in PICTURES.items():
                    open_tab(page, query=f"width={width}&{query}")
                    page.screenshot(path=folder / f"{name}-{width}.png")
                frame = open_tab(page, query=f"width={width}")
                frame.fill("#q", "virement pas arrivé")
                frame.press("#q", "Enter")
                frame.wait_for_url("**/recherche?**")
                frame.wait_for_load_state("load")
                page.screenshot(path=folder / f"search-{width}.png")
                made.close()
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
