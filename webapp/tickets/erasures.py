"""The list of erased tickets, kept outside the database: what a restored backup brings back is erased again by it.

One line an erased ticket: the moment, and the ticket's random id. The id says nothing of a person and, once the ticket
is gone, stands for nothing but its row in older backups; so the list may be kept as long as any of them.
"""

import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

_LINE = re.compile(r"(\S+) ([0-9a-f]{32})")


def note(path: Path, ids: Sequence[str], now: datetime) -> None:
    """Add tickets to the list, durably, before the commit that erases them. Errors: ``OSError``."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = "".join(f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {each}\n" for each in ids)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, lines.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def noted(path: Path) -> tuple[str, ...]:
    """The ids in the list, each once. A line cut short by a kill names a ticket that was not erased. Errors:
    ``OSError``, ``ValueError`` for a file that is no such list."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    found = [_LINE.fullmatch(line.rstrip("\n")) for line in lines if line.endswith("\n")]
    if not all(found):
        raise ValueError(f"line {found.index(None) + 1} is not a moment and the id of a ticket")
    return tuple(dict.fromkeys(each.group(2) for each in found if each))
