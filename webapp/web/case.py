"""A case on the screen of its customer: the page with its view of fifteen minutes, and the pages that say why not.

A view is what a page's forms carry to the next step (``confidential/views.py``): the link's secret and two moments,
closed. Whoever holds a page that is over holds nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from flask import Response, abort, request

from webapp.confidential.link import Link
from webapp.confidential.views import View, Views
from webapp.db import DatabaseUnavailable
from webapp.knowledge.catalog import Catalog, Nature
from webapp.knowledge.contacts import PARIS
from webapp.tickets import followup
from webapp.tickets.deadlines import deadlines
from webapp.tickets.model import CaseNotFound, TooManyRequests
from webapp.tickets.states import REOPENABLE
from webapp.web import uploads
from webapp.web.frame import edition, page
from webapp.web.origin import network_prefix
from webapp.web.resources import resources
from webapp.web.stamps import Stamps
from webapp.web.submission import ours
from webapp.web.uploads import Uploads

_DAY_FORM = 86_400  # seconds a stamp lives; the view, which ends sooner, is what limits it


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the follow-up: whose view it goes on with, and what it says above the case.

    `problem`: key of the words about the message; `file_problem`: about a file that was asked for; `uploads`: files
    that came with a message which is not kept yet.
    """

    link: Link
    opened: int | None = None
    said: str = ""
    masked: tuple[str, ...] = ()
    problem: str = ""
    file_problem: str = ""
    text: str = ""
    uploads: Uploads = Uploads()
    status: int = 200


def shown(step: Step) -> Response:
    """The case as its customer sees it now, with a view that starts again."""
    try:
        found = followup.open_case(link=step.link, **limited())
    except CaseNotFound:
        return unknown(step.text)
    now = resources().clock()
    token, until = views().write(step.link, now_ms(), step.opened)
    catalog, settings = edition().catalog, resources().settings
    nature = catalog.nature(found.nature)
    response = page(
        "followup/case.html",
        alternates={},
        kept=False,
        status=step.status,
        case=found,
        step=step,
        file_errors=file_errors(step.uploads),
        file_examples=_examples(catalog, nature),
        file_limits=uploads.LIMITS,
        kept_files=step.uploads.kept(),
        view=token,
        until=datetime.fromtimestamp(until / 1000, PARIS),
        ibans_masked=settings.iban == "mask",
        lasts=max(0, until - now_ms()),
        stamp=stamps().issue(now_ms()),
        nature=nature,
        today=now.astimezone(PARIS).date(),
        due=deadlines(found.nature, found.theme, found.created_at, settings.payment_theme_ids),
        reopen_until=found.state_at + REOPENABLE,
        mediators=[point for point in catalog.contact_points if point.kind == "mediator"],
        paris=lambda at: at.astimezone(PARIS),
        now=now,
    )
    if step.uploads.retry_after:
        response.headers["Retry-After"] = str(step.uploads.retry_after)
    return response


def _examples(catalog: Catalog, nature: Nature | None) -> Any:
    """What may be joined, in the words of the nature; None at a bank that takes no file with any request.

    A nature whose form takes none may still be answered "send us the letter".
    """
    if nature is not None and nature.files:
        return nature.files
    if not any(each.files for each in catalog.natures):
        return None
    return resources().words.say(_language(), "followup.write.files")


def file_errors(given: Uploads) -> list[str]:
    """What is said of the files that were not taken."""
    say = resources().words.say
    return [say(_language(), key, **values) for key, values in uploads.messages(given.problems)]


def withdraw(step: Step) -> Response:
    """The question before the last word."""
    return page("followup/withdraw.html", alternates={}, kept=False, view=_again(step))


def unknown(text: str = "") -> Response:
    return _shut(404, text, over=False)


def over(text: str = "") -> Response:
    """The view is over. What was being written is given back: only here does it still exist."""
    return _shut(403, text, over=True)


def _shut(status: int, text: str, *, over: bool) -> Response:
    files = any(each.filename for each in request.files.getlist(uploads.FILES)) or uploads.KEPT in request.form
    return page(
        "followup/unknown.html", alternates={}, kept=False, status=status, text=text, over=over, had_files=files
    )


def later(step: Step, trouble: DatabaseUnavailable | TooManyRequests) -> Response:
    """What was written could not be kept now: it stands in a form that sends it again, as the same message."""
    wait = trouble.retry_after if isinstance(trouble, TooManyRequests) else 30
    response = page(
        "followup/again.html",
        alternates={},
        kept=False,
        status=429 if isinstance(trouble, TooManyRequests) else 503,
        minutes=-(-wait // 60),
        busy=isinstance(trouble, TooManyRequests),
        text=step.text,
        view=_again(step),
        stamp=request.form.get("stamp", "")[:400],
        wanted=request.form.get("do", "")[:20],
        kept_files=step.uploads.kept(),
        lost=_lost(step.uploads.kept()),
    )
    response.headers["Retry-After"] = str(wait)
    return response


def _lost(kept: Sequence[uploads.Kept]) -> bool:
    """Whether files came that the next attempt does not bring back."""
    return not kept and any(each.filename for each in request.files.getlist(uploads.FILES))


def limited() -> dict[str, Any]:
    """What every look-up of a case takes, its limit included."""
    held = resources()
    return {
        "database": held.database,
        "digester": held.digester,
        "now": held.clock(),
        "network": network_prefix(request.remote_addr or ""),
        "per_network": held.settings.limit_followup,
    }


def require_ours() -> None:
    if not ours():
        abort(403)


def view_of_form() -> View | None:
    """The view that the posted form goes on with; None when it is over or was never one."""
    return views().read(request.form.get("view", ""), now_ms())


def views() -> Views:
    return Views(resources().settings.secret_key)


def stamps() -> Stamps:
    return Stamps(resources().settings.secret_key, 0, _DAY_FORM)


def now_ms() -> int:
    return int(resources().clock().timestamp() * 1000)


def _again(step: Step) -> str:
    return views().write(step.link, now_ms(), step.opened)[0]


def _language() -> str:
    return str((request.view_args or {}).get("language", "fr"))
