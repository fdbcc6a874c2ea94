"""What every destination promises, and the one way in which it may fail."""

from email.message import EmailMessage
from typing import Protocol


class DeliveryError(Exception):
    """A sending did not happen, or nobody can tell.

    `reason` is a short code for tables and logs (``smtp-451``, ``tls``): never what the far end said, which may quote
    the message. `permanent`: trying again cannot help. `everybody`: the destination itself is out of reach, so the
    other sendings owed to it wait as well.
    """

    def __init__(self, reason: str, permanent: bool = False, *, everybody: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.everybody = everybody


class Destination(Protocol):
    """Somewhere mail goes."""

    def send(self, key: str, mail: EmailMessage) -> None:
        """Return only once the destination is answerable for `mail`.

        The same `key` may come again after a crash: it must then be recognised, or carry the same Message-ID.
        Errors: ``DeliveryError``.
        """
