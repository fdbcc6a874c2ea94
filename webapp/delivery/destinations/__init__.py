"""Destinations by name. A new one is one small file beside this one and one line in ``DESTINATIONS``."""

from collections.abc import Callable, Mapping

from webapp.delivery.destinations.base import DeliveryError, Destination
from webapp.delivery.destinations.maildir import Maildir
from webapp.delivery.destinations.smtp import Relay
from webapp.settings import Settings

__all__ = ["DESTINATIONS", "DeliveryError", "Destination", "configured"]

DESTINATIONS: Mapping[str, Callable[[Settings], Destination]] = {
    "maildir": lambda settings: Maildir(settings.maildir_folder),
    "smtp": Relay.from_settings,
}


def configured(settings: Settings) -> dict[str, Destination]:
    """Every destination these settings can reach: the embedded mailbox always, the others when they are set up.

    A sending stays owed to the destination it was written for, even when the setting changes afterwards.
    """
    names = {"maildir", settings.destination} | ({"smtp"} if settings.smtp_host else set())
    return {name: DESTINATIONS[name](settings) for name in sorted(names)}
