"""Search results and suggestions: a question in, articles and an orientation out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from flask import Response, g, request

from webapp.knowledge.articles import Article, Text
from webapp.knowledge.shelf import Edition
from webapp.search import Answers, Ear, SearchUnavailable
from webapp.web import trails
from webapp.web.frame import cache_version, edition, fragment, page
from webapp.web.orienting import Results, Step, pressing, results_of
from webapp.web.pages import pressed
from webapp.web.reaching import branches_count, reachable
from webapp.web.repeats import repeat
from webapp.web.resources import resources

LONGEST_QUESTION = 200  # characters; the ear has the same cap
SUGGESTIONS = 6
CALLS = 2  # numbers above them: a list that is all numbers helps nobody choose


@dataclass(frozen=True, slots=True)
class Call:
    """A number to call at once."""

    name: Text
    number: str


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
        trail=trails.shown(trails.brought(language), results, language),
        themes=[each for each in catalog.site.themes if catalog.articles_of(each.id, language)],
        points=reachable(catalog),
        branch_total=branches_count(catalog),
        nature=catalog.nature(results.nature),
    )
    return _again(pressed(shown), language, kind=results.kind if results.heard else "")


def suggestions(language: str) -> Response:
    question = asked()
    calls, articles = suggest(question, language) if question else ([], [])
    shown = fragment("suggestions.html", calls=calls, articles=articles)
    return _again(shown, language, kind="answer" if articles else "")


def _again(response: Response, language: str, *, kind: str) -> Response:
    """Let an answer be given again, unless it is nobody else's: `kind` "" (nothing found) or distress, words or numbers
    that the content does not say, or a trail of what somebody read.
    """
    written = " ".join(value for _, value in request.args.items(multi=True))
    shared = kind not in ("", "distress") and set(request.args) <= {"q", "theme"}
    if shared and resources().ears.of(edition()).says(written, language):
        repeat(response, cache_version(edition()), g.until)
    return response


def asked() -> str:
    """The question of this request: white space made plain, cut to the cap."""
    return " ".join(request.args.get("q", "").split())[:LONGEST_QUESTION]


def ask(question: str, language: str, theme_id: str = "", limit: int = 10) -> Results:
    """Ask the ear; when it is out of order, have it mended and say so."""
    return _heard(language, lambda ear, spoken: ear.ask(question, spoken, theme=theme_id, limit=limit))


def ask_message(message: str, language: str, limit: int) -> Results:
    """What may answer a whole message (the form): its most telling words are asked; nothing when the ear is away."""
    return _heard(language, lambda ear, spoken: ear.ask_message(message, spoken, limit=limit))


def _heard(language: str, asked: Callable[[Ear, str], Answers]) -> Results:
    """A question in a language that the page is not in is asked again in its own, and answered in it when surer."""
    shown = edition()
    try:
        ear = resources().ears.of(shown)
        answers = asked(ear, language)
        if answers.language in shown.catalog.site.languages:
            other = asked(ear, answers.language)
            if other.confidence > answers.confidence:
                found = results_of(shown.catalog, answers.language, other)
                return replace(found, language=answers.language, did_you_mean="")
    except SearchUnavailable as error:
        _out_of_order(shown, error)
        return Results(heard=False)
    return results_of(shown.catalog, language, answers)


def suggest(question: str, language: str) -> tuple[list[Call], list[Article]]:
    """Whom to call when what is typed cannot wait, and articles; none beside distress."""
    shown = edition()
    try:
        answers = resources().ears.of(shown).hint(question, language, limit=SUGGESTIONS)
    except SearchUnavailable as error:
        _out_of_order(shown, error)
        return [], []
    steps = pressing(shown.catalog, language, answers)
    hits = () if any(each.kind == "distress" for each in steps) else answers.hits
    found = (shown.catalog.article(language, hit.id) for hit in hits)
    return _calls(steps), [each for each in found if each]


def _calls(steps: Sequence[Step]) -> list[Call]:
    """Public numbers before the bank's own."""
    public = [Call(each.name, each.number) for step in steps for each in step.numbers]
    own = [Call(each.name, each.phone) for step in steps if step.kind == "urgent" for each in step.points]
    return [*public, *own][:CALLS]


def _out_of_order(shown: Edition, error: Exception) -> None:
    resources().ears.forget(shown)
    resources().mender.mend(f"search is out of order ({type(error).__name__})")
