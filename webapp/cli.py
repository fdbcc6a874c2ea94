"""Commands: ``flask --app wsgi <command>``, or ``python -m webapp.cli <command>`` without loading the web application.

What editors read is in French, what operators read in English. Heavy imports stay inside the commands.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec
from zoneinfo import ZoneInfo

import click

from webapp import logs
from webapp.settings import Settings, SettingsError, describe

if TYPE_CHECKING:
    from flask import Flask

    from webapp.social.facebook_kit import Kit

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


@click.command("check-content")
@click.option("--json", "as_json", is_flag=True, help="Pour une machine : {errors, warnings, problems}.")
@click.option("--content", type=click.Path(path_type=Path, file_okay=False), help="Dossier à vérifier.")
@with_settings
def check_content(settings: Settings, as_json: bool, content: Path | None) -> None:
    """Vérifier le contenu : chaque erreur avec son fichier, sa ligne et quoi faire."""
    from webapp.knowledge.check import check

    report = check(content or settings.content, _today())
    click.echo(report.as_json() if as_json else report.as_text(colour=sys.stdout.isatty()))
    sys.exit(1 if report.errors else 0)


@click.command("publish")
@with_settings
def publish(settings: Settings) -> None:
    """Vérifier le contenu, puis le mettre en ligne d'un seul coup."""
    from webapp.indexing import build_index
    from webapp.knowledge.publish import ContentMoved, ContentRefused, publish

    try:
        done = publish(settings.content, settings.index, today=_today(), build_index=build_index)
    except ContentRefused as refused:
        click.echo(refused.report.as_text(colour=sys.stderr.isatty()), err=True)
        click.echo("Rien n'a changé en ligne.", err=True)
        sys.exit(1)
    except ContentMoved:
        raise click.ClickException("Des fichiers changent pendant la publication : recommencez.") from None
    if done.report and done.report.problems:
        click.echo(done.report.as_text(colour=sys.stdout.isatty()))
    click.echo(f"En ligne : version {done.version}." if done.changed else f"Déjà en ligne : version {done.version}.")


@click.command("watch")
@with_settings
def watch(settings: Settings) -> None:
    """Publier à chaque enregistrement d'un fichier (développement)."""
    from webapp.indexing import build_index
    from webapp.knowledge.publish import watch

    watch(settings.content, settings.index, build_index=build_index, today=_today, echo=click.echo)


@click.command("evaluate")
@click.option("--articles", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
@click.option("--queries", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def evaluate(articles: Path, queries: Path, as_json: bool) -> None:
    """Measure the search engine on a set of questions: relevance, speed, size."""
    from webapp.search.evaluate import evaluate

    try:
        figures: dict[str, Any] = evaluate(articles, queries)
    except ValueError as error:  # a malformed line, which it names
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        click.echo(f"{name:>14}  {value}")


@click.command("why")
@click.argument("question")
@click.option("--article", default="", help="Le nom d'un article : pourquoi n'est-il pas premier ?")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="Langue du site.")
@click.option("--json", "as_json", is_flag=True, help="Pour une machine : tout ce qui est su, en un objet.")
@with_settings
def why(settings: Settings, question: str, article: str, language: str, as_json: bool) -> None:
    """Dire pourquoi un article sort premier pour QUESTION, et ce qui aiderait (contenu en ligne)."""
    import msgspec

    from webapp.knowledge.shelf import NothingPublished, Shelf
    from webapp.search.ear import Ear
    from webapp.search.explain import explain
    from webapp.search.from_catalog import corpus_of
    from webapp.why import tell

    try:
        edition = Shelf(settings.index, settings.publish_poll).current()
    except NothingPublished:
        raise click.ClickException("Rien n'est en ligne : commencez par `flask publish`.") from None
    ear = Ear(edition.search)
    try:
        found = explain(ear, corpus_of(edition.catalog), question, language, article=article)
    except LookupError as error:
        raise click.ClickException(f"Aucun article ne s'appelle « {error} » dans cette langue.") from None
    finally:
        ear.close()
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(found), ensure_ascii=False, indent=2))
    else:
        click.echo(tell(found, edition.catalog, language))


@click.command("deliver")
@with_settings
def deliver(settings: Settings) -> None:
    """Run the delivery worker until SIGTERM or Ctrl-C."""
    from webapp.delivery.service import deliver

    deliver(settings)


@click.command("deliveries")
@click.option("--resend", metavar="KEY|all", help="Send dead letters again: one by its key, or all.")
@click.option(
    "--abandon",
    metavar="KEY|acknowledgements",
    help="Give dead letters up for good: one by its key, or all acknowledgements. Their tickets may then be purged.",
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
            count = outbox.resend(database, now, "" if resend == "all" else resend)
            if not count and resend != "all":
                raise click.ClickException(f"No dead letter has the key {resend}.")
            click.echo(f"Due again: {count}.")
            return
        if abandon:
            count = outbox.abandon(database, now, abandon)
            if not count and abandon != "acknowledgements":
                raise click.ClickException(f"No dead letter has the key {abandon}.")
            click.echo(f"Abandoned: {count}.")
            return
        backlog = outbox.backlog(database, now)
        for each in outbox.owed(database, now, reference=reference or ""):
            named = f" {each.destination} #{each.external_id}" if each.external_id else ""
            click.echo(
                f"{each.state:<9} {each.key:<40} {each.kind:<15} {each.destination:<10}"
                f" attempts {each.attempts:<4} age {_age(each.age):<9} {each.reason}{named}".rstrip()
            )
        click.echo(f"Due: {backlog.due} (oldest: {_age(backlog.oldest)}). Dead letters: {backlog.failed}.")
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
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write, for its owner alone.")
@with_settings
def person_export(settings: Settings, email: str, output: Path | None) -> None:
    """Print everything kept here about a person as JSON (right of access). Helpdesks and backups have their own."""
    from webapp.tickets import persons

    with _opened(settings) as (database, safe, digester):
        found = persons.export(database, safe, digester, email)
    text = json.dumps(found, ensure_ascii=False, indent=2) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    with open(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    click.echo(f"Requests written: {len(found['requests'])}. Unreadable: {len(found['unreadable'])}.", err=True)


@person.command("erase")
@click.option("--email", prompt=True, help="The address; asked for when it is not given.")
@click.option("--even-undelivered", is_flag=True, help="Also what no helpdesk has got yet: nobody will ever read it.")
@click.confirmation_option(prompt="Delete every request of this person? This cannot be undone")
@with_settings
def person_erase(settings: Settings, email: str, even_undelivered: bool) -> None:
    """Delete every request of a person (right to erasure), and leave a proof without a name."""
    from webapp.tickets import persons

    with _opened(settings) as (database, safe, digester):
        done = persons.erase(database, safe, digester, email, now=datetime.now(UTC), even_undelivered=even_undelivered)
    click.echo(f"Requests deleted: {done.deleted}.")
    for what, left in (("not delivered yet", done.undelivered), ("its key is lost", done.unreadable)):
        for reference in left:
            click.echo(f"Left: {reference}, {what}.", err=True)
    sys.exit(1 if done.undelivered or done.unreadable else 0)


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Any, Any, Any]]:
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
        if to is not None:
            to.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(to / f"{number}-{each.name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.writelines(each.chunks())
    click.echo(f"Files: {len(found)}.")


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


@click.command("facebook-kit")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="Langue des textes.")
@click.option("--json", "as_json", is_flag=True, help="Pour une machine : tout le nécessaire en un objet.")
@with_settings
def facebook_kit(settings: Settings, language: str, as_json: bool) -> None:
    """Imprimer ce qui remplace l'onglet Facebook, tiré du contenu en ligne (docs/facebook.md)."""
    import msgspec

    from webapp.knowledge.shelf import NothingPublished, Shelf
    from webapp.knowledge.typography import typography
    from webapp.settings import ROOT
    from webapp.social.facebook_kit import kit
    from webapp.web.words import Words

    try:
        catalog = Shelf(settings.index, settings.publish_poll).current().catalog
    except NothingPublished:
        raise click.ClickException("Rien n'est en ligne : commencez par `flask publish`.") from None
    made = kit(catalog, settings.public_url, language, Words(ROOT / "templates" / "words", typography).say)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(made), ensure_ascii=False, indent=2))
    else:
        _print_kit(made)
    for fault in made.faults:
        click.echo(f"Meta refuserait le profil Messenger : {fault}", err=True)
    sys.exit(1 if made.faults else 0)


def _print_kit(made: "Kit") -> None:
    profile = json.dumps(made.messenger_profile, ensure_ascii=False, indent=2)
    replies = "\n\n".join(f"{each.question}\n  {each.text}" for each in made.replies)
    for title, text in (
        ("Bouton de la Page : lien", made.page_button),
        ("Profil Messenger (POST /me/messenger_profile)", profile),
        ("Réponses prêtes", replies),
        ("Comptes officiels", made.official_accounts),
    ):
        click.echo(f"# {title}\n\n{text}\n")


COMMANDS = (
    *(check_content, publish, watch, why, evaluate, deliver, deliveries, route, purge_, person),
    *(files_, settings_, new_key_, rotate_keys, upgrade, facebook_kit),
)


def register(app: "Flask") -> None:
    """Add every command to ``flask``; called by the factory."""
    for command in COMMANDS:
        app.cli.add_command(command)


@click.group(commands=COMMANDS)
def main() -> None:
    """Guichet's commands."""
    logs.configure(production=False, level="WARNING")


def _today() -> date:
    """The editors' day: review dates are read in Paris."""
    return datetime.now(ZoneInfo("Europe/Paris")).date()


def _age(age: timedelta) -> str:
    """``2 d 03 h``, ``3 h 05``, ``12 min``: enough for an operator."""
    minutes = int(age.total_seconds()) // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02}" if hours < 48 else f"{hours // 24} d {hours % 24:02} h"


if __name__ == "__main__":
    main()
