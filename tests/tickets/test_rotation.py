"""Rotation: every value comes under the new key, whatever happens midway, and nothing is lost without a word."""

import base64
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, select, update

from tests.tickets.conftest import Counter
from webapp.confidential.safe import Safe, Tampered, UnknownKey, key_of, new_key
from webapp.db import Database
from webapp.settings import ROOT
from webapp.tables import message, ticket
from webapp.tickets.reading import load
from webapp.tickets.rotation import Rotated, keys_in_use, rotate

OLD, NEW = new_key("old"), new_key("new")
FORMER_KEY = bytes(range(32))
FORMER = "dev1:" + base64.b64encode(FORMER_KEY).decode()


@pytest.fixture
def old(counter: Counter) -> Counter:
    counter.safe = Safe.from_setting(OLD)
    return counter


def filled(counter: Counter, number: int) -> None:
    for each in range(number):
        counter.submit(form_key=f"form-{each}", email=f"{each}@customer.example", message=f"Message {each}")


def everything(database: Database, safe: Safe) -> set[str]:
    with database.reading() as connection:
        ids = connection.scalars(select(ticket.c.id)).all()
        return {load(connection, safe, each).message for each in ids}


def test_every_value_comes_under_the_new_key_and_the_old_one_is_no_longer_needed(old: Counter) -> None:
    filled(old, 60)  # more than a batch
    assert keys_in_use(old.database) == {"old": 180}
    assert rotate(old.database, Safe.from_setting(f"{NEW},{OLD}")) == Rotated(renewed=180, left=())
    assert keys_in_use(old.database) == {"new": 180}
    assert everything(old.database, Safe.from_setting(NEW)) == {f"Message {each}" for each in range(60)}


def test_a_second_rotation_finds_nothing_to_do(old: Counter) -> None:
    filled(old, 3)
    both = Safe.from_setting(f"{NEW},{OLD}")
    rotate(old.database, both)
    assert rotate(old.database, both) == Rotated(renewed=0, left=())


def test_values_of_before_there_were_halves_are_brought_along(old: Counter) -> None:
    old.submit()
    with old.database.transaction() as connection:
        _as_before(connection)
    assert keys_in_use(old.database) == {"dev1 (symmetric)": 2}
    both = Safe.from_setting(NEW, former=FORMER)
    assert everything(old.database, both) == {"Bonjour,\nma carte est refusée."}
    assert rotate(old.database, both) == Rotated(renewed=2, left=())
    assert everything(old.database, Safe.from_setting(NEW)) == {"Bonjour,\nma carte est refusée."}


def _as_before(connection: Connection) -> None:
    """Put the values there as the first release wrote them: version 1, bound to their row alone."""
    safe = Safe.from_setting(OLD)
    found = connection.execute(
        select(ticket.c.id, ticket.c.sealed_person, message.c.id.label("turn"), message.c.sealed_body).join(message)
    ).one()
    person = safe.open(found.sealed_person, f"ticket/{found.id}/sealed_person")
    body = safe.open(found.sealed_body, f"message/{found.id}/{found.turn}/sealed_body")

    def sealed(plain: bytes, place: str) -> bytes:
        head, nonce = b"\x01\x04dev1", secrets.token_bytes(12)
        return head + nonce + AESGCM(FORMER_KEY).encrypt(nonce, plain, head + place.encode())

    before = sealed(person, f"ticket/{found.id}/sealed_person")
    connection.execute(update(ticket).values(sealed_person=before, sealed_link=None))
    connection.execute(update(message).values(sealed_body=sealed(body, f"message/{found.turn}/sealed_body")))


def test_a_lost_key_is_told_row_by_row_and_the_rows_are_left_as_they_were(old: Counter) -> None:
    filled(old, 2)
    before = _values(old.database)
    done = rotate(old.database, Safe.from_setting(NEW))
    assert done.renewed == 0
    assert {(each.key, each.reason) for each in done.left} == {("old", "UnknownKey")}
    assert len({each.place for each in done.left}) == 6
    assert _values(old.database) == before
    assert everything(old.database, Safe.from_setting(OLD)) == {"Message 0", "Message 1"}


def test_a_lost_key_does_not_keep_the_others_from_being_renewed(old: Counter) -> None:
    filled(old, 1)
    old.safe = Safe.from_setting(new_key("lost"))
    old.submit(form_key="lost")
    done = rotate(old.database, Safe.from_setting(f"{NEW},{OLD}"))
    assert (done.renewed, len(done.left)) == (3, 3)
    assert keys_in_use(old.database) == {"new": 3, "lost": 3}


def test_a_damaged_value_is_told_and_left(old: Counter) -> None:
    filled(old, 1)
    with old.database.transaction() as connection:
        value = bytearray(connection.scalar(select(message.c.sealed_body)) or b"")
        value[-1] ^= 1
        connection.execute(update(message).values(sealed_body=bytes(value)))
    done = rotate(old.database, Safe.from_setting(f"{NEW},{OLD}"))
    assert [(each.key, each.reason) for each in done.left] == [("old", Tampered.__name__)]
    assert done.renewed == 2


def test_what_is_emptied_meanwhile_stays_empty(old: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(old, 1)
    both = Safe.from_setting(f"{NEW},{OLD}")
    renew = both.renew

    def emptied_meanwhile(sealed: bytes, place: str, *, formerly: str = "") -> bytes:
        with old.database.transaction() as connection:
            connection.execute(update(message).values(sealed_body=b""))
            connection.execute(update(ticket).values(sealed_person=b"", sealed_link=None))
        return renew(sealed, place, formerly=formerly)

    monkeypatch.setattr(both, "renew", emptied_meanwhile)
    assert rotate(old.database, both) == Rotated(renewed=0, left=())
    assert _values(old.database) == {b""}


def test_killed_midway_it_loses_nothing_and_the_next_run_finishes(sqlite: Database, tmp_path: Path) -> None:
    counter = Counter(sqlite, safe=Safe.from_setting(OLD))
    filled(counter, 120)
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, str(sqlite._url.database), f"{NEW},{OLD}"], cwd=ROOT, env=os.environ, timeout=60
    )
    assert killed.returncode == -signal.SIGKILL
    used = keys_in_use(sqlite)
    assert set(used) == {"old", "new"}, "the test must have killed it midway"
    both = Safe.from_setting(f"{NEW},{OLD}")
    assert everything(sqlite, both) == {f"Message {each}" for each in range(120)}
    assert rotate(sqlite, both).left == ()
    assert everything(sqlite, Safe.from_setting(NEW)) == {f"Message {each}" for each in range(120)}


_KILLED = """
import os, signal, sys
from webapp.confidential.safe import Safe
from webapp.db import Database
from webapp.tickets.rotation import rotate
safe, renewed = Safe.from_setting(sys.argv[2]), []
renew = safe.renew
def counted(*given, **named):
    renewed.append(1)
    if len(renewed) == 190:
        os.kill(os.getpid(), signal.SIGKILL)
    return renew(*given, **named)
safe.renew = counted
rotate(Database("sqlite:///" + sys.argv[1]), safe)
"""


def test_a_message_under_another_ticket_does_not_open(old: Counter) -> None:
    filled(old, 2)
    with old.database.transaction() as connection:
        one, two = connection.execute(select(message.c.id, message.c.ticket_id).order_by(message.c.id)).all()
        connection.execute(update(message).where(message.c.id == one.id).values(ticket_id=two.ticket_id))
        connection.execute(update(message).where(message.c.id == two.id).values(ticket_id=one.ticket_id))
    with old.database.reading() as connection, pytest.raises(Tampered):
        load(connection, old.safe, one.ticket_id)


def test_a_value_sealed_to_a_key_at_hand_nowhere_is_named(old: Counter) -> None:
    old.submit()
    with old.database.reading() as connection, pytest.raises(UnknownKey):
        load(connection, Safe.from_setting(NEW), connection.execute(select(ticket.c.id)).scalar_one())
    assert {key_of(each) for each in _values(old.database)} == {"old"}


def _values(database: Database) -> set[bytes]:
    with database.reading() as connection:
        return {
            *connection.scalars(select(ticket.c.sealed_person)).all(),
            *connection.scalars(select(message.c.sealed_body)).all(),
            *(each for each in connection.scalars(select(ticket.c.sealed_link)).all() if each is not None),
        }
