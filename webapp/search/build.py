"""From a corpus to an index folder: one Whoosh index a language and one small table beside it."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from whoosh.codec.whoosh3 import W3Codec
from whoosh.fields import KEYWORD, STORED, Schema
from whoosh.filedb.filestore import FileStorage

from webapp.search import store
from webapp.search.excerpts import flat
from webapp.search.fields import GRAMS, PAIRS, WORDS, grams, terms_of
from webapp.search.model import Corpus, Document, Place, Rule
from webapp.search.nearest import Packed, pack
from webapp.search.words import Analysis, analysis, fold

_INDEXED = [field.name for field in (*WORDS, *PAIRS)] + [GRAMS]


class Table(msgspec.Struct, frozen=True):
    """What an ear keeps in memory beside the index, one row a document in the order of the index.

    `lengths`: field → terms in each document. `norms`: length of each vector of grams. `phrasings`: see `nearest`.
    `vocabulary`: folded word → occurrences; `writings`: the usual way to write it when not that.
    `urgent_when`, `urgent_unless`: contact id → phrases. `rules`, `theme_words`, `branches`:
    of the corpus, in all languages.
    """

    ids: tuple[str, ...]
    themes: tuple[str, ...]
    urgent: tuple[bool, ...]
    lengths: dict[str, tuple[int, ...]]
    norms: tuple[float, ...]
    phrasings: tuple[tuple[Packed, ...], ...]
    vocabulary: dict[str, int]
    writings: dict[str, str]
    synonyms: tuple[tuple[str, ...], ...]
    urgent_when: dict[str, tuple[str, ...]]
    urgent_unless: dict[str, tuple[str, ...]] = {}
    rules: tuple[Rule, ...] = ()
    theme_words: tuple[tuple[str, dict[str, tuple[str, ...]]], ...] = ()
    branches: dict[str, Place] = {}


def build(corpus: Corpus, folder: Path) -> None:
    """Write everything `Ear(folder)` needs. The folder is made 0700 and emptied first; the manifest comes last, so
    that an interrupted build is never taken for an index. Deterministic answers for a given corpus.
    """
    store.prepare(folder)
    languages = tuple(sorted({document.language for document in corpus.documents} | set(corpus.urgent_when)))
    for language in languages:
        _build_language(corpus, language, folder)
    store.seal(folder, languages)


def _build_language(corpus: Corpus, language: str, folder: Path) -> None:
    documents = [document for document in corpus.documents if document.language == language]
    reading = analysis(language)
    terms = [terms_of(document, reading) for document in documents]
    _write_index(documents, terms, language, folder)
    norms, phrasings = _gram_vectors(documents, [each[GRAMS] for each in terms], reading)
    synonyms = tuple(corpus.synonyms.get(language, ()))
    urgent_when = {contact: tuple(phrases) for contact, phrases in corpus.urgent_when.get(language, {}).items()}
    spoken = [
        *(word for group in synonyms for word in group),
        *(each for phrases in urgent_when.values() for each in phrases),
        *(phrase for rule in corpus.rules for phrase in rule.when.get(language, ())),
        *(text for place in corpus.branches.values() for text in (place.town, place.name)),
    ]
    vocabulary, writings = _vocabulary(documents, spoken, reading)
    table = Table(
        ids=tuple(document.id for document in documents),
        themes=tuple(document.theme for document in documents),
        urgent=tuple(document.urgent for document in documents),
        lengths={name: tuple(len(each[name]) for each in terms) for name in _INDEXED if name != GRAMS},
        norms=norms,
        phrasings=phrasings,
        vocabulary=vocabulary,
        writings=writings,
        synonyms=synonyms,
        urgent_when=urgent_when,
        urgent_unless=dict(corpus.urgent_unless.get(language, {})),
        rules=corpus.rules,
        theme_words=tuple((theme, dict(when)) for theme, when in corpus.theme_words),
        branches=dict(corpus.branches),
    )
    store.write_json(folder / f"{language}.json", table)


def _write_index(
    documents: Sequence[Document], terms: Sequence[Mapping[str, list[str]]], language: str, folder: Path
) -> None:
    columns: dict[str, Any] = {name: KEYWORD(stored=False, scorable=True) for name in _INDEXED}
    schema = Schema(texts=STORED, **columns)
    index = FileStorage(str(folder)).create_index(schema, indexname=language)
    writer = index.writer(limitmb=64, codec=W3Codec(compression=0))
    for document, each in zip(documents, terms, strict=True):
        fields = {name: " ".join(each[name]) for name in _INDEXED}
        writer.add_document(texts=_passages(document), **fields)
    writer.commit(optimize=True)
    index.close()


def _passages(document: Document) -> tuple[str, str, str, str]:
    """Summary and body on one line, each followed by itself made flat for `excerpts`."""
    summary = " ".join(document.summary.split())
    body = " ".join(document.body.split())
    return summary, flat(summary), body, flat(body)


def gram_weight(documents: int, containing: int) -> float:
    """How telling a run of letters is; never nothing, so that common endings still tell two close words apart."""
    return math.log((documents + 1) / (containing + 1)) + 0.3


def _gram_vectors(
    documents: Sequence[Document], terms: Sequence[Sequence[str]], reading: Analysis
) -> tuple[tuple[float, ...], tuple[tuple[Packed, ...], ...]]:
    """The length of each document's vector, and its title and phrasings packed for `nearest`."""
    counts = [Counter(each) for each in terms]
    containing = Counter(gram for each in counts for gram in each)
    weights = {gram: gram_weight(len(counts), among) for gram, among in containing.items()}
    norms = []
    for each in counts:
        square = sum(((1 + math.log(count)) * weights[gram]) ** 2 for gram, count in each.items())
        norms.append(math.sqrt(square) or 1.0)
    phrasings = tuple(
        pack([grams(reading.words(each)) for each in (document.title, *document.phrasings)], weights)
        for document in documents
    )
    return tuple(norms), phrasings


def _vocabulary(
    documents: Sequence[Document], spoken: Sequence[str], reading: Analysis
) -> tuple[dict[str, int], dict[str, str]]:
    """Every word of the content. A word asked in titles and phrasings weighs more than one lost in a body."""
    counts: Counter[str] = Counter()
    writings: dict[str, Counter[str]] = {}
    for text, weight in _texts(documents, spoken):
        for words, start, end in reading.spans(text):
            for word in words:
                counts[word] += weight
            if len(words) == 1:
                written = text[start:end].lower()
                if fold(written) == words[0]:
                    writings.setdefault(words[0], Counter())[written] += weight
    usual = {word: max(each.items(), key=lambda item: (item[1], item[0]))[0] for word, each in writings.items()}
    return dict(counts), {word: written for word, written in usual.items() if written != word}


def _texts(documents: Sequence[Document], spoken: Sequence[str]) -> list[tuple[str, int]]:
    texts = [(each, 1) for each in spoken]
    for document in documents:
        texts.append((document.title, 5))
        texts.extend((each, 1) for each in document.phrasings)
        texts.extend((each, 5) for each in document.keywords)
        texts.append((document.summary, 2))
        texts.append((document.body, 1))
    return texts
