"""Secrets of a development data folder: made on the first start, kept there, never in production."""

import os
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from webapp.settings import Settings, SettingsError, variable

_SECRETS = "development-secrets.env"
_OPENING = "development-opening-key.env"  # apart, so that the web server has no reason to read it
_SEALING = "development-sealing-key.env"


def with_secrets(settings: Settings, *, opens: bool) -> Settings:
    """Fill in what is missing from the data folder's own secrets, made on the first start."""
    wanted = ("secret_key", "lookup_key")
    if not all(getattr(settings, name) for name in wanted):
        stored = _kept(settings.data / _SECRETS, lambda: {name: secrets.token_hex(32) for name in wanted})
        former = stored.get(variable("encryption_keys"), "") if opens else ""  # of a folder older than the halves
        settings = replace(
            settings,
            secret_key=settings.secret_key or stored.get(variable("secret_key"), ""),
            lookup_key=settings.lookup_key or stored.get(variable("lookup_key"), ""),
            encryption_keys=settings.encryption_keys or former,
        )
    for name in wanted:
        if not getattr(settings, name):
            path = settings.data / _SECRETS
            raise SettingsError(f"{path} holds no {variable(name)}: delete the file to have new secrets made.")
    return _with_keys(settings, opens=opens)


def _with_keys(settings: Settings, *, opens: bool) -> Settings:
    """The two halves, each in a file of its own; the private one is only read by who opens, or to make the other."""
    if settings.sealing_key and (settings.opening_keys or not opens):
        return settings
    from webapp.confidential.keys import new_key, public_half

    def private() -> str:
        if settings.opening_keys or settings.sealing_key:  # whoever gave one half has the other
            return settings.opening_keys
        path = settings.data / _OPENING
        return _kept(path, lambda: {"opening_keys": new_key("dev2")}).get(variable("opening_keys"), "")

    sealing = settings.sealing_key
    if not sealing and settings.opening_keys:
        sealing = public_half(settings.opening_keys)
    elif not sealing:
        stored = _kept(settings.data / _SEALING, lambda: {"sealing_key": public_half(private())})
        sealing = stored.get(variable("sealing_key"), "")
    return replace(settings, sealing_key=sealing, opening_keys=private() if opens else "")


def _kept(path: Path, make: Callable[[], dict[str, str]]) -> dict[str, str]:
    """The variables kept in `path`, written there (mode 0600) the first time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_once(path, "".join(f"{variable(name)}={value}\n" for name, value in make().items()))
    return dict(line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines() if "=" in line)


def _write_once(path: Path, text: str) -> None:
    """Create `path` whole with mode 0600; of two processes that start together, the first one wins."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)
