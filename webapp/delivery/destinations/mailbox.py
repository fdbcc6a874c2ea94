"""A mailbox of its own for the requests of a route, and the mailbox where agents' answers to them arrive.

Letters leave by the installation's usual way. With `answers_to` an agent's Reply goes to that mailbox instead of the
customer's, where it is read by IMAP and shown on the follow-up page.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from webapp.delivery.declared import secret
from webapp.delivery.destinations.base import Destination
from webapp.delivery.destinations.imap import Folder
from webapp.delivery.destinations.maildir import Maildir
from webapp.delivery.destinations.smtp import Relay
from webapp.delivery.news import Heard
from webapp.delivery.parcel import Parcel, Sent
from webapp.delivery.replies import answer_in
from webapp.delivery.wording import address
from webapp.settings import Settings, SettingsError


class Imap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where answers arrive. TLS from the first byte, always; `trusted`: who may answer, addresses or ``@domain``."""

    host: str
    user: str
    trusted: tuple[str, ...]
    port: int = 993
    password_file: str = ""
    password_env: str = ""
    folder: str = "INBOX"
    ca_file: str = ""


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    to: str
    answers_to: str = ""
    imap: Imap | None = None


class Mailbox:
    """Writes the letter to `to` and gives it to `carrier`."""

    def __init__(self, options: Options, carrier: Destination) -> None:
        self._options = options
        self._carrier = carrier

    def send(self, parcel: Parcel) -> Sent:
        return self._carrier.send(parcel.addressed_to(self._options.to, answers_to=self._options.answers_to))


class AnsweredMailbox(Mailbox):
    """A mailbox whose answers are read from `folder`, if one of `trusted` wrote them."""

    def __init__(
        self,
        options: Options,
        carrier: Destination,
        folder: Folder,
        trusted: tuple[str, ...],
        *,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(options, carrier)
        self._trusted = frozenset(each.lower() for each in trusted)
        self._folder = folder
        self._clock = clock

    def hear(self, cursor: str, ours: Callable[[str], bool]) -> Heard:
        """The answers among the letters that are new; a mailbox has no names for tickets, so `ours` is not asked."""
        letters = self._folder.since(cursor)
        found = [answer_in(raw, self._trusted, self._clock()) for raw in letters.raw]
        return Heard(news=tuple(each for each in found if each), cursor=letters.cursor, more=letters.more)


def build(_name: str, options: Options, settings: Settings) -> Mailbox:
    for name, given in (("to", options.to), ("answers_to", options.answers_to)):
        if not address(given) and (given or name == "to"):
            raise SettingsError(f"{name}: {given!r} is not an e-mail address.")
    relay = settings.letters_by == "smtp"
    carrier: Destination = Relay.from_settings(settings) if relay else Maildir(settings.maildir_folder)
    if options.imap is None:
        return Mailbox(options, carrier)
    folder, trusted = _folder(options.imap), options.imap.trusted
    return AnsweredMailbox(options, carrier, folder, trusted, clock=lambda: datetime.now(UTC))


def _folder(imap: Imap) -> Folder:
    given = secret("password", {"password_file": imap.password_file, "password_env": imap.password_env})
    if not given:
        raise SettingsError("imap.password_file or imap.password_env: one of them must give the password.")
    if not imap.trusted or any("@" not in each for each in imap.trusted):
        raise SettingsError("imap.trusted: whose letters are answers of the bank? Addresses, or @domain.")
    if any(each in imap.folder for each in '"\\\r\n'):
        raise SettingsError("imap.folder: a name without quotation marks and backslashes.")
    return Folder(
        host=imap.host, port=imap.port, user=imap.user, password=given, name=imap.folder, ca_file=imap.ca_file
    )
