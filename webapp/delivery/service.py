"""The delivery worker put together from the settings: what ``flask deliver`` and ``python -m webapp.delivery`` run."""

import os
import random
import signal
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime
from threading import Event
from types import FrameType

from webapp import logs
from webapp.confidential.safe import Safe
from webapp.db import Database
from webapp.delivery.composition import Composer
from webapp.delivery.destinations import configured
from webapp.delivery.housekeeping import Housekeeping
from webapp.delivery.letterhead import Drawer
from webapp.delivery.packing import Packer
from webapp.delivery.sign_of_life import ALIVE
from webapp.delivery.worker import Rhythm, Worker
from webapp.settings import Settings
from webapp.tickets.retention import Periods

_NICENESS = 10  # letters can wait a moment, the people in front of the web server cannot


def build(settings: Settings, database: Database) -> Worker:
    """A worker for these settings; makes no connection yet."""
    packer = Packer(database, Safe.of(settings), Composer(settings, Drawer(settings.index)))
    return Worker(
        database,
        packer.pack,
        configured(settings),
        name=f"{socket.gethostname()[:24]}-{os.getpid()}",
        clock=_clock,
        random=random.Random(),  # noqa: S311 -- jitter, not a secret
        rhythm=Rhythm(
            lease=settings.delivery_lease, longest_wait=settings.delivery_longest_wait, poll=settings.delivery_poll
        ),
        idle=Housekeeping(database, Periods.of(settings), clock=_clock),
    )


def _clock() -> datetime:
    return datetime.now(UTC)


def deliver(settings: Settings) -> None:
    """Deliver until SIGTERM or SIGINT; the sending in hand is finished first.

    Errors: ``KeysSettingError``; any other leaves as exit status 1 after one line in the log.
    """
    logs.configure(production=settings.production, level=settings.log_level)
    log = logs.logger("guichet.delivery")
    stop = Event()

    def finish(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    os.nice(_NICENESS)
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, finish)
    settings.data.mkdir(parents=True, exist_ok=True)
    alive = settings.data / ALIVE
    database = Database(settings.database)
    log.info("delivery worker started", destination=settings.destination)
    worker = build(settings, database)
    try:
        worker.run(stop, alive)
    except Exception:  # said by type and place: a trace on the terminal would quote whatever the exception holds
        log.exception("delivery worker failed")
        sys.exit(1)
    finally:
        database.dispose()
        with suppress(OSError):
            alive.unlink(missing_ok=True)
    log.info("delivery worker stopped")
