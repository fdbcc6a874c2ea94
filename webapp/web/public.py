"""Pages that a visitor reads: home, themes, articles, fixed pages. Pure functions of the catalog and the moment."""

from flask import Response, abort, redirect

from webapp.knowledge import links
from webapp.knowledge.articles import Article, said
from webapp.tickets.trail import add, write
from webapp.web import structured, trails
from webapp.web.addresses import Addresses, alternates_of
from webapp.web.blanks import TRAIL, blank
from webapp.web.frame import edition, page
from webapp.web.pages import pressed
from webapp.web.reaching import branches_count, reachable


def home(language: str) -> Response:
    catalog = edition().catalog
    asked = [catalog.article(language, slug) for slug in catalog.site.most_asked.get(language, ())]
    return page(
        "home.html",
        alternates={each: links.page(each, "home") for each in catalog.site.languages},
        most_asked=[each for each in asked if each],
        themes=_themes(language),
        points=reachable(catalog),
        branch_total=branches_count(catalog),
        structured=structured.bank,
    )


def themes(language: str) -> Response:
    catalog = edition().catalog
    return page(
        "themes.html",
        alternates={each: links.page(each, "themes") for each in catalog.site.languages},
        themes=_themes(language),
        articles_of=catalog.articles_of,
    )


def theme(language: str, slug: str) -> Response:
    catalog = edition().catalog
    found = catalog.theme(language, slug)
    if found is None or not catalog.articles_of(found.id, language):
        abort(404)
    spoken = [each for each in catalog.site.languages if catalog.articles_of(found.id, each)]
    return page(
        "theme.html",
        alternates={each: Addresses(each).theme(found) for each in spoken},
        theme=found,
        articles=catalog.articles_of(found.id, language),
        themes=_themes(language),
    )


def article(language: str, slug: str) -> Response:
    catalog = edition().catalog
    found = catalog.article(language, slug)
    if found is None:
        moved = catalog.redirect(language, slug)
        if moved is None:
            abort(404)
        return _moved(links.article(language, moved))
    trail = trails.brought(language)
    if not trail:
        return _article(found, language, write(add((), (found.slug,), "opened")), kept=True)
    html = blank(("article", language, slug), lambda: _article(found, language, TRAIL, kept=False))
    carried = html.replace(TRAIL, write(add(trail, (found.slug,), "opened")))
    return pressed(Response(carried, mimetype="text/html"))


def _article(found: Article, language: str, trail: str, *, kept: bool) -> Response:
    """`kept`: the page of everybody; else one that carries `trail` on to every further article."""
    catalog = edition().catalog
    step = found.next_step
    return page(
        "article.html",
        kept=kept,
        carries=not kept,
        trail=trail,
        alternates=alternates_of(catalog, found),
        article=found,
        theme=catalog.theme_by_id(found.theme),
        related=[each for each in (catalog.article(language, slug) for slug in found.related) if each],
        step=step,
        point=catalog.contact(step.id) if step and step.kind == "contact" else None,
        nature=catalog.nature(step.id) if step and step.kind == "form" else None,
        structured=structured.question,
    )


def fixed_page(language: str, name: str) -> Response:
    """Legal notices, privacy, accessibility, official accounts."""
    catalog = edition().catalog
    found = catalog.page(language, name)
    if found is None:
        abort(404)
    spoken = [each for each in catalog.site.languages if catalog.page(each, name)]
    return page("page.html", alternates={each: links.page(each, name) for each in spoken}, page=found)


def _themes(language: str) -> list[object]:
    """The themes that have an article in this language, in the order of the site."""
    catalog = edition().catalog
    return [
        each for each in catalog.site.themes if catalog.articles_of(each.id, language) and said(each.slug, language)
    ]


def _moved(path: str) -> Response:
    response = redirect(path, 301)
    assert isinstance(response, Response)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
