"""A counter where requests are handed in, on SQLite and on PostgreSQL, with a clock that tests move."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from webapp.confidential.digest import Digester
from webapp.confidential.safe import Safe, new_key
from webapp.db import Database
from webapp.tickets.intake import submit
from webapp.tickets.model import Limits, Receipt, Request

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
BOTH = (("request", "maildir"), ("acknowledgement", "maildir"))


def request_of(**changes: Any) -> Request:
    values: dict[str, Any] = {
        "form_key": "form-1",
        "nature": "question",
        "theme": "cartes",
        "name": "Zoé Müller",
        "email": "zoe@customer.example",
        "phone": "06 12 34 56 78",
        "fields": {"event_date": "2026-11-02"},
        "message": "Bonjour,\nma carte est refusée.",
        "network": "192.0.2.0/24",
    }
    return Request(**(values | changes))


@dataclass
class Counter:
    database: Database
    safe: Safe = field(default_factory=lambda: Safe.from_setting(new_key()))
    digester: Digester = field(default_factory=lambda: Digester("0123456789abcdef" * 2))
    limits: Limits = field(default_factory=lambda: Limits(per_network=1000, per_address=1000, overall=1000))
    deliveries: tuple[tuple[str, str], ...] = BOTH
    now: datetime = NOON

    def submit(self, **changes: Any) -> Receipt:
        return submit(
            self.database,
            self.safe,
            self.digester,
            request_of(**changes),
            now=self.now,
            limits=self.limits,
            deliveries=self.deliveries,
        )

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def counter(database: Database) -> Counter:
    return Counter(database)
