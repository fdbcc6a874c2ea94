"""The index folder: who may write it, and the proof that it is whole.

A Whoosh index is pickle inside, so reading one that somebody else wrote is running their code. The folder is made 0700;
`verify` refuses a folder or file of another user, one that group or others may write, a link, and any byte that differs
from the manifest written last. The manifest proves integrity against accidents (crash, disk, a half copy), not against
the owner of the folder.
"""

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any

import msgspec

FORMAT = 13  # raised when what build writes changes: an older folder is then rebuilt instead of misread
MANIFEST = "manifest.json"


class SearchUnavailable(Exception):
    """The index is missing, damaged, of another format or not safely ours; the caller has it rebuilt."""


class Manifest(msgspec.Struct, frozen=True):
    format: int
    languages: tuple[str, ...]
    files: dict[str, str]  # name → SHA-256


def prepare(folder: Path) -> None:
    """An empty folder, readable by its owner alone. What an interrupted build left there is removed."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    for each in folder.iterdir():
        each.unlink()


def write_json(path: Path, value: Any) -> None:
    path.write_bytes(msgspec.json.encode(value))


def seal(folder: Path, languages: tuple[str, ...]) -> None:
    """Write the manifest, last and in one step, and flush everything to the disk."""
    files = {}
    for path in sorted(folder.iterdir()):
        path.chmod(0o600)
        files[path.name] = _digest(path)
        _flush(path)
    temporary = folder / f"{MANIFEST}.new"
    text = json.dumps({"format": FORMAT, "languages": languages, "files": files})
    temporary.write_text(_signed(text), encoding="utf-8")
    temporary.chmod(0o600)
    _flush(temporary)
    temporary.replace(folder / MANIFEST)
    _flush(folder)


def verify(folder: Path) -> Manifest:
    """The manifest, when every file is there, ours and unchanged. Errors: `SearchUnavailable`."""
    try:
        _refuse_strangers(folder)
        manifest = _read_manifest(folder / MANIFEST)
        if manifest.format != FORMAT:
            raise SearchUnavailable(f"index format {manifest.format}, expected {FORMAT}")
        for name, digest in manifest.files.items():
            path = folder / name
            if path.parent != folder:
                raise SearchUnavailable("a file of the manifest lies outside the folder")
            _refuse_strangers(path)
            if _digest(path) != digest:
                raise SearchUnavailable(f"{name} is damaged")
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise SearchUnavailable(f"index unreadable ({type(error).__name__})") from error
    return manifest


def read_json(path: Path) -> Any:
    return msgspec.json.decode(path.read_bytes())


def _signed(text: str) -> str:
    """The manifest with its own digest in front: a flipped bit in the language list must not pass either."""
    return f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}"


def _read_manifest(path: Path) -> Manifest:
    _refuse_strangers(path)
    digest, _, text = path.read_bytes().partition(b"\n")
    if hashlib.sha256(text).hexdigest().encode() != digest:
        raise SearchUnavailable("the manifest is damaged")
    return msgspec.json.decode(text, type=Manifest)


def _refuse_strangers(path: Path) -> None:
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise SearchUnavailable(f"{path.name} is a link")
    if found.st_uid != os.geteuid():
        raise SearchUnavailable(f"{path.name} belongs to another user")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise SearchUnavailable(f"{path.name} can be written by others")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
