"""On PostgreSQL: one of two hosts loses its power; the database itself is restarted, and crashes, under load.

Customers of a dead host go on with the other one, as behind a load balancer; while the database is away a form comes
back with what was typed. Nothing acknowledged anywhere is lost, doubled or left behind.
"""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, Select, create_engine, select

from tests.databases import Cluster
from tests.faults.customers import Customer, Sent
from tests.faults.fleet import Fleet, until
from tests.faults.verdict import judged
from webapp.settings import ROOT
from webapp.tables import delivery, ticket

BEFORE, AFTER = 60, 120  # acknowledged requests when one host dies, and when the load ends

pytestmark = pytest.mark.slow


def test_one_of_two_hosts_dies_under_load(tmp_path: Path, published: Path, cluster: Cluster) -> None:
    url = cluster.create("two_hosts")
    hosts = [_host(tmp_path / name, index, url) for name, index in _indexes(tmp_path, published)]
    sent, closing = Sent(), threading.Event()
    ports = [each.port for each in hosts]
    customers = [
        Customer(ports[number % 2], sent, closing, number, others=(ports[1 - number % 2],)) for number in range(8)
    ]
    engine = create_engine(url)
    try:
        for each in hosts:
            each.start("web", "worker")
        for each in customers:
            each.start()
        until(lambda: len(sent.acknowledged) >= BEFORE, hosts[0].log)
        hosts[0].die()
        until(lambda: len(sent.acknowledged) >= AFTER, hosts[1].log)
        closing.set()
        for each in customers:
            each.join(60)
            assert not each.is_alive(), "a customer was never answered"
        rows = _rows_when_delivered(engine, hosts[1])
    finally:
        closing.set()
        for each in hosts:
            each.stop()
        engine.dispose()
    verdict = judged(*rows, "ok", tmp_path / "mail", sent)
    print(f"{verdict} retries {sent.retries}")
    assert sent.surprises == []
    assert verdict.acknowledged >= AFTER
    assert verdict.clean, verdict


def test_the_database_is_restarted_and_crashes_under_load(tmp_path: Path, published: Path) -> None:
    database = Cluster()
    database.start()
    url = database.create("guichet")
    host, sent, closing = _host(tmp_path / "host", published, url), Sent(), threading.Event()
    customers = [Customer(host.port, sent, closing, number) for number in range(8)]
    engine = create_engine(url)
    try:
        host.start("web", "worker")
        for each in customers:
            each.start()
        for turn, end in enumerate((database.close, database.crash, database.close, database.crash), start=1):
            until(lambda turn=turn: len(sent.acknowledged) >= 20 * turn, host.log)
            end()
            tried = sent.retries
            until(lambda tried=tried: sent.retries > tried, host.log)  # somebody has met a database that is away
            database.serve()
        until(lambda: len(sent.acknowledged) >= 100, host.log)
        closing.set()
        for each in customers:
            each.join(60)
            assert not each.is_alive(), "a customer was never answered"
        rows = _rows_when_delivered(engine, host)
    finally:
        closing.set()
        host.stop()
        engine.dispose()
        database.stop()
    verdict = judged(*rows, "ok", tmp_path / "mail", sent)
    print(f"{verdict} retries {sent.retries}")
    assert sent.surprises == []
    assert verdict.acknowledged >= 100
    assert verdict.clean, verdict


def _rows_when_delivered(engine: Engine, host: Fleet) -> tuple[list[str], dict[str, str]]:
    """References of tickets, and key → state of deliveries, once nothing is owed."""
    owed = select(delivery.c.id).where(delivery.c.state != "delivered").limit(1)
    with engine.connect() as connection:
        until(lambda: _none(connection, owed), host.log)
        references = list(connection.scalars(select(ticket.c.reference)))
        return references, {key: state for key, state in connection.execute(select(delivery.c.key, delivery.c.state))}


def _host(folder: Path, index: Path, url: str) -> Fleet:
    folder.mkdir(exist_ok=True)
    mail = str(folder.parent / "mail")  # the helpdesk's mailbox is one, whoever delivers
    return Fleet(folder, index, GUICHET_DATABASE_URL=url, GUICHET_MAILDIR=mail)


def _indexes(folder: Path, published: Path) -> list[tuple[str, Path]]:
    """The first host serves `published`; the second publishes the same content for itself."""
    own = folder / "own-index"
    environment = {"PATH": "/usr/bin:/bin", "GUICHET_INDEX": str(own), "GUICHET_DATA": str(folder / "publishing")}
    subprocess.run(
        [sys.executable, "-m", "webapp.cli", "publish"], cwd=ROOT, env=environment, check=True, capture_output=True
    )
    return [("first", published), ("second", own)]


def _none(connection: Connection, query: Select[tuple[int]]) -> bool:
    found = connection.execute(query).first()
    connection.rollback()  # each look sees what is there now
    return found is None
