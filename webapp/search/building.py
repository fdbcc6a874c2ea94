"""From a corpus to an index folder: for each language a Whoosh index, the arrays compiled from it, a small table."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from whoosh.codec.whoosh3 import W3Codec
from whoosh.fields import KEYWORD, Schema
from whoosh.filedb.filestore import FileStorage

from webapp.search import acronyms, arrays, passages, store
from webapp.search.compiling import compile_arrays
from webapp.search.fields import WHOLE, Text, Texts, indexed, text_of, texts_of
from webapp.search.meanings import Meanings, lexicon
from webapp.search.model import Corpus, Document
from webapp.search.table import Table
from webapp.search.words import Analysis, analysis, fold


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
    subjects = _subjects(corpus, language)
    documents = [*(each for each in corpus.documents if each.language == language), *subjects]
    reading = analysis(language)
    texts = [texts_of(document, reading) for document in documents]
    synonyms = tuple(corpus.synonyms.get(language, ()))
    general = _of_use(lexicon(language), texts, reading)
    general = (*_abbreviations(documents, (*synonyms, *general)), *general)
    meanings = Meanings(synonyms, general, reading)
    index = _write_index([indexed(each, meanings) for each in texts], language, folder)
    with index.reader() as reader:
        compiled = compile_arrays(reader, texts, meanings, reading)
    index.close()
    arrays.write(folder / f"{language}.arrays", compiled | passages.arrays_of(documents))
    urgent_when = {contact: tuple(phrases) for contact, phrases in corpus.urgent_when.get(language, {}).items()}
    urgent_unless = dict(corpus.urgent_unless.get(language, {}))
    said = [
        *(word for group in (*synonyms, *general) for word in group),
        *(each for phrases in (*urgent_when.values(), *urgent_unless.values()) for each in phrases),
        *(phrase for rule in corpus.rules for told in (rule.when, rule.unless) for phrase in told.get(language, ())),
        *(text for place in corpus.branches.values() for text in (place.town, place.name)),
    ]
    analysed = [text_of(each, reading, 1) for each in said]
    analysed += [text for each in texts for text in (*each.asked, each.told)]
    vocabulary, writings = _vocabulary(analysed)
    table = Table(
        ids=tuple(document.id for document in documents),
        subjects=len(subjects),
        themes=tuple(document.theme for document in documents),
        urgent=tuple(document.urgent for document in documents),
        urgent_contacts=tuple(document.urgent_contact for document in documents),
        vocabulary=vocabulary,
        writings=writings,
        synonyms=synonyms,
        meanings=general,
        urgent_when=urgent_when,
        urgent_unless=urgent_unless,
        rules=corpus.rules,
        theme_words=tuple((theme, dict(when)) for theme, when in corpus.theme_words),
        branches=dict(corpus.branches),
    )
    store.write_json(folder / f"{language}.json", table)


def _subjects(corpus: Corpus, language: str) -> list[Document]:
    """What no document is about, as documents of their own: the ranker tells them apart like any other."""
    found = ((rule.id, rule.asked.get(language, ())) for rule in corpus.rules)
    return [
        Document(id=rule, language=language, title=asked[0], phrasings=asked[1:], body=". ".join(asked))
        for rule, asked in found
        if asked
    ]


def _abbreviations(documents: Iterable[Document], known: Iterable[tuple[str, ...]]) -> tuple[tuple[str, str], ...]:
    """What the content spells out itself and no group knows."""
    texts = (text for each in documents for text in (each.title, each.summary, each.body, *each.phrasings))
    return acronyms.groups(texts, (word for group in known for word in group))


def _of_use(
    groups: Sequence[tuple[str, ...]], texts: Sequence[Texts], reading: Analysis
) -> tuple[tuple[str, ...], ...]:
    """The groups one of whose words may stand in these texts: the others could lead nowhere."""
    known = {stem for each in texts for text in (*each.asked, each.told) for stem in text.stems}
    return tuple(group for group in groups if any(known.issuperset(reading.stems(member)) for member in group))


def _write_index(documents: Sequence[dict[str, str]], language: str, folder: Path) -> Any:
    columns: dict[str, Any] = {field.name: KEYWORD(stored=False, scorable=True) for field in WHOLE}
    schema = Schema(**columns)
    index = FileStorage(str(folder)).create_index(schema, indexname=language)
    writer = index.writer(limitmb=64, codec=W3Codec(compression=0))
    for each in documents:
        writer.add_document(**each)
    writer.commit(optimize=True)
    return index


def _vocabulary(texts: Iterable[Text]) -> tuple[dict[str, int], dict[str, str]]:
    """Every word of the content, and how it is usually written when that is not the folded word."""
    counts: dict[str, int] = {}
    writings: dict[tuple[str, str], int] = {}
    for text in texts:
        weight = text.weight
        for word in text.words:
            counts[word] = counts.get(word, 0) + weight
        for each in text.written:
            writings[each] = writings.get(each, 0) + weight
    best: dict[str, tuple[int, str]] = {}
    for (word, written), count in writings.items():
        best[word] = max(best.get(word, (0, "")), (count, written))
    usual = {word: written for word, (_, written) in best.items() if written != word and fold(written) == word}
    return counts, usual
