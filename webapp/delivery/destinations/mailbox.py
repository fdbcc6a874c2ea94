"""A mailbox of its own for the requests of a route, by the installation's usual way of sending letters."""

import msgspec

from webapp.delivery.destinations.base import Destination
from webapp.delivery.destinations.maildir import Maildir
from webapp.delivery.destinations.smtp import Relay
from webapp.delivery.parcel import Parcel, Sent
from webapp.delivery.wording import address
from webapp.settings import Settings, SettingsError


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    to: str


class Mailbox:
    """Writes the letter to `to` and gives it to `carrier`."""

    def __init__(self, to: str, carrier: Destination) -> None:
        self._to = to
        self._carrier = carrier

    def send(self, parcel: Parcel) -> Sent:
        return self._carrier.send(parcel.addressed_to(self._to))


def build(_name: str, options: Options, settings: Settings) -> Mailbox:
    if not address(options.to):
        raise SettingsError(f"to: {options.to!r} is not an e-mail address.")
    relay = settings.letters_by == "smtp"
    return Mailbox(options.to, Relay.from_settings(settings) if relay else Maildir(settings.maildir_folder))
