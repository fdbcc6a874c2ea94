"""Revisions of the tables: the line of migrations that this release knows, and where a database stands on it."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_TABLE = "alembic_version"


def migrate(connection: Connection) -> None:
    """Bring the tables to the newest revision, in the transaction of `connection`."""
    from alembic import command  # heavy, and only needed once
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def known() -> tuple[str, ...]:
    """Every revision of this release, the newest last."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    line = ScriptDirectory.from_config(config).walk_revisions()
    return tuple(reversed([each.revision for each in line]))


def of(connection: Connection) -> str:
    """The revision of a database, "" when it has none of our tables."""
    if not inspect(connection).has_table(_TABLE):
        return ""
    return str(connection.scalar(text(f"SELECT version_num FROM {_TABLE}")) or "")  # noqa: S608 -- a constant
