"""The delivery worker put together from the settings: what ``flask deliver`` and ``python -m webapp.delivery`` run."""

import os
import random
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event
from types import FrameType

import msgspec

from webapp import logs, memory
from webapp.confidential.safe import Safe
from webapp.db import Database
from webapp.delivery import shift
from webapp.delivery.composition import Composer
from webapp.delivery.declared import declared
from webapp.delivery.destinations import configured
from webapp.delivery.housekeeping import Housekeeping
from webapp.delivery.keeping import Office
from webapp.delivery.letterhead import Drawer
from webapp.delivery.listening import Listening
from webapp.delivery.packing import Packer
from webapp.delivery.receiving import Receiving
from webapp.delivery.rescanning import Rescanning
from webapp.delivery.rests import Rests
from webapp.delivery.sign_of_life import ALIVE
from webapp.delivery.worker import Lane, Rhythm, Worker
from webapp.inspection.antivirus import Antivirus
from webapp.inspection.examiner import Examiner
from webapp.settings import Settings
from webapp.tickets.admission import Admission
from webapp.tickets.filestore import Store
from webapp.tickets.retention import Periods

_NICENESS = 10  # letters can wait a moment, the people in front of the web server cannot
_ABREAST = 2  # sendings on their way to one helpdesk at once


class Staff(msgspec.Struct, frozen=True):
    """Who works in the post office: one worker for letters and mailboxes, two for each helpdesk, and who listens.

    `rescanning`: who shows files to the antivirus again; None without one.
    """

    workers: tuple[Worker, ...]
    listening: Listening
    rescanning: Rescanning | None

    def tasks(self, stop: Event, alive: Path) -> list[Callable[[], None]]:
        """One each, for ``shift.work``."""
        tasks: list[Callable[[], None]] = [partial(each.run, stop, alive) for each in self.workers]
        if self.listening:
            tasks.append(partial(self.listening.run, stop))
        if self.rescanning:
            tasks.append(partial(self.rescanning.run, stop))
        return tasks


def staff(settings: Settings, database: Database) -> Staff:
    """Everybody for these settings; makes no connection yet. Errors: ``SettingsError``, ``KeysSettingError``."""
    safe, destinations = Safe.of(settings), configured(settings)
    store = Store(settings.files_folder, settings.files_quota, group=settings.files_group)
    packer = Packer(database, safe, Composer(settings, Drawer(settings.index)), store)
    purging = Housekeeping(database, Periods.of(settings), clock=_clock, store=store)
    apart = frozenset(declared(settings))
    lanes = [Lane(never=apart), *(Lane(only=frozenset((name,))) for name in sorted(apart))]
    rhythm = Rhythm(
        lease=settings.delivery_lease, longest_wait=settings.delivery_longest_wait, poll=settings.delivery_poll
    )
    chance = random.Random()  # noqa: S311 -- jitter, not a secret

    def worker(lane: Lane, number: int, rests: Rests) -> Worker:
        return Worker(
            database,
            packer.pack,
            destinations,
            name=f"{socket.gethostname()[:20]}-{os.getpid()}-{lanes.index(lane)}-{number}",
            clock=_clock,
            random=chance,
            rhythm=rhythm,
            lane=lane,
            rests=rests,
            idle=(lambda: None) if lane.only else purging,
        )

    # While a helpdesk makes a ticket of one, the next is claimed, opened and composed: one alone keeps it waiting.
    teams = [(lane, _ABREAST if lane.only else 1, Rests()) for lane in lanes]
    antivirus = Antivirus(settings.clamd)
    receiving = Receiving(Admission(store, Examiner(), antivirus))
    office = Office(database=database, safe=safe, iban=settings.iban, files=receiving)
    every = settings.delivery_listen
    return Staff(
        tuple(worker(lane, number, rests) for lane, count, rests in teams for number in range(count)),
        Listening(office, destinations, every=every, clock=_clock, random=chance),
        Rescanning(database, safe, store, antivirus, clock=_clock, random=chance) if settings.clamd else None,
    )


def _clock() -> datetime:
    return datetime.now(UTC)


def deliver(settings: Settings) -> None:
    """Deliver until SIGTERM or SIGINT; the sending in hand is finished first.

    Errors: ``KeysSettingError``, ``SettingsError``; any other leaves as exit status 1 after one line in the log.
    """
    logs.configure(production=settings.production, level=settings.log_level)
    log = logs.logger("guichet.delivery")
    stop = Event()

    def finish(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    memory.one_heap()
    memory.give_back()
    os.nice(_NICENESS)
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, finish)
    settings.data.mkdir(parents=True, exist_ok=True)
    alive = settings.data / ALIVE
    database = Database(settings.database)
    log.info("delivery worker started", destination=settings.destination)
    everybody = staff(settings, database)
    try:
        shift.work(everybody.tasks(stop, alive), stop)
    except Exception:  # said by type and place: a trace on the terminal would quote whatever the exception holds
        log.exception("delivery worker failed")
        sys.exit(1)
    finally:
        database.dispose()
        with suppress(OSError):
            alive.unlink(missing_ok=True)
    log.info("delivery worker stopped")
