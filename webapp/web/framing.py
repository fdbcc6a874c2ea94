"""What a frame may hold: the pages for visitors, and for a partner of whom it is said, no form with personal data.

A form that left a frame says so in its address: here it is told from any other form of the hub.
"""

from collections.abc import Set as AbstractSet

from flask import Flask, Response, abort, request

from webapp.web.contact import brought
from webapp.web.frame import edition, page
from webapp.web.resources import resources
from webapp.web.surfaces import FROM, KEY, came_from, is_writing, leaves, surface


def guard(app: Flask, framed: AbstractSet[str]) -> None:
    """Have `app` answer 404 in a frame outside the endpoints of `framed`, and lead forms out of frames not theirs."""

    @app.before_request
    def look() -> Response | None:
        here = surface()
        if not here.framed:
            _remember_origin()
        if not here.framed or request.endpoint is None:
            return None
        if request.endpoint not in framed:
            abort(404)
        return _leave() if leaves(here, request.path) else None


def _remember_origin() -> None:
    """The surface of this request, when it is a form that was opened from a frame."""
    said = request.args.get(FROM, "")
    if said and is_writing(request.path):
        facebook = bool(resources().settings.facebook_app_secret)
        request.environ[KEY] = came_from(edition().catalog.site, said, facebook=facebook)


def _leave() -> Response:
    """The way to the form in a tab of its own, with what was typed. Nothing is received here."""
    return page(
        "frame/leave.html",
        alternates={},
        kept=False,
        status=200 if request.method == "GET" else 403,
        carried=brought(),
    )
