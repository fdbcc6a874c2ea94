"""A visitor without a browser: gets pages, fills in forms as a browser would, and posts them. Keeps no cookie."""

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from bs4 import BeautifulSoup, Tag

OURS = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Page:
    """An answer: `text` is what a person reads, in reading order."""

    status: int
    headers: Mapping[str, str]
    html: str

    @property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.html, "html5lib")

    @property
    def text(self) -> str:
        """One line; every kind of space made plain."""
        main = self.soup.find("main")
        return " ".join((main or self.soup).get_text(" ").split())

    def typed(self, action: str) -> dict[str, str]:
        """What a browser would send for the form posted to `action`, as the page gives it."""
        form = self.soup.find(
            "form", method="post", action=lambda address: bool(address and address.split("?")[0] == action)
        )
        assert isinstance(form, Tag), f"no form to {action}"
        return dict(pair for control in form.find_all(["input", "textarea", "select"]) for pair in _successful(control))


def _sent(value: str) -> str:
    """Line ends as browsers send them (HTML, "constructing an entry list")."""
    return value.replace("\r\n", "\n").replace("\n", "\r\n")


def _successful(control: Tag) -> list[tuple[str, str]]:
    name = str(control.get("name", ""))
    if not name or (control.get("type") in ("radio", "checkbox") and not control.has_attr("checked")):
        return []
    if control.name == "textarea":
        return [(name, control.get_text().removeprefix("\n"))]
    if control.name == "select":
        options = control.find_all("option")
        chosen = [each for each in options if each.has_attr("selected")] or options[:1]
        return [(name, str(each.get("value", each.get_text()))) for each in chosen]
    return [(name, str(control.get("value", "")))]


class Visitor:
    """One connection for each request, as after a pause; `address` is the site's, `tls` whom to trust behind HTTPS."""

    def __init__(self, address: str, tls: ssl.SSLContext | None = None) -> None:
        self._netloc = urlsplit(address).netloc
        self._tls = tls

    def get(self, path: str, **headers: str) -> Page:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] = OURS) -> Page:
        typed = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self._ask("POST", path, urlencode({name: _sent(value) for name, value in fields.items()}), typed)

    def _ask(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Page:
        connection = (
            http.client.HTTPSConnection(self._netloc, timeout=30, context=self._tls)
            if self._tls
            else http.client.HTTPConnection(self._netloc, timeout=30)
        )
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return Page(answer.status, dict(answer.getheaders()), answer.read().decode())
        finally:
            connection.close()
