"""The texts that excerpts are cut from, in one mapped block: only those of the hits shown are read."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from webapp.search.arrays import Array
from webapp.search.excerpts import Passage, flat
from webapp.search.model import Document

_ENDS = ".!?…:;,»)"
_PARTS = 4  # of a document: summary, the same flat, body, the same flat


def arrays_of(documents: Sequence[Document]) -> dict[str, Array]:
    """Texts one behind the other, and where each ends."""
    texts = [text.encode("utf-8", "surrogatepass") for document in documents for text in _texts(document)]
    ends = np.cumsum([0, *map(len, texts)])
    return {
        "passages.texts": np.frombuffer(b"".join(texts), dtype=np.uint8),
        "passages.ends": ends.astype(np.uint32 if int(ends[-1]) < 1 << 32 else np.uint64),
    }


def _texts(document: Document) -> Iterator[str]:
    """Summary and body on one line, each followed by itself made flat for `excerpts`."""
    for text in (document.summary, document.body):
        line = " ".join(_ended(" ".join(block.split())) for block in text.splitlines() if block.strip())
        yield line
        yield flat(line)


def _ended(block: str) -> str:
    """A heading, a cell or an item of a list ends like a sentence, so that it does not run into the next."""
    return block if block[-1] in _ENDS else f"{block}."


class Passages:
    """Immutable, thread-safe."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._texts = arrays["passages.texts"]
        self._ends = arrays["passages.ends"]

    def of(self, document: int) -> tuple[Passage, Passage]:
        """Summary and body."""
        ends = [int(end) for end in self._ends[document * _PARTS : (document + 1) * _PARTS + 1]]
        summary, flat_summary, body, flat_body = (
            self._texts[start:end].tobytes().decode("utf-8", "surrogatepass") for start, end in pairwise(ends)
        )
        return (summary, flat_summary), (body, flat_body)
