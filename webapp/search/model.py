"""What goes into the ear and what comes out. Plain data: no catalog, no Whoosh, no HTTP."""

from collections.abc import Mapping

import msgspec


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One entry to index: an article of the catalog, or an entry of an evaluation set."""

    id: str
    language: str
    theme: str = ""
    title: str
    summary: str = ""
    phrasings: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    body: str = ""
    urgent: bool = False


class Corpus(msgspec.Struct, frozen=True, kw_only=True):
    """All that one index is built from.

    `urgent_when`: language → contact point id → phrases; every word of one phrase in a question raises that contact.
    """

    documents: tuple[Document, ...]
    synonyms: Mapping[str, tuple[tuple[str, ...], ...]] = {}
    urgent_when: Mapping[str, Mapping[str, tuple[str, ...]]] = {}


class Piece(msgspec.Struct, frozen=True):
    """A run of an excerpt; `match` says whether it answers the question. The template escapes and marks it."""

    text: str
    match: bool


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    score: float
    excerpt: tuple[Piece, ...] = ()


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one question, best hit first.

    `confidence` is in 0..1 and comparable between questions; `answered` says whether the first hit is shown as an
    answer or only as a guess. `urgent`: contact point ids to raise above the hits, most pressing first. `total`: hits
    before `limit`.
    """

    hits: tuple[Hit, ...]
    total: int = 0
    confidence: float = 0.0
    answered: bool = False
    did_you_mean: str = ""
    urgent: tuple[str, ...] = ()
