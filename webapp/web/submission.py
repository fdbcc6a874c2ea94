"""From a posted form to a stored ticket, or to a reason that the person can act on."""

import logging
import threading
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

import msgspec
from flask import current_app, request

from webapp.db import DatabaseUnavailable
from webapp.knowledge.catalog import Nature
from webapp.knowledge.contacts import PARIS
from webapp.tickets import intake
from webapp.tickets.model import FilesTaken, Limits, Receipt, Request, RequestChanged, TooManyRequests
from webapp.web import finding, masking, trails, uploads
from webapp.web.forms import TRAP, RequestForm, form_class
from webapp.web.forwarding import deliveries, marks_of
from webapp.web.frame import edition
from webapp.web.orienting import Results
from webapp.web.origin import network_prefix, same_origin
from webapp.web.resources import resources
from webapp.web.stamps import StampExpired, Stamps
from webapp.web.surfaces import surface
from webapp.web.uploads import Uploads

FORMS = "guichet.forms"
RETRY_UNAVAILABLE = 30  # seconds; a lock is gone by then, a full disk is an operator's matter
_log = logging.getLogger(__name__)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a posted form: a receipt, or a status with problems (field id or "", words) and answers."""

    receipt: Receipt | None = None
    status: int = 200
    problems: tuple[tuple[str, str], ...] = ()
    results: Results | None = None
    retry_after: int = 0
    uploads: Uploads = Uploads()


class FormClasses:
    """The form class of each (version, nature, language), made on first use; those of the last version are kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = ""
        self._made: dict[tuple[str, str], type[RequestForm]] = {}

    def of(self, nature: Nature, language: str) -> type[RequestForm]:
        shown = edition()
        with self._lock:
            if self._version != shown.version:
                self._version, self._made = shown.version, {}
            made = self._made.get((nature.id, language))
            if made is None:
                made = form_class(nature, shown.catalog.site.themes, language, _say(language))
                self._made[nature.id, language] = made
        return made


def new_form(nature: Nature, language: str, data: Mapping[str, Any]) -> RequestForm:
    classes: FormClasses = current_app.extensions[FORMS]
    settings, now = resources().settings, resources().clock()
    today: date = now.astimezone(PARIS).date()
    meta = {
        "stamps": Stamps(settings.secret_key, settings.stamp_minimum_age, settings.stamp_maximum_age),
        "now_ms": int(now.timestamp() * 1000),
        "today": today,
        "say": _say(language),
        "language": language,
    }
    return classes.of(nature, language)(formdata=data, meta=meta)


def fresh_stamp() -> str:
    settings = resources().settings
    stamps = Stamps(settings.secret_key, settings.stamp_minimum_age, settings.stamp_maximum_age)
    return stamps.issue(int(resources().clock().timestamp() * 1000))


def ours() -> bool:
    return same_origin(request.headers, resources().settings.public_url.rstrip("/"))


def receive(form: RequestForm, nature: Nature, language: str) -> Outcome:
    """Check the form in the order in which a person can mend it; store it when nothing is left to mend."""
    say = _say(language)
    own, valid, trapped = ours(), form.validate(), bool(request.form.get(TRAP))
    given = _files(form, nature, examine=own and not trapped)
    if not own:
        return Outcome(status=403, problems=(("", say("form.error.origin")),), uploads=given)
    if trapped:
        return Outcome(status=400, problems=(("", say("form.error.trap")),), uploads=given)
    if form.refusal:
        return Outcome(status=400, problems=(("", str(form["stamp"].errors[0])),), uploads=given)
    if not valid or given.problems:
        return Outcome(status=given.status if valid else 400, retry_after=given.retry_after, uploads=given)
    if form["step"].data != "send":
        results = finding.ask_message(form["message"].data, language, 3)
        if results.interrupts or masking.seen(form):
            return Outcome(results=results, uploads=given)
    return _store(form, nature, language, given)


def _files(form: RequestForm, nature: Nature, *, examine: bool) -> Uploads:
    """Files are looked into only for a form that a person had from us: it costs a second of a processor."""
    if not nature.files:
        return Uploads()
    known = form.proof is not None or isinstance(form.refusal, StampExpired)
    return uploads.receive(examine=examine and known)


def _store(form: RequestForm, nature: Nature, language: str, given: Uploads) -> Outcome:
    held, say = resources(), _say(language)
    sent = msgspec.structs.replace(_request(form, nature, language), files=given.files)
    try:
        receipt = intake.submit(
            held.database,
            held.safe,
            held.digester,
            sent,
            now=held.clock(),
            limits=Limits(
                per_network=held.settings.limit_per_network,
                per_address=held.settings.limit_per_address,
                overall=held.settings.limit_overall,
                acknowledgements=held.settings.limit_acknowledgements,
            ),
            iban=held.settings.iban,
            deliveries=deliveries(edition().catalog.routes, marks_of(sent), held.settings),
        )
    except TooManyRequests as refused:
        minutes = -(-refused.retry_after // 60)
        words = say(f"form.error.{refused.limit}", minutes=minutes)
        return Outcome(status=429, problems=(("", words),), retry_after=refused.retry_after, uploads=given)
    except RequestChanged as changed:
        form["stamp"].current_token = form.meta.stamps.issue(form.meta.now_ms)
        words = say("form.error.changed", reference=changed.reference)
        return Outcome(status=409, problems=(("", words),), uploads=given)
    except FilesTaken:
        return Outcome(status=409, problems=((uploads.FILES, say("form.file.taken")),))
    except DatabaseUnavailable as error:
        _log.error("a request could not be stored: %s", type(error).__name__)
        words = say("form.error.unavailable")
        return Outcome(status=503, problems=(("", words),), retry_after=RETRY_UNAVAILABLE, uploads=given)
    return Outcome(receipt=receipt)


def _request(form: RequestForm, nature: Nature, language: str) -> Request:
    assert form.proof is not None, "a form without a good stamp is never stored"
    themes = {each.id for each in edition().catalog.site.themes}
    theme = form.chosen_theme()
    return Request(
        form_key=form.proof.form_key,
        nature=nature.id,
        theme=theme if theme in themes else "",
        language=language,
        surface=surface().name,
        partner=surface().partner,
        name=form["name"].data.strip(),
        email=form["email"].data,
        phone=(form["phone"].data or "").strip(),
        fields=form.entered(),
        trail=trails.brought(language),
        message=form["message"].data.strip(),
        network=network_prefix(request.remote_addr or ""),
    )


def _say(language: str) -> Any:
    return partial(resources().words.say, language)
