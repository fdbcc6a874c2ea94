"""kill -9 under load: what was acknowledged is there, once, and arrives. And three controls: broken products are seen.

``GUICHET_TORTURE_SECONDS``, ``_KILLS`` and ``_SEED`` make a longer or another run (``make faults``: 300 kills).
"""

import os
import threading
import time
from pathlib import Path
from random import Random

import pytest

from tests.faults.customers import Customer, Sent
from tests.faults.fleet import Fleet, until
from tests.faults.verdict import Verdict, judge
from webapp.db import Database
from webapp.delivery import outbox
from webapp.tables import moment

SECONDS = float(os.environ.get("GUICHET_TORTURE_SECONDS", "60"))
KILLS = int(os.environ.get("GUICHET_TORTURE_KILLS", "60"))
SEED = int(os.environ.get("GUICHET_TORTURE_SEED", "20261122"))
CUSTOMERS = 8
DRAIN = 60.0  # seconds for everything owed to arrive once the killing is over

pytestmark = pytest.mark.slow


def torture(
    folder: Path, index: Path, *, seconds: float, kills: int = 0, mutant: str = "", seed: int = SEED
) -> tuple[Verdict, Fleet, Sent]:
    """Load, kill at random moments for `seconds` and until `kills`, let the outbox drain, stop, judge."""
    fleet, sent, closing, random = Fleet(folder, index, mutant=mutant), Sent(), threading.Event(), Random(seed)
    customers = [Customer(fleet.port, sent, closing, seed + number) for number in range(CUSTOMERS)]
    try:
        fleet.start("web", "worker")
        for each in customers:
            each.start()
        began = time.monotonic()
        while time.monotonic() < began + seconds or fleet.kills.total() < kills:
            assert time.monotonic() < began + 5 * seconds, f"only {fleet.kills} kills"
            time.sleep(random.uniform(0.1, 0.7))  # the moment of a kill is what is random here
            fleet.kill(random, len(sent.acknowledged))
        closing.set()
        for each in customers:
            each.join(60)
            assert not each.is_alive(), "a customer was never answered"
        drain(fleet)
    finally:
        closing.set()
        fleet.stop()
    return judge(fleet.data, sent), fleet, sent


def drain(fleet: Fleet) -> None:
    database = Database(f"sqlite:///{fleet.data / 'guichet.sqlite3'}")
    try:
        until(lambda: outbox.backlog(database, moment(0)).due == 0, fleet.log, DRAIN)
    finally:
        database.dispose()


def test_nothing_acknowledged_is_lost_doubled_or_left_behind(tmp_path: Path, published: Path) -> None:
    verdict, fleet, sent = torture(tmp_path, published, seconds=SECONDS, kills=KILLS)
    print(f"{dict(fleet.kills)} {verdict} retries {sent.retries}")
    assert fleet.kills.total() >= KILLS
    assert min(fleet.kills.values()) >= 5
    assert verdict.acknowledged >= 500
    assert sent.retries > 0
    assert sent.surprises == []
    assert verdict.clean, verdict


@pytest.mark.parametrize(
    ("mutant", "crime"),
    [
        ("answer-before-commit", "lost"),
        ("no-idempotency", "doubled"),
        ("delivered-before-sent", "undelivered"),
    ],
)
def test_a_broken_product_is_caught(tmp_path: Path, published: Path, mutant: str, crime: str) -> None:
    """Up to three runs of ten seconds: chance decides when a kill hits the broken moment."""
    for attempt in range(3):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        verdict, _, _ = torture(folder, published, seconds=10, mutant=mutant, seed=SEED + attempt)
        if getattr(verdict, crime):
            return
    pytest.fail(f"{mutant} was not noticed: {verdict}")
