"""The follow-up of a request, for its customer: no cookie, no account, no secret in any address but the mailed link's.

A GET shows a button and changes nothing, so that a mail scanner that opens links opens nothing. The button posts the
link's secret; the page that answers holds a view of fifteen minutes in its forms (``case.py``), and every further step
posts that. Wrong, replaced, withdrawn, never existed: one answer. These pages stand in no frame.
"""

from collections.abc import Mapping

import msgspec
from flask import Response, request

from webapp.confidential.link import Link
from webapp.db import DatabaseUnavailable
from webapp.knowledge import links as addresses
from webapp.tickets import conversation, links
from webapp.tickets.model import CaseNotFound, CaseOver, FilesTaken, TooManyRequests
from webapp.tickets.reference import normalise
from webapp.web import case, uploads
from webapp.web.addresses import Addresses
from webapp.web.case import Step
from webapp.web.forms import MESSAGE_LENGTH
from webapp.web.frame import edition, page
from webapp.web.origin import network_prefix
from webapp.web.resources import resources
from webapp.web.stamps import Stamp, StampError

LONGEST_SECRET = 60  # characters of an address that are repeated in the form; a link has 43
CHANGES: Mapping[str, conversation.Change] = {"close": "close", "reopen": "reopen", "withdraw": "withdraw"}
_POSTED = {
    each: frozenset(Addresses(each).follow_up(name) for name in ("open", "case", "ask", "file"))
    for each in ("fr", "en")
}


def enter(language: str) -> Response:
    """The way in for who has no link at hand: reference and code, or a new link by e-mail."""
    return _entry()


def knock(language: str, secret: str) -> Response:
    """The mailed link: one button, the same for every secret. Nothing is looked up."""
    if request.path in _POSTED[language]:  # the address of a form, come back to by hand
        return _entry()
    return page("followup/knock.html", alternates={}, kept=False, secret=secret[:LONGEST_SECRET])


def open_(language: str) -> Response:
    """Open a case with the link, with a view handed on by the receipt, or with reference and code."""
    case.require_ours()
    handed = request.form.get("view", "")
    view = case.views().read(handed, case.now_ms())
    if view:
        return case.shown(Step(link=view.link, opened=view.opened))
    if handed:
        return case.over()
    if "reference" in request.form:
        return _by_code()
    return case.shown(Step(link=Link.read(request.form.get("link", "")) or Link.new()))


def ask(language: str) -> Response:
    """Have a link sent. The answer is the same whether or not the reference exists."""
    case.require_ours()
    typed = request.form.get("reference", "").strip()
    reference = normalise(typed)
    if reference is None:
        return _entry(problem="followup.error.reference", field="ask-reference", typed=typed, status=400)
    links.ask(reference=reference, **case.limited())
    return page("followup/asked.html", alternates={}, kept=False, reference=reference)


def act(language: str) -> Response:
    """A step inside a view: add a message with files, close, reopen, say "this was not me", stay longer."""
    case.require_ours()
    view = case.view_of_form()
    text = request.form.get("message", "")[: 2 * MESSAGE_LENGTH]
    wanted = request.form.get("do", "")
    if view is None:
        return case.over(text)
    step = Step(link=view.link, opened=view.opened)
    try:
        if wanted == "write":
            return _written(step, text, language)
        if wanted == "withdraw" and request.form.get("sure") != "yes":
            return case.withdraw(step)
        if wanted in CHANGES:
            return _changed(step, CHANGES[wanted])
    except CaseNotFound:
        return case.unknown(text)
    except CaseOver:
        return case.shown(msgspec.structs.replace(step, problem="followup.error.over", text=text, status=409))
    except (DatabaseUnavailable, TooManyRequests) as trouble:
        return case.later(msgspec.structs.replace(step, text=text), trouble)
    return case.shown(step)


def _written(step: Step, text: str, language: str) -> Response:
    """A further message. What is wrong with it gives it back, words and files."""
    stamp = _stamp()
    # Files are looked into only for a form that was made here: it costs a second of a processor.
    given = uploads.receive(examine=stamp is not None)
    step = msgspec.structs.replace(step, text=text, uploads=given)
    problem = _mistake(text, given)
    if problem or stamp is None:
        problem = problem or "followup.error.stamp"
        return case.shown(msgspec.structs.replace(step, problem=problem, status=400))
    if given.problems:
        return case.shown(msgspec.structs.replace(step, status=given.status))
    try:
        return _kept(step, stamp, language)
    except FilesTaken:
        taken = msgspec.structs.replace(step, problem="form.file.taken", uploads=uploads.Uploads(), status=409)
        return case.shown(taken)
    except (DatabaseUnavailable, TooManyRequests) as trouble:
        return case.later(step, trouble)


def _kept(step: Step, stamp: Stamp, language: str) -> Response:
    held = resources()
    added = conversation.customer_wrote(
        held.database,
        held.safe,
        held.digester,
        step.link,
        step.text,
        form_key=stamp.form_key,
        now=held.clock(),
        network=network_prefix(request.remote_addr or ""),
        per_network=held.settings.limit_per_network,
        language=language,
        iban=held.settings.iban,
        files=step.uploads.files,
    )
    return case.shown(Step(link=step.link, opened=step.opened, said="followup.said.write", masked=added.masked))


def _stamp() -> Stamp | None:
    try:
        return case.stamps().read(request.form.get("stamp", ""), case.now_ms())
    except StampError:
        return None


def _mistake(text: str, given: uploads.Uploads) -> str:
    """What is wrong with the words; a file may go without any."""
    if not text.strip() and not given.files and not given.problems:
        return "followup.error.empty"
    return "followup.error.long" if len(text) > MESSAGE_LENGTH else ""


def _changed(step: Step, change: conversation.Change) -> Response:
    held = resources()
    conversation.customer_changed(held.database, held.safe, held.digester, step.link, change, now=held.clock())
    if change == "withdraw":
        return page("followup/withdrawn.html", alternates={}, kept=False)
    return case.shown(msgspec.structs.replace(step, said=f"followup.said.{change}"))


def _by_code() -> Response:
    typed, code = request.form.get("reference", "").strip(), request.form.get("code", "")
    reference = normalise(typed)
    if reference is None:
        return _entry(problem="followup.error.reference", field="reference", typed=typed, status=400)
    if "code" not in request.form:  # the receipt's own button, which needs no script
        return _entry(typed=reference)
    link = links.by_code(reference=reference, code=code, **case.limited())
    if link is None:
        return _entry(problem="followup.error.code", field="code", typed=reference, status=404)
    return case.shown(Step(link=link))


def _entry(*, problem: str = "", field: str = "", typed: str = "", status: int = 200) -> Response:
    languages = edition().catalog.site.languages
    return page(
        "followup/enter.html",
        alternates={each: addresses.page(each, "follow-up") for each in languages},
        kept=False,
        status=status,
        problem=problem,
        field=field,
        typed=typed[:LONGEST_SECRET],
    )


def handed_on(secret: str) -> str:
    """A view for the receipt of the request just sent: its script takes it out of the address's fragment."""
    link = Link.read(secret)
    return case.views().write(link, case.now_ms())[0] if link else ""
