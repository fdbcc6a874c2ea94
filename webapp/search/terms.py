"""Terms as 64-bit numbers: an index is then arrays alone, and a whole question is looked up in one call.

A run of 3 or 4 letters is its letters, 16 bits each: exact. A word, a pair or a meaning is a digest: two of a hundred
thousand terms meet once in four billion indexes.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np

from webapp.search.arrays import Codes

GRAM_SIZES = (3, 4)
_START, _END = ord("^"), ord("$")


def code(term: str) -> int:
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def codes(terms: Iterable[str]) -> Codes:
    return np.fromiter((code(term) for term in terms), dtype=np.uint64)


def grams(words: Sequence[str], *, unfinished: bool = False) -> Codes:
    """Runs of 3 and 4 letters of each word, its ends marked: "rib" → ^ri, rib, ib$, ^rib, rib$; repeated when they are.

    `unfinished`: the last word goes on, so that its end is no end.
    """
    text = "".join(f"^{word}$" for word in words)
    if unfinished:
        text = text[:-1]
    letters = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2").astype(np.uint64)
    starts = letters == _START
    found = []
    for size in GRAM_SIZES:
        count = len(letters) - size + 1
        if count <= 0:
            continue
        run = np.zeros(count, dtype=np.uint64)
        within = np.ones(count, dtype=bool)
        for place in range(size):
            run = (run << np.uint64(16)) | letters[place : place + count]
            if place:
                within &= ~starts[place : place + count]  # a run that enters the next word
        found.append(run[within])
    return np.concatenate(found) if found else np.zeros(0, dtype=np.uint64)


def spell(run: int) -> str:
    """The letters of a run, for whoever explains an answer."""
    units = [run >> shift & 0xFFFF for shift in (48, 32, 16, 0)]
    return "".join(chr(unit) for unit in units if unit)
