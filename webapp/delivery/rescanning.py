"""The delivery worker, which alone holds the keys, shows the antivirus the files that it missed while it was away.

A task of its own beside the deliveries: an antivirus that hangs keeps no letter waiting. One file at a time; a file
without a verdict is passed over, so that one which the antivirus cannot read keeps no other waiting, and is shown
again with the next round.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Event

from webapp import logs
from webapp.confidential.safe import Safe
from webapp.db import Database, DatabaseUnavailable
from webapp.delivery.backoff import wait
from webapp.tickets.filestore import Store
from webapp.tickets.rescanning import START, Scanner, next_after, rescan

LOOK = 60.0  # seconds between two looks when no file waits: a page that says "as soon as possible" is read again later
PAUSE = 0.2  # seconds between two files: the machine belongs to the people in front of the web server
LONGEST_WAIT = 300.0  # seconds between two attempts at an antivirus that is away
ROUND = timedelta(hours=1)  # until files that were passed over are shown again
_log = logs.logger("guichet.rescanning")


class Rescanning:
    """Never raises: files wait, deliveries go on."""

    def __init__(
        self,
        database: Database,
        safe: Safe,
        store: Store,
        scanner: Scanner,
        *,
        clock: Callable[[], datetime],
        random: Random,
    ) -> None:
        self._database = database
        self._safe = safe
        self._store = store
        self._scanner = scanner
        self._clock = clock
        self._random = random
        self._place = START
        self._next_round = datetime.min.replace(tzinfo=UTC)
        self._failures = 0

    def run(self, stop: Event) -> None:
        """Scan until `stop` is set; the file in hand is finished first."""
        while not stop.is_set():
            stop.wait(self.step())

    def step(self) -> float:
        """Deal with one file, if one waits; seconds until the next step."""
        try:
            return self._step()
        except DatabaseUnavailable as error:
            _log.warning("the database does not answer", reason=type(error).__name__)
        except Exception:  # a bug with one file: it is passed over
            _log.exception("a file could not be scanned")
        return LOOK

    def _step(self) -> float:
        now = self._clock()
        if now >= self._next_round:
            self._place, self._next_round = START, now + ROUND
        found = next_after(self._database, self._place)
        if found is None:
            return LOOK
        if not self._scanner.answers():
            return self._later("away")
        self._place = found
        word, reference = rescan(self._database, self._safe, self._store, self._scanner, found.id)
        if word == "silent":
            return self._later("no-verdict")
        if word == "refused":
            _log.warning("a stored file was refused by the antivirus and deleted", key=reference)
        elif word == "unreadable":
            _log.warning("a stored file cannot be scanned", key=reference, reason=word)
        if word in ("clean", "refused"):
            self._failures = 0
            _log.info("scanned later", state=word)
        return PAUSE

    def _later(self, reason: str) -> float:
        self._failures += 1
        seconds = wait(self._failures, LONGEST_WAIT, self._random)
        _log.warning("files wait for the antivirus", reason=reason, attempts=self._failures, wait=round(seconds, 1))
        return seconds
