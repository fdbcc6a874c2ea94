"""A letter of an agent → an answer to a ticket, or nothing.

A letter counts when an address that the operator trusts wrote it, no machine did (RFC 3834), and it names a ticket: by
the Message-ID that it answers, else by the reference in its subject.
"""

import hashlib
import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from functools import partial

from webapp.delivery.news import Brought, News
from webapp.delivery.quoting import decorates, fresh, plain
from webapp.tickets.reference import normalise

_REFERENCE = r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z*~$=]"
_ANSWERED = re.compile(rf"<({_REFERENCE})\.(?:request|message)\.[a-z0-9.-]*@[^<>\s]+>")
_IN_SUBJECT = re.compile(rf"\[({_REFERENCE})\]", re.IGNORECASE)
_BULK = ("bulk", "junk", "list", "auto_reply")
_MACHINES = ("x-autoreply", "x-autorespond", "x-auto-reply", "x-loop", "list-id", "list-unsubscribe")
_NOBODY = ("mailer-daemon", "postmaster", "noreply", "no-reply", "ne-pas-repondre")


def answer_in(raw: bytes, trusted: Collection[str], now: datetime) -> News | None:
    """The answer that a letter holds; None when it is none. Never raises, whatever the letter is made of.

    `trusted`: addresses, or domains as ``@bank.example``, in small letters.
    """
    try:
        letter = message_from_bytes(raw, policy=policy.default)
        if not isinstance(letter, EmailMessage) or not _trusted(letter, trusted) or _by_machine(letter):
            return None
        reference = _reference(letter)
        text = fresh(_text(letter))
        files = tuple(_files(letter))
        if not reference or not (text or files):
            return None
        origin = _origin(letter, raw)
        return News(at=_written(letter, now), reference=reference, text=text, files=files, origin=origin)
    except (ValueError, LookupError, TypeError, AttributeError, UnicodeError, RecursionError):
        return None  # the parser's own troubles with hostile headers, charsets and nesting


def _trusted(letter: EmailMessage, trusted: Collection[str]) -> bool:
    writers = _writers(letter)
    if len(writers) != 1 or len(letter.get_all("From", [])) != 1:
        return False
    address = writers[0].addr_spec.lower()
    return address in trusted or f"@{address.rpartition('@')[2]}" in trusted


def _by_machine(letter: EmailMessage) -> bool:
    """An automatic reply, a bounce, a list, or a letter of our own."""
    if str(letter.get("Auto-Submitted", "no")).strip().lower().partition(";")[0].strip() != "no":
        return True
    if str(letter.get("Precedence", "")).strip().lower() in _BULK or "X-Guichet-Reference" in letter:
        return True
    if any(name in letter for name in _MACHINES) or letter.get_content_type() == "multipart/report":
        return True
    return _writers(letter)[0].username.lower() in _NOBODY


def _writers(letter: EmailMessage) -> tuple[Address, ...]:
    return tuple(letter["From"].addresses) if letter["From"] else ()


def _reference(letter: EmailMessage) -> str:
    """The reference of the ticket: the letter that is answered says it better than a subject that people edit."""
    for name in ("In-Reply-To", "References"):
        found = _ANSWERED.findall(str(letter.get(name, "")))
        if found:
            return normalise(found[-1]) or ""
    named = _IN_SUBJECT.search(str(letter.get("Subject", "")))
    return (normalise(named[1]) or "") if named else ""


def _text(letter: EmailMessage) -> str:
    part = letter.get_body(("plain", "html"))
    if part is None:
        return ""
    text = str(part.get_content())
    return plain(text) if part.get_content_subtype() == "html" else text


def _files(part: Message) -> Iterator[Brought]:
    """The documents of a letter, wherever they stand in it; a letter inside the letter counts as one."""
    if part.get_content_type() == "message/rfc822":
        yield Brought(name=part.get_filename() or "message.eml", media_type="message/rfc822", fetch=lambda: b"-")
    elif part.is_multipart():
        for each in part.get_payload():
            if isinstance(each, Message):
                yield from _files(each)
    elif name := part.get_filename():
        headers = "\n".join(f"{key}: {value}" for key, value in part.items())
        if not decorates(part.get_content_type(), headers):
            yield Brought(name=name, media_type=part.get_content_type(), fetch=partial(_content, part))


def _content(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _written(letter: EmailMessage, now: datetime) -> datetime:
    """When it says it was written, never later than now."""
    try:
        said = parsedate_to_datetime(str(letter["Date"]))
    except (ValueError, TypeError):
        return now
    return min(said if said.tzinfo else said.replace(tzinfo=UTC), now)


def _origin(letter: EmailMessage, raw: bytes) -> str:
    """What this letter is called for ever, whatever mailbox it lies in."""
    named = str(letter.get("Message-ID", "")).strip().encode() or raw
    return f"mail:{hashlib.sha256(named).hexdigest()[:40]}"
