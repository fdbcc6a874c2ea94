"""What one file says about another: slugs, contact points, natures, themes, telephone numbers; each must exist once."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from webapp.knowledge import telephones
from webapp.knowledge.catalog import PREVIEW, FormField, Partner, fold
from webapp.knowledge.drafts import PAGES, Draft
from webapp.knowledge.loading import Sheets
from webapp.knowledge.report import Problem, Severity
from webapp.knowledge.routes import Routes, covers
from webapp.knowledge.validation import suggestion
from webapp.knowledge.yaml_reading import Document, Place

RESERVED_FIELDS = ("name", "email", "telephone", "phone", "theme", "message", "nature", "stamp", "token")


def check_sheets(sheets: Sheets, slugs: dict[str, dict[str, Draft]], pages: set[tuple[str, str]]) -> Iterator[Problem]:
    """Problems inside and between the YAML files. `slugs`: language → slug → article; `pages`: (language, id)."""
    documents = sheets.documents
    contacts = None if sheets.contact_points is None else [each.id for each in sheets.contact_points]
    if sheets.site is not None:
        yield from _check_site(sheets, slugs, pages, contacts)
    if sheets.contact_points is not None:
        yield from _twice(documents["contacts"], "contact_points", [each.id for each in sheets.contact_points])
        natures = None if sheets.natures is None else [each.id for each in sheets.natures]
        for number, point in enumerate(sheets.contact_points):
            if point.form and natures is not None and point.form not in natures:
                place: Place = ("contact_points", number, "form")
                yield _unknown(documents["contacts"], place, "unknown-form", "La nature", point.form, natures)
    if sheets.branches is not None:
        yield from _twice(documents["branches"], "branches", [each.id for each in sheets.branches])
    if sheets.natures is not None:
        yield from _check_natures(sheets, contacts)
    if sheets.routes is not None:
        yield from _check_routes(sheets, sheets.routes)
    if sheets.synonyms is not None:
        yield from _check_synonyms(documents["synonyms"], sheets.synonyms)
    yield from _check_numbers(sheets)


def check_drafts(drafts: Iterable[Draft], sheets: Sheets, slugs: dict[str, dict[str, Draft]]) -> Iterator[Problem]:
    """Problems between articles: slugs, redirects, phrasings, related articles, contact, translation."""
    contacts = None if sheets.contact_points is None else [each.id for each in sheets.contact_points]
    natures = None if sheets.natures is None else [each.id for each in sheets.natures]
    redirects: dict[tuple[str, str], Draft] = {}
    asked: dict[tuple[str, str], tuple[str, int]] = {}
    translated: dict[tuple[str, str], Draft] = {}
    for draft in drafts:
        if draft.theme == PAGES or draft.front.data is None:
            continue
        own = slugs[draft.language]
        if own[draft.slug] is not draft:
            message = f"L'adresse « {draft.slug} » est déjà celle de {own[draft.slug].file}."
            yield _at(draft, 1, "duplicate-slug", message, "Donnez un autre nom à l'un des deux fichiers.")
        yield from _check_redirects(draft, own, redirects)
        yield from _check_related(draft, own)
        yield from _check_contact(draft, contacts, natures)
        yield from _check_phrasings(draft, asked)
        yield from _check_translation(draft, slugs, translated)


def _check_site(
    sheets: Sheets, slugs: dict[str, dict[str, Draft]], pages: set[tuple[str, str]], contacts: list[str] | None
) -> Iterator[Problem]:
    site, document = sheets.site, sheets.documents["site"]
    assert site is not None
    if site.default_language not in site.languages:
        message = f"La langue par défaut « {site.default_language} » n'est pas dans « languages »."
        yield document.problem(("default_language",), "unknown-language", message, "Ajoutez-la à « languages ».")
    for language, wanted in site.most_asked.items():
        for number, slug in enumerate(wanted):
            known = slugs.get(language, {})
            if slug not in known:
                place: Place = ("most_asked", language, number)
                yield _unknown(document, place, "unknown-article", f"L'article ({language})", slug, known)
    for number, contact in enumerate(site.urgent_strip):
        if contacts is not None and contact not in contacts:
            place = ("urgent_strip", number)
            yield _unknown(document, place, "unknown-contact", "Le point de contact", contact, contacts)
    for page in site.required_pages:
        for language in site.languages:
            if (language, page) not in pages:
                message = f"La page obligatoire « {page} » n'existe pas en « {language} »."
                hint = f"Créez {language}/{PAGES}/{page}.md."
                yield document.problem(("required_pages",), "missing-page", message, hint)
    yield from _check_themes(sheets, slugs)
    yield from _check_partners(site.partners, document)


def _check_partners(partners: Sequence[Partner], document: Document) -> Iterator[Problem]:
    yield from _twice(document, "partners", [each.id for each in partners])
    for number, partner in enumerate(partners):
        if partner.id == PREVIEW:
            message = f"Le nom « {PREVIEW} » est celui de l'aperçu de la page /integration/."
            yield document.problem(("partners", number, "id"), "reserved-partner", message, "Choisissez un autre nom.")


def _check_themes(sheets: Sheets, slugs: dict[str, dict[str, Draft]]) -> Iterator[Problem]:
    site, document = sheets.site, sheets.documents["site"]
    assert site is not None
    yield from _twice(document, "themes", [each.id for each in site.themes])
    yield from _slugs_twice(document, "themes", [each.slug for each in site.themes])
    filled = {each.theme for each in slugs.get(site.default_language, {}).values()}
    for number, theme in enumerate(site.themes):
        if theme.id not in filled:
            message = f"Le thème « {theme.id} » n'a aucun article en « {site.default_language} »."
            hint = "Écrivez-en un, ou retirez le thème."
            yield document.problem(("themes", number), "empty-theme", message, hint, "warning")


def _check_numbers(sheets: Sheets) -> Iterator[Problem]:
    """Numbers in the texts of the YAML files: an "official" one that is not ours would be the worst mistake of all."""
    if sheets.contact_points is None or sheets.branches is None or sheets.site is None:
        return
    known = known_numbers(sheets)
    for name in ("site", "contacts", "branches", "forms", "orientation"):
        document = sheets.documents.get(name)
        if document is None:
            continue
        for place, text in _texts(document.data):
            if place[0] == "legal" or place[-1] in ("phone", "phone_abroad", "url"):
                continue
            for found in telephones.find(text):
                if found.number not in known:
                    message = f"Le numéro {text[found.start : found.end]} n'est pas un numéro de la banque."
                    hint = "Corrigez-le, ou ajoutez-le à contacts.yaml ou branches.yaml."
                    yield document.problem(place, "unknown-number", message, hint)


def _texts(data: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every text of a document with its place."""
    if isinstance(data, str):
        yield place, data
    elif isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _texts(value, (*place, key))


def known_numbers(sheets: Sheets, *, quotable: bool = False) -> frozenset[str]:
    """The bank's numbers in normal form. `quotable`: also those of the legal identity (the host's)."""
    written = [number for each in sheets.contact_points or () for number in (each.phone, each.phone_abroad)]
    written += [each.phone for each in sheets.branches or ()]
    found = frozenset(telephones.normal(each) for each in written if each)
    if quotable and sheets.site is not None:
        found |= telephones.numbers_in(sheets.site.legal.values())
    return found


def _check_natures(sheets: Sheets, contacts: list[str] | None) -> Iterator[Problem]:
    document = sheets.documents["forms"]
    natures = sheets.natures or ()
    yield from _twice(document, "natures", [each.id for each in natures])
    yield from _slugs_twice(document, "natures", [each.slug for each in natures])
    for number, nature in enumerate(natures):
        for row, contact in enumerate(nature.phone_first):
            if contacts is not None and contact not in contacts:
                place: Place = ("natures", number, "phone_first", row)
                yield _unknown(document, place, "unknown-contact", "Le point de contact", contact, contacts)
        seen: set[str] = set()
        for row, field in enumerate(nature.fields):
            place = ("natures", number, "fields", row, "id")
            if field.id in seen or field.id in RESERVED_FIELDS:
                message = f"Le champ « {field.id} » existe déjà dans ce formulaire."
                yield document.problem(place, "duplicate-field", message, "Donnez-lui un autre identifiant.")
            seen.add(field.id)
            yield from _check_choices(sheets, document, (number, row), field)


def _check_choices(sheets: Sheets, document: Document, at: tuple[int, int], field: FormField) -> Iterator[Problem]:
    """The theme that a choice gives to the request must be one of the site's."""
    themes = [each.id for each in sheets.site.themes] if sheets.site is not None else None
    for number, choice in enumerate(field.choices):
        if choice.theme and themes is not None and choice.theme not in themes:
            place: Place = ("natures", at[0], "fields", at[1], "choices", number, "theme")
            yield _unknown(document, place, "unknown-theme", "Le thème", choice.theme, themes)


def _check_routes(sheets: Sheets, routes: Routes) -> Iterator[Problem]:
    """Every name that a criterion uses must exist, and a rule that an earlier one always beats is never reached."""
    document, site = sheets.documents["routes"], sheets.site
    known: dict[str, tuple[str, list[str] | None]] = {
        "nature": ("La nature", None if sheets.natures is None else [each.id for each in sheets.natures]),
        "theme": ("Le thème", None if site is None else [each.id for each in site.themes]),
        "language": ("La langue", None if site is None else list(site.languages)),
        "partner": ("Le partenaire", None if site is None else [PREVIEW, *(each.id for each in site.partners)]),
    }
    for number, rule in enumerate(routes.rules):
        for criterion, (what, names) in known.items():
            for row, given in enumerate(getattr(rule, criterion)):
                if names is not None and given not in names:
                    place: Place = ("rules", number, criterion, row)
                    yield _unknown(document, place, f"unknown-{criterion}", what, given, names)
        earlier = next((each for each in routes.rules[:number] if covers(each, rule)), None)
        if earlier:
            message = (
                f"La règle « {rule.name} » ne sert jamais : la règle de la ligne {earlier.line} l'emporte toujours."
            )
            hint = "Placez la règle la plus précise en premier, ou supprimez-en une."
            yield document.problem(("rules", number, "name"), "rule-never-used", message, hint)


def _check_synonyms(document: Document, synonyms: dict[str, tuple[tuple[str, ...], ...]]) -> Iterator[Problem]:
    for language, groups in synonyms.items():
        seen: dict[str, int] = {}
        for number, group in enumerate(groups):
            line = document.line((language, number))
            for word in group:
                key = " ".join(word.casefold().split())
                if key in seen:
                    message = f"« {word} » est déjà dans le groupe de la ligne {seen[key]}."
                    hint = "Un mot appartient à un seul groupe : gardez le meilleur, ou réunissez les deux."
                    yield document.problem((language, number), "synonym-twice", message, hint, "warning")
                seen.setdefault(key, line)


def _check_redirects(draft: Draft, own: dict[str, Draft], redirects: dict[tuple[str, str], Draft]) -> Iterator[Problem]:
    for line, old in draft.texts("redirects"):
        if old in own:
            message = f"L'ancienne adresse « {old} » est celle d'un article qui existe ({own[old].file})."
            yield _at(draft, line, "redirect-collides", message, "Supprimez-la, ou renommez l'autre article.")
        other = redirects.setdefault((draft.language, old), draft)
        if other is not draft:
            message = f"L'ancienne adresse « {old} » est déjà donnée à {other.file}."
            yield _at(draft, line, "duplicate-redirect", message, "Gardez-la dans un seul article.")


def _check_related(draft: Draft, own: dict[str, Draft]) -> Iterator[Problem]:
    for line, slug in draft.texts("related"):
        if slug == draft.slug:
            yield _at(draft, line, "related-self", "L'article se cite lui-même.", "Supprimez cette ligne.")
        elif slug not in own:
            message = f"L'article lié « {slug} » n'existe pas."
            yield _at(draft, line, "unknown-article", message, _hint(slug, own))


def _check_contact(draft: Draft, contacts: list[str] | None, natures: list[str] | None) -> Iterator[Problem]:
    wanted = draft.text("contact")
    kind, _, nature = wanted.partition(":")
    if wanted and kind == "form" and nature and natures is not None and nature not in natures:
        yield draft.problem("contact", "unknown-form", f"La nature « {nature} » n'existe pas.", _hint(nature, natures))
    elif wanted and ":" not in wanted and contacts is not None and wanted not in contacts:
        message = f"Le point de contact « {wanted} » n'est pas dans contacts.yaml."
        yield draft.problem("contact", "unknown-contact", message, _hint(wanted, contacts))


def _check_phrasings(draft: Draft, asked: dict[tuple[str, str], tuple[str, int]]) -> Iterator[Problem]:
    rows = [(draft.front.line(("question",)), draft.text("question")), *draft.texts("phrasings")]
    for line, text in rows:
        key = (draft.language, " ".join(re.findall(r"\w+", fold(text))))
        file, row = asked.setdefault(key, (draft.file, line))
        if (file, row) != (draft.file, line):
            message = f"« {text[:60]} » est déjà dans {file}, ligne {row}."
            yield _at(draft, line, "duplicate-phrasing", message, "Gardez-la dans l'article qui y répond le mieux.")


def _check_translation(
    draft: Draft, slugs: dict[str, dict[str, Draft]], translated: dict[tuple[str, str], Draft]
) -> Iterator[Problem]:
    french = draft.text("translates")
    if draft.language == "fr":
        if french:
            message = "Un article français n'a pas de champ « translates »."
            yield draft.problem("translates", "translates-french", message, "Supprimez ce champ.")
        return
    if not french:
        message = "Cet article ne dit pas quel article français il traduit."
        yield draft.problem("translates", "missing-key", message, "Ajoutez « translates: adresse-de-l-article ».")
        return
    if french not in slugs.get("fr", {}):
        message = f"L'article français « {french} » n'existe pas."
        yield draft.problem("translates", "unknown-article", message, _hint(french, slugs.get("fr", {})))
    other = translated.setdefault((draft.language, french), draft)
    if other is not draft:
        message = f"« {french} » est déjà traduit par {other.file}."
        yield draft.problem("translates", "duplicate-translation", message, "Gardez une seule traduction.")


def _twice(document: Document, name: str, ids: list[str]) -> Iterator[Problem]:
    for number, each in enumerate(ids):
        if each in ids[:number]:
            place: Place = (name, number, "id")
            yield document.problem(place, "duplicate-id", f"L'identifiant « {each} » sert deux fois.", "Changez-en un.")


def _slugs_twice(document: Document, name: str, slugs: list[dict[str, str]]) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for number, texts in enumerate(slugs):
        for language, slug in texts.items():
            if (language, slug) in seen:
                place: Place = (name, number, "slug", language)
                yield document.problem(
                    place, "duplicate-slug", f"L'adresse « {slug} » sert deux fois.", "Changez-en une."
                )
            seen.add((language, slug))


def _unknown(
    document: Document,
    place: Place,
    code: str,
    what: str,
    word: str,
    known: Iterable[str],
    severity: Severity = "error",
) -> Problem:
    return document.problem(place, code, f"{what} « {word} » n'existe pas.", _hint(word, known), severity)


def _hint(word: str, known: Iterable[str]) -> str:
    return suggestion(word, known) or "Corrigez le nom, ou créez ce qui manque."


def _at(draft: Draft, line: int, code: str, message: str, hint: str) -> Problem:
    return Problem(file=draft.file, line=line, code=code, message=message, hint=hint)
