"""Files that come with a form: what was accepted stays so from one step to the next, what was not is said by name.

An accepted file is on the disk at once, sealed, and belongs to nobody yet: the page carries a pass for it (hidden field
``kept``, closed, no cookie), good for 50 minutes from the last page shown; the sweeper removes what nobody sent after
an hour. So neither a mistake in the form nor the page of answers that may help costs the customer a file.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial

import msgspec
from flask import request
from werkzeug.datastructures import FileStorage

from webapp.confidential.passes import PassError, Passes
from webapp.confidential.spool import Spool
from webapp.inspection.rules import (
    ACCEPT,
    KINDS,
    LARGEST_FILE,
    LARGEST_TOTAL,
    MOST_FILES,
    Refused,
    Unavailable,
)
from webapp.tickets import intake
from webapp.tickets.admission import Admission, shown
from webapp.tickets.filestore import StoreFull
from webapp.tickets.model import Arrived, TooManyRequests
from webapp.web.origin import network_prefix
from webapp.web.resources import resources

FILES, KEPT = "files", "kept"
PASS_MINUTES = 50  # ten less than the sweeper's hour: clocks of two hosts may differ
_RETRY = 60  # seconds


LIMITS = {
    "most": MOST_FILES,
    "largest": LARGEST_FILE,
    "total": LARGEST_TOTAL,
    "accept": ACCEPT,
    "endings": " ".join(ending for kind in KINDS for ending in kind.endings),
}
"""What the page tells its script."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted file as the form shows it."""

    token: str
    name: str
    size: int
    cleaned: bool


class Uploads(msgspec.Struct, frozen=True, kw_only=True):
    """The files of one posted form.

    `problems`: (reason, name of the file), in order; words under ``form.file.<reason>``. `status`: 400, or 429 and 503
    when nothing is wrong with the files.
    """

    files: tuple[Arrived, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    status: int = 400
    retry_after: int = 0

    def kept(self) -> list[Kept]:
        """Passes for the accepted files, made anew: whoever shows the form again gives another 50 minutes."""
        now = _now()
        return [
            Kept(
                token=_passes().write(msgspec.json.encode(each), now),
                name=each.name,
                size=each.size,
                cleaned=each.cleaned,
            )
            for each in self.files
        ]


def receive(*, examine: bool) -> Uploads:
    """The files of this request. `examine`: the form was made here and sent by a person, as far as can be told.

    What is not examined must be chosen again, and is named. Never raises for what a visitor sent.
    """
    files, problems = _brought_back()
    given = [each for each in request.files.getlist(FILES) if each.filename or _size(each)]
    free = MOST_FILES - len(files)
    problems += [("many", shown(each.filename)) for each in given[free:]]
    given = given[:free]
    if not examine:
        return Uploads(files=tuple(files), problems=(*problems, *(("again", shown(each.filename)) for each in given)))
    if not given:
        return Uploads(files=tuple(files), problems=tuple(problems))
    return _examined(files, problems, given)


def _examined(files: list[Arrived], problems: list[tuple[str, str]], given: Sequence[FileStorage]) -> Uploads:
    held = resources()
    waiting = list(given)
    reason, status, retry_after = "", 400, 0
    try:
        _count()
        held.store.require_room(sum(_size(each) for each in given if not _spool(each).overflowed))
        with held.examiner.turn():
            while waiting:
                try:
                    files.append(_accepted(waiting[0]))
                except Refused as refused:
                    problems.append((refused.reason, shown(waiting[0].filename)))
                waiting.pop(0)
    except TooManyRequests as refused:
        reason, status, retry_after = "limit", 429, refused.retry_after
    except Unavailable:
        reason, status, retry_after = "busy", 503, _RETRY
    except StoreFull:
        reason, status, retry_after = "full", 503, _RETRY
    problems += [(reason, shown(each.filename)) for each in waiting]
    return Uploads(files=tuple(files), problems=tuple(problems), status=status, retry_after=retry_after)


def _accepted(given: FileStorage) -> Arrived:
    """One file, examined, cleaned and sealed on the disk. Errors: ``Refused``, ``StoreFull``."""
    held, spool, typed = resources(), _spool(given), given.filename or ""
    if spool.failed:
        raise StoreFull("an upload could not be spooled")
    if spool.overflowed:
        raise Refused("large" if spool.size > LARGEST_FILE else "total")
    if not spool.size:
        raise Refused("empty")
    admission = Admission(held.store, held.examiner, held.antivirus)
    keyed = partial(held.digester.hex, "file")  # so that the same file sent twice is recognised
    return admission.admit(spool, typed, given.content_type or "", digest=keyed)


def _brought_back() -> tuple[list[Arrived], list[tuple[str, str]]]:
    files: dict[str, Arrived] = {}
    problems = []
    for text in request.form.getlist(KEPT)[:MOST_FILES]:
        with suppress(PassError, msgspec.DecodeError):
            content, made = _passes().read(text)
            each = msgspec.json.decode(content, type=Arrived)
            if _now() - made > PASS_MINUTES * 60_000 or not resources().store.refresh(each.id):
                problems.append(("again", each.name))
            else:
                files[each.id] = each
            continue
        problems.append(("again", ""))
    return list(files.values()), problems


def _count() -> None:
    """One message with files more for this network. Errors: ``TooManyRequests``, ``DatabaseUnavailable``."""
    held = resources()
    network = network_prefix(request.remote_addr or "")
    intake.allow_files(held.database, held.digester, network, held.settings.files_per_network, now=held.clock())


def _spool(given: FileStorage) -> Spool:
    assert isinstance(given.stream, Spool), "every file part of a request is spooled"
    return given.stream


def _size(given: FileStorage) -> int:
    return _spool(given).size


def _passes() -> Passes:
    return Passes(resources().settings.secret_key, "kept file")


def _now() -> int:
    return int(resources().clock().timestamp() * 1000)


def messages(problems: Sequence[tuple[str, str]]) -> Iterator[tuple[str, dict[str, str]]]:
    """Keys and values of the words that say `problems`."""
    for reason, name in problems:
        if name:
            yield f"form.file.{reason}", {"name": name}
        else:
            yield "form.file.again_unnamed", {}
