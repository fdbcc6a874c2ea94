"""kill -9 of a web worker that takes files, at each sync, rename and commit in turn (F21 of the list of faults).

The customer, who has no receipt, sends the same form again: one request, whole. What the dead worker left on the disk
is an orphan, and goes after an hour.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, select

from tests.web.conftest import KEY, MORNING, OPENING, SITE
from tests.web.test_contact import GOOD, SAME, old_stamp
from tests.web.test_uploads import JPG, PDF, encoded
from webapp import create_app
from webapp.confidential.safe import Safe, public_half
from webapp.db import Database
from webapp.settings import Settings
from webapp.tables import attachment, ticket
from webapp.tickets.attachments import files_of_ticket, missing, sweep


@pytest.fixture
def app(published: Path, tmp_path: Path) -> Iterator[Flask]:
    settings = replace(
        Settings(),
        public_url=SITE,
        data=tmp_path,
        index=published,
        secret_key=KEY,
        lookup_key=KEY[::-1],
        sealing_key=public_half(OPENING),
        limit_per_network=10_000,
        limit_per_address=10_000,
        files_per_network=10_000,
    )
    database = Database(settings.database)
    database.upgrade()
    database.dispose()
    made = create_app(settings, clock=lambda: MORNING)
    yield made
    made.extensions["guichet"].database.dispose()


def send(app: Flask, key: str) -> str:
    """A form with two files, as a browser posts it; the address of the receipt."""
    body = encoded({**GOOD, "stamp": old_stamp(app, key)}, (PDF, JPG))
    answer = app.test_client().post(
        "/ecrire/demande", data=body, headers=SAME, content_type="multipart/form-data; boundary=edge"
    )
    assert answer.status_code == 303, answer.text[:2000]
    return answer.headers["Location"].partition("#")[0]  # behind it the first answer alone has a way in


def killed(app: Flask, at: int) -> bool:
    """Send a form in a process that dies at its `at`-th step to the disk; whether it came so far."""
    app.extensions["guichet"].database.dispose()
    pid = os.fork()
    if pid == 0:
        try:
            arm(at)
            send(app, f"form-{at}")
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def arm(at: int) -> None:
    left = [at]

    def step() -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            step()
            return real(*arguments, **options)

        return call

    whole = Database.transaction

    @contextmanager
    def transaction(self: Database) -> Iterator[Connection]:
        with whole(self) as connection:
            yield connection
            step()  # everything is written, nothing is committed
        step()  # committed, and the customer has no answer

    os.fsync, os.rename = dying(os.fsync), dying(os.rename)
    Database.transaction = transaction  # type: ignore[method-assign]


def test_a_worker_killed_at_any_step_loses_no_acknowledged_file_and_doubles_nothing(app: Flask) -> None:
    held, safe, deaths = app.extensions["guichet"], Safe.from_setting(OPENING), 0
    while killed(app, deaths + 1):
        deaths += 1
        assert send(app, f"form-{deaths}") == send(app, f"form-{deaths}")
        with held.database.reading() as connection:
            assert missing(connection, held.store) == []
    print(f"killed {deaths} times")
    assert deaths >= 2 * 3 + 2 * 2  # of each file: sync, rename, sync of the folder; of two transactions: before, after

    with held.database.reading() as connection:
        references = connection.scalars(select(ticket.c.reference)).all()
        named = set(connection.scalars(select(attachment.c.id)))
    assert len(references) == deaths + 1
    assert len(named) == 2 * len(references)

    now = datetime.now(UTC)
    orphans = set(held.store.ids()) - named
    assert len(orphans) >= 3
    assert sweep(held.database, held.store, now + timedelta(minutes=59)) == 0
    assert sweep(held.database, held.store, now + timedelta(minutes=62)) == len(orphans)
    assert set(held.store.ids()) == named
    left = {each.name for each in held.store.folder.rglob("*") if each.is_file()}
    assert left == named  # drafts too
    for reference in references:
        with held.database.reading() as connection:
            files = files_of_ticket(connection, safe, held.store, reference)
        assert [(each.media_type, len(b"".join(each.chunks())) > 0) for each in files] == [
            ("application/pdf", True),
            ("image/jpeg", True),
        ]
