"""What operators type about the installation: its settings, its keys, its tables."""

import sys

import click

from webapp.cli.from_settings import with_settings
from webapp.settings import Settings, describe


@click.command("settings")
@click.option("--markdown", is_flag=True, help="The page docs/settings.md.")
def settings_(markdown: bool) -> None:
    """List every setting with its default, unit and meaning."""
    rows = describe()
    if not markdown:
        for name, default, unit, text in rows:
            click.echo(f"{name}={default}\n    {text}{f' ({unit})' if unit else ''}")
        return
    click.echo("# Settings\n")
    click.echo("Written by `make settings-doc` from `webapp/settings.py`; do not edit.\n")
    click.echo("| variable | default | unit | meaning |\n|---|---|---|---|")
    for name, default, unit, text in rows:
        shown = f"`{default}`" if default else ""
        click.echo(f"| `{name}` | {shown} | {unit.replace('|', '/')} | {text.replace('|', '/')} |")


@click.command("new-key")
@click.option("--id", "name", default="", help="Name of the key: letters, digits, dots, dashes, underscores.")
def new_key_(name: str) -> None:
    """Print a new key of the safe in its two halves, as the settings take them (docs/operations.md, Secrets)."""
    from webapp.confidential.safe import KeysSettingError, new_key, public_half

    private = new_key(name)
    try:
        public = public_half(private)
    except KeysSettingError as error:
        raise click.ClickException(f"{error}.") from error
    click.echo("# For every process. It seals and cannot open.")
    click.echo(f"GUICHET_SEALING_KEY={public}")
    click.echo("# For the delivery worker and the command line alone; older ones go after it, separated by commas.")
    click.echo(f"GUICHET_OPENING_KEYS={private}")


@click.command("rotate-keys")
@click.option("--check", "only_look", is_flag=True, help="Change nothing: say which keys stored values need.")
@with_settings
def rotate_keys(settings: Settings, only_look: bool) -> None:
    """Bring what is stored under the sealing key of today, while the product runs. May be stopped and run again."""
    from webapp.confidential.safe import KeysSettingError, Safe
    from webapp.db import Database, DatabaseUnavailable
    from webapp.tickets.rotation import keys_in_use, rotate

    database = Database(settings.database)
    try:
        if not only_look:
            done = rotate(database, Safe.of(settings))
            click.echo(f"Sealed again: {done.renewed}.")
            for each in done.left:
                click.echo(f"Left as it is: {each.place}, key {each.key or '?'}: {each.reason}", err=True)
        for name, count in sorted(keys_in_use(database).items()):
            click.echo(f"Key {name}: {count} values.")
    except (KeysSettingError, DatabaseUnavailable) as error:
        raise click.ClickException(str(error)) from error
    finally:
        database.dispose()
    sys.exit(1 if not only_look and done.left else 0)


@click.command("upgrade")
@with_settings
def upgrade(settings: Settings) -> None:
    """Bring the database to the tables of this release; creates it when missing."""
    from webapp.db import Database, DatabaseUnavailable

    if not settings.database_url:
        settings.data.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    try:
        database.upgrade()
    except DatabaseUnavailable as error:
        raise click.ClickException(f"The database cannot be brought up to date: {error}.") from error
    finally:
        database.dispose()
    click.echo("The database is up to date.")


COMMANDS = (settings_, new_key_, rotate_keys, upgrade)
