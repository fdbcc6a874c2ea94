"""The destinations of an installation by name: two that are always there, and those of ``GUICHET_DESTINATIONS``.

That file is TOML, one table a destination (``docs/destinations.md``). It holds no secret, only where to find one, so
that the web server may read the names too. This module imports no destination: knowing their names costs nothing.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from webapp.settings import Settings, SettingsError

BUILT_IN = ("maildir", "smtp")
RECOGNISING = frozenset({"request-tracker", "zammad", "webhook"})
"""The kinds that never make two of one sending: asked before anything is created, or given a key that they know."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,23}")


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """One table of the file: `kind` chooses the module, `options` are its business."""

    name: str
    kind: str
    options: dict[str, Any]


def declared(settings: Settings) -> dict[str, Declared]:
    """The destinations of the file by name, in its order; none when there is no file. Errors: ``SettingsError``."""
    path = settings.destinations
    if path == Path():
        return {}
    try:
        with path.open("rb") as file:
            tables = tomllib.load(file)
    except OSError as error:
        raise SettingsError(f"GUICHET_DESTINATIONS: {path} cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"GUICHET_DESTINATIONS: {path} is not TOML: {error}.") from error
    return {name: _declared(path, name, table) for name, table in tables.items()}


def known(settings: Settings) -> frozenset[str]:
    """Every name that a route may use here. Errors: ``SettingsError``."""
    built_in = {"maildir", settings.destination} | ({"smtp"} if settings.smtp_host else set())
    return frozenset(built_in | declared(settings).keys())


def recognising(settings: Settings) -> frozenset[str]:
    """The destinations here that may be sent the same thing twice. Errors: ``SettingsError``."""
    return frozenset(name for name, each in declared(settings).items() if each.kind in RECOGNISING)


def secret(name: str, options: Mapping[str, str]) -> str:
    """The secret `name` of a destination, from ``<name>_file`` or the variable named by ``<name>_env``; "" for none.

    Errors: ``SettingsError``.
    """
    path, variable = options.get(f"{name}_file", ""), options.get(f"{name}_env", "")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"{name}_file: {path} cannot be read ({error.strerror}).") from error
        except UnicodeDecodeError:  # not chained: the exception holds the bytes of the secret
            raise SettingsError(f"{name}_file: {path} is not a text in UTF-8.") from None
    if variable and variable not in os.environ:
        raise SettingsError(f"{name}_env: the variable {variable} is not set.")
    return os.environ.get(variable, "") if variable else ""


def _declared(path: Path, name: str, table: Any) -> Declared:
    where = f"GUICHET_DESTINATIONS: {path}, [{name}]"
    if not _NAME.fullmatch(name) or name in BUILT_IN:
        raise SettingsError(f"{where}: a name is 1 to 24 small letters, digits and dashes, and not {BUILT_IN}.")
    if not isinstance(table, dict) or not isinstance(table.get("kind"), str):
        raise SettingsError(f"{where}: a destination is a table with a `kind`.")
    return Declared(
        name=name, kind=table["kind"], options={key: value for key, value in table.items() if key != "kind"}
    )
