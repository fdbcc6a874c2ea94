"""What operators type about the post: letters sent, owed or dead, and where a request would go."""

import sys
from datetime import UTC, datetime

import click

from webapp.cli.from_settings import age, with_settings
from webapp.settings import Settings, SettingsError


@click.command("deliver")
@with_settings
def deliver(settings: Settings) -> None:
    """Run the delivery worker until SIGTERM or Ctrl-C."""
    from webapp.delivery.service import deliver

    deliver(settings)


@click.command("deliveries")
@click.option(
    "--resend",
    metavar="KEY|restored|all",
    help="Send dead letters again: one by its key, what a restored backup owed, or all.",
)
@click.option(
    "--abandon",
    metavar="KEY|acknowledgements|restored-letters",
    help="Give dead letters up for good: one by its key, all acknowledgements, or the letters to customers that a"
    " restored backup owed. Their tickets may then be purged.",
)
@click.option("--reference", metavar="REFERENCE", help="Every sending of one request, delivered or not.")
@with_settings
def deliveries(settings: Settings, resend: str | None, abandon: str | None, reference: str | None) -> None:
    """List what has not been delivered: no content, no address. Dead letters first, then oldest first."""
    from webapp.db import Database
    from webapp.delivery import outbox

    database = Database(settings.database)
    now = datetime.now(UTC)
    try:
        if resend:
            which = {"all": {}, "restored": {"reason": outbox.RESTORED}}.get(resend, {"key": resend})
            count = outbox.resend(database, now, **which)
            if not count and "key" in which:
                raise click.ClickException(f"No dead letter has the key {resend}.")
            click.echo(f"Due again: {count}.")
            return
        if abandon:
            count = outbox.abandon(database, now, abandon)
            if not count and abandon not in ("acknowledgements", "restored-letters"):
                raise click.ClickException(f"No dead letter has the key {abandon}.")
            click.echo(f"Abandoned: {count}.")
            return
        backlog = outbox.backlog(database, now)
        for each in outbox.owed(database, now, reference=reference or ""):
            named = f" {each.destination} #{each.external_id}" if each.external_id else ""
            click.echo(
                f"{each.state:<9} {each.key:<40} {each.kind:<15} {each.destination:<10}"
                f" attempts {each.attempts:<4} age {age(each.age):<9} {each.reason}{named}".rstrip()
            )
        click.echo(f"Due: {backlog.due} (oldest: {age(backlog.oldest)}). Dead letters: {backlog.failed}.")
    finally:
        database.dispose()


@click.command("route")
@click.option("--nature", required=True, help="Identifiant de la nature : question, request, complaint, urgent.")
@click.option("--theme", default="", help="Identifiant du thème.")
@click.option("--language", default="fr", show_default=True, help="Langue du formulaire.")
@click.option("--partner", default="", help="Identifiant du site partenaire.")
@click.option("--surface", type=click.Choice(["hub", "widget", "tab"]), default="hub", show_default=True)
@with_settings
def route(settings: Settings, /, **marks: str) -> None:
    """Dire à quelles destinations irait une demande, et quelle règle en décide."""
    from webapp.delivery.declared import known
    from webapp.knowledge.routes import Marks, explain, recipients
    from webapp.knowledge.shelf import NothingPublished, Shelf

    try:
        routes = Shelf(settings.index, settings.publish_poll).current().catalog.routes
        here = known(settings)
    except NothingPublished:
        raise click.ClickException("Rien n'est en ligne : commencez par `flask publish`.") from None
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    asked = Marks(**marks)
    for line in explain(routes, asked, settings.destination):
        click.echo(line)
    missing = [each for each in recipients(routes, asked, settings.destination) if each not in here]
    for each in missing:
        click.echo(
            f"« {each} » n'existe pas ici (GUICHET_DESTINATIONS) : {settings.destination} le remplace.", err=True
        )
    sys.exit(1 if missing else 0)


COMMANDS = (deliver, deliveries, route)
