"""The follow-up of a request, for its customer: no cookie, no account, no secret in any address but the mailed link's.

A GET shows a button and changes nothing, so that a mail scanner that opens links opens nothing. The button posts the
link's secret; the page that answers holds a view of fifteen minutes in its forms (``confidential/views.py``), and every
further step posts that. Wrong, replaced, withdrawn, never existed: one answer. These pages stand in no frame.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from flask import Response, abort, request

from webapp.confidential.link import Link
from webapp.confidential.views import Views
from webapp.db import DatabaseUnavailable
from webapp.knowledge import links as addresses
from webapp.knowledge.contacts import PARIS
from webapp.tickets import conversation, followup, links
from webapp.tickets.deadlines import deadlines
from webapp.tickets.model import CaseNotFound, CaseOver, TooManyRequests
from webapp.tickets.reference import normalise
from webapp.tickets.states import REOPENABLE
from webapp.web.addresses import Addresses
from webapp.web.forms import MESSAGE_LENGTH
from webapp.web.frame import edition, page
from webapp.web.origin import network_prefix
from webapp.web.resources import resources
from webapp.web.stamps import StampError, Stamps
from webapp.web.submission import ours

LONGEST_SECRET = 60  # characters of an address that are repeated in the form; a link has 43
CHANGES: Mapping[str, conversation.Change] = {"close": "close", "reopen": "reopen", "withdraw": "withdraw"}
_POSTED = {
    each: frozenset(Addresses(each).follow_up(name) for name in ("open", "case", "ask")) for each in ("fr", "en")
}
_DAY_FORM = 86_400  # seconds a stamp lives; the view, which ends sooner, is what limits it


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the follow-up: whose view it goes on with, and what it says above the case."""

    link: Link
    opened: int | None = None
    said: str = ""
    masked: tuple[str, ...] = ()
    problem: str = ""
    text: str = ""
    status: int = 200


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
    _require_ours()
    handed = request.form.get("view", "")
    view = _views().read(handed, _now_ms())
    if view:
        return _case(Step(link=view.link, opened=view.opened))
    if handed:
        return _over("")
    if "reference" in request.form:
        return _by_code()
    return _case(Step(link=Link.read(request.form.get("link", "")) or Link.new()))


def ask(language: str) -> Response:
    """Have a link sent. The answer is the same whether or not the reference exists."""
    _require_ours()
    typed = request.form.get("reference", "").strip()
    reference = normalise(typed)
    if reference is None:
        return _entry(problem="followup.error.reference", field="ask-reference", typed=typed, status=400)
    links.ask(reference=reference, **_limited())
    return page("followup/asked.html", alternates={}, kept=False, reference=reference)


def act(language: str) -> Response:
    """A step inside a view: add a message, close, reopen, say "this was not me", stay longer."""
    _require_ours()
    view = _views().read(request.form.get("view", ""), _now_ms())
    text = request.form.get("message", "")[: 2 * MESSAGE_LENGTH]
    wanted = request.form.get("do", "")
    if view is None:
        return _over(text)
    step = Step(link=view.link, opened=view.opened)
    try:
        if wanted == "write":
            return _written(step, text, language)
        if wanted == "withdraw" and request.form.get("sure") != "yes":
            return _withdraw(step)
        if wanted in CHANGES:
            return _changed(step, CHANGES[wanted])
    except CaseNotFound:
        return _unknown(text)
    except CaseOver:
        return _case(msgspec.structs.replace(step, problem="followup.error.over", text=text, status=409))
    except (DatabaseUnavailable, TooManyRequests) as trouble:
        return _kept(step, text, trouble)
    return _case(step)


def _written(step: Step, text: str, language: str) -> Response:
    problem = _mistake(text)
    try:
        stamp = _stamps().read(request.form.get("stamp", ""), _now_ms())
    except StampError:
        problem = problem or "followup.error.stamp"
    if problem:
        return _case(msgspec.structs.replace(step, problem=problem, text=text, status=400))
    held = resources()
    added = conversation.customer_wrote(
        held.database,
        held.safe,
        held.digester,
        step.link,
        text,
        form_key=stamp.form_key,
        now=held.clock(),
        network=network_prefix(request.remote_addr or ""),
        per_network=held.settings.limit_per_network,
        language=language,
        iban=held.settings.iban,
    )
    return _case(msgspec.structs.replace(step, said="followup.said.write", masked=added.masked))


def _mistake(text: str) -> str:
    if not text.strip():
        return "form.error.message"
    return "followup.error.long" if len(text) > MESSAGE_LENGTH else ""


def _changed(step: Step, change: conversation.Change) -> Response:
    held = resources()
    conversation.customer_changed(held.database, held.safe, held.digester, step.link, change, now=held.clock())
    if change == "withdraw":
        return page("followup/withdrawn.html", alternates={}, kept=False)
    return _case(msgspec.structs.replace(step, said=f"followup.said.{change}"))


def _case(step: Step) -> Response:
    """The case as its customer sees it now, with a view that starts again."""
    try:
        found = followup.open_case(link=step.link, **_limited("limit_followup"))
    except CaseNotFound:
        return _unknown(step.text)
    now = resources().clock()
    token, until = _views().write(step.link, _now_ms(), step.opened)
    catalog, settings = edition().catalog, resources().settings
    return page(
        "followup/case.html",
        alternates={},
        kept=False,
        status=step.status,
        case=found,
        step=step,
        view=token,
        until=datetime.fromtimestamp(until / 1000, PARIS),
        ibans_masked=settings.iban == "mask",
        lasts=max(0, until - _now_ms()),
        stamp=_stamps().issue(_now_ms()),
        nature=catalog.nature(found.nature),
        today=now.astimezone(PARIS).date(),
        due=deadlines(found.nature, found.theme, found.created_at, settings.payment_theme_ids),
        reopen_until=found.state_at + REOPENABLE,
        mediators=[point for point in catalog.contact_points if point.kind == "mediator"],
        paris=lambda at: at.astimezone(PARIS),
        now=now,
    )


def _by_code() -> Response:
    typed, code = request.form.get("reference", "").strip(), request.form.get("code", "")
    reference = normalise(typed)
    if reference is None:
        return _entry(problem="followup.error.reference", field="reference", typed=typed, status=400)
    link = links.by_code(reference=reference, code=code, **_limited())
    if link is None:
        return _entry(problem="followup.error.code", field="code", typed=reference, status=404)
    return _case(Step(link=link))


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


def _withdraw(step: Step) -> Response:
    token, _ = _views().write(step.link, _now_ms(), step.opened)
    return page("followup/withdraw.html", alternates={}, kept=False, view=token)


def _unknown(text: str = "") -> Response:
    return page("followup/unknown.html", alternates={}, kept=False, status=404, text=text, over=False)


def _over(text: str) -> Response:
    """The view is over. What was being written is given back: only here does it still exist."""
    return page("followup/unknown.html", alternates={}, kept=False, status=403, text=text, over=True)


def _kept(step: Step, text: str, trouble: DatabaseUnavailable | TooManyRequests) -> Response:
    """What was written could not be kept now: it stands in a form that sends it again, as the same message."""
    wait = trouble.retry_after if isinstance(trouble, TooManyRequests) else 30
    token, _ = _views().write(step.link, _now_ms(), step.opened)
    response = page(
        "followup/again.html",
        alternates={},
        kept=False,
        status=429 if isinstance(trouble, TooManyRequests) else 503,
        minutes=-(-wait // 60),
        busy=isinstance(trouble, TooManyRequests),
        text=text,
        view=token,
        stamp=request.form.get("stamp", "")[:400],
        wanted=request.form.get("do", "")[:20],
    )
    response.headers["Retry-After"] = str(wait)
    return response


def _require_ours() -> None:
    if not ours():
        abort(403)


def _limited(limit: str = "limit_followup") -> dict[str, Any]:
    """What every look-up of a case takes, its limit included."""
    held = resources()
    return {
        "database": held.database,
        "digester": held.digester,
        "now": held.clock(),
        "network": network_prefix(request.remote_addr or ""),
        "per_network": getattr(held.settings, limit),
    }


def handed_on(secret: str) -> str:
    """A view for the receipt of the request just sent: its script takes it out of the address's fragment."""
    link = Link.read(secret)
    return _views().write(link, _now_ms())[0] if link else ""


def _views() -> Views:
    return Views(resources().settings.secret_key)


def _stamps() -> Stamps:
    return Stamps(resources().settings.secret_key, 0, _DAY_FORM)


def _now_ms() -> int:
    return int(resources().clock().timestamp() * 1000)
