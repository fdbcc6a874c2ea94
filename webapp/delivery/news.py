"""What a helpdesk has to say of the tickets it took: an answer to the customer, or a state. Two ways to ask."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, runtime_checkable

import msgspec


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """A file that came with an answer: as the far end names and declares it. `fetch`: its bytes (``DeliveryError``)."""

    name: str
    media_type: str
    fetch: Callable[[], bytes]

    def __repr__(self) -> str:
        return "<Brought>"


class News(msgspec.Struct, frozen=True, kw_only=True):
    """One answer (`text`, `files`, named for ever by `origin`) or one state, in our words (``tickets/states.py``).

    `case`: what the helpdesk calls the ticket; a mailbox knows only our `reference`.
    """

    at: datetime
    case: str = ""
    reference: str = ""
    text: str = ""
    origin: str = ""
    state: str = ""
    files: tuple[Brought, ...] = ()

    def __repr__(self) -> str:
        return f"<News {self.origin or self.state}>"  # an answer of the bank stands in no log


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """The news in order, and where to go on from. `more`: ask again at once."""

    news: tuple[News, ...] = ()
    cursor: str = ""
    more: bool = False


@runtime_checkable
class Listens(Protocol):
    """A destination that tells the news of all its tickets at once."""

    def hear(self, cursor: str, ours: Callable[[str], bool]) -> Heard:
        """What is new since `cursor` ("" at the first time: nothing of the past). `ours`: whether a case is ours.

        The same news may come twice. Errors: ``DeliveryError``.
        """


@runtime_checkable
class ListensByCase(Protocol):
    """A destination that must be asked about each ticket."""

    def hear_case(self, case: str, cursor: str) -> Heard:
        """What is new in one ticket since `cursor` ("": since it was made). Errors: ``DeliveryError``."""
