"""How hard a text is to read: its sentences and their length (ACPR: no more than level B2)."""

import re
from collections.abc import Iterator

HARD_SENTENCE = 25
UNREADABLE_SENTENCE = 40
_END = re.compile(r"[.!?…]+[»”\")\u00a0\u202f ]*\s+(?=[«“\"(\[]?[A-ZÀ-ÖØ-ÞŒ0-9])|\n+")
_ABBREVIATION = re.compile(r"(?:^|[\s('’])(?:art|al|cf|ex|[A-Z]|M|MM|Mme|Dr|tél|env|min|max|n|p|no|St|Ste|vol)$")
_NUMBER = re.compile(r"\d[\d\s.,/:-]*\d")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text; a line break ends one too."""
    start = 0
    for match in _END.finditer(text):
        before = text[max(start, match.start() - 8) : match.start()]
        if match[0].startswith(".") and _ABBREVIATION.search(before):
            continue
        yield text[start : match.end()].strip()
        start = match.end()
    if text[start:].strip():
        yield text[start:].strip()


def count_words(sentence: str) -> int:
    """Words between spaces; a number is one word however its digits are grouped, a lone punctuation mark is none."""
    words = _NUMBER.sub("0", sentence).split()
    return sum(1 for word in words if any(letter.isalnum() for letter in word))


def beginning(sentence: str, words: int = 8) -> str:
    """The first words of a sentence, to quote it in a message."""
    parts = sentence.split()
    return " ".join(parts[:words]) + ("…" if len(parts) > words else "")
