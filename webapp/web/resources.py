"""The resources of one web process, in one frozen object at ``app.extensions["guichet"]``."""

import logging
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from flask import current_app

from webapp.knowledge.contacts import PARIS
from webapp.knowledge.shelf import Edition, Shelf
from webapp.search import Ear
from webapp.settings import Settings
from webapp.web.moment import Clock
from webapp.web.problems import Problems
from webapp.web.words import Words

if TYPE_CHECKING:
    from webapp.confidential.digest import Digester
    from webapp.confidential.safe import Safe
    from webapp.db import Database
    from webapp.inspection.antivirus import Antivirus
    from webapp.inspection.examiner import Examiner
    from webapp.tickets.filestore import Store

NAME = "guichet"
# Seconds after a mending: broken content checked at every request would take a core, and a mended version is looked
# for only every `publish_poll`.
_REST = 5.0
_log = logging.getLogger(__name__)


def utc_now() -> datetime:
    return datetime.now(UTC)


class Ears:
    """The ear of each edition, opened on its first question; the last two are kept while workers change over."""

    def __init__(self) -> None:
        self._ears: dict[str, Ear] = {}
        self._lock = threading.Lock()

    def of(self, edition: Edition) -> Ear:
        """Errors: ``SearchUnavailable`` when the index of `edition` is missing or damaged."""
        ear = self._ears.get(edition.version)
        if ear is not None:
            return ear
        with self._lock:
            ear = self._ears.get(edition.version)
            if ear is None:
                ear = Ear(edition.search)
                while len(self._ears) > 1:
                    self._ears.pop(next(iter(self._ears)))
                self._ears[edition.version] = ear
            return ear

    def forget(self, edition: Edition) -> None:
        """Drop an ear that failed, so that the next question opens the rebuilt index."""
        with self._lock:
            self._ears.pop(edition.version, None)


class Mender:
    """Has a missing or damaged version rebuilt in a background thread, one at a time in a process.

    ``publish.ensure`` holds a file lock, so that of several workers only the first one builds. A trouble that lasts is
    told once, whatever the number of visitors who meet it.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._busy = threading.Lock()
        self._rest_until = 0.0
        self._told: set[str] = set()
        self.thread: threading.Thread | None = None

    def mend(self, trouble: str) -> None:
        """Start mending unless it is under way or has just been tried; never waits and never raises."""
        if time.monotonic() < self._rest_until or not self._busy.acquire(blocking=False):
            return
        self._tell(f"{trouble}: having it rebuilt")
        self.thread = threading.Thread(target=self._mend, name="guichet-mender", daemon=True)
        self.thread.start()

    def _mend(self) -> None:
        try:
            from webapp.indexing import build_index
            from webapp.knowledge.publish import ensure

            today = self._clock().astimezone(PARIS).date()
            made = ensure(self._settings.content, self._settings.index, today=today, build_index=build_index)
            if made.changed:
                _log.warning("the published version was missing or damaged: %s is online", made.version)
            self._told.clear()
        except Exception as error:  # whatever it is, the pages in memory go on and a later request tries again
            self._tell(f"the published version could not be rebuilt: {type(error).__name__}")
        finally:
            self._rest_until = time.monotonic() + _REST
            self._busy.release()

    def _tell(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            _log.error(sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What views may use. `database` connects on first use; `clock` gives aware datetimes."""

    settings: Settings
    shelf: Shelf
    ears: Ears
    mender: Mender
    database: "Database"
    safe: "Safe"
    digester: "Digester"
    store: "Store"
    examiner: "Examiner"
    antivirus: "Antivirus"
    words: Words
    problems: Problems
    clock: Clock


def resources() -> Resources:
    """The resources of the process that answers this request."""
    return cast(Resources, current_app.extensions[NAME])
