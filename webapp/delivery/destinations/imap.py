"""The one door to IMAP (RFC 3501): new letters of one folder, by UID, over verified TLS. Nothing there is changed.

The folder is opened read-only and bodies are peeked at: it belongs to the agents, and what they have read is theirs.
"""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from webapp.delivery.destinations.base import DeliveryError

LARGEST = 20_000_000  # bytes of a letter that are read: 12 MB of files, coded; a longer one is read so far, words first
PORTION = 20  # letters of one look
PORTION_BYTES = 20_000_000  # after which a look ends
_AGAIN = 200  # letters read again when the server has numbered its folder anew
_NUMBER = re.compile(rb"\d{1,10}")


@dataclass(frozen=True, slots=True)
class Letters:
    """Raw letters in order, where to go on from (``<validity>:<uid>``), and whether there are more."""

    raw: tuple[bytes, ...]
    cursor: str
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One folder of one account. `timeout` in seconds."""

    host: str
    port: int
    user: str
    password: str
    name: str = "INBOX"
    ca_file: str = ""
    timeout: float = 20.0

    def since(self, cursor: str) -> Letters:
        """The letters after `cursor`; at the first look ("") none, only where to begin. Errors: ``DeliveryError``."""
        with _trouble(), self._opened() as server:
            validity, following = _told(server, "UIDVALIDITY"), _told(server, "UIDNEXT")
            known, _, last = cursor.partition(":")
            if not cursor:
                return Letters((), f"{validity}:{following - 1}", more=False)
            after = int(last) if known == str(validity) else max(0, following - 1 - _AGAIN)
            _, found = server.uid("SEARCH", f"UID {after + 1}:*")
            # "n:*" always holds the last letter, even below n (RFC 3501, 6.4.8).
            uids = sorted(uid for uid in map(int, _NUMBER.findall(found[0] or b"")) if uid > after)
            raw: list[bytes] = []
            for uid in uids[:PORTION]:
                after = uid
                raw.append(_body(server, uid))
                if sum(map(len, raw)) >= PORTION_BYTES:
                    break
            return Letters(tuple(filter(None, raw)), f"{validity}:{after}", more=len(uids) > len(raw))

    @contextmanager
    def _opened(self) -> Iterator[imaplib.IMAP4_SSL]:
        trust = ssl.create_default_context(cafile=self.ca_file or None)
        trust.minimum_version = ssl.TLSVersion.TLSv1_2
        server = imaplib.IMAP4_SSL(self.host, self.port, ssl_context=trust, timeout=self.timeout)
        try:
            server.login(self.user, self.password)
            status, _ = server.select(f'"{self.name}"', readonly=True)
            if status != "OK":
                raise DeliveryError("imap-folder", everybody=True)
            yield server
        finally:
            with suppress(imaplib.IMAP4.error, OSError):
                server.logout()


def _body(server: imaplib.IMAP4_SSL, uid: int) -> bytes:
    """The letter, as far as `LARGEST`; b"" when it has just been moved away."""
    _, found = server.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LARGEST}>)")
    return next((each[1] for each in found if isinstance(each, tuple) and len(each) > 1), b"")


def _told(server: imaplib.IMAP4_SSL, name: str) -> int:
    _, answer = server.response(name)
    number = _NUMBER.fullmatch((answer[0] if answer else None) or b"")
    if number is None:
        raise DeliveryError("garbage", everybody=True)
    return int(number[0])


@contextmanager
def _trouble() -> Iterator[None]:
    """Name what went wrong; the server's words travel no further."""
    try:
        yield
    except ssl.SSLError:
        raise DeliveryError("tls", everybody=True) from None
    except imaplib.IMAP4.abort:
        raise DeliveryError("connection-lost", everybody=True) from None
    except imaplib.IMAP4.error:  # a refused password, or a command that the server does not know
        raise DeliveryError("imap-refused", everybody=True) from None
    except OSError:
        raise DeliveryError("connection", everybody=True) from None
