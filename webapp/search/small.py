"""Words that say little by themselves: "mon", "à", "comment". They are not dropped, they count less.

How telling a word is comes from how few articles say it; among a hundred articles that is chance for such words, and a
question made of them found any article that says "mon" and "à" ("ma cb passe pas à la caisse"). The lists are of the
language (``lexicon/small-*.txt``), of no content in particular; a word that turns a question round ("sans", "après",
"deux") is not in them.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from webapp.search.arrays import Codes
from webapp.search.meanings import LEXICON, Meanings, meaning
from webapp.search.terms import codes
from webapp.search.words import Analysis

SMALL = 0.4  # of what such a word would tell otherwise


@lru_cache(maxsize=4)
def small_words(language: str) -> frozenset[str]:
    """Folded words; none for a language without a list."""
    path: Path = LEXICON / f"small-{language}.txt"
    if not path.is_file():
        return frozenset()
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def telling(words: Sequence[str], language: str) -> Sequence[str]:
    """The words of a text without its small ones; all of them where it has no other."""
    small = small_words(language)
    return [word for word in words if word not in small] or words


def small_terms(meanings: Meanings, reading: Analysis) -> Codes:
    """The stems of small words, and the meanings that a small word leads ("comment, de quelle façon")."""
    stems = {reading.stem(word) for word in small_words(reading.language)}
    led = [meaning(place) for place, group in enumerate(meanings.groups) if group and _small(group[0], stems)]
    return codes([*sorted(stems), *led])


def _small(expression: Sequence[str], stems: set[str]) -> bool:
    return len(expression) == 1 and expression[0] in stems
