"""What helpdesks that are asked by HTTP have in common: a token, their own names for states, one server."""

from collections.abc import Mapping
from typing import Protocol

from webapp.delivery.declared import secret
from webapp.delivery.destinations.http import Wire
from webapp.settings import Settings, SettingsError
from webapp.tickets.states import BANK_STATES


class Options(Protocol):
    """The part of a table in ``GUICHET_DESTINATIONS`` that each of them has. `states`: their status → our state."""

    @property
    def url(self) -> str: ...
    @property
    def token_file(self) -> str: ...
    @property
    def token_env(self) -> str: ...
    @property
    def states(self) -> Mapping[str, str]: ...
    @property
    def ca_file(self) -> str: ...
    @property
    def timeout(self) -> float: ...


def wire(options: Options, settings: Settings, *, scheme: str, named: str) -> Wire:
    """The way to the server. `scheme` stands before the token in its header, `named` is what an operator calls it.

    Errors: ``SettingsError``.
    """
    given = secret("token", {"token_file": options.token_file, "token_env": options.token_env})
    if not given:
        raise SettingsError(f"token_file or token_env: one of them must give {named}.")
    if not set(options.states.values()) <= {*BANK_STATES}:
        raise SettingsError(f"states: our states are {', '.join(BANK_STATES)}.")
    headers = {"Authorization": f"{scheme}{given}"}
    return Wire.to(options.url, headers, settings, timeout=options.timeout, ca_file=options.ca_file)
