"""Search results and suggestions: a question in, articles and an orientation out."""

from dataclasses import dataclass

from flask import Response, request

from webapp.knowledge.articles import Article
from webapp.knowledge.catalog import Catalog
from webapp.knowledge.contacts import ContactPoint
from webapp.knowledge.shelf import Edition
from webapp.search import Answers, Piece, SearchUnavailable
from webapp.web.frame import edition, fragment, page
from webapp.web.pages import pressed
from webapp.web.reaching import branches_count, reachable
from webapp.web.resources import resources

LONGEST_QUESTION = 200  # characters; the ear has the same cap
SUGGESTIONS = 6
NOTHING = 0.03  # below this confidence even a guess misleads: "recette de cuisine" is not about the house insurance


@dataclass(frozen=True, slots=True)
class Found:
    """An article and the runs of text that show why."""

    article: Article
    excerpt: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """What a question led to. `heard` is False when the ear is out of order."""

    hits: tuple[Found, ...] = ()
    answered: bool = False
    did_you_mean: str = ""
    urgent: tuple[ContactPoint, ...] = ()
    heard: bool = True
    total: int = 0


def search(language: str) -> Response:
    catalog = edition().catalog
    question = asked()
    theme = catalog.theme(language, request.args.get("theme", ""))
    results = ask(question, language, theme.id if theme else "") if question else Results()
    shown = page(
        "search.html",
        alternates={},
        kept=False,
        question=question,
        theme=theme,
        results=results,
        themes=[each for each in catalog.site.themes if catalog.articles_of(each.id, language)],
        points=reachable(catalog),
        branch_total=branches_count(catalog),
        nature=catalog.nature("question"),
    )
    return pressed(shown)


def suggestions(language: str) -> Response:
    question = asked()
    return fragment("suggestions.html", articles=suggest(question, language) if question else [])


def asked() -> str:
    """The question of this request: white space made plain, cut to the cap."""
    return " ".join(request.args.get("q", "").split())[:LONGEST_QUESTION]


def ask(question: str, language: str, theme_id: str = "", limit: int = 10) -> Results:
    """Ask the ear; when it is out of order, have it mended and say so."""
    shown = edition()
    try:
        answers = resources().ears.of(shown).ask(question, language, theme=theme_id, limit=limit)
    except SearchUnavailable as error:
        _out_of_order(shown, error)
        return Results(heard=False)
    return _results(shown.catalog, language, answers)


def ask_message(message: str, language: str, limit: int) -> Results:
    """What may answer a whole message (the form): its most telling words are asked; nothing when the ear is away."""
    shown = edition()
    try:
        answers = resources().ears.of(shown).ask_message(message, language, limit=limit)
    except SearchUnavailable as error:
        _out_of_order(shown, error)
        return Results(heard=False)
    return _results(shown.catalog, language, answers)


def suggest(question: str, language: str) -> list[Article]:
    shown = edition()
    try:
        hits = resources().ears.of(shown).suggest(question, language, limit=SUGGESTIONS)
    except SearchUnavailable as error:
        _out_of_order(shown, error)
        return []
    found = (shown.catalog.article(language, hit.id) for hit in hits)
    return [each for each in found if each]


def _results(catalog: Catalog, language: str, answers: Answers) -> Results:
    if answers.confidence < NOTHING and not answers.urgent:
        return Results()
    articles = ((catalog.article(language, hit.id), hit.excerpt) for hit in answers.hits)
    urgent = (catalog.contact(each) for each in answers.urgent)
    return Results(
        hits=tuple(Found(article, excerpt) for article, excerpt in articles if article),
        answered=answers.answered,
        did_you_mean=answers.did_you_mean,
        urgent=tuple(each for each in urgent if each),
        total=answers.total,
    )


def _out_of_order(shown: Edition, error: Exception) -> None:
    resources().ears.forget(shown)
    resources().mender.mend(f"search is out of order ({type(error).__name__})")
