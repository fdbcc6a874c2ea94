"""How often somebody may write in an hour, counted in the database because several processes and hosts share it.

An hour is counted in twelve slices of five minutes: nobody waits for more than an hour, and no burst passes at a full
hour. Whoever calls is inside a transaction: when it is rolled back, nothing was counted.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, select

from webapp.db import Database
from webapp.tables import allowance
from webapp.tickets.model import TooManyRequests

_SLICE = 5 * 60 * 1000  # milliseconds
_HOUR = 12 * _SLICE
_CLEANING = 64  # one call in so many (by its millisecond) deletes what no longer counts
_IN_USE = (
    select(allowance.c.bucket, func.sum(allowance.c.used))
    .where(allowance.c.bucket.in_(bindparam("buckets", expanding=True)), allowance.c.window_start > bindparam("since"))
    .group_by(allowance.c.bucket)
)


class Allowed(msgspec.Struct, frozen=True):
    """One limit: its name for the caller, the keyed digest of what it counts, uses per hour."""

    limit: str
    bucket: str
    per_hour: int


def take(database: Database, connection: Connection, wanted: Sequence[Allowed], now: int) -> None:
    """Count one use of each, or raise ``TooManyRequests``. `now`: UTC milliseconds. The order is that of the locks."""
    current = now - now % _SLICE
    insert = database.upsert(allowance)
    counted = insert.on_conflict_do_update(
        index_elements=[allowance.c.bucket, allowance.c.window_start], set_={"used": allowance.c.used + 1}
    )
    connection.execute(counted, [{"bucket": each.bucket, "window_start": current, "used": 1} for each in wanted])
    asked = {"buckets": [each.bucket for each in wanted], "since": current - _HOUR}
    in_use = {bucket: int(used) for bucket, used in connection.execute(_IN_USE, asked)}
    for each in wanted:
        if in_use[each.bucket] > each.per_hour:
            raise TooManyRequests(_wait(connection, each, now), each.limit)
    if now % _CLEANING == 0:
        forget(connection, now)


def forget(connection: Connection, now: int) -> None:
    """Delete what no longer counts."""
    connection.execute(delete(allowance).where(allowance.c.window_start <= now - now % _SLICE - _HOUR))


def _wait(connection: Connection, allowed: Allowed, now: int) -> int:
    """Seconds until enough slices have left the hour for one more use."""
    slices = connection.execute(
        select(allowance.c.window_start, allowance.c.used)
        .where(allowance.c.bucket == allowed.bucket, allowance.c.window_start > now - now % _SLICE - _HOUR)
        .order_by(allowance.c.window_start)
    ).all()
    excess = sum(used for _, used in slices) - allowed.per_hour
    for start, used in slices:
        excess -= used
        if excess <= 0:
            wait: int = start + _HOUR - now
            return max(1, -(-wait // 1000))
    return _HOUR // 1000
