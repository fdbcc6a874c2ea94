"""Files of a case, handed to its customer inside a view.

A POST, so that no address, history or log holds what opens them; nothing is kept on the way (`no-store`), nothing is
shown in place (`attachment`, and a policy that gives a viewer no origin of ours: ``security.py``).
"""

import unicodedata
from urllib.parse import quote

from flask import Response, request

from webapp.tickets import enclosures
from webapp.tickets.attachments import File
from webapp.tickets.model import CaseNotFound, FileNotGiven
from webapp.web import case
from webapp.web.case import Step
from webapp.web.resources import resources


def take_out(language: str) -> Response:
    """The bytes of one file of the case, or the case with the reason why not."""
    case.require_ours()
    view = case.view_of_form()
    if view is None:
        return case.over()
    wanted = request.form.get("file", "")[:40]
    try:
        file = enclosures.take_out(store=resources().store, link=view.link, file_id=wanted, **case.limited())
    except CaseNotFound:
        return case.unknown()
    except FileNotGiven as refused:
        step = Step(link=view.link, opened=view.opened, file_problem=f"followup.files.{refused.reason}", status=404)
        return case.shown(step)
    return _attached(file)


def _attached(file: File) -> Response:
    """Whole, always: a portion (`Range`) is a matter of GET (RFC 9110, 14.2)."""
    response = Response(file.chunks(), mimetype=file.media_type)
    plain = unicodedata.normalize("NFKD", file.name).encode("ascii", "ignore").decode().replace('"', "")
    named = {"filename": plain.strip() or "document", "filename*": f"UTF-8''{quote(file.name, safe='')}"}
    response.headers.set("Content-Disposition", "attachment", **named)
    response.headers["Content-Length"] = str(file.size)
    response.headers["Accept-Ranges"] = "none"
    response.headers["Cache-Control"] = "private, no-store"
    return response
