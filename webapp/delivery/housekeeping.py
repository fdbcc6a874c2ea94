"""What the delivery worker does while nothing is to be delivered: delete what has outlived its retention period."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from webapp import logs
from webapp.db import Database
from webapp.tickets.filestore import Store
from webapp.tickets.retention import Periods, purge

EVERY = timedelta(hours=1)
_PORTION = 200  # tickets of one turn, tens of milliseconds: a sending that comes in meanwhile hardly waits
_log = logs.logger("guichet.retention")


class Housekeeping:
    """Purges at most once an hour, and again at the next idle turn while there is more. Never raises."""

    def __init__(
        self, database: Database, periods: Periods, *, clock: Callable[[], datetime], store: Store | None = None
    ) -> None:
        self._database = database
        self._periods = periods
        self._clock = clock
        self._store = store
        self._next = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> None:
        now = self._clock()
        if now < self._next:
            return
        self._next = now + EVERY
        try:
            purged = purge(self._database, now, self._periods, most=_PORTION, store=self._store)
        except Exception:  # deliveries go on; an hour later it tries again
            _log.exception("purge failed")
            return
        if purged.unfinished:
            self._next = now
        tell = _log.warning if purged.failed else _log.info
        tell("purged", **msgspec.structs.asdict(purged))
