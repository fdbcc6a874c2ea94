"""What the ear answers, as what a page shows: articles, and the steps a question leads to, out of the catalog."""

from dataclasses import dataclass

from webapp.knowledge.articles import Article, Text
from webapp.knowledge.catalog import Catalog, Nature
from webapp.knowledge.contacts import Branch, ContactPoint, PublicNumber
from webapp.search import NOTHING, Answers, Orientation, Piece
from webapp.web.reaching import reachable

ASIDE = 3  # articles below a step that comes first: they are no longer the answer
ANSWERS = ("answer", "guess", "nothing")
"""Kinds of orientation that the articles themselves are."""
BESIDE_PERSON = 0.75  # confidence from which someone who asks for a person is shown articles all the same
PRESSING = ("distress", "urgent")


@dataclass(frozen=True, slots=True)
class Found:
    """An article and the runs of text that show why."""

    article: Article
    excerpt: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """One of several questions asked at once, in the customer's words, and what answers it."""

    question: str
    hits: tuple[Found, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do besides reading: `kind` chooses its look; `because` and `words`, or the question of an article
    that it is `like`, say why it is offered.
    """

    kind: str
    because: Text
    words: tuple[str, ...] = ()
    like: str = ""
    message: Text
    points: tuple[ContactPoint, ...] = ()
    branches: tuple[Branch, ...] = ()
    numbers: tuple[PublicNumber, ...] = ()
    nature: Nature | None = None
    theme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What a question led to. `heard` is False when the ear is out of order.

    `groups`: the articles of each of several questions, shown instead of `hits`. `before`, `after`: steps above and
    below the articles. `general`: the articles stand below a step about the person's own case, and must not look like
    its answer. `subject`: the question is about something that no article is about. `language`: the one the question
    seems to be written in, "" when it is the page's own. `nature`, `theme`: what the form starts with.
    """

    hits: tuple[Found, ...] = ()
    groups: tuple[Group, ...] = ()
    answered: bool = False
    did_you_mean: str = ""
    before: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()
    general: bool = False
    subject: bool = False
    language: str = ""
    nature: str = "question"
    theme: str = ""
    heard: bool = True

    @property
    def shown(self) -> tuple[Found, ...]:
        """The articles that the page shows, in its order: the first of each group before their seconds."""
        firsts = [each.hits[0] for each in self.groups]
        return (*firsts, *(hit for each in self.groups for hit in each.hits[1:])) if firsts else self.hits

    @property
    def urgent(self) -> tuple[Step, ...]:
        """The steps that come before anything else, wherever they are shown."""
        return tuple(each for each in self.before if each.kind in PRESSING)

    @property
    def interrupts(self) -> bool:
        """Whether someone who is about to send a message should see this first: a number that cannot wait, or articles
        that may answer; never general articles about a case of their own.
        """
        return bool(self.urgent) or (bool(self.hits) and not self.general and self.kind != "person")

    @property
    def kind(self) -> str:
        """Of the first thing shown."""
        return self.before[0].kind if self.before else "answer" if self.answered else "guess"


def results_of(catalog: Catalog, language: str, answers: Answers) -> Results:
    """`language`: of the articles in `answers`."""
    orientations = answers.orientations
    own = next((place for place, each in enumerate(orientations) if each.kind in ANSWERS), len(orientations))
    before = tuple(_step(catalog, language, each) for each in orientations[:own])
    after = tuple(_step(catalog, language, each) for each in orientations[own + 1 :])
    first = before[0].kind if before else ""
    hits = _hits(catalog, language, answers, first)
    form = next((each for each in (*before, *after) if each.kind == "form"), None)
    return Results(
        hits=hits,
        groups=_groups(catalog, language, answers) if hits else (),
        answered=answers.settled,
        did_you_mean=answers.did_you_mean,
        before=before,
        after=after,
        subject=bool(answers.subject),
        general=bool(hits) and any(each.kind == "form" for each in before),
        language=answers.language,
        nature=form.nature.id if form and form.nature else "question",
        theme=orientations[own].theme if own < len(orientations) else "",
    )


def pressing(catalog: Catalog, language: str, answers: Answers) -> tuple[Step, ...]:
    """The steps that cannot wait."""
    led = (each for each in answers.orientations if each.kind in PRESSING)
    return tuple(_step(catalog, language, each) for each in led)


def _hits(catalog: Catalog, language: str, answers: Answers, first: str) -> tuple[Found, ...]:
    """The articles worth showing: all of them, a few below a step, none for someone who asks for a person."""
    if answers.confidence < (BESIDE_PERSON if first == "person" else NOTHING):
        return ()
    most = ASIDE if first and not (answers.settled and first in ("urgent", "branch", "contact")) else len(answers.hits)
    found = ((catalog.article(language, hit.id), hit.excerpt) for hit in answers.hits[:most])
    apt = first != "distress"  # an article about something else would be out of place
    return tuple(Found(article, excerpt) for article, excerpt in found if article and (apt or article.urgent))


def _groups(catalog: Catalog, language: str, answers: Answers) -> tuple[Group, ...]:
    """The articles of each question asked, an article once; nothing when there is only one question."""
    seen = {part.hits[0].id for part in answers.parts}
    groups = []
    for part in answers.parts:
        fresh = [part.hits[0], *(hit for hit in part.hits[1:] if hit.id not in seen)]
        seen.update(hit.id for hit in fresh)
        found = ((catalog.article(language, hit.id), hit.excerpt) for hit in fresh)
        groups.append(Group(part.text, tuple(Found(article, excerpt) for article, excerpt in found if article)))
    return tuple(each for each in groups if each.hits)


def _step(catalog: Catalog, language: str, led: Orientation) -> Step:
    rule = catalog.rule(led.rule)
    near = catalog.article(language, led.article) if led.article else None
    points = tuple(each for each in map(catalog.contact, led.contacts) if each)
    if led.kind == "person" and not points:
        points = tuple(reachable(catalog))
    return Step(
        kind=led.kind,
        because=rule.because if rule else {},
        words=() if led.kind == "distress" else led.words,  # nobody wants to read such words again
        like=near.question if near else "",
        message=rule.message if rule else {},
        points=points,
        branches=tuple(each for each in map(catalog.branch, led.branches) if each),
        numbers=tuple(each for each in map(catalog.public_number, led.numbers) if each),
        nature=catalog.nature(led.nature),
        theme=led.theme,
    )
