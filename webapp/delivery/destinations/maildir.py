"""A Maildir on this machine: the mailbox that any mail client or ``mailbox.Maildir`` opens.

Written as https://cr.yp.to/proto/maildir.html asks (tmp, fsync, link into new) with one addition: the file name comes
from the delivery key and the date of the ticket, so that a sending repeated after a crash finds itself instead of
doubling. Letters to customers go to the Maildir++ folder ``.Accuses``: an agent's inbox holds requests only.
"""

import errno
import os
import re
import secrets
import time
from contextlib import suppress
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.parcel import Parcel, Sent

LETTERS = ".Accuses"
_ABANDONED = 3600.0  # seconds after which a file left in tmp/ by a killed writer is nobody's


class Maildir:
    """Sends by writing; ``send`` returns after the message and its folder entry are on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ready: set[Path] = set()

    def send(self, parcel: Parcel) -> Sent:
        """Errors: ``DeliveryError("maildir-<errno>")``, never permanent: disks are emptied and mounted again."""
        folder = self._folder / LETTERS if parcel.for_customer else self._folder
        mail = parcel.mail()
        try:
            if folder not in self._ready:
                self._prepare(folder)
                self._ready.add(folder)
            # Encoded words (RFC 2047) unless the letter's own policy says otherwise: many a reader knows no raw UTF-8.
            _write(folder, _file_name(parcel.key, mail), mail.as_bytes(policy=mail.policy.clone(linesep="\n")))
        except OSError as error:
            self._ready.discard(folder)
            everybody = error.errno not in (
                errno.EFBIG,
                errno.ENAMETOOLONG,
            )  # a full disk stops all, a long mail itself
            raise DeliveryError(f"maildir-{_code(error)}", everybody=everybody) from None
        return Sent()

    def _prepare(self, folder: Path) -> None:
        """Make the mailbox and the folder, durably and for the owner alone; forget what killed writers left."""
        for each in dict.fromkeys((self._folder, folder)):
            for part in (each, each / "tmp", each / "new", each / "cur"):
                part.mkdir(mode=0o700, parents=part == self._folder, exist_ok=True)
            if each != self._folder:
                (each / "maildirfolder").touch(mode=0o600)
            _sync(each)
            _sync(each.parent)
        for draft in (folder / "tmp").glob("*.guichet.*"):
            with suppress(FileNotFoundError):
                if time.time() - draft.stat().st_mtime > _ABANDONED:
                    draft.unlink()


def _write(folder: Path, name: str, content: bytes) -> None:
    new = folder / "new" / name
    if not _arrived(folder, name):
        draft = folder / "tmp" / f"{name}.{os.getpid()}-{secrets.token_hex(4)}"
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # link, not rename: of two writers holding the same key the second one is told, and overwrites nothing.
            with suppress(FileExistsError):
                os.link(draft, new)
        finally:
            draft.unlink(missing_ok=True)
    # Also when it was there before: the writer that was killed may have died between its link and its fsync.
    _sync(folder / "new")


def _arrived(folder: Path, name: str) -> bool:
    """Whether a message of this name is there, read or not. ``new`` first: a reader moves from there to ``cur``."""
    if (folder / "new" / name).exists():
        return True
    with os.scandir(folder / "cur") as entries:
        return any(entry.name == name or entry.name.startswith(f"{name}:") for entry in entries)


def _file_name(key: str, mail: EmailMessage) -> str:
    """``<seconds>.<key>.guichet``; both parts are the same at each repetition."""
    seconds = int(parsedate_to_datetime(mail["Date"]).timestamp())
    return f"{seconds}.{re.sub(r'[^A-Za-z0-9-]', '_', key)}.guichet"


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _code(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, "error").lower()
