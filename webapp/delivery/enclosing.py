"""Customers' files in a letter: what is carried, what is only named, and what the agent should know of each.

A file that cannot be read back must not keep the words of its message from arriving: the letter then says so.
"""

from collections.abc import Iterable
from email.message import EmailMessage

import msgspec

from webapp import logs
from webapp.confidential.safe import SafeError
from webapp.delivery.parcel import Enclosure
from webapp.delivery.wording import one_line
from webapp.tickets.attachments import REFUSED

_ENCODED = 1.37  # base64 and its line ends
_KINDS = {"application/pdf": "PDF", "image/jpeg": "image JPEG", "image/png": "image PNG"}
_SCANS = {
    "clean": "antivirus : rien trouvé",
    "unscanned": "NON ANALYSÉE, l'antivirus ne répondait pas : à ouvrir avec prudence",
    "off": "non analysée par un antivirus",
    REFUSED: "REFUSÉE par l'antivirus après réception et supprimée",
}
_log = logs.logger("guichet.delivery")


class Enclosed(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a letter: its bytes when it is carried, and its line in the text."""

    name: str
    media_type: str
    data: bytes | None
    line: str


def enclosed(files: Iterable[Enclosure], largest: int) -> list[Enclosed]:
    """The files for a letter of `largest` bytes at most; those that do not fit, or do not open, are only named."""
    made, left = [], largest
    for file in files:
        data, trouble = None, ""
        if file.scan == REFUSED:
            pass  # its line says why
        elif file.size * _ENCODED > left:
            trouble = "TROP LOURDE pour cet e-mail, à demander à l'exploitant (flask files)"
        else:
            try:
                data = b"".join(file.chunks())
                left -= int(file.size * _ENCODED)
            except (SafeError, OSError) as error:
                _log.error("a file cannot be read back", reason=type(error).__name__)
                trouble = "ILLISIBLE sur nos disques, à redemander au client"
        line = line_of(file) + (f" ; {trouble}" if trouble else "")
        made.append(Enclosed(name=one_line(file.name), media_type=file.media_type, data=data, line=line))
    return made


def line_of(file: Enclosure) -> str:
    """What an agent reads of a file: name, kind, size, the antivirus's word, what was changed."""
    size = f"{file.size / 1024 / 1024:.1f} Mo".replace(".", ",")
    if file.size < 1024 * 1024:
        size = f"{max(1, round(file.size / 1024))} ko"
    told = [_SCANS.get(file.scan, _SCANS["off"])]
    if file.cleaned:
        told.append("contenu actif retiré, une signature électronique n'y est plus valable")
    return f"{one_line(file.name)} ({_KINDS.get(file.media_type, file.media_type)}, {size}) : {' ; '.join(told)}"


def attach(mail: EmailMessage, files: Iterable[Enclosed]) -> None:
    """Add the files that are carried, each under its own name (RFC 2231 for what is not ASCII)."""
    for each in files:
        if each.data is not None:
            main, _, sub = each.media_type.partition("/")
            mail.add_attachment(each.data, maintype=main, subtype=sub, filename=each.name)
