"""What a customer saw before writing: article ids and what was done with each, nothing else.

Carried by the pages themselves, because there is no cookie and no storage: a hidden field, or one parameter of an
address. So it is what a browser says, worth no more: bounded, and only articles that exist are kept.
"""

import re
from collections.abc import Callable, Iterable

import msgspec

MOST = 12  # articles: the last ones count, and what was opened before what was only shown
LONGEST = 1_000  # characters of a written trail: twelve names of sixty characters fit
_MARKS = {"shown": "p", "opened": "o", "useful": "u", "useless": "n"}
_MEANINGS = {mark: how for how, mark in _MARKS.items()}
_STRENGTH = {"shown": 0, "opened": 1, "useful": 2, "useless": 2}
_ENTRY = re.compile(r"([poun])\.([a-z0-9-]{1,80})")


class Seen(msgspec.Struct, frozen=True):
    """One article; `how` is ``shown``, ``opened``, ``useful`` or ``useless`` (opened, and said to be so)."""

    article: str
    how: str


Trail = tuple[Seen, ...]


def read(text: str, known: Callable[[str], bool] = lambda _: True) -> Trail:
    """The trail in `text`; what is not of its grammar, or not a `known` article, is left out. Never raises."""
    found: Trail = ()
    for entry in text[:LONGEST].split("~")[: 2 * MOST]:
        match = _ENTRY.fullmatch(entry)
        if match and known(match[2]):
            found = add(found, (match[2],), _MEANINGS[match[1]])
    return found


def add(trail: Trail, articles: Iterable[str], how: str) -> Trail:
    """`trail` with `articles` in it: each once, with the strongest that was done with it; the last opinion counts."""
    seen = {each.article: each.how for each in trail}
    for article in articles:
        before = seen.pop(article, how)
        seen[article] = before if _STRENGTH[before] > _STRENGTH[how] else how
    entries = [Seen(article, done) for article, done in seen.items()]
    spare = len(entries) - MOST
    for each in [*(each for each in entries if each.how == "shown"), *entries][: max(0, spare)]:
        entries.remove(each)
    return tuple(entries)


def write(trail: Trail) -> str:
    """The same as text: letters, digits, ``-``, ``.`` and ``~`` only, so that an address can hold it as it is."""
    return "~".join(f"{_MARKS[each.how]}.{each.article}" for each in trail)
