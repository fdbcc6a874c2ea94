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
from tests.request_tracker import request_tracker

__all__ = [
    "again",
    "cluster",
    "counter",
    "database",
    "postgresql",
    "postgresql_url",
    "product",
    "request_tracker",
    "sqlite",
    "sqlite_template",
]
