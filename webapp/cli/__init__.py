"""Commands: ``flask --app wsgi <command>``, or ``python -m webapp.cli <command>`` without loading the web application.

What editors read is in French, what operators read in English. Heavy imports stay inside the commands.
"""

from typing import TYPE_CHECKING

import click

from webapp import logs
from webapp.cli import editors, installation, post_office, records, safekeeping

if TYPE_CHECKING:
    from flask import Flask

COMMANDS = (*editors.COMMANDS, *post_office.COMMANDS, *records.COMMANDS, *installation.COMMANDS, *safekeeping.COMMANDS)


def register(app: "Flask") -> None:
    """Add every command to ``flask``; called by the factory."""
    for command in COMMANDS:
        app.cli.add_command(command)


@click.group(commands=COMMANDS)
def main() -> None:
    """Guichet's commands."""
    logs.configure(production=False, level="WARNING")
