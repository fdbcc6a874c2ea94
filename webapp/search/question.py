"""What was typed, understood: folded words, typing errors corrected, synonyms found, a long message cut short."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from webapp.search.meanings import Meanings, heard, meaning
from webapp.search.spelling import SHORTEST, Correction, Speller
from webapp.search.synonyms import Found, Thesaurus
from webapp.search.words import Analysis

MOST_WORDS = 40  # of a question: 200 characters hold about 35
CORRECTIONS = 12  # unknown words of a question looked up in the speller
DEEP_CORRECTIONS = 4  # of them with two errors, which costs more
GLUED = "ldj"  # letters that people leave glued to the next word: "lassurence", "dargens"
SILENT = "tdsxp"  # last letters that French does not say
RARER = 20  # times that a spelling is met less often than the right one
TELLING = 24  # words kept of a long message


@dataclass(frozen=True, slots=True)
class Question:
    """A question ready to be ranked. `stems[i]` is the stem of `words[i]`; `typed[i]` what stood there before.

    `kept`: places that count (all of them, but for a long message). `groups`: synonyms of the content met, `meanings`:
    these and those of the language. `endings`: stems of what the last, half-typed word may become,
    likeliest first, and `ending_senses` their meanings. `corrected`: the whole text with the sure corrections in it,
    or "". `doubtful`: places of the other corrections.
    """

    words: tuple[str, ...]
    stems: tuple[str, ...]
    typed: tuple[str, ...]
    kept: tuple[int, ...]
    groups: tuple[Found, ...]
    meanings: tuple[Found, ...]
    corrected: str = ""
    doubtful: frozenset[int] = frozenset()
    endings: tuple[str, ...] = ()
    ending_senses: tuple[str, ...] = ()

    def senses(self) -> list[str]:
        """The stems that count, in order, every expression of a group replaced by its meaning."""
        within = {place: each for each in self.meanings for place in range(each.start, each.end)}
        terms = []
        said: set[int] = set()
        for place in self.kept:
            found = within.get(place)
            if found is None:
                terms.append(self.stems[place])
            elif found.start not in said:
                said.add(found.start)
                terms.append(meaning(found.group))
        return terms


class Reader:
    """Reads what is typed in one language. Never raises; the cost is bounded by the length given to `read`."""

    def __init__(
        self,
        analysis: Analysis,
        vocabulary: Mapping[str, int],
        writings: Mapping[str, str],
        thesaurus: Thesaurus,
        meanings: Meanings,
        weight: Callable[[str], float],
    ) -> None:
        """`thesaurus`: the content's groups, `meanings`: these and the language's.

        `weight(stem)`: how telling a stem is in the index, 0 when it is not there.
        """
        self.analysis = analysis
        self.thesaurus = thesaurus
        self.meanings = meanings
        self._vocabulary = vocabulary
        self._writings = writings
        self._speller = Speller(vocabulary)
        self._prefixes = sorted(vocabulary)
        self._weight = weight

    def read(self, text: str, *, most: int = MOST_WORDS, half_typed: bool = False) -> Question:
        """`text` is already cut to its cap. `half_typed`: the last word may be unfinished, it is not corrected."""
        spans = self.analysis.spans(text)[:most]
        words: list[str] = []
        typed: list[str] = []
        corrected: list[str] = []
        doubtful: set[int] = set()
        changed = False
        budget = [CORRECTIONS, DEEP_CORRECTIONS]
        end = 0
        for place, (parts, start, stop) in enumerate(spans):
            last = place == len(spans) - 1
            found = [None if half_typed and last else self._right(part, budget) for part in parts]
            right = [each.word if each else part for each, part in zip(found, parts, strict=True)]
            doubtful.update(len(words) + i for i, each in enumerate(found) if each and not each.sure)
            words.extend(right)
            typed.extend(parts)
            corrected.append(text[end:start])
            changed = changed or any(each and each.sure for each in found)
            sure = [
                each.word if each and each.sure else part if each or (half_typed and last) else self._spelled(part)
                for each, part in zip(found, parts, strict=True)
            ]
            corrected.append(self._written(parts, sure, text[start:stop]) if sure != list(parts) else text[start:stop])
            end = stop
        corrected.append(text[end:])
        stems = tuple(map(self.analysis.stem, words))
        likely = self._endings(words[-1]) if half_typed and words else ()
        endings = tuple(map(self.analysis.stem, likely))
        return Question(
            doubtful=frozenset(doubtful),
            words=tuple(words),
            stems=stems,
            typed=tuple(typed),
            kept=self._telling(stems),
            groups=tuple(self.thesaurus.find(stems)),
            meanings=tuple(self.meanings.find(words, stems)),
            corrected="".join(corrected) if changed else "",
            endings=tuple(dict.fromkeys(endings)),
            ending_senses=tuple(heard(endings, self.meanings.find(likely, endings))),
        )

    def knows(self, word: str) -> bool:
        """Whether the content has this folded word as it is."""
        return word in self._vocabulary

    def _right(self, word: str, budget: list[int]) -> Correction | None:
        if len(word) < SHORTEST or word in self._speller:
            return None
        stem = self.analysis.stem(word)
        if self._weight(stem) or self.thesaurus.knows(stem) or self.meanings.knows(word, stem):
            return None
        if not budget[0]:
            return None
        budget[0] -= 1
        found = self._speller.near(word)
        if found is None and word[0] in GLUED and len(word) > SHORTEST + 1:
            found = self._speller.near(word[1:]) if word[1:] not in self._speller else Correction(word[1:], sure=True)
        if found is None and budget[1]:
            budget[1] -= 1
            found = self._speller.far(word)
        return found

    def _spelled(self, word: str) -> str:
        """A word that is understood as it is, in the spelling to show beside a correction: its stem is known
        ("instantanné"), or it is one that customers write without its last, silent letter ("plafon").
        """
        if len(word) < SHORTEST + 1:
            return word
        if word not in self._speller:
            near = self._speller.near(word)
            same = near is not None and near.sure and self.analysis.stem(near.word) == self.analysis.stem(word)
            return near.word if near is not None and same else word
        seldom = self._vocabulary[word] * RARER
        return next((word + last for last in SILENT if self._vocabulary.get(word + last, 0) >= seldom), word)

    def _written(self, parts: Sequence[str], right: Sequence[str], original: str) -> str:
        """The corrected words with their accents, keeping what stood before them ("l'" of "l'assurrance")."""
        changed = [self._writings.get(new, new) for old, new in zip(parts, right, strict=True) if old != new]
        for mark in ("'", "’"):
            before, apostrophe, _ = original.rpartition(mark)
            if apostrophe and len(changed) == 1:
                return f"{before}{apostrophe}{changed[0]}"
        written = " ".join(
            self._writings.get(new, new) if old != new else new for old, new in zip(parts, right, strict=True)
        )
        return written.capitalize() if original[:1].isupper() else written

    def _telling(self, stems: Sequence[str]) -> tuple[int, ...]:
        places = range(len(stems))
        if len(stems) <= MOST_WORDS:
            return tuple(places)
        first = {stem: place for place, stem in reversed(list(enumerate(stems)))}
        ranked = sorted(first.values(), key=lambda place: (-self._weight(stems[place]), place))
        return tuple(sorted(ranked[:TELLING]))

    def _endings(self, prefix: str, most: int = 8) -> tuple[str, ...]:
        """Known words that begin with `prefix`, the most frequent first."""
        if not prefix:
            return ()
        low = bisect_left(self._prefixes, prefix)
        found = []
        for word in self._prefixes[low : low + 400]:
            if not word.startswith(prefix):
                break
            found.append(word)
        found.sort(key=lambda word: (-self._vocabulary[word], word))
        return tuple(found[:most])
