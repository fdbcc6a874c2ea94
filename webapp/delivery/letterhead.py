"""The few words of the published content that a letter needs: bank, titles, questions, delays, telephone numbers.

Read from the same ``catalog.json`` as the pages, but only these fields of it: the worker loads no rendering, no
search and no answer, and goes on with bare ids when nothing is published.
"""

from pathlib import Path

import msgspec

Text = dict[str, str]


class _Named(msgspec.Struct, frozen=True):
    id: str
    title: Text = {}
    label: Text = {}


class _Field(msgspec.Struct, frozen=True):
    id: str
    label: Text = {}
    choices: tuple[_Named, ...] = ()


class _Nature(msgspec.Struct, frozen=True):
    id: str
    title: Text = {}
    delay: Text = {}
    next_steps: dict[str, tuple[str, ...]] = {}
    fields: tuple[_Field, ...] = ()


class _ContactPoint(msgspec.Struct, frozen=True):
    id: str
    name: Text = {}
    phone: str = ""
    price: Text = {}


class _Bank(msgspec.Struct, frozen=True):
    name: str = ""


class _Site(msgspec.Struct, frozen=True):
    bank: _Bank = _Bank()
    themes: tuple[_Named, ...] = ()
    urgent_strip: tuple[str, ...] = ()


class Number(msgspec.Struct, frozen=True):
    """A telephone number worth having at hand."""

    name: str
    phone: str
    price: str


class _Article(msgspec.Struct, frozen=True):
    slug: str = ""
    language: str = ""
    question: str = ""


class Letterhead(msgspec.Struct, frozen=True):
    """What letters say of the bank; every look-up falls back to French, then to the id."""

    site: _Site = _Site()
    natures: tuple[_Nature, ...] = ()
    contact_points: tuple[_ContactPoint, ...] = ()
    articles: tuple[_Article, ...] = ()

    def bank(self) -> str:
        return self.site.bank.name

    def theme(self, id: str, language: str) -> str:
        return next((_said(each.title, language) for each in self.site.themes if each.id == id), "") or id

    def question(self, slug: str, language: str) -> str:
        """The question of an article; its id when the article is no longer published."""
        found = (each.question for each in self.articles if (each.slug, each.language) == (slug, language))
        return next(found, slug)

    def nature(self, id: str, language: str) -> str:
        return _said(self._nature(id).title, language) or id

    def delay(self, nature: str, language: str) -> str:
        return _said(self._nature(nature).delay, language)

    def next_steps(self, nature: str, language: str) -> tuple[str, ...]:
        steps = self._nature(nature).next_steps
        return steps.get(language) or steps.get("fr", ())

    def answers(self, nature: str, given: dict[str, str], language: str) -> list[tuple[str, str]]:
        """(label, answer) in the form's order; answers to fields that the content no longer has come last."""
        told = []
        left = dict(given)
        for each in self._nature(nature).fields:
            value = left.pop(each.id, "")
            chosen = next((_said(choice.label, language) for choice in each.choices if choice.id == value), "")
            told.append((_said(each.label, language) or each.id, chosen or value))
        return [(label, value) for label, value in [*told, *left.items()] if value]

    def numbers(self, language: str) -> list[Number]:
        """The contact points always in view that have a telephone, in the order of the site."""
        found = {each.id: each for each in self.contact_points if each.phone}
        urgent = [found[id] for id in self.site.urgent_strip if id in found]
        return [Number(_said(each.name, language), each.phone, _said(each.price, language)) for each in urgent]

    def _nature(self, id: str) -> _Nature:
        return next((each for each in self.natures if each.id == id), _Nature(id))


class Drawer:
    """Keeps the letterhead of the version online, and looks again when the pointer has moved."""

    def __init__(self, index: Path) -> None:
        self._index = index
        self._version = ""
        self._letterhead = Letterhead()

    def current(self) -> Letterhead:
        """Never raises: a letter with bare ids beats a letter that waits for an editor."""
        try:
            version = (self._index / "current").read_text(encoding="ascii").strip()
            if version != self._version:
                content = (self._index / version / "catalog.json").read_bytes()
                self._letterhead = msgspec.json.decode(content, type=Letterhead)
                self._version = version
        except (OSError, ValueError):  # msgspec.DecodeError is a ValueError
            pass
        return self._letterhead


def _said(text: Text, language: str) -> str:
    return text.get(language) or text.get("fr", "")
