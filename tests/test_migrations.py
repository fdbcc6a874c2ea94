"""Migrations: they make exactly the tables of ``tables.py``, once, whoever starts at the same time, on live data."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, select, text

from tests.databases import Cluster
from webapp.db import Database, DatabaseUnavailable
from webapp.revisions import MIGRATIONS
from webapp.tables import allowance, metadata, opinion

Fresh = Callable[[], Database]


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fresh]:
    """Views of one database without tables; each call is another process's."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'fresh.sqlite3'}"
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.create(f"fresh_{abs(hash(tmp_path))}")
    made: list[Database] = []

    def view() -> Database:
        made.append(Database(url))
        return made[-1]

    yield view
    for each in made:
        each.dispose()


def test_the_migrations_make_the_tables_of_the_code(fresh: Fresh) -> None:
    database = fresh()
    database.upgrade()
    with database.reading() as connection:
        # Alembic takes SQLite's '' for another default than ''; PostgreSQL's it compares by asking the server.
        options = {"compare_type": True, "compare_server_default": connection.dialect.name == "postgresql"}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_processes_that_start_together_migrate_once(fresh: Fresh) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        try:
            fresh().upgrade()
        except BaseException as error:
            failures.append(error)

    starting = [threading.Thread(target=start) for _ in range(5)]
    for each in starting:
        each.start()
    for each in starting:
        each.join()
    assert failures == []
    with fresh().reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1


def test_upgrading_again_keeps_the_data(fresh: Fresh) -> None:
    database = fresh()
    database.upgrade()
    with database.transaction() as connection:
        connection.execute(insert(allowance), {"bucket": "b", "window_start": 1, "used": 3})
    database.upgrade()
    with database.reading() as connection:
        assert connection.execute(select(allowance.c.used)).scalar_one() == 3


def test_a_migration_that_fails_leaves_nothing_behind(fresh: Fresh) -> None:
    database = fresh()
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE ticket (id INTEGER)"))  # in the way of the first migration
    with pytest.raises(Exception):  # noqa: B017  the driver's own words for "already exists"
        database.upgrade()
    with pytest.raises(DatabaseUnavailable), database.reading() as connection:
        connection.execute(select(allowance))


def test_counts_of_opinions_outlive_the_way_to_their_doors_and_back(fresh: Fresh) -> None:
    database = fresh()
    database.upgrade()
    text_of = {"article": "a", "language": "fr", "digest": "d", "month": "2026-11", "answer": "useful"}
    with database.transaction() as connection:
        for surface, count in (("hub", 2), ("tab", 3)):
            connection.execute(insert(opinion), {**text_of, "surface": surface, "count": count})
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
        assert connection.execute(text("SELECT * FROM opinion")).mappings().all() == [{**text_of, "count": 5}]
    database.upgrade()
    with database.reading() as connection:
        kept = connection.execute(select(opinion.c.surface, opinion.c.partner, opinion.c.count)).all()
    assert kept == [("hub", "", 5)]


def test_there_is_one_line_of_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1
