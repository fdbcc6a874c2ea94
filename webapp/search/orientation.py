"""Where a question leads: help in distress, an urgent number, a person, the form, a branch, a contact point, an answer.

Two sources, in this order. The editors' rules (``content/orientation.yaml``, and ``urgent_when`` of the contact points)
say what words lead away from an answer; the ranking says whether there is an answer at all. A question may lead to
several things ("horaires de l'agence de Rennes et plafond de ma carte"): all are told, the most pressing first.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from webapp.search.confidence import ANSWERED, NOTHING
from webapp.search.model import Kind, Orientation, Place, Rule
from webapp.search.phrases import WINDOW, Met, Phrases
from webapp.search.places import Places
from webapp.search.question import Question
from webapp.search.synonyms import Thesaurus
from webapp.search.words import Analysis

ORDER: tuple[Kind, ...] = ("distress", "urgent", "person", "form", "branch", "contact")
"""The kinds that rules lead to, most pressing first; the answer comes after them."""
MOST_OF = {"urgent": 2, "contact": 2}  # steps of one kind; one of every other
LIKELY = 0.15  # confidence from which an article goes before a rule that gives way
QUOTED = 60  # characters of the customer's words given back as the reason
NEAR = 6  # words between the first and the last of a phrase that asks for someone: "parler … personne" in a long letter
_GAP = 2  # words of the question between two matched ones that are quoted with them
_FROM_CONTACT = "contact:"  # prefix of an owner that is a contact point's own list, not a rule


class Verdict(msgspec.Struct, frozen=True):
    """What the ranking says of the question: how sure it is in 0..1, and the theme of its first hit."""

    confidence: float
    theme: str = ""

    @property
    def kind(self) -> Kind:
        return "answer" if self.confidence >= ANSWERED else "guess" if self.confidence >= NOTHING else "nothing"

    @property
    def likely(self) -> bool:
        return self.confidence >= LIKELY


class Known(Protocol):
    """What the index keeps for the compass of one language (``build.Table``)."""

    @property
    def rules(self) -> tuple[Rule, ...]: ...
    @property
    def urgent_when(self) -> dict[str, tuple[str, ...]]: ...
    @property
    def urgent_unless(self) -> dict[str, tuple[str, ...]]: ...
    @property
    def theme_words(self) -> tuple[tuple[str, dict[str, tuple[str, ...]]], ...]: ...
    @property
    def branches(self) -> dict[str, Place]: ...


class Compass:
    """The rules of one language. Immutable, thread-safe."""

    def __init__(self, known: Known, thesaurus: Thesaurus, analysis: Analysis) -> None:
        language = analysis.language
        self._rules = {each.id: each for each in known.rules}
        when = [(_FROM_CONTACT + contact, phrases, WINDOW) for contact, phrases in known.urgent_when.items()]
        when += [(each.id, each.when.get(language, ()), _window(each)) for each in known.rules]
        unless = [(_FROM_CONTACT + contact, phrases, WINDOW) for contact, phrases in known.urgent_unless.items()]
        unless += [(each.id, each.unless.get(language, ()), WINDOW) for each in known.rules]
        self._phrases = Phrases(when, thesaurus, analysis)
        self._exceptions = Phrases(unless, thesaurus, analysis)
        self._themes = Phrases(
            [(theme, words.get(language, ()), WINDOW) for theme, words in known.theme_words], thesaurus, analysis
        )
        self._places = Places(known.branches, analysis)
        self._analysis = analysis

    def steps(self, question: Question, text: str) -> list[Orientation]:
        """What the rules make of the question, most pressing first. `text`: what `question` was read from."""
        met = self._phrases.met(question)
        themes = self._themes.met(question)
        excepted = {each.owner for each in self._exceptions.met(question)}
        branches, where = self._places.named(question)
        found = []
        for each in met:
            step = self._step(each, question, text, branches, where)
            if step is not None and each.owner not in excepted:
                found.append(
                    msgspec.structs.replace(step, theme=themes[0].owner) if themes and not step.theme else step
                )
        if branches and not any(each.kind == "branch" for each in found) and _is_all(where, question):
            found.append(Orientation(kind="branch", branches=branches, words=self._said(text, where)))
        return list(_at_most(sorted(found, key=lambda each: ORDER.index(each.kind))))

    def held_back(self, question: Question, contact: str) -> bool:
        """Whether an exception of this contact point is in the question."""
        return any(each.owner == _FROM_CONTACT + contact for each in self._exceptions.met(question))

    def leads(self, rule: str) -> list[Orientation]:
        """Where the rule of a subject leads: nowhere, or to whom it names."""
        found = self._rules[rule]
        if found.leads_to == "nothing":
            return []
        return [
            Orientation(
                kind=found.leads_to, rule=found.id, contacts=found.contacts, nature=found.nature, theme=found.theme
            )
        ]

    def gives_way(self, step: Orientation) -> bool:
        """Whether a sure answer goes before this step."""
        rule = self._rules.get(step.rule)
        return rule is not None and rule.after_answer

    def _step(
        self, met: Met, question: Question, text: str, branches: tuple[str, ...], where: tuple[int, ...]
    ) -> Orientation | None:
        contact = met.owner.removeprefix(_FROM_CONTACT)
        if contact != met.owner:
            words = self._said(text, met.places)
            return Orientation(kind="urgent", phrase=met.phrase, words=words, contacts=(contact,))
        rule = self._rules[met.owner]
        if rule.leads_to == "branch":
            if not branches and rule.town:
                branches, where = self._places.by_name(question)
                if not branches:
                    return None
            words = self._said(text, tuple(sorted({*met.places, *where})))
            return Orientation(kind="branch", rule=rule.id, phrase=met.phrase, words=words, branches=branches)
        return Orientation(
            kind=rule.leads_to,
            rule=rule.id,
            phrase=met.phrase,
            words=self._said(text, met.places),
            contacts=rule.contacts,
            numbers=rule.numbers,
            nature=rule.nature,
            theme=rule.theme,
        )

    def _said(self, text: str, places: Sequence[int]) -> tuple[str, ...]:
        """The customer's own words at `places`, as written, neighbours together."""
        spans: list[tuple[int, int]] = []
        for words, start, end in self._analysis.spans(text):
            spans += [(start, end)] * len(words)
        runs: list[list[int]] = []
        for place in places:
            if place >= len(spans):
                break
            if runs and place - runs[-1][1] <= _GAP:
                runs[-1][1] = place
            else:
                runs.append([place, place])
        written = [text[spans[first][0] : spans[last][1]] for first, last in runs]
        return tuple(dict.fromkeys(" ".join(each.split())[:QUOTED] for each in written))


def orient(steps: Sequence[Orientation], verdict: Verdict, gives_way: Iterable[Orientation]) -> tuple[Orientation, ...]:
    """The whole orientation of a question, never empty: `steps` of the rules with the ranking's own word among them.

    `gives_way`: those of `steps` that an article goes before, when it is likely.
    """
    own = Orientation(kind=verdict.kind, theme=verdict.theme)
    themed = [msgspec.structs.replace(each, theme=each.theme or verdict.theme) for each in steps]
    late = {each.rule for each in gives_way} if verdict.likely else set[str]()
    before = [each for each in themed if each.rule not in late]
    return (*before, own, *(each for each in themed if each.rule in late))


def _window(rule: Rule) -> int:
    return WINDOW if rule.leads_to in ("distress", "urgent", "form") else NEAR


def _is_all(places: Sequence[int], question: Question) -> bool:
    """A town said alone, give or take one small word: "Rennes", "à Rennes"."""
    return len(question.stems) - len(places) <= 1


def _at_most(steps: Iterable[Orientation]) -> Iterable[Orientation]:
    seen: dict[str, int] = {}
    shown: set[str] = set()
    for each in steps:
        room = seen.get(each.kind, 0) < MOST_OF.get(each.kind, 1)
        if room and (each.kind != "urgent" or shown.isdisjoint(each.contacts)):
            seen[each.kind] = seen.get(each.kind, 0) + 1
            shown.update(each.contacts)
            yield each
