"""Which code makes a published version: part of its name, so that a new release rebuilds whatever the content."""

import hashlib
from functools import cache
from pathlib import Path


@cache
def code_revision() -> str:
    """Digest of the sources of `knowledge/` and `search/`: the two packages whose output a version holds."""
    package = Path(__file__).resolve().parent
    found = hashlib.sha256()
    for folder in (package, package.parent / "search"):
        for path in sorted(folder.glob("*.py")):
            found.update(f"{folder.name}/{path.name}".encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:12]
