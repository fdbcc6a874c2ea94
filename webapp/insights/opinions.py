"""Opinions on articles: "was this useful?", counted without persons.

One per visitor, day and article text. What recognises a visitor is digested with a random value of the day, which is
deleted with the digests the next day: no address is stored, and none can be found again (délibération CNIL of
4 July 2025 on audience measurement: anonymous statistics only).
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, delete, select

from webapp.confidential.digest import Digester
from webapp.db import Database
from webapp.tables import day_key, milliseconds, opinion, opinion_given
from webapp.tickets.limits import Allowed, take

ANSWERS: Final = ("useful", "unclear", "incomplete", "wrong", "person")


class UnknownAnswer(ValueError):
    """The answer is not one of ``ANSWERS``."""


def give(
    database: Database,
    *,
    article: str,
    language: str,
    digest: str,
    answer: str,
    surface: str,
    partner: str,
    visitor: str,
    network: str,
    per_network: int,
    now: datetime,
) -> bool:
    """Count `answer` on the text `digest` of `article`; ``False``: this visitor already gave one today.

    `surface`, `partner`: where it was given, as on a ticket; the same visitor on two surfaces is still one visitor.
    `visitor`: whatever tells visitors apart (address and browser), never stored. `network`: prefix that may give
    `per_network` opinions an hour. Days and months are UTC. Errors: ``UnknownAnswer``, ``TooManyRequests``,
    ``DatabaseUnavailable``.
    """
    if answer not in ANSWERS:
        raise UnknownAnswer(answer)
    day = now.astimezone(UTC).strftime("%Y-%m-%d")
    with database.transaction() as connection:
        digester = Digester(_key_of(database, connection, day))
        given = {"day": day, "digest": digester.hex("visitor", visitor, article, language, digest)}
        fresh = database.upsert(opinion_given).on_conflict_do_nothing().returning(opinion_given.c.day)
        if connection.execute(fresh, given).first() is None:
            return False
        allowed = Allowed("network", digester.hex("network", network), per_network)
        take(database, connection, [allowed], milliseconds(now))
        row = {"article": article, "language": language, "digest": digest, "month": day[:7], "answer": answer}
        _count(database, connection, {**row, "surface": surface, "partner": partner})
    return True


def _count(database: Database, connection: Connection, row: Mapping[str, str]) -> None:
    insert = database.upsert(opinion)
    counted = insert.on_conflict_do_update(
        index_elements=list(opinion.primary_key), set_={"count": opinion.c.count + 1}
    )
    connection.execute(counted, {**row, "count": 1})


def _key_of(database: Database, connection: Connection, day: str) -> bytes:
    """The random value of `day`, made by its first opinion, which also deletes those of earlier days."""
    wanted = select(day_key.c.value).where(day_key.c.day == day)
    known: bytes | None = connection.execute(wanted).scalar_one_or_none()
    if known is not None:
        return known
    made = database.upsert(day_key).on_conflict_do_nothing()
    connection.execute(made, {"day": day, "value": secrets.token_bytes(32)})
    connection.execute(delete(opinion_given).where(opinion_given.c.day < day))
    connection.execute(delete(day_key).where(day_key.c.day < day))
    stored: bytes = connection.execute(wanted).scalar_one()  # of two first opinions at once, one value stays
    return stored
