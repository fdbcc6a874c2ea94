"""Where the internal links of articles lead, and what to say when they lead nowhere."""

from collections.abc import Callable, Iterable

from webapp.knowledge import links
from webapp.knowledge.articles import said
from webapp.knowledge.drafts import Draft
from webapp.knowledge.loading import Sheets
from webapp.knowledge.rendering import UnknownTarget
from webapp.knowledge.validation import suggestion

_NAMES = {
    "article": ("unknown-article", "L'article"),
    "contact": ("unknown-contact", "Le point de contact"),
    "form": ("unknown-form", "Le formulaire"),
    "theme": ("unknown-theme", "Le thème"),
    "page": ("unknown-page", "La page"),
    "image": ("missing-image", "L'image"),
}


class Targets:
    """Everything a link may name. A file with errors of its own makes all its names acceptable."""

    def __init__(self, sheets: Sheets, slugs: dict[str, dict[str, Draft]], images: dict[str, str]) -> None:
        self._sheets = sheets
        self._slugs = slugs
        self._images = images
        self._themes = {each.id: each for each in sheets.site.themes} if sheets.site else None
        self._natures = {each.id: each for each in sheets.natures} if sheets.natures is not None else None

    def address_in(self, language: str) -> Callable[[str, str], str]:
        """The `address` of a rendering context for texts in one language."""
        return lambda kind, name: self._address(language, kind, name)

    def image(self, name: str) -> str:
        """The path of an image of `content/assets/`. Errors: ``UnknownTarget``."""
        if name not in self._images:
            raise _unknown("image", name, self._images)
        return links.image(self._images[name])

    def _address(self, language: str, kind: str, name: str) -> str:
        if kind == "article":
            known = self._slugs.get(language, {})
            if name not in known:
                raise _unknown(kind, name, known)
            return links.article(language, name)
        if kind == "contact":
            points = self._sheets.contact_points
            if points is not None and name not in (ids := [each.id for each in points]):
                raise _unknown(kind, name, ids)
            return links.contact_point(language, name)
        if kind == "form":
            if self._natures is not None and name not in self._natures:
                raise _unknown(kind, name, self._natures)
            nature = self._natures[name] if self._natures else None
            return links.form(language, said(nature.slug, language) if nature else name)
        if kind == "theme":
            if self._themes is not None and name not in self._themes:
                raise _unknown(kind, name, self._themes)
            theme = self._themes[name] if self._themes else None
            return links.theme(language, said(theme.slug, language) if theme else name)
        if name not in links.PAGES or name == "themes":
            raise _unknown("page", name, links.PAGES)
        return links.page(language, name)


def _unknown(kind: str, name: str, known: Iterable[str]) -> UnknownTarget:
    code, what = _NAMES[kind]
    known = list(known)
    hint = suggestion(name, known) or (
        f"Possibles : {', '.join(known)}." if 0 < len(known) <= 12 else "Corrigez le nom, ou créez ce qui manque."
    )
    return UnknownTarget(code, f"{what} « {name[:60]} » n'existe pas.", hint)
