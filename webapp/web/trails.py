"""The trail that a page was given, checked against the catalog, and what goes on to the next page.

Links carry it as `PARAMETER`, forms as `FIELD`; a page that was asked for without one begins a new one.
"""

from flask import request

from webapp.tickets.trail import Trail, add, read, write
from webapp.web.frame import edition
from webapp.web.orienting import Results

PARAMETER = "vu"
FIELD = "trail"
SHOWN = 3  # results of a search that were really before somebody's eyes


def brought(language: str) -> Trail:
    """The trail of this request, of articles in `language` that exist."""
    text = request.form.get(FIELD, "") if request.method == "POST" else request.args.get(PARAMETER, "")
    return read(text, lambda slug: edition().catalog.article(language, slug) is not None)


def shown(trail: Trail, results: Results | None, language: str) -> str:
    """What goes on from a page that shows `results`: those of another language are not the form's."""
    hits = results.shown[:SHOWN] if results else ()
    return write(add(trail, [each.article.slug for each in hits if each.article.language == language], "shown"))
