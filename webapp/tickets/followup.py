"""What the customer reads: the case opened with the link, and nothing else. No worker's key, no other ticket.

Opening counts against a limit of the network, in a transaction of its own, and asks the same questions of the database
whether the link is good, replaced, withdrawn or made up.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, or_, select

from webapp.confidential.digest import Digester
from webapp.confidential.link import Link, open_closed
from webapp.confidential.safe import SafeError
from webapp.db import Database
from webapp.tables import attachment, delivery, message, milestone, milliseconds, moment, ticket
from webapp.tickets import places
from webapp.tickets.enclosures import READ_BY_CUSTOMERS, Enclosure, enclosure
from webapp.tickets.limits import Allowed, take
from webapp.tickets.model import CaseNotFound
from webapp.tickets.states import REOPENABLE

_NOBODY = "0" * 32  # asked for when there is no case, so that as many questions are asked


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One message that the customer may read; `text` is None when it cannot be opened any more."""

    author: str
    at: datetime
    text: str | None
    files: tuple[Enclosure, ...] = ()

    def __repr__(self) -> str:
        return f"<Turn {self.author}>"


class Milestone(msgspec.Struct, frozen=True, kw_only=True):
    """A dated change of state, and whose it was (``customer``, ``bank``)."""

    state: str
    by: str
    at: datetime


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket as its customer sees it. `acknowledged_at`: when the acknowledgement left; None: it has not."""

    ticket_id: str
    reference: str
    nature: str
    theme: str
    language: str
    state: str
    state_at: datetime
    created_at: datetime
    answers: dict[str, str]
    turns: tuple[Turn, ...]
    milestones: tuple[Milestone, ...]
    acknowledged_at: datetime | None
    reopenable: bool
    writable: bool

    def __repr__(self) -> str:
        return f"<Case {self.reference}>"

    @property
    def answered_at(self) -> datetime | None:
        """When the bank first answered. A message after which the helpdesk waits for the customer only asks.

        The two months of a complaint run from its sending and nothing stops them (ACPR 2024-R-02): asking for details
        is no answer, and a helpdesk that says so too often only has its own deadline shown.
        """
        for number, turn in enumerate(self.turns):
            until = self.turns[number + 1].at if number + 1 < len(self.turns) else None
            if turn.author == "bank" and not self._asks(turn.at, until):
                return turn.at
        return None

    def _asks(self, since: datetime, until: datetime | None) -> bool:
        """Whether the helpdesk said, between two turns, that it waits for the customer."""
        waits = (each.at for each in self.milestones if each.state == "waiting" and each.by == "bank")
        return any(since <= at and (until is None or at < until) for at in waits)


def open_case(
    database: Database, digester: Digester, link: Link | None, *, now: datetime, network: str, per_network: int
) -> Case:
    """The case of `link`. Errors: ``CaseNotFound`` (also for None, at the same cost), ``TooManyRequests``."""
    asked = link or Link(bytes(32))
    allowed = Allowed("network", digester.hex("limit of follow-up", "opening", network), per_network)
    with database.transaction() as connection:
        take(database, connection, [allowed], milliseconds(now))
    with database.reading() as connection:
        row = connection.execute(select(ticket).where(ticket.c.link_hash == asked.hash)).one_or_none()
        ticket_id = row.id if row else _NOBODY
        turns = connection.execute(
            select(message)
            .where(message.c.ticket_id == ticket_id, message.c.author.in_(READ_BY_CUSTOMERS))
            .order_by(message.c.created_at, message.c.origin.is_not(None), message.c.id)  # the request itself first
        ).all()
        files = connection.execute(
            select(attachment).where(attachment.c.ticket_id == ticket_id).order_by(attachment.c.position)
        ).all()
        milestones = connection.execute(
            select(milestone).where(milestone.c.ticket_id == ticket_id).order_by(milestone.c.at, milestone.c.id)
        ).all()
        acknowledged = _acknowledged(connection, ticket_id)
    if row is None or link is None:
        raise CaseNotFound
    return _case(row, link, _turns(turns, files, link), milestones, acknowledged, now)


def _acknowledged(connection: Connection, ticket_id: str) -> int | None:
    """When the customer was told in writing that the bank has the case: the acknowledgement, or a letter since."""
    left = select(delivery.c.delivered_at).where(
        delivery.c.ticket_id == ticket_id,
        or_(delivery.c.kind == "acknowledgement", delivery.c.kind == "notice"),
        delivery.c.delivered_at.is_not(None),
    )
    return connection.execute(left.order_by(delivery.c.delivered_at).limit(1)).scalar()


def _case(
    row: Row[Any],
    link: Link,
    turns: tuple[Turn, ...],
    milestones: Sequence[Row[Any]],
    acknowledged: int | None,
    now: datetime,
) -> Case:
    closed_for = now - moment(row.state_at) if row.state == "closed" else None
    return Case(
        ticket_id=row.id,
        reference=row.reference,
        nature=row.nature,
        theme=row.theme,
        language=row.language,
        state=row.state,
        state_at=moment(row.state_at),
        created_at=moment(row.created_at),
        answers=_answers(row, link),
        turns=turns,
        milestones=tuple(Milestone(state=each.state, by=each.by, at=moment(each.at)) for each in milestones),
        acknowledged_at=None if acknowledged is None else moment(acknowledged),
        reopenable=closed_for is not None and closed_for <= REOPENABLE,
        writable=closed_for is None or closed_for <= REOPENABLE,
    )


def _turns(turns: Sequence[Row[Any]], files: Sequence[Row[Any]], link: Link) -> tuple[Turn, ...]:
    return tuple(
        Turn(
            author=each.author,
            at=moment(each.created_at),
            text=_text(each, link),
            files=tuple(enclosure(file, link) for file in files if file.message_id == each.id),
        )
        for each in turns
    )


def _text(row: Row[Any], link: Link) -> str | None:
    try:
        return link.open(row.sealed_body, row.link_key, places.body(row.ticket_id, row.id)).decode()
    except (SafeError, TypeError):  # TypeError: its data key was never closed to this link
        return None


def _answers(row: Row[Any], link: Link) -> dict[str, str]:
    try:
        opened = open_closed(link, row.link_answers, places.answers(row.id))
        return msgspec.json.decode(opened, type=dict[str, str])
    except (SafeError, TypeError):
        return {}
