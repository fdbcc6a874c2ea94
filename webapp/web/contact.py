"""The form: choose a nature, write, see answers that may help, send, receive a reference.

No cookie and no session (``stamps.py``, ``origin.py``). Every refusal gives the form back with what was typed and a
stamp to go on with; a robot's trap is explained to the human it may have caught.
"""

from datetime import UTC, datetime
from typing import Any

from flask import Response, abort, redirect, request
from werkzeug.datastructures import MultiDict

from webapp.knowledge import links
from webapp.knowledge.articles import said
from webapp.knowledge.catalog import Nature
from webapp.knowledge.contacts import PARIS
from webapp.tickets.trail import write
from webapp.web import finding, masking, submission, trails, uploads
from webapp.web.addresses import Addresses
from webapp.web.blanks import STAMP, TRAIL, blank
from webapp.web.followup import handed_on
from webapp.web.forms import MESSAGE_LENGTH, RequestForm
from webapp.web.frame import edition, fragment, page
from webapp.web.reaching import reachable
from webapp.web.resources import resources
from webapp.web.stamps import Receipts

ANSWERS_SHOWN = 3


def choose(language: str) -> Response:
    """Which kind of request? A message already typed elsewhere (POST) is carried to the form, never through a URL."""
    catalog = edition().catalog
    return page(
        "contact/choose.html",
        alternates={each: links.page(each, "write") for each in catalog.site.languages},
        kept=request.method == "GET" and not request.query_string,
        natures=sorted(catalog.natures, key=lambda each: not each.phone_first),  # urgent ones first
        carried=brought(),
        trail=write(trails.brought(language)),
    )


def form(language: str, nature: str) -> Response:
    """The empty form, its theme chosen by the link that led here.

    Only the stamp differs between two visitors: the page is rendered once with a mark in its place.
    """
    found = _nature(language, nature)
    theme = edition().catalog.theme(language, request.args.get("theme", ""))
    chosen = theme.id if theme else ""

    def rendered() -> Response:
        empty = submission.new_form(found, language, MultiDict())
        empty.start_with(chosen)
        empty["stamp"].current_token = STAMP
        return _form_page(found, empty, trail=TRAIL)

    html = blank(("form", language, found.id, chosen), rendered).replace(TRAIL, write(trails.brought(language)))
    response = Response(html.replace(STAMP, submission.fresh_stamp()), mimetype="text/html")
    # The browser may keep the empty form for its own Back button, and only for that: what comes back then holds the
    # same stamp, so that sending once more is the same request. With no-store, Back would bring a new stamp to the
    # words the browser restores: a second ticket. Nothing typed stands in this page. It is posted to an address with
    # a query, because a browser forgets what it kept of the very address that was posted to (RFC 9111 §4.4).
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def send(language: str, nature: str) -> Response:
    """A step of the form, chosen by its `step` field: start (carry a question in), check, or send."""
    found = _nature(language, nature)
    if request.form.get("step") == "start":
        carried = submission.new_form(found, language, MultiDict())
        carried.start_with(brought()["theme"], brought()["message"])
        return _form_page(found, carried)
    filled = submission.new_form(found, language, request.form)
    outcome = submission.receive(filled, found, language)
    if outcome.receipt:
        token = Receipts(resources().settings.secret_key).write(
            outcome.receipt.reference,
            int(outcome.receipt.received_at.timestamp() * 1000),
            found.id,
            outcome.receipt.masked,
        )
        # The way to the follow-up stands behind "#", for a script: no server sees it, no bookmark is worth it for long.
        view = handed_on(outcome.receipt.link)
        place = f"{links.page(language, 'write')}/{'recu' if language == 'fr' else 'receipt'}/{token}"
        return _see_other(f"{place}#suivi={view}" if view else place)
    return _form_page(found, filled, outcome)


def answers(language: str) -> Response:
    """Answers that may help, for a script: a message travels in a POST, so that it stands in no URL and no log."""
    if not submission.ours():
        abort(403)
    message = request.form.get("message", "")[:MESSAGE_LENGTH]
    results = finding.ask_message(message, language, ANSWERS_SHOWN)
    return fragment("contact/answers.html", results=results, masked=masking.kinds_in(message))


def receipt(language: str, token: str) -> Response:
    """What was received and when, and what happens now. Signed, so it survives a bookmark and cannot be made up."""
    catalog = edition().catalog
    try:
        reference, received_at, nature_id, masked = Receipts(resources().settings.secret_key).read(token)
    except LookupError:
        abort(404)
    return page(
        "contact/receipt.html",
        alternates={},
        kept=False,
        reference=reference,
        received=datetime.fromtimestamp(received_at / 1000, UTC).astimezone(PARIS),
        nature=catalog.nature(nature_id),
        masked=masked,
        must_change=masking.must_change(masked),
    )


def _form_page(
    nature: Nature, filled: RequestForm, outcome: submission.Outcome | None = None, *, trail: str = ""
) -> Response:
    catalog = edition().catalog
    outcome = outcome or submission.Outcome()
    spoken = filled.meta.language
    wrong = _file_mistakes(outcome, spoken)
    response = page(
        "contact/form.html",
        alternates={each: Addresses(each).form(nature) for each in catalog.site.languages},
        kept=False,
        status=outcome.status,
        nature=nature,
        form=filled,
        outcome=outcome,
        trail=trail or trails.shown(trails.brought(spoken), outcome.results, spoken),
        mistakes=[*outcome.problems, *filled.mistakes(), *wrong],
        kept_files=outcome.uploads.kept(),
        file_errors=[message for _, message in wrong],
        file_limits=uploads.LIMITS,
        maskings=masking.seen(filled),
        masked=masking.all_of(masking.seen(filled).values()),
        ibans_masked=resources().settings.iban == "mask",
        phone_first=[point for point in map(catalog.contact, nature.phone_first) if point],
        points=reachable(catalog),
    )
    if outcome.retry_after:
        response.headers["Retry-After"] = str(outcome.retry_after)
    response.headers["X-Robots-Tag"] = "noindex" if request.method == "POST" else "all"
    return response


def _file_mistakes(outcome: submission.Outcome, language: str) -> list[tuple[str, str]]:
    say = resources().words.say
    return [(uploads.FILES, say(language, key, **values)) for key, values in uploads.messages(outcome.uploads.problems)]


def brought() -> dict[str, str]:
    """The question typed in the search box, and the theme it was asked in. Only a POST carries: all share a GET."""
    if request.method != "POST":
        return {"message": "", "theme": ""}
    theme = request.form.get("theme", "")
    known = {each.id for each in edition().catalog.site.themes}
    return {"message": request.form.get("message", "")[:MESSAGE_LENGTH], "theme": theme if theme in known else ""}


def _nature(language: str, slug: str) -> Nature:
    found = edition().catalog.nature_by_slug(language, slug)
    if found is None or not said(found.slug, language):
        abort(404)
    return found


def _see_other(path: str) -> Response:
    response: Any = redirect(path, 303)
    response.headers["Cache-Control"] = "no-store"
    assert isinstance(response, Response)
    return response
