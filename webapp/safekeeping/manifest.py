"""What a backup says of itself: every part with its digest, what is inside, and what opening it takes.

``manifest.json`` is closed by ``manifest.seal``, an HMAC under ``GUICHET_LOOKUP_KEY``: whoever can write where backups
lie can neither change one nor make one up, and a lookup key that is not that of the day is noticed.
"""

import hmac
import os
import re
from datetime import datetime
from pathlib import Path

import msgspec

from webapp.confidential.digest import Digester
from webapp.safekeeping.disk import Refused, written

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "manifest.seal"
FILES = "files"
NAME = re.compile(r"guichet-\d{8}T\d{6}Z(-\d+)?")
"""How backups are called: the moment, in UTC, whose state they hold."""
_PART = re.compile(r"database\.(sqlite3|pgdump)|files/([0-9a-f]{2})/\2[0-9a-f]{30}")
_PURPOSE = "backup manifest"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a backup. `size` in bytes."""

    sha256: str
    size: int


class KeyUsed(msgspec.Struct, frozen=True, kw_only=True):
    """A key of the safe that the backup needs, by its id: never the key. `values`: how many it opens.

    `sample`: how one of them begins, at `place`; enough to tell whether a private half is the right one, and no more.
    """

    id: str
    values: int
    symmetric: bool
    place: str
    sample: bytes


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`database`: ``sqlite`` or ``postgresql``; `server` and `tool`: versions of the server and of what copied it.

    `absent`: files that were deleted with their tickets while the copy was made; `lost`: files that rows name and the
    disk did not have, which must not happen.
    """

    format: int
    guichet: str
    made_at: datetime
    database: str
    server: str
    tool: str
    schema: str
    counts: dict[str, int]
    keys: tuple[KeyUsed, ...]
    parts: dict[str, Part]
    absent: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def database_part(self) -> str:
        return next(name for name in self.parts if not name.startswith(FILES))

    @property
    def files(self) -> dict[str, Part]:
        """Id of a file → its part."""
        return {name.rpartition("/")[2]: part for name, part in self.parts.items() if name.startswith(FILES)}


def file_part(file_id: str) -> str:
    """The name of a customer's file in a backup."""
    return f"{FILES}/{file_id[:2]}/{file_id}"


def write(folder: Path, manifest: Manifest, digester: Digester) -> None:
    """Write manifest and seal, durably."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    written(folder / MANIFEST, text + b"\n")
    written(folder / SEAL, (digester.hex(_PURPOSE, (text + b"\n").decode()) + "\n").encode())


def read(folder: Path, digester: Digester, *, unproved: bool = False) -> Manifest:
    """The manifest of a backup. `unproved`: although its seal does not fit. Errors: ``Refused``."""
    try:
        text, seal = (
            (folder / MANIFEST).read_text(encoding="utf-8"),
            (folder / SEAL).read_text(encoding="ascii").strip(),
        )
    except (OSError, UnicodeDecodeError):
        raise Refused(_no_backup(folder)) from None
    if not hmac.compare_digest(seal.encode(), digester.hex(_PURPOSE, text).encode()) and not unproved:
        raise Refused(
            "the manifest does not fit its seal: somebody changed it, or GUICHET_LOOKUP_KEY is not the key of the day"
            " of this backup. With another lookup key persons are no longer found by their address. If that key is"
            " lost and you know where this backup comes from: --unproved"
        )
    try:
        found = msgspec.json.decode(text, type=Manifest)
    except (msgspec.ValidationError, msgspec.DecodeError):
        raise Refused(f"{MANIFEST} is not one that this release understands") from None
    if found.format != FORMAT:
        raise Refused(f"this backup has format {found.format}; this release reads format {FORMAT}")
    if any(not _PART.fullmatch(name) for name in found.parts):
        raise Refused("the manifest names a part that no backup has")
    if sum(not name.startswith(FILES) for name in found.parts) != 1:
        raise Refused("the manifest does not name exactly one database")
    return found


def newest(folder: Path) -> list[Path]:
    """The backups in a folder, the newest first: only whole ones have such a name."""
    names = [each.name for each in os.scandir(folder) if each.is_dir() and NAME.fullmatch(each.name)]
    return [folder / each for each in sorted(names, reverse=True)]


def _no_backup(folder: Path) -> str:
    inside = newest(folder) if folder.is_dir() else []
    if inside:
        return f"{folder} holds {len(inside)} backups; name one of them, the newest is {inside[0].name}"
    return f"{folder} is no backup: {MANIFEST} or {SEAL} is missing"
