"""Which urgent contacts a question raises: "on m'a volé ma carte" must show the telephone before any article.

A phrase of ``contacts.yaml`` applies when all its words stand near each other in the question, in any order, each as
itself, corrected, or through a synonym. A missed theft costs more than a telephone number too many: only a negation
right before a word of the phrase ("je n'ai pas perdu ma carte") holds it back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.search.question import Question
from webapp.search.synonyms import Thesaurus
from webapp.search.words import Analysis

WINDOW = 12  # words between the first and the last of a phrase
_NONE = -1
_NEGATIONS = frozenset({"pas", "jamais", "not", "never"})


@dataclass(frozen=True, slots=True)
class _Need:
    """One thing a phrase asks for: all of `stems`, or synonym group `group`."""

    stems: tuple[str, ...]
    group: int


class Alarms:
    """The urgent phrases of one language, in the order of the contact points."""

    def __init__(self, urgent_when: Mapping[str, Sequence[str]], thesaurus: Thesaurus, analysis: Analysis) -> None:
        self._thesaurus = thesaurus
        self._phrases: list[tuple[str, tuple[_Need, ...], bool]] = []
        self._starting: dict[str | int, list[int]] = {}
        for contact, phrases in urgent_when.items():
            for phrase in phrases:
                stems = analysis.stems(phrase)
                if stems:
                    negated = not _NEGATIONS.isdisjoint(stems)
                    needs = self._needs(stems)
                    keys: tuple[str | int, ...] = (needs[0].stems[0], needs[0].group)
                    for key in keys:
                        self._starting.setdefault(key, []).append(len(self._phrases))
                    self._phrases.append((contact, needs, negated))

    def _needs(self, stems: list[str]) -> tuple[_Need, ...]:
        needs = []
        place = 0
        found = {each.start: each for each in self._thesaurus.find(stems)}
        while place < len(stems):
            member = found.get(place)
            end = member.end if member else place + 1
            needs.append(_Need(tuple(stems[place:end]), member.group if member else _NONE))
            place = end
        return tuple(needs)

    def raised(self, question: Question) -> tuple[str, ...]:
        """Contact ids whose phrases the question holds, most pressing first."""
        places = self._places(question)
        found: dict[str, None] = {}
        possible = {number for key in places for number in self._starting.get(key, ())}
        for number in sorted(possible):
            contact, needs, negated = self._phrases[number]
            if contact not in found and _holds(needs, negated, places, question.stems):
                found[contact] = None
        return tuple(found)

    def _places(self, question: Question) -> dict[str | int, list[int]]:
        """Stem or synonym group → where it stands. "cb" also stands for "carte", the head of its expressions."""
        places: dict[str | int, list[int]] = {}
        for place, stem in enumerate(question.stems):
            places.setdefault(stem, []).append(place)
        for found in question.groups:
            places.setdefault(found.group, []).append(found.start)
            heads = {each[0] for each in self._thesaurus.groups[found.group] if len(each) > 1}
            for head in heads:
                places.setdefault(head, []).append(found.start)
        return places


def _holds(needs: Sequence[_Need], negated: bool, places: Mapping[str | int, list[int]], stems: Sequence[str]) -> bool:
    choices: list[list[int]] = []
    for need in needs:
        found = list(places.get(need.group, ()))
        own = [places.get(stem) for stem in need.stems]
        if all(own):
            found.extend(place for each in own if each for place in each)
        if not negated:
            found = [place for place in found if place == 0 or stems[place - 1] not in _NEGATIONS]
        if not found:
            return False
        choices.append(found)
    if len(stems) <= WINDOW:
        return True
    return any(all(_near(start, other) for other in choices) for start in choices[0])


def _near(start: int, places: Sequence[int]) -> bool:
    return any(abs(place - start) <= WINDOW for place in places)
