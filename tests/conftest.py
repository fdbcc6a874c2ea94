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
from tests.product import counter, product

__all__ = [
    "again",
    "cluster",
    "counter",
    "database",
    "postgresql",
    "postgresql_url",
    "product",
    "sqlite",
    "sqlite_template",
]
