"""The catalog: everything loaded from ``content/``, immutable, with a version.

A published version is one folder, ``search_index/<version>/``: ``catalog.json`` (this), ``assets/``, the Whoosh index.
"""

from typing import Literal

import msgspec

from webapp.knowledge.articles import Article, Page, Text, Theme
from webapp.knowledge.contacts import Branch, ContactPoint, PublicNumber


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
    id: str
    label: Text


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
    """question, request, complaint or urgent: its fields, texts and next steps."""

    id: str
    slug: Text
    title: Text
    summary: Text
    phone_first: tuple[str, ...] = ()
    delay: Text = {}
    next_steps: dict[str, tuple[str, ...]] = {}
    fields: tuple[FormField, ...] = ()


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


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the pages need. Look-ups by language and slug are methods, so that views never scan."""

    version: str
    site: Site
    articles: tuple[Article, ...]
    pages: tuple[Page, ...]
    contact_points: tuple[ContactPoint, ...]
    public_numbers: tuple[PublicNumber, ...]
    branches: tuple[Branch, ...]
    natures: tuple[Nature, ...]
    synonyms: dict[str, tuple[tuple[str, ...], ...]]
