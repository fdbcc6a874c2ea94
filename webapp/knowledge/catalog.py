"""The catalog: everything loaded from ``content/``, immutable, with a version.

A published version is one folder, ``search_index/<version>/``: ``catalog.json`` (this), ``assets/``, the Whoosh index.
"""

import re
import unicodedata
from functools import cached_property
from typing import Literal

import msgspec

from webapp.knowledge.articles import Article, Page, Text, Theme, said
from webapp.knowledge.contacts import Branch, ContactPoint, HolidayTable, PublicNumber
from webapp.knowledge.routes import Routes
from webapp.knowledge.rules import Rule, ThemeWords

PREVIEW = "apercu"  # the partner that every site has: itself, for the preview on /integration/


class Bank(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    legal_name: str
    short: str


class Colours(msgspec.Struct, frozen=True, kw_only=True):
    """`#rrggbb`; the `_dark` ones serve the dark scheme. Contrast is checked at publish."""

    accent: str
    accent_dark: str
    urgent: str
    urgent_dark: str


class OfficialAccount(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    label: Text
    value: str
    url: str = ""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a choice; `theme` gives the request its theme, so that the form asks only once."""

    id: str
    label: Text
    theme: str = ""


class FormField(msgspec.Struct, frozen=True, kw_only=True):
    """A question that one nature adds to the form."""

    id: str
    kind: Literal["text", "date", "amount", "choice", "textarea"]
    label: Text
    hint: Text = {}
    required: bool = False
    max_length: int = 200
    choices: tuple[Choice, ...] = ()


class Nature(msgspec.Struct, frozen=True, kw_only=True):
    """question, request, complaint or urgent: its fields, texts and next steps.

    `files`: says which documents help; a nature without these words takes none.
    """

    id: str
    slug: Text
    title: Text
    summary: Text
    phone_first: tuple[str, ...] = ()
    delay: Text = {}
    next_steps: dict[str, tuple[str, ...]] = {}
    files: Text = {}
    fields: tuple[FormField, ...] = ()

    @property
    def themes(self) -> dict[str, str]:
        """Field id and choice id, joined by a colon → theme, for the choices that give one."""
        return {
            f"{field.id}:{choice.id}": choice.theme for field in self.fields for choice in field.choices if choice.theme
        }


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """A site allowed to frame the widget.

    `origins`: exact, ``scheme://host[:port]``. `forms`: where a form with personal data opens, in the frame (the bank's
    own site) or in a tab of its own (anybody else's).
    """

    id: str
    name: str
    origins: tuple[str, ...]
    forms: Literal["frame", "top"] = "top"


class Site(msgspec.Struct, frozen=True, kw_only=True):
    bank: Bank
    languages: tuple[str, ...]
    default_language: str
    logo: str
    colours: Colours
    themes: tuple[Theme, ...]
    most_asked: dict[str, tuple[str, ...]]
    required_pages: tuple[str, ...]
    urgent_strip: tuple[str, ...]
    legal: dict[str, str]
    official_accounts: tuple[OfficialAccount, ...]
    partners: tuple[Partner, ...] = ()

    def partner(self, partner_id: str) -> Partner | None:
        return next((each for each in self.partners if each.id == partner_id), None)


class Catalog(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Everything the pages need. Look-ups by language and slug are methods, so that views never scan.

    `images`: file of `content/assets/` → name under which it is published. `dict=True` only lets the look-up tables be
    built once.
    """

    version: str
    site: Site
    articles: tuple[Article, ...]
    pages: tuple[Page, ...]
    contact_points: tuple[ContactPoint, ...]
    public_numbers: tuple[PublicNumber, ...]
    branches: tuple[Branch, ...]
    natures: tuple[Nature, ...]
    synonyms: dict[str, tuple[tuple[str, ...], ...]]
    rules: tuple[Rule, ...] = ()
    theme_words: tuple[ThemeWords, ...] = ()
    images: dict[str, str] = {}
    holidays: HolidayTable = {}
    routes: Routes = Routes()

    def article(self, language: str, slug: str) -> Article | None:
        return self._tables.articles.get((language, slug))

    def redirect(self, language: str, slug: str) -> str | None:
        """The present slug of an article that once had this one."""
        return self._tables.redirects.get((language, slug))

    def theme(self, language: str, slug: str) -> Theme | None:
        """The theme whose address in `language` is `slug`."""
        return self._tables.themes.get((language, slug))

    def theme_by_id(self, theme_id: str) -> Theme | None:
        return self._tables.themes_by_id.get(theme_id)

    def articles_of(self, theme_id: str, language: str) -> tuple[Article, ...]:
        """The articles of a theme, urgent ones first, then by question."""
        return self._tables.articles_of.get((theme_id, language), ())

    def page(self, language: str, page_id: str) -> Page | None:
        return self._tables.pages.get((language, page_id))

    def contact(self, contact_id: str) -> ContactPoint | None:
        return self._tables.contacts.get(contact_id)

    def branch(self, branch_id: str) -> Branch | None:
        return self._tables.branches.get(branch_id)

    def nature(self, nature_id: str) -> Nature | None:
        return self._tables.natures.get(nature_id)

    def rule(self, rule_id: str) -> Rule | None:
        return self._tables.rules.get(rule_id)

    def public_number(self, number: str) -> PublicNumber | None:
        return self._tables.numbers.get(number)

    def nature_by_slug(self, language: str, slug: str) -> Nature | None:
        return self._tables.nature_slugs.get((language, slug))

    def translation(self, article: Article, language: str) -> Article | None:
        """The same article in another language, found through the French one; itself in its own language."""
        if article.language == language:
            return article
        french = article.translates or article.slug
        if language == "fr":
            return self.article("fr", french)
        return self._tables.translations.get((language, french))

    def find_branches(self, words: str) -> list[Branch]:
        """Branches whose town, name or postcode begins with each of `words`, by town; all of them when it is empty.

        Accents, capitals, hyphens and "st" for "saint" do not matter. A postcode without a branch gives those of its
        department. Only the first 100 characters count.
        """
        wanted = place_words(words[:100])
        entries = self._tables.places
        found = [each for each, names in entries if all(any(name.startswith(w) for name in names) for w in wanted)]
        if not found and len(wanted) == 1 and re.fullmatch(r"\d{5}", wanted[0]):
            found = [each for each, _ in entries if each.postcode[:2] == wanted[0][:2]]
        return found

    @cached_property
    def _tables(self) -> "_Tables":
        return _Tables(self)


class _Tables:
    """The dictionaries behind the look-ups of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        languages = catalog.site.languages
        self.articles = {(each.language, each.slug): each for each in catalog.articles}
        self.redirects = {(each.language, old): each.slug for each in catalog.articles for old in each.redirects}
        self.translations = {(each.language, each.translates): each for each in catalog.articles if each.translates}
        self.themes = {(lang, said(each.slug, lang)): each for each in catalog.site.themes for lang in languages}
        self.themes_by_id = {each.id: each for each in catalog.site.themes}
        self.articles_of: dict[tuple[str, str], tuple[Article, ...]] = {}
        for each in sorted(catalog.articles, key=lambda a: (not a.urgent, fold(a.question))):
            key = (each.theme, each.language)
            self.articles_of[key] = (*self.articles_of.get(key, ()), each)
        self.pages = {(each.language, each.id): each for each in catalog.pages}
        self.contacts = {each.id: each for each in catalog.contact_points}
        self.branches = {each.id: each for each in catalog.branches}
        self.natures = {each.id: each for each in catalog.natures}
        self.rules = {each.id: each for each in catalog.rules}
        self.numbers = {each.number: each for each in catalog.public_numbers}
        self.nature_slugs = {(lang, said(each.slug, lang)): each for each in catalog.natures for lang in languages}
        ordered = sorted(catalog.branches, key=lambda each: (fold(each.town), fold(each.name)))
        self.places = [(each, _place_names(each)) for each in ordered]


def fold(text: str) -> str:
    """Small letters without accents or ligatures: "Œuvre Écrite" → "oeuvre ecrite"."""
    text = text.casefold().replace("œ", "oe").replace("æ", "ae")
    return "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))


def place_words(text: str) -> list[str]:
    """The words of a place, folded: "St-Étienne" → ["saint", "etienne"]."""
    short = {"st": "saint", "ste": "sainte"}
    return [short.get(word, word) for word in re.findall(r"[^\W_]+", fold(text))]


def _place_names(branch: Branch) -> list[str]:
    return [branch.postcode, *place_words(branch.town), *place_words(branch.name)]


def encode(catalog: Catalog) -> bytes:
    """The catalog as JSON, the same bytes for the same catalog."""
    return msgspec.json.encode(catalog)


def decode(data: bytes) -> Catalog:
    """Errors: ``msgspec.DecodeError`` when `data` is not the catalog of this very format."""
    return msgspec.json.decode(data, type=Catalog)
