"""The Facebook Page tab: Facebook posts a signed request into a frame, and gets the hub's own pages there.

The first page answers Facebook's POST. It is the answer itself, never a redirect that would carry something of the
signed request in an address, and it writes nothing. From there on, links are ordinary pages under ``/facebook/onglet``
on the surface `tab` (``surfaces.Mount``), framed by Facebook alone. Whatever asks for personal data opens the hub in a
tab of its own: nothing personal is typed inside Facebook's page (platforms.md §0 and §1).
"""

from flask import Response, abort, redirect, request

from webapp import logs
from webapp.knowledge import links
from webapp.knowledge.articles import Article
from webapp.knowledge.catalog import Catalog, Nature
from webapp.social import app_data
from webapp.social.signed_request import (
    Expired,
    Malformed,
    SignedRequest,
    SignedRequestError,
    parse,
    require_fresh,
    require_page,
)
from webapp.tickets.reference import normalise
from webapp.web import public
from webapp.web.errors import error_page
from webapp.web.frame import edition, page
from webapp.web.resources import resources
from webapp.web.surfaces import KEY, Surface

PREFIX = "/facebook/onglet"
ANCESTORS = ("https://www.facebook.com", "https://*.facebook.com")
"""Facebook publishes no list of the hosts that show tabs; projects name these (platforms.md §1.5)."""
TAB = Surface("tab", prefix=PREFIX, origins=ANCESTORS, forms="top")
_log = logs.logger(__name__)


def mounted(name: str, *, configured: bool) -> Surface | None:
    """The surface at ``/facebook/<name>/``, for ``surfaces.Mount``."""
    return TAB if configured and f"/facebook/{name}" == PREFIX else None


def opened() -> Response:
    """GET: somebody opens the tab's address outside Facebook. The hub has the same content, and more room."""
    require_configured()
    response = redirect(links.page("fr", "home"), 303)
    assert isinstance(response, Response)
    return response


def posted() -> Response:
    """POST: Facebook opens the tab in its frame."""
    require_configured()
    request.environ[KEY] = TAB  # refusals too are shown in Facebook's frame
    try:
        found = _believed()
    except SignedRequestError as error:
        return refused(error)
    language = _language(found.locale)
    request.view_args = {"language": language}
    response = _shown(app_data.read(found.app_data), language)
    response.headers["Cache-Control"] = "no-store"
    return response


def require_configured() -> None:
    if not resources().settings.facebook_app_secret:
        abort(404)


def signed() -> SignedRequest:
    """The signed request of this POST, whatever its age. Errors: ``SignedRequestError``."""
    return parse(request.form.get("signed_request", ""), resources().settings.facebook_app_secret)


def refused(error: SignedRequestError) -> Response:
    """A page for the visitor, a reason for the operator, and nothing of what was sent for either."""
    _log.warning("a signed request was refused", reason=type(error).__name__, endpoint=request.endpoint)
    if isinstance(error, Expired):
        return error_page(403, "facebook_expired")
    return error_page(400 if isinstance(error, Malformed) else 403, "facebook_refused")


def _believed() -> SignedRequest:
    found = signed()
    require_fresh(found, resources().clock())
    require_page(found, resources().settings.facebook_page_ids)
    return found


def _language(locale: str) -> str:
    """ "en_US" → "en"; a language that the site does not speak gets the site's own."""
    site = edition().catalog.site
    wanted = locale.partition("_")[0]
    return wanted if wanted in site.languages else site.default_language


def _shown(link: app_data.DeepLink | None, language: str) -> Response:
    """The page that a deep link points at; the home page for one that points at nothing.

    Nothing of a ticket is shown inside Facebook, not even whether it exists: a reference is handed on to the hub.
    """
    catalog = edition().catalog
    if link and link.kind == "faq":
        article = _article(catalog, language, link.name)
        if article:
            request.view_args = {"language": article.language}
            return public.article(article.language, article.slug)
    if link and link.kind == "motif":
        nature = _nature(catalog, link.name)
        if nature:
            return _nature_page(catalog, nature)
    reference = normalise(link.name) if link and link.kind == "ref" else None
    if reference:
        return page("facebook/case.html", alternates={}, kept=False, reference=reference)
    return public.home(language)


def _article(catalog: Catalog, language: str, slug: str) -> Article | None:
    """By its slug, present or former, in any language; then in the visitor's language when it is translated."""
    for spoken in (language, *catalog.site.languages):
        found = catalog.article(spoken, catalog.redirect(spoken, slug) or slug)
        if found:
            return catalog.translation(found, language) or found
    return None


def _nature(catalog: Catalog, name: str) -> Nature | None:
    slugs = (catalog.nature_by_slug(language, name) for language in catalog.site.languages)
    return next((each for each in slugs if each), None) or catalog.nature(name)


def _nature_page(catalog: Catalog, nature: Nature) -> Response:
    return page(
        "facebook/nature.html",
        alternates={},  # its twin in the other language is only reached by another signed request
        kept=False,
        nature=nature,
        phone_first=[point for point in map(catalog.contact, nature.phone_first) if point],
    )
