"""What a frame may hold: the pages for visitors, and for a partner of whom it is said, no form with personal data."""

from collections.abc import Set as AbstractSet

from flask import Flask, Response, abort, request

from webapp.web.contact import brought
from webapp.web.frame import page
from webapp.web.surfaces import leaves, surface


def guard(app: Flask, framed: AbstractSet[str]) -> None:
    """Have `app` answer 404 in a frame outside the endpoints of `framed`, and lead forms out of frames not theirs."""

    @app.before_request
    def look() -> Response | None:
        here = surface()
        if not here.framed or request.endpoint is None:
            return None
        if request.endpoint not in framed:
            abort(404)
        return _leave() if leaves(here, request.path) else None


def _leave() -> Response:
    """The way to the form in a tab of its own, with what was typed. Nothing is received here."""
    return page(
        "frame/leave.html",
        alternates={},
        kept=False,
        status=200 if request.method == "GET" else 403,
        carried=brought(),
    )
