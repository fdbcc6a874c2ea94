"""Domain exceptions and HTTP errors, translated to pages in one place. No other module knows status codes of errors.

The page of an error needs neither search nor database; when not even a catalog is there it shows a bare frame, and when
the page itself cannot be made, a few plain words.
"""

import logging

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from webapp.db import DatabaseUnavailable
from webapp.knowledge.catalog import Catalog
from webapp.knowledge.shelf import NothingPublished
from webapp.tickets.model import TooManyRequests
from webapp.web.frame import edition, frame, in_place, language
from webapp.web.moment import Moment
from webapp.web.reaching import reachable
from webapp.web.resources import resources

WORDED = (400, 403, 404, 405, 410, 413, 429, 500, 503)
RETRY_SECONDS = 30
_log = logging.getLogger(__name__)
_LAST_RESORT = (
    '<!doctype html><html lang="fr"><meta charset="utf-8"><title>Erreur</title>'
    "<h1>Le site a un problème</h1>"
    "<p>Recommencez dans quelques minutes. / Please try again in a few minutes.</p></html>"
)


def register(app: Flask) -> None:
    """Have `app` answer every error with a page of ours."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(NothingPublished, _nothing_published)
    app.register_error_handler(DatabaseUnavailable, _database)
    app.register_error_handler(TooManyRequests, _too_many)
    app.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> Response:
    code = error.code or 500
    if code < 400:
        return make_response(error.get_response())
    response = error_page(code)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _nothing_published(error: NothingPublished) -> Response:
    return error_page(503, "nothing_published", retry_after=5)


def _database(error: DatabaseUnavailable) -> Response:
    _log.error("the database cannot serve: %s", type(error).__name__)
    return error_page(503, retry_after=RETRY_SECONDS)


def _too_many(error: TooManyRequests) -> Response:
    return error_page(429, retry_after=max(1, int(error.retry_after)))


def _unexpected(error: Exception) -> Response:
    _log.error("unexpected %s on %s", type(error).__name__, request.endpoint, exc_info=error)
    return error_page(500)


def error_page(code: int, words: str = "", *, retry_after: int = 0) -> Response:
    """The page of an error. `words`: key under `error.` when it is not the code; `retry_after` in seconds."""
    worded = code if code in WORDED else (400 if code < 500 else 500)
    try:
        response = _page(code, words or str(worded), retry_after)
    except Exception as error:  # the error's own page failed: say at least something
        _log.error("the page of error %d failed: %s", code, type(error).__name__)
        response = make_response(_LAST_RESORT, code)
        response.headers["Content-Type"] = "text/html; charset=utf-8"
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _page(code: int, words: str, retry_after: int) -> Response:
    catalog = _catalog()
    moment = Moment(resources().clock(), language())
    context = frame(catalog, moment, {})
    text = render_template("error.html", **context, code=code, key=words, **_extra(catalog, retry_after))
    return make_response(in_place(text), code)


def _extra(catalog: Catalog | None, retry_after: int) -> dict[str, object]:
    return {"points": reachable(catalog) if catalog else [], "minutes": -(-retry_after // 60)}


def _catalog() -> Catalog | None:
    try:
        return edition().catalog
    except NothingPublished:
        return None
