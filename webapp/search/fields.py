"""What is indexed of a document, and the texts that speak for it.

The Whoosh index holds three fields, each with the stems of its words and the meanings of its expressions. What is
added up for a question is compiled from it (`compiling`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from webapp.search.arrays import Codes
from webapp.search.meanings import Meanings, heard, meaning
from webapp.search.model import Document
from webapp.search.small import telling
from webapp.search.terms import codes, grams
from webapp.search.weighing import Field
from webapp.search.words import Analysis

SEPARATOR = "_"  # no word contains it (words.py splits there)
TOLD = (Field("body", 1.0, 0.75),)
WHOLE = (Field("title", 3.0, 0.4), Field("phrasings", 2.0, 0.4), Field("body", 1.0, 0.6))
WHOLE_SATURATION = 1.3  # a title and a body that say a word are surer than either, sooner than a long body is
_ASKED_TIMES = 3  # a run of letters of a title or phrasing, for one of the body
LONGEST_BODY = 400  # words of a body whose letters count: what comes after says no more and costs much


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a document, analysed. `weight`: of its words in the vocabulary, `written`: each as it stands."""

    words: tuple[str, ...]
    stems: tuple[str, ...]
    written: tuple[tuple[str, str], ...]
    weight: int


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a document. `asked`: its title, phrasings, and keywords as one; `told`: summary and body."""

    asked: tuple[Text, ...]
    told: Text


def texts_of(document: Document, reading: Analysis) -> Texts:
    asked = [text_of(document.title, reading, 5), *(text_of(each, reading, 1) for each in document.phrasings)]
    asked.append(text_of(" ".join(document.keywords), reading, 5))
    return Texts(
        asked=(asked[0], *(each for each in asked[1:] if each.words)),
        told=text_of(f"{document.summary} {document.body}", reading, 1),
    )


def text_of(text: str, reading: Analysis, weight: int) -> Text:
    words: list[str] = []
    written = []
    for found, start, end in reading.spans(text):
        words.extend(found)
        if len(found) == 1:
            written.append((found[0], text[start:end].lower()))
    return Text(tuple(words), tuple(map(reading.stem, words)), tuple(written), weight)


def indexed(texts: Texts, meanings: Meanings) -> dict[str, str]:
    """Field → its terms, as Whoosh takes them."""
    title, *others = texts.asked
    return {
        "title": _terms((title,), meanings),
        "phrasings": _terms(others, meanings),
        "body": _terms((texts.told,), meanings),
    }


def _terms(texts: Sequence[Text], meanings: Meanings) -> str:
    found: list[str] = []
    for text in texts:
        found.extend(text.stems)
        found.extend(meaning(each.group) for each in meanings.find(text.words, text.stems))
    return " ".join(found)


def letters(texts: Texts, language: str) -> Codes:
    """All runs of letters of a document but its small words, those of title and phrasings counted several times."""
    asked = grams([word for text in texts.asked for word in telling(text.words, language)])
    return np.concatenate([*[asked] * _ASKED_TIMES, grams(telling(texts.told.words[:LONGEST_BODY], language))])


def said(text: Text, meanings: Meanings) -> Codes:
    """Meanings of a text, alone and two in a row."""
    return alone_and_paired(heard(text.stems, meanings.find(text.words, text.stems)))


def alone_and_paired(terms: Sequence[str]) -> Codes:
    return codes([*terms, *(f"{one}{SEPARATOR}{other}" for one, other in pairwise(terms))])
