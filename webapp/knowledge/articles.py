"""Articles and themes: what one question and its answer hold once read and rendered."""

from typing import Literal

import msgspec

Text = dict[str, str]
"""A localised text, language → words; French is always there."""


def said(text: Text | None, language: str) -> str:
    """The words of `text` in `language`, else in French, else nothing."""
    if not text:
        return ""
    return text.get(language) or text.get("fr", "")


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """A group of articles; `slug` is its address in each language."""

    id: str
    slug: Text
    title: Text
    summary: Text


class NextStep(msgspec.Struct, frozen=True, kw_only=True):
    """What helps when the article is not enough: a contact point, or a form of one nature."""

    kind: Literal["contact", "form"]
    id: str


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """One question and its answer in one language. `html` is safe to print; `plain` is what search reads."""

    slug: str
    language: str
    theme: str
    question: str
    summary: str
    phrasings: tuple[str, ...]
    keywords: tuple[str, ...]
    next_step: NextStep | None
    urgent: bool
    related: tuple[str, ...]
    redirects: tuple[str, ...]
    sources: tuple[str, ...]
    owner: str
    reviewed: str  # ISO date
    review_by: str  # ISO date
    translates: str  # slug of the French article this one translates; "" for French ones
    html: str
    plain: str
    digest: str  # of the source file: opinions are counted per digest, so they start again when the text changes


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A fixed page: legal notices, privacy, accessibility, official accounts."""

    id: str
    language: str
    title: str
    summary: str
    owner: str
    reviewed: str
    html: str
    plain: str
