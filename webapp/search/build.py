"""From a corpus to an index folder: for each language a Whoosh index, the arrays compiled from it, a small table."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from whoosh.codec.whoosh3 import W3Codec
from whoosh.fields import KEYWORD, STORED, Schema
from whoosh.filedb.filestore import FileStorage

from webapp.search import arrays, store
from webapp.search.compiling import compile_arrays
from webapp.search.excerpts import flat
from webapp.search.fields import ASKED, TOLD, Texts, indexed, texts_of
from webapp.search.meanings import Meanings, lexicon
from webapp.search.model import Corpus, Document, Place, Rule
from webapp.search.words import Analysis, analysis, fold


class Table(msgspec.Struct, frozen=True):
    """What an ear keeps in memory beside the index, one row a document in the order of the index.

    `vocabulary`: folded word → occurrences; `writings`: the usual way to write it when not that. `synonyms`: the
    groups of the content; `meanings`: the general ones that this content uses. `urgent_when`, `urgent_unless`: contact
    id → phrases. `rules`, `theme_words`, `branches`: of the corpus, in all languages.
    """

    ids: tuple[str, ...]
    themes: tuple[str, ...]
    urgent: tuple[bool, ...]
    vocabulary: dict[str, int]
    writings: dict[str, str]
    synonyms: tuple[tuple[str, ...], ...]
    meanings: tuple[tuple[str, ...], ...]
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
    texts = [texts_of(document, reading) for document in documents]
    synonyms = tuple(corpus.synonyms.get(language, ()))
    general = _of_use(lexicon(language), texts, reading)
    meanings = Meanings(synonyms, general, reading)
    index = _write_index(documents, [indexed(each, meanings) for each in texts], language, folder)
    with index.reader() as reader:
        arrays.write(folder / f"{language}.arrays", compile_arrays(reader, texts, meanings))
    index.close()
    urgent_when = {contact: tuple(phrases) for contact, phrases in corpus.urgent_when.get(language, {}).items()}
    said = [
        *(word for group in (*synonyms, *general) for word in group),
        *(each for phrases in urgent_when.values() for each in phrases),
        *(phrase for rule in corpus.rules for phrase in rule.when.get(language, ())),
        *(text for place in corpus.branches.values() for text in (place.town, place.name)),
    ]
    vocabulary, writings = _vocabulary(documents, said, reading)
    table = Table(
        ids=tuple(document.id for document in documents),
        themes=tuple(document.theme for document in documents),
        urgent=tuple(document.urgent for document in documents),
        vocabulary=vocabulary,
        writings=writings,
        synonyms=synonyms,
        meanings=general,
        urgent_when=urgent_when,
        urgent_unless=dict(corpus.urgent_unless.get(language, {})),
        rules=corpus.rules,
        theme_words=tuple((theme, dict(when)) for theme, when in corpus.theme_words),
        branches=dict(corpus.branches),
    )
    store.write_json(folder / f"{language}.json", table)


def _of_use(
    groups: Sequence[tuple[str, ...]], texts: Sequence[Texts], reading: Analysis
) -> tuple[tuple[str, ...], ...]:
    """The groups one of whose words may stand in these texts: the others could lead nowhere."""
    known = {stem for each in texts for text in (*each.asked, each.told) for stem in text.stems}
    return tuple(group for group in groups if any(known.issuperset(reading.stems(member)) for member in group))


def _write_index(documents: Sequence[Document], fields: Sequence[dict[str, str]], language: str, folder: Path) -> Any:
    columns: dict[str, Any] = {field.name: KEYWORD(stored=False, scorable=True) for field in (*ASKED, *TOLD)}
    schema = Schema(texts=STORED, **columns)
    index = FileStorage(str(folder)).create_index(schema, indexname=language)
    writer = index.writer(limitmb=64, codec=W3Codec(compression=0))
    for document, each in zip(documents, fields, strict=True):
        writer.add_document(texts=_passages(document), **each)
    writer.commit(optimize=True)
    return index


def _passages(document: Document) -> tuple[str, str, str, str]:
    """Summary and body on one line, each followed by itself made flat for `excerpts`."""
    summary = " ".join(document.summary.split())
    body = " ".join(document.body.split())
    return summary, flat(summary), body, flat(body)


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
