"""Editors' phrases met in a question: "volé carte" answers to "on m'a volé hier soir ma carte bleue".

A phrase is met when all its words stand near each other, in any order, each as itself, corrected, or through a
synonym. `refusé/bloqué` stands for either word, `où+en+est` for words that follow one another. A phrase that begins
with `=` is met only when the question says nothing else ("= médiateur"). A negation right before a word ("je n'ai pas
perdu ma carte") holds a phrase back, unless the phrase has a negation of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webapp.search.question import Question
from webapp.search.synonyms import Expression, Thesaurus
from webapp.search.words import Analysis

WINDOW = 12  # words between the first and the last of a phrase, unless its owner asks for less
_NONE = -1
_NEGATIONS = frozenset({"pas", "jamais", "not", "never"})
# What a question may hold besides a phrase of the kind "= médiateur": words that ask, greet or point.
_EMPTY = {
    "fr": "je j tu il elle on nous vous me m te se s le la l les un une des du de d a au aux mon ma mes votre vos "
    "notre nos ce c cet cette est sont que qu quoi quel quelle quels quelles comment ou pour par avec sur en et y ne "
    "bonjour bonsoir salut merci sil plait voudrais voudrai veux aimerais souhaite besoin avoir ai suis peux puis "
    "faire fait savoir connaitre trouver cherche chercher il faut banque madame monsieur votre donner donnez moi",
    "en": "i you he she it we they me my your our the a an to of for in on at is are do does can could would like want "
    "need what which where how who please hello hi thanks thank find get have with and bank give",
}


@dataclass(frozen=True, slots=True)
class Met:
    """A phrase met in a question: whose it is (`owner`), itself, and the places of the words that made it."""

    owner: str
    phrase: str
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Need:
    """One thing a phrase asks for: one of `options` (stems in a row), one of the synonym groups `groups`, or the stems
    `apart` anywhere near ("mangé carte" is a synonym of "avalé", and "mangé ma carte" says it too).
    """

    options: tuple[Expression, ...]
    groups: tuple[int, ...]
    apart: Expression = ()


@dataclass(frozen=True, slots=True)
class _Phrase:
    owner: str
    written: str
    needs: tuple[_Need, ...]
    negated: bool
    alone: bool
    window: int


class Phrases:
    """The phrases of one language. Immutable, thread-safe; a question costs what it shares with them."""

    def __init__(
        self, phrases: Iterable[tuple[str, Sequence[str], int]], thesaurus: Thesaurus, analysis: Analysis
    ) -> None:
        """`phrases`: owner, its phrases, and the words between the first and the last of one; in the order to tell."""
        self._thesaurus = thesaurus
        self._empty = {analysis.stem(word) for word in _EMPTY[analysis.language].split()}
        self._heads = [_heads(group) for group in thesaurus.groups]
        self._phrases: list[_Phrase] = []
        self._starting: dict[str | int, list[int]] = {}
        for owner, written, window in phrases:
            for each in written:
                self._add(owner, each, window, analysis)

    def met(self, question: Question) -> list[Met]:
        """The first phrase met of each owner, in the order of the owners."""
        places = self._places(question)
        found: dict[str, Met] = {}
        possible = {number for key in places for number in self._starting.get(key, ())}
        for number in sorted(possible):
            phrase = self._phrases[number]
            if phrase.owner in found:
                continue
            held = _held(phrase, places, question.stems)
            if len(phrase.needs) == 1 and not question.doubtful.isdisjoint(held):
                continue  # one word, and only perhaps the one that was meant
            if held and (not phrase.alone or self._says_nothing_else(question, held)):
                found[phrase.owner] = Met(phrase.owner, phrase.written, held)
        return list(found.values())

    def _add(self, owner: str, written: str, window: int, analysis: Analysis) -> None:
        alone = written.startswith("=")
        needs = self._needs(written.removeprefix("="), analysis)
        if not needs:
            return
        stems = {stem for need in needs for option in need.options for stem in option}
        keys: set[str | int] = {option[0] for option in needs[0].options} | set(needs[0].groups)
        for key in keys:
            self._starting.setdefault(key, []).append(len(self._phrases))
        self._phrases.append(_Phrase(owner, written, needs, not _NEGATIONS.isdisjoint(stems), alone, window))

    def _needs(self, written: str, analysis: Analysis) -> tuple[_Need, ...]:
        needs: list[_Need] = []
        run: list[str] = []
        for token in written.split():
            options = [analysis.stems(each) for each in token.split("/")]
            if len(options) == 1 and len(options[0]) == 1:
                run += options[0]
            else:
                needs += self._plain(run)
                run = []
                needs += self._either(options)
        return tuple(needs + self._plain(run))

    def _plain(self, stems: Sequence[str]) -> list[_Need]:
        needs = []
        place = 0
        found = {each.start: each for each in self._thesaurus.find(stems)}
        while place < len(stems):
            member = found.get(place)
            end = member.end if member else place + 1
            own = tuple(stems[place:end])
            needs.append(_Need((own,), (member.group,) if member else (), own if len(own) > 1 else ()))
            place = end
        return needs

    def _either(self, choices: Sequence[Sequence[str]]) -> list[_Need]:
        options = tuple(tuple(each) for each in choices if each)
        groups = (
            found.group
            for each in options
            for found in self._thesaurus.find(each)
            if (found.start, found.end) == (0, len(each))
        )
        return [_Need(options, tuple(dict.fromkeys(groups)))] if options else []

    def _places(self, question: Question) -> "_Standing":
        """Stem or synonym group → where it stands. "cb" also stands for "carte", the head of its expressions: a head is
        what several of them share ("adresse" is not the "changement" of "changement d'adresse").
        """
        places: _Standing = {}
        for place, stem in enumerate(question.stems):
            places.setdefault(stem, []).append((place, place + 1))
        for found in question.groups:
            keys: tuple[str | int, ...] = (found.group, *self._heads[found.group])
            for key in keys:
                places.setdefault(key, []).append((found.start, found.end))
        return places

    def _says_nothing_else(self, question: Question, held: Sequence[int]) -> bool:
        return all(place in held or stem in self._empty for place, stem in enumerate(question.stems))


_Standing = dict[str | int, list[tuple[int, int]]]
"""Key → (first place, place after the last)."""


def _heads(group: Sequence[Expression]) -> tuple[str, ...]:
    firsts = [each[0] for each in group if len(each) > 1]
    return tuple({each for each in firsts if firsts.count(each) > 1})


def _held(phrase: _Phrase, places: _Standing, stems: Sequence[str]) -> tuple[int, ...]:
    """The places that hold the phrase, in order; nothing when it is not there."""
    choices: list[list[tuple[int, int]]] = []
    for need in phrase.needs:
        found = _met(need, places, stems)
        if not phrase.negated:
            found = [span for span in found if span[0] == 0 or stems[span[0] - 1] not in _NEGATIONS]
        if not found:
            return ()
        choices.append(found)
    for start, _ in choices[0]:
        near = [min(each, key=lambda span: abs(span[0] - start)) for each in choices]
        if len(stems) <= phrase.window or all(abs(span[0] - start) <= phrase.window for span in near):
            return tuple(sorted({place for span in near for place in range(*span)}))
    return ()


def _met(need: _Need, places: _Standing, stems: Sequence[str]) -> list[tuple[int, int]]:
    """Where one thing stands in a question, as (first place, place after the last)."""
    found = [span for key in need.groups for span in places.get(key, ())]
    for option in need.options:
        if len(option) == 1:
            found.extend(places.get(option[0], ()))  # through the head of an expression too
            continue
        for start, _ in places.get(option[0], ()):
            if tuple(stems[start : start + len(option)]) == option:
                found.append((start, start + len(option)))
    apart = [places.get(stem) for stem in need.apart]
    if apart and all(apart):
        found.extend(span for each in apart for span in each or ())
    return found
