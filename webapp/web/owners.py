"""The page for owners of other sites: the lines to paste, made by a plain form, with the widget at work beside them."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response, request

from webapp.knowledge.articles import said
from webapp.knowledge.catalog import PREVIEW, Catalog
from webapp.web import assets
from webapp.web.frame import edition, page
from webapp.web.resources import resources
from webapp.web.surfaces import ROOT

MODES = ("button", "link", "inline")
SIDES = ("end", "start")
LONGEST_LABEL = 40  # characters; a button, not a sentence
LONGEST_QUESTION = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the owner chose: values of the closed lists, or "" for what the widget does by itself."""

    partner: str
    mode: str
    language: str
    theme: str
    article: str
    question: str
    side: str
    label: str


def widget(language: str) -> Response:
    catalog = edition().catalog
    wanted = chosen(catalog, language)
    public_url = resources().settings.public_url.rstrip("/")
    colours = catalog.site.colours
    return page(
        "owners.html",
        alternates={each: address(each) for each in catalog.site.languages},
        kept=not request.query_string,
        wanted=wanted,
        partners=catalog.site.partners,
        themes=[each for each in catalog.site.themes if catalog.articles_of(each.id, wanted.language)],
        articles=[each for each in catalog.articles if each.language == wanted.language],
        attributes=attributes(wanted),
        preview=PREVIEW,
        fallback=public_url + fallback(wanted),
        script=f"{public_url}/widget.js",
        pinned=f"{public_url}/widget-{assets.widget_digest(colours)}.js",
        integrity=assets.widget_integrity(colours),
        modes=MODES,
        sides=SIDES,
        address=address(language),
    )


def address(language: str) -> str:
    return f"{ROOT}/" if language == "fr" else f"/{language}{ROOT}/"


def chosen(catalog: Catalog, language: str) -> Wanted:
    """The query of this request, held against what exists."""
    spoken = _one_of("language", catalog.site.languages) or language
    return Wanted(
        partner=_one_of("partner", [each.id for each in catalog.site.partners]),
        mode=_one_of("mode", MODES) or MODES[0],
        language=spoken,
        theme=_one_of("theme", [said(each.slug, spoken) for each in catalog.site.themes]),
        article=_one_of("article", [each.slug for each in catalog.articles if each.language == spoken]),
        question=_text("question", LONGEST_QUESTION),
        side=_one_of("side", SIDES),
        label=_text("label", LONGEST_LABEL),
    )


def attributes(wanted: Wanted) -> list[tuple[str, str]]:
    """The data- attributes of the snippet, without those that say what happens anyway. Without a partner chosen, the
    first thing to do is to be on the list: the name stays to be filled in."""
    found = {
        "mode": wanted.mode if wanted.mode != MODES[0] else "",
        "language": wanted.language,
        "theme": "" if wanted.article else wanted.theme,
        "article": wanted.article,
        "question": "" if wanted.article else wanted.question,
        "side": wanted.side if wanted.mode == MODES[0] and wanted.side != SIDES[0] else "",
        "label": wanted.label,
    }
    return [(name, value) for name, value in found.items() if value]


def fallback(wanted: Wanted) -> str:
    """Where the plain link leads: the hub's page that shows what the widget would."""
    prefix = "" if wanted.language == "fr" else f"/{wanted.language}"
    if wanted.article:
        return f"{prefix}/questions/{wanted.article}"
    if wanted.question:
        return f"{prefix}/{'recherche' if not prefix else 'search'}?{urlencode({'q': wanted.question})}"
    return f"{prefix}/themes/{wanted.theme}" if wanted.theme else f"{prefix}/"


def _one_of(name: str, known: "list[str] | tuple[str, ...]") -> str:
    given = request.args.get(name, "")
    return given if given in known else ""


def _text(name: str, longest: int) -> str:
    return " ".join(request.args.get(name, "").split())[:longest]
