"""What operators type about what is kept of customers: given out, deleted, past its period."""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import click

from webapp.cli.from_settings import opened, with_settings
from webapp.settings import Settings


@click.command("purge")
@click.option("--proofs", metavar="DAYS", type=int, help="Delete nothing: what was deleted in so many days, by day.")
@with_settings
def purge_(settings: Settings, proofs: int | None) -> None:
    """Delete what has outlived its retention period, then show the oldest thing left of each kind: no content."""
    if proofs is not None:
        _print_proofs(settings, proofs)
        return
    from webapp.db import Database
    from webapp.tickets.filestore import Store
    from webapp.tickets.retention import Periods, purge, remaining

    database = Database(settings.database)
    try:
        store = Store(settings.files_folder, settings.files_quota, group=settings.files_group)
        purged = purge(database, datetime.now(UTC), Periods.of(settings), store=store)
        left = remaining(database)
    finally:
        database.dispose()
    click.echo(f"Tickets emptied of words and person: {purged.emptied}. Tickets deleted: {purged.deleted}.")
    click.echo(f"Files deleted with them: {purged.files}. Files of forms never sent: {purged.orphans}.")
    click.echo(f"Deleted besides: counters {purged.counters}, digests {purged.digests}, opinions {purged.opinions}.")
    click.echo(
        f"Kept beyond their period: {purged.failed} for a dead letter, {purged.waiting} for a sending still due."
    )
    for name, oldest in (
        ("ticket with words", left.words),
        ("ticket", left.ticket),
        ("counter against abuse", left.counter),
        ("day with digests", left.digest_day),
        ("month with opinions", left.opinion_month),
    ):
        shown = f"{oldest:%Y-%m-%d %H:%M} UTC" if isinstance(oldest, datetime) else oldest or "none"
        click.echo(f"Oldest {name}: {shown}.")


def _print_proofs(settings: Settings, days: int) -> None:
    from webapp.db import Database
    from webapp.tickets.retention import proofs

    database = Database(settings.database)
    try:
        for day, what, count in proofs(database, datetime.now(UTC) - timedelta(days=days)):
            click.echo(f"{day}  {what:<16} {count}")
    finally:
        database.dispose()


@click.group("person")
def person() -> None:
    """What is kept about whoever wrote with an e-mail address: give it out, or delete it."""


@person.command("export")
@click.option("--email", prompt=True, help="The address; asked for when it is not given.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write, for its owner alone: NAME.zip with the person's files in it, or NAME.json with NAME-files/"
    " beside it.",
)
@with_settings
def person_export(settings: Settings, email: str, output: Path | None) -> None:
    """Give out everything kept here about a person (right of access). Helpdesks and backups have their own.

    Printed, it is JSON, with files by name; with --output their bytes are written too.
    """
    from webapp.cli import handing_out
    from webapp.tickets import persons
    from webapp.tickets.filestore import Store

    store = Store(settings.files_folder, settings.files_quota, group=settings.files_group)
    with opened(settings) as (database, safe, digester), handing_out.into(output) as giving:
        found = persons.export(database, safe, digester, email, store=store, keep=giving.keep)
        giving.tell(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    files = [each for request in found["requests"] for each in request["files"]]
    if output is not None:
        told = f"Requests written: {len(found['requests'])}. Unreadable: {len(found['unreadable'])}."
        click.echo(f"{told} Files: {sum(each.get('path') is not None for each in files)}.", err=True)
    elif files:
        click.echo(f"Files named and not written: {len(files)}. --output writes them.", err=True)


@person.command("erase")
@click.option("--email", prompt=True, help="The address; asked for when it is not given.")
@click.option("--even-undelivered", is_flag=True, help="Also what no helpdesk has got yet: nobody will ever read it.")
@click.confirmation_option(prompt="Delete every request of this person? This cannot be undone")
@with_settings
def person_erase(settings: Settings, email: str, even_undelivered: bool) -> None:
    """Delete every request of a person (right to erasure), and leave a proof without a name."""
    from webapp.tickets import erasures, persons
    from webapp.tickets.filestore import Store

    store = Store(settings.files_folder, settings.files_quota, group=settings.files_group)
    now = datetime.now(UTC)
    note = partial(erasures.note, settings.erasures_file, now=now)
    with opened(settings) as (database, safe, digester):
        try:
            done = persons.erase(
                database, safe, digester, email, now=now, even_undelivered=even_undelivered, note=note, store=store
            )
        except OSError as error:
            raise click.ClickException(
                f"Nothing was deleted: {settings.erasures_file} cannot be written ({error.strerror})."
            ) from error
    click.echo(f"Requests deleted: {done.deleted}.")
    for what, left in (("not delivered yet", done.undelivered), ("its key is lost", done.unreadable)):
        for reference in left:
            click.echo(f"Left: {reference}, {what}.", err=True)
    sys.exit(1 if done.undelivered or done.unreadable else 0)


@click.command("files")
@click.argument("reference")
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), help="Write them, in clear, to this folder.")
@with_settings
def files_(settings: Settings, reference: str, to: Path | None) -> None:
    """List the files of a request, or take them out for an agent whose letter could not carry them."""
    from webapp.confidential.safe import Safe
    from webapp.db import Database
    from webapp.tickets import attachments
    from webapp.tickets.filestore import Store

    database = Database(settings.database)
    store = Store(settings.files_folder, settings.files_quota, group=settings.files_group)
    try:
        with database.reading() as connection:
            found = attachments.files_of_ticket(connection, Safe.of(settings), store, reference)
    finally:
        database.dispose()
    for number, each in enumerate(found, 1):
        click.echo(
            f"{each.media_type:<16} {each.size:>9}  {each.scan:<9} {each.created_at:%Y-%m-%d %H:%M}  {each.name}"
        )
        if to is not None and each.scan != attachments.REFUSED:
            to.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(to / f"{number}-{each.name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.writelines(each.chunks())
    click.echo(f"Files: {len(found)}.")


COMMANDS = (purge_, person, files_)
