"""Where the customer sees us: the hosted page (hub), or a partner's frame (widget) with the same pages in it.

A partner's pages are the hub's, mounted under ``/integration/<partner>``: a WSGI layer takes the prefix off before
Flask looks at the path, and `carry` puts it back on the links and forms of the finished page. So no view, no template
and no article knows about frames, and none can forget one.

A form that has to leave its frame opens on the hub, in a tab of its own, with the surface it came from in its address:
``?depuis=tab`` or ``?depuis=widget.<partner>``, a closed list (`origin`). It says nothing about the visitor, and
anybody may write it: it is counted, never trusted.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import has_request_context, request

from webapp.knowledge.catalog import PREVIEW, Partner, Site
from webapp.knowledge.links import page

ROOT = "/integration"
KEY = "guichet.surface"  # in the WSGI environ; no header of a request can set it
FROM = "depuis"  # the parameter of a form's address that says which frame it was opened from
WRITING = tuple(page(language, "write") for language in ("fr", "en"))
ALONE = ("/integration", "/en/integration", "/a", "/en/a", "/t", "/en/t", "/suivi", "/en/follow-up")
"""Pages of the hub alone (``routes.UNFRAMED``): no frame holds them, so a link to them opens a tab. A test compares.
What is confidential is read in a page of its own, its address in view."""
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Surface:
    """`prefix`: what stands before the path of its pages. `origins`: who may frame them. `forms`: see ``Partner``."""

    name: str = "hub"
    partner: str = ""
    prefix: str = ""
    origins: tuple[str, ...] = ()
    forms: str = "frame"

    @property
    def framed(self) -> bool:
        return bool(self.prefix)

    @property
    def origin(self) -> str:
        """How the address of a form says that it was opened from here; "" on the hub and in our own preview."""
        if self.name == "hub" or self.partner == PREVIEW:
            return ""
        return f"{self.name}.{self.partner}" if self.partner else self.name

    @property
    def ancestors(self) -> str:
        """The value of the CSP directive frame-ancestors."""
        return " ".join(self.origins) or "'none'"


HUB = Surface()


def surface() -> Surface:
    """The surface of this request; that of the frame for a form that left it (not `framed`: it stands on the hub)."""
    if not has_request_context():
        return HUB
    found: Surface = request.environ.get(KEY, HUB)
    return found


def widget(site: Site, partner_id: str, public_url: str, *, production: bool) -> Surface | None:
    """The surface of a partner; None for a name that is not on the list. In production, origins are https alone."""
    if partner_id == PREVIEW:
        url = urlsplit(public_url)
        partner = Partner(id=PREVIEW, name="", origins=(f"{url.scheme}://{url.netloc}",), forms="top")
        return Surface("widget", partner.id, f"{ROOT}/{PREVIEW}", partner.origins, partner.forms)
    found = site.partner(partner_id)
    if found is None:
        return None
    origins = tuple(each for each in found.origins if not production or each.startswith("https://"))
    return Surface("widget", found.id, f"{ROOT}/{found.id}", origins, found.forms)


def came_from(site: Site, said: str, *, facebook: bool) -> Surface:
    """The surface that a form was opened from, on the hub: read from its address, held against what exists.

    `said`: the value of `FROM`. `facebook`: whether a tab is served at all. Anything else is the hub.
    """
    name, _, partner_id = said.partition(".")
    if name == "tab" and not partner_id and facebook:
        return Surface("tab")
    partner = site.partner(partner_id) if name == "widget" else None
    return Surface("widget", partner.id) if partner and partner.forms == "top" else HUB


class Mount:
    """WSGI layer: ``/integration/<partner>/questions/x`` is ``/questions/x`` on that partner's surface. So is
    ``/facebook/onglet/questions/x`` on the surface of Facebook's tab, with another `root`.

    `find`: partner id → surface, None when it is nobody's (the path is then left alone and no route answers it).
    """

    def __init__(self, application: Application, find: Callable[[str], Surface | None], root: str = ROOT) -> None:
        self._application = application
        self._find = find
        self._root = f"{root}/"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(self._root):
            return self._application(environ, start_response)
        partner, _, rest = path.removeprefix(self._root).partition("/")
        found = self._find(partner) if partner else None
        if found is None:
            return self._application(environ, start_response)
        environ |= {KEY: found, "PATH_INFO": f"/{rest}"}
        try:
            return self._application(environ, start_response)
        finally:
            environ["PATH_INFO"] = path


_TAG = re.compile(r'<(?:a|form|area)(?:\s+[^\s"=<>/]+(?:\s*=\s*"[^"]*")?)*\s*>')
_ADDRESS = re.compile(r'(\s(?:href|action|data-answers|data-suggestions)=")(/(?!/)[^"]*)"')
_WRITING_ADDRESS = re.compile(r'(\s(?:href|action)=")(/[^"?#]*)(\?[^"#]*)?')
_ELSEWHERE = re.compile(r'\shref="https?://')


def carry(html: str, here: Surface, new_tab: str) -> str:
    """`html` as it stands in the frame of `here`: its links and forms lead inside, what cannot stay opens a new tab.

    Out of the frame go other sites, and the forms of a partner whose `forms` is ``top``. `new_tab`: the words that say
    so, shown by the style sheet. Works on what Jinja and nh3 write: attributes in double quotes, no raw ``<`` in them.
    """
    if not here.origin and not here.framed:
        return html
    return _TAG.sub(lambda tag: _carried(tag.group(), here, new_tab), html)


def _carried(tag: str, here: Surface, new_tab: str) -> str:
    if ' target="' in tag:
        return tag  # made for a tab of its own: the hub's page, whole
    if not here.framed:
        return _WRITING_ADDRESS.sub(lambda each: _said_origin(each, here), tag)
    found = _ADDRESS.search(tag)
    if (found and leaves(here, found.group(2))) or _ELSEWHERE.search(tag):
        rel = "" if " rel=" in tag else ' rel="noopener"'
        tag = _WRITING_ADDRESS.sub(lambda each: _said_origin(each, here), tag)
        return f'{tag[:-1]} target="_blank"{rel} data-tab="{new_tab}">'
    return _ADDRESS.sub(lambda each: f'{each.group(1)}{here.prefix}{each.group(2)}"', tag)


def _said_origin(found: re.Match[str], here: Surface) -> str:
    """The address of a writing page, with the surface it is opened from."""
    attribute, path, query = found.groups()
    if not here.origin or not is_writing(path):
        return found.group()
    more = f"{query}&amp;" if query else "?"
    return f"{attribute}{path}{more}{FROM}={here.origin}"


def is_writing(path: str) -> bool:
    """Whether personal data are asked for under `path`."""
    return _under(WRITING, path)


def leaves(here: Surface, path: str) -> bool:
    """Whether the page at `path` may not be shown on this surface."""
    path = path.partition("?")[0].partition("#")[0]
    return here.framed and (_under(ALONE, path) or (here.forms == "top" and is_writing(path)))


def _under(places: tuple[str, ...], path: str) -> bool:
    return any(path == each or path.startswith(f"{each}/") for each in places)
