"""The rows of the outbox, as intake and conversation write them in their own transaction.

A key is ``<reference>:<kind>[:<turn>]`` for a letter to the customer and ``<reference>:<kind>[:<turn>]:<destination>``
for a helpdesk: one ticket may be owed to several, and each recognises its own. `turn` is the beginning of the
message's id, which makes further messages and notices of one ticket different sendings.
"""

from typing import Any

from sqlalchemy import Connection, select

from webapp.tables import delivery

LETTERS = frozenset({"acknowledgement", "notice", "link"})
"""The kinds that go to the customer by mail; the others (``request``, ``message``) go to the bank's helpdesks."""
_TURN = 12  # characters of a message's random id: 48 bits, within one ticket


def owed(
    *, ticket_id: str, reference: str, kind: str, destination: str, due_at: int, message_id: str = "", turn: str = ""
) -> dict[str, Any]:
    """A row for ``tables.delivery``. `due_at` in milliseconds; `message_id`: the turn it carries, if not the first.

    `turn` tells sendings of one kind apart that carry none.
    """
    parts = [reference, kind, (message_id or turn)[:_TURN], "" if kind in LETTERS else destination]
    return {
        "key": ":".join(filter(None, parts)),
        "ticket_id": ticket_id,
        "kind": kind,
        "destination": destination,
        "state": "due",
        "due_at": due_at,
        "message_id": message_id or None,
    }


def turn_of(now: int) -> str:
    """A turn for a letter that carries no message: the moment it was owed (UTC milliseconds), so that it keeps its date
    at each attempt."""
    return f"{now:0{_TURN}x}"


def owed_at(key: str) -> int | None:
    """The moment in the key of such a letter."""
    turn = key.rpartition(":")[2]
    return int(turn, 16) if len(turn) == _TURN else None


def helpdesks(connection: Connection, ticket_id: str) -> list[str]:
    """The destinations that were owed the request: what the customer adds goes to the same ones."""
    query = select(delivery.c.destination).where(delivery.c.ticket_id == ticket_id, delivery.c.kind == "request")
    return list(connection.scalars(query.order_by(delivery.c.id)))
