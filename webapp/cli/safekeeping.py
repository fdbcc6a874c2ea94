"""What operators type about copies of everything: making a backup, looking at one, going back to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.cli.from_settings import age, with_settings
from webapp.settings import Settings, SettingsError

if TYPE_CHECKING:
    from webapp.safekeeping.manifest import Manifest
    from webapp.safekeeping.restoring import Restored


@click.command("backup")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--keep-days", type=click.IntRange(min=1), help="Afterwards delete the backups there that are older.")
@with_settings
def backup(settings: Settings, folder: Path, keep_days: int | None) -> None:
    """Make a backup in FOLDER while everything runs: database, customers' files, ids of the keys they need."""
    from webapp.confidential.digest import Digester
    from webapp.db import Database
    from webapp.safekeeping import backup
    from webapp.safekeeping.copies import copies_of
    from webapp.tickets.filestore import Store

    store = Store(settings.files_folder, settings.files_quota, group=settings.files_group)
    database = Database(settings.database)
    with _said():
        try:
            made = backup.make(
                copies_of(settings.database),
                database,
                store,
                Digester(settings.lookup_key),
                folder,
                clock=lambda: datetime.now(UTC),
                keep=timedelta(days=keep_days) if keep_days else None,
            )
        finally:
            database.dispose()
    click.echo(f"{made.folder}")
    _describe(made.manifest)
    click.echo(f"Files already in an older backup there: {made.linked}. Older backups deleted: {made.removed}.")
    if not settings.database_url and folder.stat().st_dev == settings.data.stat().st_dev:
        click.echo("Note: this folder is on the same disk as the data. Copy the backup to another machine.", err=True)
    if made.manifest.lost:
        raise click.ClickException(
            f"{len(made.manifest.lost)} files that rows name are not in {settings.files_folder}: the disk lost them."
        )


@click.command("restore")
@click.argument("source", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--check", "only_look", is_flag=True, help="Change nothing: check every part and the keys.")
@click.option("--replace", is_flag=True, help="Although there are tickets where the backup goes.")
@click.option(
    "--proofs",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="List of erased tickets (GUICHET_ERASURES) kept elsewhere: these are erased again.",
)
@click.option("--without-keys", is_flag=True, help="Although keys are missing: what they open waits for them.")
@click.option("--unproved", is_flag=True, help="Although the seal does not fit (the lookup key is lost).")
@with_settings
def restore(
    settings: Settings,
    source: Path,
    only_look: bool,
    replace: bool,
    proofs: Path | None,
    without_keys: bool,
    unproved: bool,
) -> None:
    """Put the backup SOURCE in place, with everything stopped. Killed half way, it may be run again."""
    from webapp.confidential.digest import Digester
    from webapp.confidential.safe import Safe
    from webapp.db import Database
    from webapp.delivery.declared import recognising
    from webapp.safekeeping import restoring
    from webapp.safekeeping.copies import copies_of
    from webapp.tickets.filestore import Store
    from webapp.tickets.retention import Periods

    with _said():
        copies = copies_of(settings.database)
        found = restoring.checked(source, Digester(settings.lookup_key), copies, unproved=unproved)
        missing = restoring.missing_keys(found, Safe.of(settings))
        if missing and not without_keys:
            raise click.ClickException(
                f"GUICHET_OPENING_KEYS does not open what is inside: {', '.join(missing)}. Find the private halves of"
                " these ids and put them in the list; --without-keys restores all the same, and what they open waits."
            )
        if only_look:
            click.echo("Whole, and what is inside can be opened." if not missing else "Whole.")
            _describe(found)
            return
        store = Store(settings.files_folder, settings.files_quota, group=settings.files_group)
        restoring.require_room(found, copies, store, restoring.seal_of(source), replace=replace)
        database = Database(settings.database)
        try:
            done = restoring.restore(
                source,
                found,
                copies,
                database,
                store,
                now=datetime.now(UTC),
                recognising=recognising(settings),
                erased=_erased(settings, proofs),
                periods=Periods.of(settings),
            )
        finally:
            database.dispose()
    _describe(found)
    _tell(done, found, missing)


COMMANDS = (backup, restore)


def _erased(settings: Settings, proofs: Path | None) -> list[str]:
    """Ids of erased tickets: of the list that is here, and of the one that was given. Errors: ``ClickException``."""
    from webapp.tickets.erasures import noted

    found: dict[str, None] = {}
    for path in filter(None, (proofs, settings.erasures_file if settings.erasures_file.exists() else None)):
        try:
            found |= dict.fromkeys(noted(path))
        except (OSError, ValueError) as error:
            raise click.ClickException(f"{path} is not a list of erased tickets: {error}.") from None
    return list(found)


def _describe(found: "Manifest") -> None:
    """What a backup holds: no content."""
    counts = ", ".join(f"{count} {name}" for name, count in found.counts.items())
    size = sum(each.size for each in found.parts.values())
    click.echo(f"State of {found.made_at:%Y-%m-%d %H:%M:%S} UTC, Guichet {found.guichet}, tables {found.schema}.")
    click.echo(f"Holds: {counts}; {len(found.parts)} parts, {size / 1e6:.1f} MB.")
    names = ", ".join(f"{each.id}{' (symmetric)' if each.symmetric else ''} ({each.values})" for each in found.keys)
    click.echo(f"Keys needed, kept elsewhere: {names or 'none'}, and GUICHET_LOOKUP_KEY.")
    if found.absent:
        click.echo(f"Files deleted with their tickets while the copy was made: {len(found.absent)}.")


def _tell(done: "Restored", found: "Manifest", missing: list[str]) -> None:
    """What was done, and what a person must think of before the services start."""
    click.echo(f"Restored. Erased again: {done.erased} tickets. Past their period: {done.purged.emptied} emptied,")
    click.echo(f"{done.purged.deleted} deleted; {done.dropped} files went with them.")
    click.echo("Before you start the web server and the delivery worker:")
    click.echo(
        f"- What came in or was decided since {found.made_at:%Y-%m-%d %H:%M} UTC is not here; requests that had been"
    )
    click.echo(f"  delivered are in the helpdesk ({age(datetime.now(UTC) - found.made_at)} are missing).")
    if done.deliveries.aside:
        click.echo(
            f"- {done.deliveries.aside} sendings by mail were owed then and may have left since. They are set aside"
        )
        click.echo("  (`flask deliveries`, reason `restored`): look into the mailbox or the relay's log, then")
        click.echo(
            "  `flask deliveries --resend KEY` or `--resend restored`; `--abandon KEY`, `--abandon restored-letters`."
        )
    if done.deliveries.going_on:
        click.echo(
            f"- {done.deliveries.going_on} sendings go on by themselves: their destinations recognise what they have."
        )
    if missing:
        click.echo(f"- Sealed to keys that are not here, and waiting for them: {', '.join(missing)}.")
    if found.lost:
        click.echo(f"- {len(found.lost)} files were already lost when the backup was made.")
    click.echo("- `flask publish`, then start the services; `docs/operations.md` has the whole drill.")


@contextmanager
def _said() -> Iterator[None]:
    """What stands in the way, in a sentence."""
    from webapp.confidential.safe import KeysSettingError
    from webapp.db import DatabaseUnavailable
    from webapp.safekeeping.disk import Refused

    try:
        yield
    except (Refused, DatabaseUnavailable, KeysSettingError, SettingsError) as error:
        raise click.ClickException(f"{error}.") from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'The disk'}: {error.strerror}.") from error
