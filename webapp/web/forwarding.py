"""Where a request goes: the routes of the published content, held against the destinations of this installation."""

import logging

from webapp.delivery.declared import known
from webapp.knowledge.routes import Marks, Routes, recipients
from webapp.settings import Settings, SettingsError
from webapp.tickets.model import Request

_log = logging.getLogger(__name__)


def marks_of(request: Request) -> Marks:
    """What a route may look at: no word of the visitor is among it."""
    return Marks(
        nature=request.nature,
        theme=request.theme,
        language=request.language,
        partner=request.partner,
        surface=request.surface,
    )


def deliveries(routes: Routes, marks: Marks, settings: Settings) -> tuple[tuple[str, str], ...]:
    """What a request owes, (kind, destination): itself to each destination of its route, a letter to the customer.

    A request is never lost to a mistake in a file: a name that nothing here answers to gives way to the usual
    destination, and the log says so.
    """
    helpdesks, missing = helpdesks_of(routes, marks, settings)
    if missing:
        _log.error("a route names a destination that does not exist here; the usual one was used")
    return (*(("request", each) for each in helpdesks), ("acknowledgement", settings.letters_by))


def helpdesks_of(routes: Routes, marks: Marks, settings: Settings) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(destinations, at least one; names of the route that do not exist here)."""
    wanted = recipients(routes, marks, settings.destination)
    try:
        here = known(settings)
    except SettingsError:  # the file is an operator's: the worker's log and `flask route` name the mistake
        here = frozenset((settings.destination,))
    found = tuple(each for each in wanted if each in here)
    return found or (settings.destination,), tuple(each for each in wanted if each not in here)
