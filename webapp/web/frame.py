"""What every page shows around its own content, and the one way to make a page.

`page` renders a template with the frame (urgent strip, header, language switch, footer) and marks the response for the
page cache when it is a pure function of (version, language, path, moment).
"""

import json
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

from flask import Response, g, make_response, render_template, request
from markupsafe import Markup

from webapp.knowledge import links
from webapp.knowledge.articles import Text, said
from webapp.knowledge.catalog import Catalog
from webapp.knowledge.shelf import Edition, NothingPublished
from webapp.knowledge.typography import typography
from webapp.web import assets, structured
from webapp.web.addresses import Addresses, next_step_address
from webapp.web.moment import Moment, long_date
from webapp.web.pages import keep
from webapp.web.resources import resources
from webapp.web.surfaces import HUB, carry, surface

# Texts of the content and labels, never a visitor's words. Labels and titles come back with every page; room for more
# would fill with excerpts, which do not, and cost each worker three megabytes.
_typeset = lru_cache(maxsize=1024)(typography)
DEFAULT_LANGUAGE = "fr"
ANNOUNCED = {"public.article": "answered", "contact.receipt": "sent"}
"""Endpoint → what a framed page tells the page around it: that an answer is shown, that a request was sent."""
SPOKEN = ("fr", "en")  # languages that have words and routes


def edition() -> Edition:
    """The edition this request is answered from: one and the same from the first line to the last.

    Errors: ``NothingPublished``, after having asked for a new build.
    """
    if "edition" not in g:
        shelf, mender = resources().shelf, resources().mender
        try:
            g.edition = shelf.current()
        except NothingPublished:
            mender.mend("nothing is published")
            raise
        if shelf.adrift:
            mender.mend("the published version has left the disk")
    found: Edition = g.edition
    return found


def language() -> str:
    """The language of this request: the route says it, else the path."""
    given = (request.view_args or {}).get("language")
    if given:
        return str(given)
    first = request.path.split("/", 2)[1] if "/" in request.path else ""
    return first if first in SPOKEN else DEFAULT_LANGUAGE


def page(
    template: str, *, alternates: Mapping[str, str] | None = None, kept: bool = True, status: int = 200, **values: Any
) -> Response:
    """Render `template` as a whole page.

    `alternates`: language → address of this very page in the other languages. `kept`: whether the page cache may
    store it. `values` go to the template.
    """
    shown = edition()
    moment = Moment(resources().clock(), language())
    context = frame(shown.catalog, moment, alternates or {})
    response = make_response(in_place(render_template(template, **context, **values)), status)
    g.until = moment.until
    if kept and status == 200:
        keep(response, cache_version(shown), moment.until)
    return response


def fragment(template: str, **values: Any) -> Response:
    """Render a piece of a page for a script: no frame, never indexed, never kept."""
    moment = Moment(resources().clock(), language())
    html = render_template(template, **frame(edition().catalog, moment, {}), **values)
    response = make_response(in_place(html))
    g.until = moment.until
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def in_place(html: str) -> str:
    """A finished page, its links as the surface of this request wants them."""
    return carry(html, surface(), resources().words.say(language(), "frame.new_tab")) if surface() != HUB else html


def cache_version(shown: Edition) -> str:
    """What a stored page depends on besides the moment: the version and, in development, the banner."""
    return shown.version + resources().problems.state()


def frame(catalog: Catalog | None, moment: Moment, alternates: Mapping[str, str]) -> dict[str, Any]:
    """Names that every template may use. Without a catalog (nothing published) the frame is bare."""
    spoken = language()
    public_url = resources().settings.public_url.rstrip("/")
    context: dict[str, Any] = {
        "language": spoken,
        "words": partial(resources().words.say, spoken),
        "to": Addresses(spoken),
        "t": partial(_said, spoken),
        "long_date": partial(_long_date, spoken),
        "json_ld": json_ld,
        "breadcrumbs_data": partial(_breadcrumbs, public_url),
        "moment": moment,
        "settings": resources().settings,
        "catalog": catalog,
        "files": assets.files(catalog, edition() if catalog else None),
        "problems": resources().problems.found(),
        "path": request.path,
        "surface": surface(),
        "announced": ANNOUNCED.get(request.endpoint or "", ""),
        "public_url": public_url,
    }
    if catalog is not None:
        context |= _with_catalog(catalog, spoken, alternates)
    return context


def _with_catalog(catalog: Catalog, spoken: str, alternates: Mapping[str, str]) -> dict[str, Any]:
    site = catalog.site
    others = [each for each in site.languages if each != spoken]
    return {
        "site": site,
        "bank": site.bank,
        "urgent": [each for each in map(catalog.contact, site.urgent_strip) if each],
        "alternates": dict(alternates),
        "other_languages": [(each, alternates.get(each) or links.page(each, "home")) for each in others],
        "next_step_address": partial(next_step_address, Addresses(spoken), catalog),
    }


def json_ld(value: Mapping[str, Any]) -> Markup:
    """Structured data for a script element of type application/ld+json (a data block: not run, so no CSP exception).

    `<`, `>` and `&` are escaped, so that no text of the content can close the element.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for raw, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028")):
        text = text.replace(raw, escaped)
    return Markup(text)  # noqa: S704  # JSON with every markup character escaped just above


def _breadcrumbs(public_url: str, crumbs: list[tuple[str, str]]) -> Markup:
    return json_ld(structured.breadcrumbs(crumbs, public_url))


def typo(text: object) -> str:
    """Filter: a plain text with the spaces of the page's language. Text that is already markup is left alone."""
    if isinstance(text, Markup):
        return text
    return _typeset(str(text), language())


def trusted(html: str) -> Markup:
    """Filter: HTML of an article or a page, sanitised by ``knowledge.rendering`` when it was published."""
    return Markup(html)  # noqa: S704  # the one door for HTML of the catalog; what comes through was made by nh3


def lower_first(text: str) -> str:
    """Filter: a name inside a sentence."""
    return text[:1].lower() + text[1:]


def weight(size: int) -> str:
    """Filter: the size of a file as people read it: ``340 ko``, ``1,2 Mo``; in English ``340 kB``, ``1.2 MB``."""
    small, large, comma = ("ko", "Mo", ",") if language() == "fr" else ("kB", "MB", ".")
    if size < 1024 * 1024:
        return _typeset(f"{max(1, round(size / 1024))} {small}", language())
    return _typeset(f"{size / 1024 / 1024:.1f}".replace(".", comma) + f" {large}", language())


def tel(number: str) -> str:
    """Filter: a telephone number as a ``tel:`` link wants it, without spaces."""
    return "".join(number.split())


def _said(spoken: str, text: Text | str | None) -> str:
    words = text if isinstance(text, str) else said(text, spoken)
    return _typeset(words, spoken)


def _long_date(spoken: str, iso_date: str) -> str:
    return long_date(iso_date, spoken)
