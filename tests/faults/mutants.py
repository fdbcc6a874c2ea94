"""Negative controls: the product with one promise broken, so that the tests prove that they would notice.

``GUICHET_MUTANT`` names the promise: it is read here only, by entry points that only the tests start
(``gunicorn tests.faults.mutants:app``, ``python -m tests.faults.mutants``).
"""

import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import Connection, update

from webapp import create_app, db
from webapp.db import Database
from webapp.delivery import service
from webapp.delivery.destinations.base import Destination
from webapp.delivery.parcel import Parcel, Sent
from webapp.settings import Settings
from webapp.tables import delivery
from webapp.tickets import intake


def answer_before_commit() -> None:
    """The receipt is shown; the commit follows, a moment later, in another thread."""
    whole = Database.transaction

    @contextmanager
    def hasty(self: Database) -> Iterator[Connection]:
        transaction = whole(self)
        yield transaction.__enter__()

        def commit() -> None:
            time.sleep(0.01)
            transaction.__exit__(None, None, None)

        threading.Thread(target=commit).start()

    Database.transaction = hasty  # type: ignore[method-assign]


def no_idempotency() -> None:
    """Each sending is a new ticket, whatever the stamp of its form."""
    submit = intake.submit

    def forgetful(database: Any, safe: Any, digester: Any, request: Any, **rest: Any) -> Any:
        fresh = msgspec.structs.replace(request, form_key=secrets.token_urlsafe(32))
        return submit(database, safe, digester, fresh, **rest)

    intake.submit = forgetful


def delivered_before_sent() -> None:
    """The outbox is told that all is well, then the letter is sent."""
    configured = service.configured

    class Careless:
        def __init__(self, real: Destination, database: Database) -> None:
            self._real, self._database = real, database

        def send(self, parcel: Parcel) -> Sent:
            with self._database.transaction() as connection:
                connection.execute(update(delivery).where(delivery.c.key == parcel.key).values(state="delivered"))
            return self._real.send(parcel)

    def careless(settings: Settings) -> dict[str, Destination]:
        database = Database(settings.database)
        return {name: Careless(real, database) for name, real in configured(settings).items()}

    service.configured = careless


def no_sync() -> None:
    """SQLite no longer waits for the disk: a kill loses nothing, a power cut does."""
    db._PRAGMAS = tuple(each.replace("synchronous=FULL", "synchronous=NORMAL") for each in db._PRAGMAS)  # type: ignore[assignment]


_MUTATIONS = {
    "answer-before-commit": answer_before_commit,
    "no-idempotency": no_idempotency,
    "delivered-before-sent": delivered_before_sent,
    "no-sync": no_sync,
}
_MUTATIONS[os.environ["GUICHET_MUTANT"]]()

if __name__ == "__main__":
    service.deliver(Settings.from_environ())
else:
    app = create_app(Settings.from_environ())
