"""The ear: a question in the customer's words → hits, "did you mean", and where it leads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from webapp.search import store
from webapp.search.arrays import Array, Floats
from webapp.search.confidence import ANSWERED, NOTHING
from webapp.search.excerpts import Marker
from webapp.search.index import Index
from webapp.search.judging import Judge
from webapp.search.leaning import Leaning
from webapp.search.meanings import Meanings
from webapp.search.model import Answers, Hit, Orientation, Piece
from webapp.search.orientation import Compass, Verdict, orient
from webapp.search.parting import parted, pieces
from webapp.search.question import Question, Reader
from webapp.search.ranking import Ranking, Signals
from webapp.search.store import SearchUnavailable
from webapp.search.synonyms import Expression, Thesaurus
from webapp.search.table import Table
from webapp.search.tongue import tongue
from webapp.search.words import analysis

T = TypeVar("T")

LONGEST_QUESTION = 200  # characters; the rest is not read
LONGEST_MESSAGE = 2_000
MOST_MESSAGE_WORDS = 400
PART_HITS = 2  # articles of each of several questions asked at once
_WORTH_SHOWING = 0.25  # of the best score; below, a hit would only share a small word with the question
_FAR = 0.4  # of the best score; no right answer of the development sets was lost to it, at 0.5 some were
_TELLING = 0.5  # IDF from which a word is marked in an excerpt
LEANS_WHOLE = 3  # words of a question: "chéquier" alone may be anything about it
LEANS_FROM = 4  # words of a question being typed from which the ranker may raise a number
_URGENT_BOOST = 0.2  # of the best score, for urgent articles once the question is known to be urgent


@dataclass(frozen=True, slots=True)
class Ranked:
    """One article for one question: its score and what each signal adds to it."""

    id: str
    score: float
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Look:
    """A question seen from inside, for `explain`: as it was understood, how telling each of its words is in the index
    (0: no article says it), every article best first, and the answers it gets. `groups`: what `question.meanings`
    number, the content's synonyms first.
    """

    question: Question
    groups: Sequence[Sequence[Expression]]
    telling: tuple[float, ...]
    ranked: tuple[Ranked, ...]
    answers: Answers


class Ear:
    """An open index. Thread-safe, immutable; one a process is enough.

    Errors: `SearchUnavailable` when the folder is missing, damaged, of another format or not safely ours.
    """

    def __init__(self, folder: Path) -> None:
        manifest = store.verify(folder)
        self._folder = folder
        self._languages = {language: _Language(folder, language) for language in manifest.languages}

    def ask(self, question: str, language: str, *, theme: str = "", limit: int = 10) -> Answers:
        """Answer a question of at most 200 characters. Never raises on anything typed; empty when nothing is found."""
        return self._sound(lambda: self._answer(question[:LONGEST_QUESTION], language, theme, limit, 0))

    def ask_message(self, message: str, language: str, *, theme: str = "", limit: int = 3) -> Answers:
        """Answer a whole message (the first 2,000 characters) through its most telling words."""
        return self._sound(lambda: self._answer(message[:LONGEST_MESSAGE], language, theme, limit, MOST_MESSAGE_WORDS))

    def suggest(self, typed: str, language: str, *, limit: int = 6) -> tuple[Hit, ...]:
        """Articles for a question being typed: the last word may be half there. Hits carry no excerpt."""
        return self.hint(typed, language, limit=limit).hits

    def hint(self, typed: str, language: str, *, limit: int = 6) -> Answers:
        """The same, and what cannot wait in the words typed so far (`orientations`: distress and urgent alone)."""
        return self._sound(lambda: self._hint(typed[:LONGEST_QUESTION], language, max(0, limit)))

    def says(self, text: str, language: str) -> bool:
        """Whether the content itself says every word of `text`, none of them a number: nothing in it is a person's.
        False for what is longer than a question.
        """
        room = self._languages.get(language)
        return room is not None and len(text) <= LONGEST_QUESTION and room.says(text)

    def look(self, question: str, language: str, *, message: bool = False) -> Look | None:
        """The same question seen from inside, `message` read whole; None for a language that the ear does not know."""
        room = self._languages.get(language)
        if room is None:
            return None
        ask = self.ask_message if message else self.ask
        answers = ask(question, language, limit=10)
        text, most = (question[:LONGEST_MESSAGE], MOST_MESSAGE_WORDS) if message else (question[:LONGEST_QUESTION], 0)
        return room.look(text, most, answers)

    def close(self) -> None:
        """Nothing to do: what is mapped goes with the last one who uses it, an answer under way included."""

    def _sound(self, ask: Callable[[], T]) -> T:
        """What `ask` gives. The arrays are mapped: bytes that a dying disk changes, change under an open ear, and what
        then fails in any way is checked against the digests. Errors: `SearchUnavailable` when the index is damaged.
        """
        try:
            return ask()
        except Exception:
            store.verify(self._folder)
            raise

    def _hint(self, typed: str, language: str, limit: int) -> Answers:
        room = self._languages.get(language)
        if room is None:
            return Answers(hits=())
        other = self._languages.get(tongue(typed, room.words(typed), language))
        return room.hint(typed, limit, other.pressing(typed, 0) if other else ())

    def _answer(self, text: str, language: str, theme: str, limit: int, words: int) -> Answers:
        room = self._languages.get(language)
        if room is None:
            return Answers(hits=())
        spoken = tongue(text, room.words(text), language)
        other = self._languages.get(spoken)
        pressing = other.pressing(text, words) if other else ()
        answers = room.answer(text, theme, max(0, limit), words, pressing)
        if not spoken:
            return answers
        led = answers.orientations
        if other is None and answers.orientation.kind in ("guess", "nothing"):
            led = (Orientation(kind="person"), *led)  # no article of ours is in this language
        return msgspec.structs.replace(answers, language=spoken, orientations=led)


class _Language:
    """Everything for one language."""

    def __init__(self, folder: Path, language: str) -> None:
        try:
            table = msgspec.json.decode((folder / f"{language}.json").read_bytes(), type=Table)
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise SearchUnavailable(f"table unreadable ({type(error).__name__})") from error
        self._analysis = analysis(language)
        self._ids = table.ids
        self._articles = len(table.ids) - table.subjects  # what comes after them is never shown
        self._themes = table.themes
        self._urgent = [number for number, urgent in enumerate(table.urgent) if urgent]
        self._leaning = Leaning(table.urgent_contacts)
        self._judge = Judge(table.ids, self._articles, language)
        self._index = Index(folder, language, len(table.ids))
        thesaurus = Thesaurus(table.synonyms, self._analysis)
        meanings = Meanings(table.synonyms, table.meanings, self._analysis)
        self._reader = Reader(
            self._analysis, table.vocabulary, table.writings, thesaurus, meanings, self._index.telling
        )
        self._ranking = Ranking(self._index, self._analysis.language)
        self._compass = Compass(table, thesaurus, self._analysis)

    def words(self, text: str) -> list[str]:
        return self._analysis.words(text)

    def says(self, text: str) -> bool:
        return all(word.isalpha() and self._reader.knows(word) for word in self.words(text))

    def pressing(self, text: str, most_words: int) -> tuple[Orientation, ...]:
        """What cannot wait, and the wish for a person, in a question that was asked on another language's page."""
        steps = self._compass.steps(self._read(text, most_words), text)
        return tuple(each for each in steps if each.kind in ("distress", "urgent", "person"))

    def look(self, text: str, most_words: int, answers: Answers) -> Look:
        question = self._read(text, most_words)
        signals = self._ranking.signals(question)
        scores = self._scores(signals, answers.urgent)
        order = [*_best(scores, self._worth(signals, ""), len(scores))]
        order += [each for each in _best(scores, np.arange(self._articles), len(scores)) if each not in set(order)]
        return Look(
            question=question,
            groups=self._reader.meanings.groups,
            telling=tuple(map(self._index.telling, question.stems)),
            ranked=tuple(Ranked(self._ids[each], float(scores[each]), signals.parts(each)) for each in order),
            answers=answers,
        )

    def _read(self, text: str, most_words: int) -> Question:
        return self._reader.read(text, most=most_words) if most_words else self._reader.read(text)

    def _scores(self, signals: Signals, urgent: Sequence[str]) -> Floats:
        """An urgent article counts more once the question is known to be urgent."""
        scores = signals.scores()
        if urgent and self._urgent:
            scores[self._urgent] += _URGENT_BOOST * max(float(scores.max()), 0.0)
        return scores

    def answer(
        self, text: str, theme: str, limit: int, most_words: int, pressing: Sequence[Orientation] = ()
    ) -> Answers:
        """`pressing`: what the room of another language found that cannot wait."""
        whole = self._answer(text, theme, limit, most_words, pressing)
        found = pieces(text, self._analysis) if limit and not theme else []
        return (
            parted(whole, [(each, self._answer(each, "", PART_HITS, most_words)) for each in found]) if found else whole
        )

    def _answer(
        self, text: str, theme: str, limit: int, most_words: int, pressing: Sequence[Orientation] = ()
    ) -> Answers:
        question = self._read(text, most_words)
        signals = self._ranking.signals(question)
        steps = [*pressing, *self._compass.steps(question, text)]
        steps = self._leant(question, signals, steps)
        urgent = tuple(dict.fromkeys(contact for each in steps if each.kind == "urgent" for contact in each.contacts))
        worth = self._worth(signals, theme)
        scores = signals.scores()
        judged = self._judge.of(signals, scores, worth)
        if judged.leads and not steps:
            steps = self._compass.leads(judged.subject)
        scores = self._scores(signals, urgent)
        worth = _not_far(scores, worth)
        best = _best(scores, worth, max(limit, 3))
        marker = self._marker(question) if limit else None
        return Answers(
            hits=tuple(self._hit(document, float(scores[document]), marker) for document in best[:limit]),
            total=len(worth),
            confidence=judged.sure,
            answered=judged.sure >= ANSWERED,
            did_you_mean=self._did_you_mean(question, best),
            urgent=urgent,
            orientations=self._orientations(steps, judged.sure, best) if question.words else (),
            subject=judged.subject,
        )

    def _leant(self, question: Question, signals: Signals, steps: list[Orientation]) -> list[Orientation]:
        """`steps`, with an urgent contact before them when the ranker alone says that it is urgent."""
        if any(each.kind in ("distress", "urgent") for each in steps):
            return steps
        found = self._leaning.of(signals.values["ranker"]) if signals.length >= LEANS_WHOLE else None
        if found is None or self._compass.held_back(question, found[0]):
            return steps
        contact, document = found
        return [Orientation(kind="urgent", contacts=(contact,), article=self._ids[document]), *steps]

    def _orientations(self, steps: Sequence[Orientation], sure: float, best: Sequence[int]) -> tuple[Orientation, ...]:
        verdict = Verdict(sure, self._themes[best[0]] if best and sure >= NOTHING else "")
        return orient(steps, verdict, [each for each in steps if self._compass.gives_way(each)])

    def hint(self, typed: str, limit: int, pressing: Sequence[Orientation]) -> Answers:
        """`pressing`: as in `answer`."""
        question = self._reader.read(typed, half_typed=not typed[-1:].isspace())
        signals = self._ranking.signals(question)
        scores = signals.scores()
        best = _best(scores, self._worth(signals, ""), limit)
        steps = [*pressing, *self._compass.steps(question, typed)]
        if len(question.kept) >= LEANS_FROM:  # less could still become anything
            steps = self._leant(question, signals, steps)
        return Answers(
            hits=tuple(Hit(id=self._ids[document], score=float(scores[document])) for document in best),
            orientations=tuple(each for each in steps if each.kind in ("distress", "urgent")),
        )

    def _worth(self, signals: Signals, theme: str) -> Array:
        """Documents that share enough with the question; what the ranker alone brings up is no reason to show it."""
        shared = signals.shared()[: self._articles]
        if theme:
            shared = np.where([each == theme for each in self._themes[: self._articles]], shared, np.float32(0))
        return np.flatnonzero((shared > 0) & (shared >= shared.max(initial=0.0) * _WORTH_SHOWING))

    def _marker(self, question: Question) -> Marker:
        """Words of the question to mark, the ones said otherwise included."""
        weights = {}
        stems = [question.stems[place] for place in question.kept]
        stems += [
            stem
            for found in question.meanings
            for member in self._reader.meanings.groups[found.group]
            for stem in member
        ]
        for stem in stems:
            weight = self._index.telling(stem)
            if weight >= _TELLING:
                weights[stem] = weight
        return Marker(weights, self._analysis)

    def _hit(self, document: int, score: float, marker: Marker | None) -> Hit:
        excerpt: tuple[Piece, ...] = marker.excerpt(*self._index.passages.of(document)) if marker else ()
        return Hit(id=self._ids[document], score=score, excerpt=excerpt)

    def _did_you_mean(self, question: Question, best: Sequence[int]) -> str:
        """The corrected question, when one of the first three hits owes something to the correction."""
        if not question.corrected or not best:
            return ""
        for typed, word, stem in zip(question.typed, question.words, question.stems, strict=True):
            if typed != word and any(self._index.holds(stem, document) for document in best[:3]):
                return question.corrected
        return ""


def _not_far(scores: Floats, worth: Array) -> Array:
    """`worth` without what lies far below the best of it: shown beside it, it would look as good."""
    best = scores[worth].max(initial=0.0)
    return worth[scores[worth] >= _FAR * best] if best > 0 else worth


def _best(scores: Floats, worth: Array, most: int) -> list[int]:
    """The first `most` of `worth`, best first, the order of the index between equals."""
    order = np.argsort(-scores[worth], kind="stable")[:most]
    return [int(document) for document in worth[order]]
