"""Addresses of pages, bound to a language, for templates and views. The paths are those of ``knowledge.links``."""

from collections.abc import Iterator
from urllib.parse import urlencode

from webapp.knowledge import links
from webapp.knowledge.articles import Article, NextStep, Theme, said
from webapp.knowledge.catalog import Catalog, Nature

_FOLLOW_UP = (
    {"open": "open", "case": "case", "ask": "link", "file": "file"},
    {"open": "ouvrir", "case": "demande", "ask": "lien", "file": "fichier"},
)


class Addresses:
    """Root-relative addresses in one language; nothing here reads the request, so a Host header cannot change one."""

    def __init__(self, language: str) -> None:
        self.language = language

    def page(self, name: str, **query: str) -> str:
        return _with_query(links.page(self.language, name), query)

    @property
    def home(self) -> str:
        return links.page(self.language, "home")

    def article(self, slug: str, **query: str) -> str:
        return _with_query(links.article(self.language, slug), query)

    def opinion(self, slug: str) -> str:
        """Where "was this useful?" of an article is posted."""
        return f"{self.article(slug)}/{'avis' if self.language == 'fr' else 'opinion'}"

    def theme(self, theme: Theme) -> str:
        return links.theme(self.language, said(theme.slug, self.language))

    def contact_point(self, contact_id: str) -> str:
        return links.contact_point(self.language, contact_id)

    def branch(self, branch_id: str) -> str:
        return links.branch(self.language, branch_id)

    def form(self, nature: Nature, **query: str) -> str:
        return _with_query(links.form(self.language, said(nature.slug, self.language)), query)

    def follow_up(self, name: str) -> str:
        """Where the forms of the follow-up are posted: `open`, `case`, `ask`, `file`."""
        return f"{links.page(self.language, 'follow-up')}/{_FOLLOW_UP[self.language == 'fr'][name]}"

    @property
    def suggestions(self) -> str:
        return f"{links.page(self.language, 'search')}/suggestions"

    def in_language(self, language: str) -> "Addresses":
        return Addresses(language)


def next_step_address(to: Addresses, catalog: Catalog, step: NextStep) -> str:
    nature = catalog.nature(step.id) if step.kind == "form" else None
    return to.form(nature) if nature else to.contact_point(step.id)


def alternates_of(catalog: Catalog, article: Article) -> dict[str, str]:
    """Language → address of the article and its translations."""
    found = ((language, catalog.translation(article, language)) for language in catalog.site.languages)
    return {language: links.article(language, each.slug) for language, each in found if each}


def every_page(catalog: Catalog) -> Iterator[dict[str, str]]:
    """Each public page once, as language → address: what the sitemap lists."""
    languages = catalog.site.languages
    for name in ("home", "themes", "contact", "branches", *links.FIXED_PAGES):
        yield {language: links.page(language, name) for language in languages}
    for theme in catalog.site.themes:
        yield {
            language: Addresses(language).theme(theme)
            for language in languages
            if catalog.articles_of(theme.id, language)
        }
    for article in catalog.articles:
        if not article.translates:
            yield alternates_of(catalog, article)
    for branch in catalog.branches:
        yield {language: links.branch(language, branch.id) for language in languages}


def _with_query(path: str, query: dict[str, str]) -> str:
    kept = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path
