"""Short stable links for public replies: ``/a/<slug>`` to an article, ``/t/<theme>`` to a theme.

A reply on Facebook stays for years: the short link follows an article to its new address when its slug changes.
``?de=facebook`` says where the link was posted. It is one of a closed list, it is written in a log line of its own
without anything about the visitor, and the page that opens never sees it.
"""

from flask import Response, abort, redirect, request

from webapp import logs
from webapp.knowledge import links
from webapp.knowledge.articles import said
from webapp.web.frame import edition

SOURCES = frozenset(("facebook", "messenger", "instagram", "x", "linkedin", "email", "sms", "courrier", "qr", "agence"))
_log = logs.logger(__name__)


def article(language: str, slug: str) -> Response:
    catalog = edition().catalog
    found = catalog.article(language, slug)
    present = found.slug if found else catalog.redirect(language, slug)
    if present is None:
        abort(404)
    return _to(links.article(language, present), "article", present)


def theme(language: str, slug: str) -> Response:
    """By its slug, or by its id, which never changes."""
    catalog = edition().catalog
    found = catalog.theme(language, slug) or catalog.theme_by_id(slug)
    if found is None or not catalog.articles_of(found.id, language):
        abort(404)
    return _to(links.theme(language, said(found.slug, language)), "theme", found.id)


def _to(path: str, kind: str, slug: str) -> Response:
    """302, and never stored: the target may move, and each use is told to the log."""
    source = request.args.get("de", "")
    if source in SOURCES:
        _log.info("a short link was followed", kind=kind, slug=slug, source=source)
    response = redirect(path, 302)
    assert isinstance(response, Response)
    response.headers["Cache-Control"] = "no-store"
    return response
