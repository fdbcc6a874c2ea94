"""What every destination promises, and the one way in which it may fail (``delivery/failing.py``)."""

from typing import Protocol

from webapp.delivery.failing import DeliveryError as DeliveryError
from webapp.delivery.parcel import Parcel, Sent


class Destination(Protocol):
    """Somewhere parcels go."""

    def send(self, parcel: Parcel) -> Sent:
        """Return only once the destination is answerable for `parcel`.

        The same key may come again after a crash (`parcel.repeated`): it must then be recognised. A mailbox knows it
        by the Message-ID, a helpdesk is asked before anything is created. Errors: ``DeliveryError``.
        """
