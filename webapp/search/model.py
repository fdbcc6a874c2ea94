"""What goes into the ear and what comes out. Plain data: no catalog, no Whoosh, no HTTP."""

from collections.abc import Mapping
from typing import Literal

import msgspec

Led = Literal["distress", "urgent", "person", "form", "branch", "contact", "nothing"]
"""What an editors' rule can lead to. `nothing`: only a subject (`Rule.asked`) that is no business of ours."""
Kind = Literal["distress", "urgent", "person", "form", "branch", "contact", "answer", "guess", "nothing"]
"""What a question leads to. `guess`: articles that may help, none of them sure; `nothing`: not even that."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One entry to index: an article of the catalog, or an entry of an evaluation set.

    `urgent_contact`: the contact point to call at once when a question is this article's, "" for most.
    """

    id: str
    language: str
    theme: str = ""
    title: str
    summary: str = ""
    phrasings: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    body: str = ""
    urgent: bool = False
    urgent_contact: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """An editors' rule: the words of one phrase of `when` in a question lead to what the rest says.

    `when`, `unless`: language → phrases (``phrases.py`` has their grammar). `town`: only when a branch is named too.
    `after_answer`: a sure answer goes before. `asked`: language → questions on a subject that no document is about.
    """

    id: str
    leads_to: Led
    when: Mapping[str, tuple[str, ...]] = {}
    asked: Mapping[str, tuple[str, ...]] = {}
    unless: Mapping[str, tuple[str, ...]] = {}
    contacts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    nature: str = ""
    theme: str = ""
    town: bool = False
    after_answer: bool = False


class Place(msgspec.Struct, frozen=True):
    """A branch, as customers name it."""

    town: str
    name: str
    postcode: str


class Corpus(msgspec.Struct, frozen=True, kw_only=True):
    """All that one index is built from.

    `urgent_when`: language → contact point id → phrases; every word of one phrase in a question raises that contact,
    `urgent_unless` holds it back.
    `rules`: in the order in which they are tried. `theme_words`: theme, language → phrases that give a request this
    theme. `branches`: id → place.
    """

    documents: tuple[Document, ...]
    synonyms: Mapping[str, tuple[tuple[str, ...], ...]] = {}
    urgent_when: Mapping[str, Mapping[str, tuple[str, ...]]] = {}
    urgent_unless: Mapping[str, Mapping[str, tuple[str, ...]]] = {}
    rules: tuple[Rule, ...] = ()
    theme_words: tuple[tuple[str, Mapping[str, tuple[str, ...]]], ...] = ()
    branches: Mapping[str, Place] = {}


class Piece(msgspec.Struct, frozen=True):
    """A run of an excerpt; `match` says whether it answers the question. The template escapes and marks it."""

    text: str
    match: bool


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    score: float
    excerpt: tuple[Piece, ...] = ()


class Orientation(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a question leads to, and why.

    `rule`: id of the editors' rule, "" when a contact point's own list or the ranking decided. `phrase`: the editor's
    phrase that was met. `words`: the customer's words that met it. `article`: the urgent article that the question is
    nearest to, when no phrase was met and the ranker raised its contact. `contacts`, `branches`, `numbers`: what to
    show, by id. `nature`, `theme`: what a form would start with ("" when nothing says).
    """

    kind: Kind
    rule: str = ""
    phrase: str = ""
    words: tuple[str, ...] = ()
    article: str = ""
    contacts: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    nature: str = ""
    theme: str = ""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One of several questions asked at once, in the customer's words, and its own articles; the first answers it."""

    text: str
    hits: tuple[Hit, ...]


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one question, best hit first.

    `confidence` is in 0..1 and comparable between questions; `answered` says whether the first hit is shown as an
    answer or only as a guess. `urgent`: contact point ids to raise above the hits, most pressing first. `total`: hits
    before `limit`. `orientations`: what the question leads to, first the most pressing; never empty for a
    language that the ear knows. `subject`: the rule of a subject without an article that the question is rather about,
    "" for most. `parts`: two or three, when several questions were asked at once. `language`: the one that the question
    seems to be written in, "" when it is the one it was asked in.
    """

    hits: tuple[Hit, ...]
    total: int = 0
    confidence: float = 0.0
    answered: bool = False
    did_you_mean: str = ""
    urgent: tuple[str, ...] = ()
    orientations: tuple[Orientation, ...] = ()
    subject: str = ""
    parts: tuple[Part, ...] = ()
    language: str = ""

    @property
    def settled(self) -> bool:
        """Whether the first article may be shown as the answer: it is sure, nobody asked for a person, and the matter
        is not one of the person's own, that only somebody who sees their file can settle.
        """
        led = [each.kind for each in self.orientations]
        before = led[: led.index("answer")] if "answer" in led else led
        return self.answered and not {"form", "person"} & set(before)

    @property
    def orientation(self) -> Orientation:
        """What the page puts first."""
        return self.orientations[0] if self.orientations else Orientation(kind="nothing")
