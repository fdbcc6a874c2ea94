"""What machines read: style sheet, scripts, images, site map, robots, health."""

import mimetypes

from flask import Response, abort, make_response, render_template, request

from webapp.knowledge.shelf import NothingPublished
from webapp.web import assets
from webapp.web.addresses import every_page
from webapp.web.frame import cache_version, edition
from webapp.web.pages import keep
from webapp.web.resources import resources


def style(digest: str) -> Response:
    """The style sheet in the bank's colours. An older digest gets the present sheet: a page may outlive its version."""
    try:
        colours = edition().catalog.site.colours
    except NothingPublished:
        colours = assets.PLAIN
    return _file(
        assets.style_sheet(colours), "text/css; charset=utf-8", immutable=digest == assets.style_digest(colours)
    )


def script(digest: str, name: str) -> Response:
    found = assets.script(name)
    if found is None:
        abort(404)
    return _file(found, "text/javascript; charset=utf-8", immutable=digest == assets.scripts_digest())


def widget(digest: str = "") -> Response:
    """The widget's script: for an hour under its plain name, for ever under its digest (with an integrity attribute).

    Files of other sites: an unknown digest is 404, and the plain link of the page stays.
    """
    shown = edition()
    found = assets.widget_scripts(shown.catalog.site.colours).get(digest)
    if found is None:
        abort(404)
    response = _file(found, "text/javascript; charset=utf-8", immutable=bool(digest))
    if not digest:
        response.headers["Cache-Control"] = "public, max-age=3600"
        keep(response, cache_version(shown), None)
    return response


def logo(digest: str, kind: str) -> Response:
    shown = edition()
    return _asset(shown.catalog.site.logo, immutable=request.path == assets.files(shown.catalog, shown).logo)


def favicon(digest: str) -> Response:
    """Like the style sheet: only the true address may be kept, or anybody could fill caches with made-up ones."""
    shown = edition()
    return _asset("favicon.svg", immutable=request.path == assets.files(shown.catalog, shown).favicon)


def image(name: str) -> Response:
    """An image of an article; its name holds a digest of the file (``links.image``)."""
    if name not in edition().catalog.images.values():
        abort(404)
    return _asset(name, immutable=True)


def sitemap() -> Response:
    shown = edition()
    public_url = resources().settings.public_url.rstrip("/")
    pages = [each for each in every_page(shown.catalog) if each]
    text = render_template("sitemap.xml", pages=pages, public_url=public_url)
    response = make_response(text)
    response.headers["Content-Type"] = "application/xml; charset=utf-8"
    return keep(response, shown.version, None)


def robots() -> Response:
    public_url = resources().settings.public_url.rstrip("/")
    closed = ("/recherche", "/en/search", "/suivi/", "/en/follow-up/")
    lines = ["User-agent: *", *(f"Disallow: {each}" for each in closed), "", f"Sitemap: {public_url}/sitemap.xml", ""]
    response = make_response("\n".join(lines))
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    return keep(response, "", None)


def health() -> tuple[dict[str, str], int]:
    """For monitors: no secret, no path. 503 when a page or a request could not be served."""
    from webapp.web.health import report

    found = report(resources())
    return found, 200 if found["status"] == "ok" else 503


def _asset(name: str, *, immutable: bool) -> Response:
    shown = edition()
    data = assets.asset(shown, name)
    if data is None:
        abort(404)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return _file(data, "image/svg+xml; charset=utf-8" if kind == "image/svg+xml" else kind, immutable=immutable)


def _file(data: bytes, kind: str, *, immutable: bool) -> Response:
    response = make_response(data)
    response.headers["Content-Type"] = kind
    # Files are public and the same for everybody; a frame that its host has sandboxed has no origin of its own, and
    # must still show the page that says how to get out (its scripts are modules: CORS).
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Allow-Origin"] = "*"
    if not immutable:  # asked under the address of another release: right for now, not for ever
        return response
    response.headers["Cache-Control"] = assets.FOREVER
    return keep(response, "", None)
