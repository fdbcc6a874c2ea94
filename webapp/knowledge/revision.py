"""Which code makes a published version: part of its name, so that a new release rebuilds whatever the content."""

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path


@cache
def code_revision() -> str:
    """Digest of what makes a version: the sources of `knowledge/` and `search/`, and the libraries that write files."""
    package = Path(__file__).resolve().parent
    found = hashlib.sha256()
    for folder in (package, package.parent / "search"):
        for path in sorted(folder.glob("*.py")):
            found.update(f"{folder.name}/{path.name}".encode() + b"\0" + path.read_bytes() + b"\0")
    for library in ("Whoosh-Reloaded", "markdown-it-py", "nh3"):
        found.update(f"{library} {version(library)}".encode())
    return found.hexdigest()[:12]
