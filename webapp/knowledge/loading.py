"""The YAML files of `content/`, read and held against their schemas, then as the catalog's own types."""

import os
from typing import Any, TypeVar

import msgspec

from webapp.knowledge.articles import Theme
from webapp.knowledge.catalog import Bank, Choice, Colours, FormField, Nature, OfficialAccount, Partner, Site
from webapp.knowledge.contacts import Branch, ContactPoint, PublicNumber
from webapp.knowledge.files import LARGEST_YAML, Reader
from webapp.knowledge.hours_reading import read_hours
from webapp.knowledge.routes import Routes
from webapp.knowledge.rules import Rule, ThemeWords, expanded
from webapp.knowledge.validation import validate
from webapp.knowledge.yaml_reading import Document, read_yaml

FILES = ("site", "contacts", "branches", "synonyms", "forms")
OPTIONAL = ("orientation", "routes")  # a bank that does not need them has no such file
Worded = TypeVar("Worded", Rule, ThemeWords)
ALSACE_MOSELLE = ("57", "67", "68")


class Sheets(msgspec.Struct, kw_only=True):
    """What the YAML files say. A part is None when its file has errors, so that others are not blamed for them."""

    documents: dict[str, Document]
    site: Site | None = None
    contact_points: tuple[ContactPoint, ...] | None = None
    public_numbers: tuple[PublicNumber, ...] = ()
    branches: tuple[Branch, ...] | None = None
    natures: tuple[Nature, ...] | None = None
    synonyms: dict[str, tuple[tuple[str, ...], ...]] | None = None
    routes: Routes | None = None
    rules: tuple[Rule, ...] = ()
    theme_words: tuple[ThemeWords, ...] = ()


def read_sheets(reader: Reader) -> Sheets:
    """Read the five files, and those of the optional ones that are there; mistakes go to `reader.problems`."""
    documents: dict[str, Document] = {}
    whole: dict[str, Any] = {}
    for name in (*FILES, *(each for each in OPTIONAL if os.path.lexists(reader.root / f"{each}.yaml"))):
        text = reader.read_text(reader.root / f"{name}.yaml", LARGEST_YAML)
        document = Document(file=f"{name}.yaml") if text is None else read_yaml(text, f"{name}.yaml")
        documents[name] = document
        problems = [] if text is None else [*document.problems, *validate(document, name)]
        reader.problems += problems
        if text is not None and not problems:
            whole[name] = document.data
    sheets = Sheets(documents=documents)
    if "site" in whole:
        sheets.site = _site(whole["site"])
    if "contacts" in whole:
        sheets.contact_points = _contact_points(documents["contacts"], reader)
        sheets.public_numbers = msgspec.convert(whole["contacts"].get("public_numbers", []), tuple[PublicNumber, ...])
    if "branches" in whole:
        sheets.branches = _branches(documents["branches"], reader)
    if "forms" in whole:
        sheets.natures = tuple(_nature(each) for each in whole["forms"]["natures"])
    if "synonyms" in whole:
        sheets.synonyms = {lang: tuple(tuple(group) for group in groups) for lang, groups in whole["synonyms"].items()}
    if "routes" in whole:
        sheets.routes = _routes(documents["routes"])
    if "orientation" in whole:
        sheets.rules = _rules(whole["orientation"], "rules", Rule)
        sheets.theme_words = _rules(whole["orientation"], "themes", ThemeWords)
    return sheets


def _routes(document: Document) -> Routes:
    rules = [
        {**each, "line": document.line(("rules", number, "name"))}
        for number, each in enumerate(document.data.get("rules", []))
    ]
    return msgspec.convert({**document.data, "rules": rules}, Routes)


def _site(data: dict[str, Any]) -> Site:
    lists = ("languages", "required_pages", "urgent_strip")
    return Site(
        bank=msgspec.convert(data["bank"], Bank),
        default_language=data["default_language"],
        logo=data["logo"],
        colours=msgspec.convert(data["colours"], Colours),
        themes=msgspec.convert(data["themes"], tuple[Theme, ...]),
        most_asked={lang: tuple(slugs) for lang, slugs in data["most_asked"].items()},
        legal=data["legal"],
        official_accounts=msgspec.convert(data["official_accounts"], tuple[OfficialAccount, ...]),
        partners=msgspec.convert(data.get("partners", []), tuple[Partner, ...]),
        **{name: tuple(data[name]) for name in lists},
    )


def _contact_points(document: Document, reader: Reader) -> tuple[ContactPoint, ...]:
    points = []
    for number, data in enumerate(document.data["contact_points"]):
        hours = None
        if "hours" in data:
            place = ("contact_points", number, "hours")
            hours, problems = read_hours(document, place, data["hours"], alsace_moselle=False)
            reader.problems += problems
        rest = {key: value for key, value in data.items() if key != "hours"}
        points.append(msgspec.structs.replace(msgspec.convert(rest, ContactPoint), hours=hours))
    return tuple(points)


def _branches(document: Document, reader: Reader) -> tuple[Branch, ...]:
    branches = []
    for number, data in enumerate(document.data["branches"]):
        regional = data["postcode"].startswith(ALSACE_MOSELLE)
        hours, problems = read_hours(document, ("branches", number, "hours"), data["hours"], alsace_moselle=regional)
        reader.problems += problems
        rest = {**data, "hours": {}}
        branches.append(msgspec.structs.replace(msgspec.convert(rest, Branch), hours=hours))
    return tuple(branches)


def _nature(data: dict[str, Any]) -> Nature:
    fields = tuple(
        msgspec.structs.replace(
            msgspec.convert({**each, "choices": []}, FormField),
            choices=msgspec.convert(each.get("choices", []), tuple[Choice, ...]),
        )
        for each in data.get("fields", [])
    )
    return msgspec.structs.replace(msgspec.convert({**data, "fields": []}, Nature), fields=fields)


def _rules(data: dict[str, Any], part: str, kind: type[Worded]) -> tuple[Worded, ...]:
    lists = data.get("lists", {})
    found = []
    for each in data.get(part, []):
        phrases = {
            key: {lang: [expanded(line, lists.get(lang, {})) for line in lines] for lang, lines in each[key].items()}
            for key in ("when", "unless")
            if key in each
        }
        found.append(msgspec.convert({**each, **phrases}, kind))
    return tuple(found)
