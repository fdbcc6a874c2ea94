"""A stranger's file becomes one of ours: examined, cleaned, sealed on the disk. The same for all, the bank included.

The helpdesk's files are strangers' files too: an agent forwards what a customer's friend sent, and the page that shows
them is ours.
"""

import hashlib
from collections.abc import Callable
from typing import Protocol

import msgspec

from webapp.confidential.redaction import redact_name
from webapp.inspection import names
from webapp.inspection.antivirus import Antivirus
from webapp.inspection.examiner import Examiner
from webapp.inspection.rules import claimed, kind_of
from webapp.tickets.filestore import Store
from webapp.tickets.model import Arrived

_LONGEST_NAME = 500  # characters of a typed name that are looked at


class Source(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, /) -> int: ...


class _Hashing:
    """A source that remembers the digest of what was read from it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._source.read(size)
        self.digest.update(piece)
        return piece


class Admission(msgspec.Struct, frozen=True):
    """Who looks at files, and where they are kept. `examiner.turn()` is the caller's to take, for all of a message."""

    store: Store
    examiner: Examiner
    antivirus: Antivirus

    def admit(
        self, source: Source, typed: str, declared: str, *, digest: Callable[[str], str] = lambda _: ""
    ) -> Arrived:
        """`source` from its beginning. `digest`: keyed, made of that of the bytes; none: nobody sends it twice.

        Errors: ``Refused``, ``StoreFull``.
        """
        kind = claimed(typed, declared, source.read(64))
        source.seek(0)
        scan = self.antivirus.scan(source)
        source.seek(0)
        hashing = _Hashing(source)
        with self.store.draft() as draft:
            verdict = self.examiner.examine(hashing, kind, draft.feed)
            size = draft.keep()
        return Arrived(
            id=draft.id,
            name=shown(typed),
            media_type=kind.media_type,
            size=size,
            scan=scan,
            digest=digest(hashing.digest.hexdigest()),
            key=draft.key,
            cleaned=verdict.cleaned,
        )


def shown(typed: str | None) -> str:
    """A file's name as it may be shown and kept: cleaned, and without a card number."""
    once = redact_name((typed or "")[-_LONGEST_NAME:]).text
    return redact_name(names.cleaned(once, kind_of(once))).text
