"""Questions of 200 characters made to cost as much as they can: each shape in several variants, none asked twice."""

import random
from collections.abc import Callable, Iterator, Sequence

LENGTH = 200
VARIANTS = 7
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MIXED = "абвгдежзикл αβγδεζηθ عربية 你好世界 ไทย ひらがな हिन्दी 한국어 carte virement ﬁ İ ß œ"
_MARKS = "!?.,;:-_/\\*()[]{}<>\"'’«»&|~^$%#@+="


def hostile(words: Sequence[str], seed: int = 1) -> Iterator[tuple[str, list[str]]]:
    """Shape → its variants. `words`: of the content, the most frequent first."""
    dice = random.Random(seed)
    for shape, draw in _shapes(words, dice).items():
        yield shape, [_filled(draw) for _ in range(VARIANTS)]


def _filled(draw: Callable[[], str]) -> str:
    text = draw()
    while len(text) < LENGTH:
        text += draw()
    return text[:LENGTH]


def _shapes(words: Sequence[str], dice: random.Random) -> dict[str, Callable[[], str]]:
    common = list(words[:40])
    some = [each for each in words[:2_000] if len(each) >= 8] or common
    rare = list(words[-2_000:])
    consonants = "bcdfghjklmnpqrstvwxz"

    def of(letters: str, least: int, most: int) -> str:
        return "".join(dice.choices(letters, k=dice.randint(least, most))) + " "

    return {
        "one letter": lambda: dice.choice(_LETTERS) * LENGTH,
        "one letter, words": lambda: f"{dice.choice(_LETTERS) * dice.randint(1, 9)} ",
        "common words": lambda: f"{dice.choice(common)} ",
        "long common words": lambda: f"{dice.choice(some[:60])} ",
        "rare words": lambda: f"{dice.choice(rare)} ",
        "one word over and over": lambda: f"{dice.choice(some)} " * LENGTH,
        "unknown words": lambda: of(_LETTERS, 4, 12),
        "rare runs of letters": lambda: of(consonants, 5, 9),
        "words with one error": lambda: f"{_wrong(dice.choice(some), dice, 1)} ",
        "words with two errors": lambda: f"{_wrong(dice.choice(some), dice, 2)} ",
        "words with three errors": lambda: f"{_wrong(dice.choice(some), dice, 3)} ",
        "words glued": lambda: dice.choice(some) + dice.choice(common),
        "endless word": lambda: dice.choice(some),
        "mixed scripts": lambda: f"{''.join(dice.sample(_MIXED, 9))} ",
        "digits": lambda: of("0123456789", 1, 16),
        "punctuation": lambda: of(_MARKS, 1, 12),
        "words and punctuation": lambda: f"{dice.choice(common)}{dice.choice(_MARKS)}{dice.choice(_MARKS)}",
        "stacked accents": lambda: dice.choice(_LETTERS) + "\u0301\u0327\u0308" * dice.randint(1, 6),
        "apostrophes": lambda: f"{dice.choice('ldjnmtsc')}'",
        "dotted letters": lambda: f"{dice.choice(_LETTERS)}.",
        "emoji": lambda: dice.choice("🙂🔥💳👩‍👩‍👧🇫🇷") + dice.choice(("", " ")),
    }


def _wrong(word: str, dice: random.Random, errors: int) -> str:
    """`word` with letters changed, added or taken away."""
    letters = list(word)
    for _ in range(errors):
        at = dice.randrange(len(letters))
        letters[at] = dice.choice(("", dice.choice(_LETTERS), letters[at] + dice.choice(_LETTERS)))
    return "".join(letters)
