"""Fixtures that every room uses."""

from tests.databases import (
    again,
    cluster,
    database,
    postgresql,
    postgresql_url,
    sqlite,
    sqlite_template,
)

__all__ = ["again", "cluster", "database", "postgresql", "postgresql_url", "sqlite", "sqlite_template"]
