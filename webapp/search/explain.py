"""Why an article came first: what an editor needs to know to make the content answer better. Plain data, no words.

The ranking says how much each signal weighed (`Look`); the texts of the corpus say which word met which field,
synonym or correction. Costs a few hundredths of a second: for `flask why`, never for a page.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from webapp.search.confidence import ANSWERED
from webapp.search.ear import LONGEST_QUESTION, Ear, Look
from webapp.search.meanings import lexicon
from webapp.search.model import Answers, Corpus, Document
from webapp.search.synonyms import Expression, Found
from webapp.search.words import Analysis, analysis

Field = Literal["title", "phrasing", "keyword", "summary", "body"]
SHOWN = 3  # articles explained, besides the one asked for
TELLING = 0.5  # of the most telling word of the question; below, a word is small ("je", "ma", "pour")
NEAR = 0.5  # likeness of a phrasing from which the question is already there
TIED = 0.93  # of the first score, from which a second article is as good


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One word of the question, or one expression of the synonyms, as it was understood.

    `read`: what it was corrected into, "" when it stayed as typed; `sure`: whether that correction is one that fingers
    or ears make. `known`: whether any article, or a synonym of one, says it. `small`: hardly tells one article from
    another. `synonyms`: the other members of its group in the content; `neighbours`: words of about the same meaning,
    out of the general lexicon.
    """

    typed: str
    read: str = ""
    sure: bool = True
    known: bool = True
    small: bool = False
    synonyms: tuple[str, ...] = ()
    neighbours: tuple[str, ...] = ()


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A word of the question that an article says: in `fields`, itself or `through` a synonym or a neighbour."""

    word: Word
    fields: tuple[Field, ...]
    through: str = ""


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """One article as this question sees it. `place`: from 1.

    `shares`: signal → its part of the score, in 0..1 (less than 0 when it speaks against). `missing`: telling words of
    the question that it does not say. `phrasing`: the nearest way of asking that it holds, and `likeness` in 0..1.
    """

    article: str
    place: int
    score: float
    shares: Mapping[str, float]
    matches: tuple[Match, ...]
    missing: tuple[str, ...]
    phrasing: str
    likeness: float


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that would help.

    `code`: `unknown` (words of no article), `doubtful` (a risky correction), `phrasing` (no way of asking is near: add
    one to `article`), `unsure` (right article, shown as a guess), `tied` (two articles say the same), `nothing` (no
    article is about this).
    """

    code: Literal["unknown", "doubtful", "phrasing", "unsure", "tied", "nothing"]
    words: tuple[str, ...] = ()
    article: str = ""
    other: str = ""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one question. `asked_for`: the article that the editor named, "" without one."""

    question: str
    corrected: str
    words: tuple[Word, ...]
    answers: Answers
    threshold: float
    sights: tuple[Sight, ...]
    asked_for: str
    advice: tuple[Advice, ...]

    @property
    def wanted(self) -> Sight | None:
        """The article that the editor named, when it exists in this language."""
        return next((each for each in self.sights if each.article == self.asked_for), None)


def explain(ear: Ear, corpus: Corpus, question: str, language: str, *, article: str = "") -> Explanation:
    """`corpus`: what the ear's index was built from. Longer than a search allows: read as a message.

    Errors: `LookupError` when the ear does not know the language, or `article` is none of its articles.
    """
    look = ear.look(question, language, message=len(question) > LONGEST_QUESTION)
    documents = {each.id: each for each in corpus.documents if each.language == language}
    if look is None or (article and article not in documents):
        raise LookupError(article if look else language)
    reading = analysis(language)
    texts = _Texts(corpus.synonyms.get(language, ()), reading, look)
    spans = texts.units(look, question)
    words = tuple(word for _, word in spans)
    ids = [each.id for each in look.ranked]
    shown = [each.id for each in look.ranked[:SHOWN] if each.score > 0]
    shown = [*shown, *([article] if article and article not in shown else [])]
    sights = tuple(_sight(documents[each], ids.index(each), look, spans, texts) for each in shown)
    found = Explanation(
        question=question,
        corrected=look.question.corrected,
        words=words,
        answers=look.answers,
        threshold=ANSWERED,
        sights=sights,
        asked_for=article,
        advice=(),
    )
    return msgspec.structs.replace(found, advice=tuple(_advice(found)))


class _Texts:
    """Synonyms as written, and where an article says an expression."""

    def __init__(self, groups: Sequence[Sequence[str]], reading: Analysis, look: Look) -> None:
        self.reading = reading
        general = lexicon(reading.language)
        self._groups = look.groups
        self._own = len(groups)  # the content's groups come first
        self._written: dict[Expression, str] = {}
        for group in (*groups, *general):
            for each in group:
                self._written.setdefault(tuple(reading.stems(each)), each)

    def units(self, look: Look, asked: str) -> list[tuple[tuple[int, int], Word]]:
        """The question cut into expressions of the synonyms and single words, those that count, in order."""
        question = look.question
        typed = self._typed(asked)
        found = {each.start: each for each in question.meanings}
        most = max((look.telling[place] for place in question.kept), default=0.0) or 1.0
        units = []
        place = 0
        while place < len(question.stems):
            group = found.get(place)
            end = group.end if group else place + 1
            if place in question.kept:
                written = " ".join(dict.fromkeys(typed[place:end]))
                units.append(((place, end), self._word(look, place, end, group, most, written)))
            place = end
        return units

    def _typed(self, asked: str) -> list[str]:
        """Each word as written; one that was cut ("l'appli") as its parts."""
        found: list[str] = []
        for words, start, end in self.reading.spans(asked):
            found += words if len(words) > 1 else [asked[start:end].lower()]
        return found

    def _word(self, look: Look, start: int, end: int, group: Found | None, most: float, written: str) -> Word:
        question = look.question
        typed, read = (" ".join(each[start:end]) for each in (question.typed, question.words))
        telling = max(look.telling[start:end])
        own = question.stems[start:end]
        members = self._groups[group.group] if group else ()
        others = tuple(self._written.get(each, " ".join(each)) for each in members if each != own)
        theirs = group is not None and group.group < self._own
        return Word(
            typed=written,
            read=read if read != typed else "",
            sure=question.doubtful.isdisjoint(range(start, end)),
            known=telling > 0 or group is not None,
            small=0 < telling < TELLING * most and not theirs,
            synonyms=others if theirs else (),
            neighbours=() if theirs else others,
        )

    def match(self, document: Document, stems: Expression, word: Word) -> Match | None:
        fields = tuple(self._fields(document, stems))
        if fields:
            return Match(word=word, fields=fields)
        for each in (*word.synonyms, *word.neighbours):
            fields = tuple(self._fields(document, tuple(self.reading.stems(each))))
            if fields:
                return Match(word=word, fields=fields, through=each)
        return None

    def _fields(self, document: Document, expression: Expression) -> Iterator[Field]:
        texts: tuple[tuple[Field, Iterable[str]], ...] = (
            ("title", (document.title,)),
            ("phrasing", document.phrasings),
            ("keyword", document.keywords),
            ("summary", (document.summary,)),
            ("body", (document.body,)),
        )
        for field, each in texts:
            if any(_holds(self.reading.stems(text), expression) for text in each):
                yield field

    def nearest(self, document: Document, words: Sequence[str]) -> tuple[str, float]:
        """The way of asking that shares most letters in a row with the question, the title included."""
        asked = _runs(words)
        likeness = {
            each: _dice(asked, _runs(self.reading.words(each))) for each in (document.title, *document.phrasings)
        }
        best = max(likeness, key=lambda each: likeness[each])
        return best, round(likeness[best], 2)


def _sight(
    document: Document, rank: int, look: Look, spans: Sequence[tuple[tuple[int, int], Word]], texts: _Texts
) -> Sight:
    matches, missing = [], []
    for (start, end), word in spans:
        match = texts.match(document, look.question.stems[start:end], word)
        if match:
            matches.append(match)
        elif not word.small:
            missing.append(word.typed)
    phrasing, likeness = texts.nearest(document, look.question.words)
    ranked = look.ranked[rank]
    total = sum(map(abs, ranked.parts.values())) or 1.0
    return Sight(
        article=document.id,
        place=rank + 1,
        score=ranked.score,
        shares={name: round(part / total, 3) for name, part in ranked.parts.items()},
        matches=tuple(matches),
        missing=tuple(dict.fromkeys(missing)),
        phrasing=phrasing,
        likeness=likeness,
    )


def _advice(found: Explanation) -> Iterator[Advice]:
    sights = found.sights
    unknown = tuple(dict.fromkeys(each.typed for each in found.words if not each.known))
    if unknown:
        yield Advice(code="unknown", words=unknown, article=found.asked_for)
    doubtful = tuple(each.typed for each in found.words if each.read and not each.sure)
    if doubtful:
        yield Advice(code="doubtful", words=doubtful)
    if not found.wanted and not any(not each.word.small for sight in sights for each in sight.matches):
        yield Advice(code="nothing")
        return
    target = found.wanted or sights[0]
    if target.likeness < NEAR and (target.place > 1 or not found.answers.answered):
        yield Advice(code="phrasing", words=target.missing, article=target.article)
    elif target.place == 1 and not found.answers.answered:
        yield Advice(code="unsure", article=target.article)
    if len(sights) > 1 and sights[1].place == 2 and sights[1].score >= TIED * sights[0].score:
        yield Advice(code="tied", article=sights[0].article, other=sights[1].article)


def _holds(stems: Sequence[str], expression: Expression) -> bool:
    size = len(expression)
    return any(tuple(stems[place : place + size]) == expression for place in range(len(stems) - size + 1))


def _runs(words: Sequence[str]) -> set[str]:
    """Pairs of letters, ends marked, and pairs of words: enough to say whether two short texts ask the same."""
    marked = [f"^{word}$" for word in words]
    letters = {f"{one}{other}" for word in marked for one, other in pairwise(word)}
    return letters | {f"{one} {other}" for one, other in pairwise(words)} | set(words)


def _dice(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other) or 1)
