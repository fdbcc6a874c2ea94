"""What commands share: their settings, what they open with them, how they tell a day and an age."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec
from zoneinfo import ZoneInfo

import click

from webapp.settings import Settings, SettingsError

P = ParamSpec("P")


def with_settings(command: Callable[Concatenate[Settings, P], None]) -> Callable[P, None]:
    """Give a command the settings of the application it was started from, else those of the environment."""

    @click.pass_context
    def called(context: click.Context, /, *args: P.args, **kwargs: P.kwargs) -> None:
        load_app = getattr(context.obj, "load_app", None)  # flask.cli.ScriptInfo
        try:
            settings = load_app().extensions["guichet"].settings if load_app else Settings.from_environ()
        except SettingsError as error:
            raise click.ClickException(str(error)) from error
        command(settings, *args, **kwargs)

    return update_wrapper(called, command)


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Any, Any, Any]]:
    """Database, safe and digester of a command that opens what customers wrote."""
    from webapp.confidential.digest import Digester
    from webapp.confidential.safe import KeysSettingError, Safe
    from webapp.db import Database, DatabaseUnavailable

    database = Database(settings.database)
    try:
        yield database, Safe.of(settings), Digester(settings.lookup_key)
    except (KeysSettingError, DatabaseUnavailable) as error:
        raise click.ClickException(str(error)) from error
    finally:
        database.dispose()


def today() -> date:
    """The editors' day: review dates are read in Paris."""
    return datetime.now(ZoneInfo("Europe/Paris")).date()


def age(age: timedelta) -> str:
    """``2 d 03 h``, ``3 h 05``, ``12 min``: enough for an operator."""
    minutes = int(age.total_seconds()) // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02}" if hours < 48 else f"{hours // 24} d {hours % 24:02} h"
