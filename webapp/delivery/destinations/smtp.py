"""An SMTP relay (RFC 5321): TLS verified, one connection per message, the far end's words never repeated.

4xx and trouble on the way are tried again; 5xx about the recipient or the message are set aside for a person. A 5xx
about ourselves (greeting, STARTTLS, authentication, sender) is an operator's to repair: every sending waits meanwhile
and none is given up. A connection lost after DATA may mean that the relay has the message: it is sent again with the
same Message-ID, by which mailboxes and helpdesks know it.
"""

import smtplib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import urlsplit

from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.parcel import Parcel, Sent
from webapp.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """How to reach the relay. `security`: ``starttls``, ``tls`` or ``none``; `timeout` and `patience` in seconds.

    `patience` ends a conversation that drags on before DATA, so that a sending does not outlive its lease and go out
    a second time through another worker. `name` is ours, for EHLO.
    """

    host: str
    port: int
    security: str
    user: str = ""
    password: str = ""
    ca_file: str = ""
    timeout: float = 30.0
    patience: float = 30.0
    name: str = "localhost"

    @classmethod
    def from_settings(cls, settings: Settings) -> "Relay":
        longest = settings.delivery_lease / 2
        return cls(
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=settings.smtp_security,
            user=settings.smtp_user,
            password=settings.smtp_password,
            ca_file=settings.smtp_ca_file,
            timeout=min(float(settings.smtp_timeout), longest * 0.9),
            patience=longest,
            name=urlsplit(settings.public_url).hostname or "localhost",
        )

    def send(self, parcel: Parcel) -> Sent:
        """Hand the letter to the relay; the key is in its Message-ID. Errors: ``DeliveryError``."""
        self.hand_over(parcel.mail())
        return Sent()

    def hand_over(self, mail: EmailMessage) -> None:
        """Return once the relay has taken `mail`. Errors: ``DeliveryError``."""
        sender, recipient = _envelope(mail)
        started = time.monotonic()
        with _trouble(everybody=True):
            connection = self._connect()
        try:
            with _trouble(everybody=True):
                self._introduce(connection)
                options = _options(connection, sender, recipient)
                _accepted(connection.mail(sender, options))
            # From here on the trouble may come from this recipient or this message: the others need not wait.
            with _trouble(everybody=False):
                _accepted(connection.rcpt(recipient))
                if time.monotonic() - started > self.patience:
                    raise DeliveryError("slow")
                _accepted(connection.data(mail.as_bytes(policy=policy.SMTPUTF8 if options else policy.SMTP)))
        finally:
            _leave(connection)

    def _connect(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, self.name, timeout=self.timeout, context=self._trust())
        return smtplib.SMTP(self.host, self.port, self.name, timeout=self.timeout)

    def _introduce(self, connection: smtplib.SMTP) -> None:
        if self.security == "starttls":
            _accepted(connection.starttls(context=self._trust()))
        if self.user:
            connection.login(self.user, self.password)
        connection.ehlo_or_helo_if_needed()

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


def _envelope(mail: EmailMessage) -> tuple[str, str]:
    """One sender and one recipient, whatever the visitor typed. Errors: ``DeliveryError``, permanent."""
    recipients: tuple[Address, ...] = mail["To"].addresses
    if len(recipients) != 1 or mail["Cc"] or mail["Bcc"]:
        raise DeliveryError("recipients", permanent=True)
    sender: Address = mail["From"].addresses[0]
    return sender.addr_spec, recipients[0].addr_spec


def _options(connection: smtplib.SMTP, *addresses: str) -> list[str]:
    """What MAIL FROM must announce: SMTPUTF8 (RFC 6531) when an address is not ASCII."""
    if all(address.isascii() for address in addresses):
        return []
    if not connection.has_extn("smtputf8"):
        raise DeliveryError("smtputf8", permanent=True)
    return ["SMTPUTF8", "BODY=8BITMIME"]


@contextmanager
def _trouble(*, everybody: bool) -> Iterator[None]:
    """Name what went wrong. `everybody`: it is about the bank's side, so it is never permanent and all wait."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        code = error.smtp_code
        reason = f"smtp-{code}" if 400 <= code <= 599 else "smtp"
        raise DeliveryError(reason, 500 <= code <= 599 and not everybody, everybody=everybody) from None
    except smtplib.SMTPNotSupportedError:  # the relay offers no STARTTLS or no AUTH: never go on without
        raise DeliveryError("tls-or-auth-missing", everybody=everybody) from None
    except ssl.SSLError:
        raise DeliveryError("tls", everybody=everybody) from None
    except (smtplib.SMTPException, OSError):  # refused, reset, unknown name, no answer in time
        raise DeliveryError("connection", everybody=everybody) from None


def _accepted(answer: tuple[int, bytes]) -> None:
    if not 200 <= answer[0] < 300:
        raise smtplib.SMTPResponseException(answer[0], "")


def _leave(connection: smtplib.SMTP) -> None:
    """Say goodbye if the relay still listens; the outcome is known by now and this cannot change it."""
    with suppress(smtplib.SMTPException, OSError):
        connection.quit()
    connection.close()
