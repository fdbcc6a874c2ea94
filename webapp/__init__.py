"""Guichet: the one counter where a bank's customers find an answer or a person."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from webapp.settings import Settings
    from webapp.web.moment import Clock

VERSION = "0.1.0"


def create_app(settings: "Settings", *, clock: "Clock | None" = None) -> "Flask":
    """Assemble the web application. No I/O: nothing is read, written or connected before the first request.

    `clock` gives aware datetimes; tests pass their own. Everything is imported here, so that importing a domain package
    (the delivery worker does) loads no Flask.
    """
    from webapp.web.factory import assemble

    return assemble(settings, clock)
