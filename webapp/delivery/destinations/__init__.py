"""Destinations by name. A new kind is one small file beside this one and one line in ``KINDS``.

Its module has ``Options`` (what the table in ``GUICHET_DESTINATIONS`` may say) and ``build(name, options, settings)``.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import msgspec

from webapp.delivery.declared import Declared, declared
from webapp.delivery.destinations.base import DeliveryError, Destination
from webapp.delivery.destinations.maildir import Maildir
from webapp.delivery.destinations.smtp import Relay
from webapp.settings import Settings, SettingsError

__all__ = ["KINDS", "DeliveryError", "Destination", "configured"]

KINDS: Mapping[str, str] = {
    "mail": "mailbox",
    "request-tracker": "request_tracker",
    "webhook": "webhook",
    "zammad": "zammad",
}
"""Kind → module; imported when an installation has one, so that nobody pays for what they do not use."""

_BUILT_IN: Mapping[str, Callable[[Settings], Destination]] = {
    "maildir": lambda settings: Maildir(settings.maildir_folder),
    "smtp": Relay.from_settings,
}


def configured(settings: Settings) -> dict[str, Destination]:
    """Every destination these settings can reach: the embedded mailbox always, the others when they are set up.

    A sending stays owed to the destination it was written for, even when the setting changes afterwards.
    Errors: ``SettingsError`` naming the table and the option.
    """
    names = {"maildir", settings.letters_by} | ({"smtp"} if settings.smtp_host else set())
    built_in = {name: _BUILT_IN[name](settings) for name in sorted(names)}
    return built_in | {name: _built(each, settings) for name, each in declared(settings).items()}


def _built(wanted: Declared, settings: Settings) -> Destination:
    where = f"GUICHET_DESTINATIONS, [{wanted.name}]"
    if wanted.kind not in KINDS:
        raise SettingsError(f"{where}: the kind {wanted.kind!r} is unknown; choose one of {', '.join(KINDS)}.")
    module: Any = import_module(f"webapp.delivery.destinations.{KINDS[wanted.kind]}")
    try:
        made: Destination = module.build(wanted.name, msgspec.convert(wanted.options, module.Options), settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where}: {error}") from error
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from error
    return made
