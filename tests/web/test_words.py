"""Words of the screens: the same keys in both languages, and every key that a template asks for."""

import re
from pathlib import Path

import pytest

from webapp.knowledge.typography import NARROW, NBSP, typography
from webapp.web.words import UnknownWord, Words

ROOT = Path(__file__).resolve().parents[2]
WORDS = Words(ROOT / "templates" / "words", typography)
ASKED = re.compile(r"""\b(?:words|say|Needed)\(\s*["']([a-z0-9_.]+[a-z0-9_])["']""", re.IGNORECASE)


def test_both_languages_have_the_same_keys() -> None:
    assert WORDS.keys("fr") == WORDS.keys("en")


def test_both_languages_fill_in_the_same_values() -> None:
    for key, french in WORDS.table("fr").items():
        english = WORDS.table("en")[key]
        assert type(french) is type(english), key
        assert placeholders(french) == placeholders(english), key


def test_every_key_that_a_template_or_a_view_asks_for_exists() -> None:
    known = WORDS.keys("fr")
    files = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "webapp" / "web").glob("*.py")]
    asked = {(key, path.name) for path in files for key in ASKED.findall(path.read_text(encoding="utf-8"))}
    assert len(asked) > 80
    assert {(key, name) for key, name in asked if key not in known} == set()


def test_french_words_carry_french_spaces() -> None:
    assert WORDS.say("fr", "home.title") == f"Quelle est votre question{NARROW}?"
    assert WORDS.say("fr", "search.title_for", question="ma carte") == f"Réponses à «{NBSP}ma carte{NBSP}»"


def test_counts_choose_between_one_and_other_as_the_language_does() -> None:
    assert WORDS.say("fr", "search.count", n=0) == "0 réponse"
    assert WORDS.say("fr", "search.count", n=2) == "2 réponses"
    assert WORDS.say("en", "search.count", n=0) == "0 answers"
    assert WORDS.say("en", "search.count", n=1) == "1 answer"


def test_an_unknown_key_is_a_mistake_not_an_empty_text() -> None:
    with pytest.raises(UnknownWord):
        WORDS.say("fr", "no.such.key")


def placeholders(words: object) -> set[str]:
    texts = words.values() if isinstance(words, dict) else [words]
    return {name for text in texts for name in re.findall(r"\{(\w+)\}", str(text))}
