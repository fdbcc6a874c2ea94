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
from webapp.search.terms import codes, grams
from webapp.search.weighing import Field
from webapp.search.words import Analysis

SEPARATOR = "_"  # no word contains it (words.py splits there)
ASKED = (Field("title", 1.5, 0.5), Field("phrasings", 1.0, 0.5))
TOLD = (Field("body", 1.0, 0.75),)
_ASKED_TIMES = 3  # a run of letters of a title or phrasing, for one of the body
LONGEST_BODY = 400  # words of a body whose letters count: what comes after says no more and costs much


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a document, analysed."""

    words: tuple[str, ...]
    stems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a document. `asked`: its title, phrasings, and keywords as one; `told`: summary and body."""

    asked: tuple[Text, ...]
    told: Text


def texts_of(document: Document, reading: Analysis) -> Texts:
    asked = [document.title, *document.phrasings]
    if document.keywords:
        asked.append(" ".join(document.keywords))
    analysed = [_text(reading.words(each), reading) for each in asked]
    return Texts(
        asked=(analysed[0], *(each for each in analysed[1:] if each.words)),
        told=_text(reading.words(f"{document.summary} {document.body}"), reading),
    )


def _text(words: Sequence[str], reading: Analysis) -> Text:
    return Text(tuple(words), tuple(map(reading.stem, words)))


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


def letters(texts: Texts) -> Codes:
    """All runs of letters of a document, those of its title and phrasings counted several times."""
    asked = grams([word for text in texts.asked for word in text.words])
    return np.concatenate([*[asked] * _ASKED_TIMES, grams(texts.told.words[:LONGEST_BODY])])


def said(text: Text, meanings: Meanings) -> Codes:
    """Meanings of a text, alone and two in a row."""
    return alone_and_paired(heard(text.stems, meanings.find(text.words, text.stems)))


def alone_and_paired(terms: Sequence[str]) -> Codes:
    return codes([*terms, *(f"{one}{SEPARATOR}{other}" for one, other in pairwise(terms))])
