"""What editors type: content checked, put online, measured and explained. In French, but for the measures."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from webapp.cli.from_settings import today, with_settings
from webapp.settings import Settings

if TYPE_CHECKING:
    from webapp.social.facebook_kit import Kit


@click.command("check-content")
@click.option("--json", "as_json", is_flag=True, help="Pour une machine : {errors, warnings, problems}.")
@click.option("--content", type=click.Path(path_type=Path, file_okay=False), help="Dossier à vérifier.")
@with_settings
def check_content(settings: Settings, as_json: bool, content: Path | None) -> None:
    """Vérifier le contenu : chaque erreur avec son fichier, sa ligne et quoi faire."""
    from webapp.knowledge.check import check

    report = check(content or settings.content, today())
    click.echo(report.as_json() if as_json else report.as_text(colour=sys.stdout.isatty()))
    sys.exit(1 if report.errors else 0)


@click.command("publish")
@with_settings
def publish(settings: Settings) -> None:
    """Vérifier le contenu, puis le mettre en ligne d'un seul coup."""
    from webapp.indexing import build_index
    from webapp.knowledge.publish import ContentMoved, ContentRefused, publish

    try:
        done = publish(settings.content, settings.index, today=today(), build_index=build_index)
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

    watch(settings.content, settings.index, build_index=build_index, today=today, echo=click.echo)


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


COMMANDS = (check_content, publish, watch, why, evaluate, facebook_kit)
