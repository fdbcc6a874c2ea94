"""The editor's safety net: every mistake in `content/` explained, with file, line and what to do; none → a catalog.

An article past its `review_by` is a warning: what was online this morning must not go down tonight. The catalog carries
the date, so that the page can say « à revoir ».
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from webapp.knowledge import inline
from webapp.knowledge.articles import Article, NextStep, Page
from webapp.knowledge.catalog import Catalog
from webapp.knowledge.contacts import holiday_table
from webapp.knowledge.drafts import PAGES, Draft, read_drafts
from webapp.knowledge.files import Reader
from webapp.knowledge.identity import LEAST_CONTRAST, picture_fault, weak_colours
from webapp.knowledge.loading import Sheets, read_sheets
from webapp.knowledge.references import check_drafts, check_sheets, known_numbers
from webapp.knowledge.rendering import Context, Notes, Rendered, render
from webapp.knowledge.report import Problem, Report
from webapp.knowledge.revision import code_revision
from webapp.knowledge.routes import Routes
from webapp.knowledge.rule_checks import check_rules
from webapp.knowledge.targets import Targets

REVIEW_SOON = timedelta(days=30)
SHORTEST_BODY, LONGEST_BODY = 120, 350  # words
HOLIDAY_YEARS = 4
Render = Callable[[str, Context], Rendered]


def check(content: Path, today: date, render: Render = render) -> Report:
    """Read and check everything under `content`; `report.catalog` is there when nothing blocks.

    Never raises on what the folder holds. `today` decides which reviews are due and which holidays are kept. `render`:
    of a `rendering.Memory` for who checks at each save.
    """
    reader = Reader(content)
    if not content.is_dir():
        message = "Le dossier du contenu n'existe pas."
        hint = "Vérifiez le réglage GUICHET_CONTENT."
        return Report(problems=(Problem(file=content.name, code="missing-folder", message=message, hint=hint),))
    sheets = read_sheets(reader)
    images = _read_assets(reader, sheets)
    drafts = _read_all_drafts(reader, sheets)
    slugs: dict[str, dict[str, Draft]] = {}
    for draft in drafts:
        if draft.theme != PAGES:
            slugs.setdefault(draft.language, {}).setdefault(draft.slug, draft)
    pages = {(each.language, each.slug) for each in drafts if each.theme == PAGES}
    problems = reader.problems
    problems += check_sheets(sheets, slugs, pages)
    problems += check_rules(sheets)
    problems += check_drafts(drafts, sheets, slugs)
    rendered = _render_all(drafts, sheets, Targets(sheets, slugs, images), problems, render)
    for draft in drafts:
        problems += _check_dates(draft, today)
    if any(each.severity == "error" for each in problems):
        return Report(problems=_ordered(problems))
    digest = hashlib.sha256(reader.digest.digest() + code_revision().encode()).hexdigest()
    catalog = _catalog(digest[:12], sheets, drafts, rendered, images, today)
    return Report(problems=_ordered(problems), catalog=catalog, digest=digest, assets=reader.assets)


def _read_all_drafts(reader: Reader, sheets: Sheets) -> list[Draft]:
    """Without a readable site.yaml every folder counts as a language and a theme, so that its articles are checked."""
    if sheets.site is not None:
        languages, themes = list(sheets.site.languages), [each.id for each in sheets.site.themes]
    else:
        languages = [each for each in ("fr", "en") if (reader.root / each).is_dir()]
        themes = [theme.name for each in languages for theme in reader.folder(reader.root / each) if theme.is_dir()]
    return list(read_drafts(reader, languages, themes))


def _read_assets(reader: Reader, sheets: Sheets) -> dict[str, str]:
    """Check the files of `assets/`; returns file name → published name, which changes with the file."""
    images: dict[str, str] = {}
    for path in reader.folder(reader.root / "assets"):
        data = reader.read_asset(path)
        if data is None:
            continue
        fault = picture_fault(path.name, data)
        if fault:
            message = f"Cette image ne peut pas être publiée : {fault}."
            hint = "Exportez-la à nouveau en SVG simple, PNG, WebP ou JPEG."
            reader.problems.append(Problem(file=reader.name(path), code="bad-image", message=message, hint=hint))
        images[path.name] = f"{path.stem}-{reader.assets[path.name][:8]}{path.suffix}"
    if sheets.site is not None:
        reader.problems += _check_identity(sheets, images)
        for name in (sheets.site.logo, "favicon.svg"):  # served under their own addresses
            images.pop(name, None)
    return images


def _check_identity(sheets: Sheets, images: Iterable[str]) -> Iterator[Problem]:
    site, document = sheets.site, sheets.documents["site"]
    assert site is not None
    if site.logo not in images:
        message = f"Le logo « {site.logo} » n'est pas dans content/assets/."
        yield document.problem(("logo",), "missing-logo", message, "Ajoutez le fichier ou corrigez le nom.")
    for name, ratio, on in weak_colours(site.colours):
        message = f"La couleur « {name} » est trop peu lisible sur {on} : contraste {ratio:.1f}:1."
        way = "plus foncée" if on == "#ffffff" else "plus claire"
        hint = f"Choisissez une couleur {way} ({LEAST_CONTRAST}:1 au moins)."
        yield document.problem(("colours", name), "contrast", message, hint)


def _render_all(
    drafts: list[Draft], sheets: Sheets, targets: Targets, problems: list[Problem], render: Render
) -> dict[str, Rendered]:
    numbers = known_numbers(sheets, quotable=True)
    short = frozenset(each.number for each in sheets.public_numbers)
    sure = sheets.contact_points is not None and sheets.branches is not None and sheets.site is not None
    rendered: dict[str, Rendered] = {}
    for draft in drafts:
        context = Context(
            file=draft.file,
            language=draft.language,
            address=targets.address_in(draft.language),
            image=targets.image,
            first_line=draft.body_line,
            numbers=numbers,
            short_numbers=short,
        )
        found = rendered[draft.file] = render(draft.body, context)
        notes = Notes(context)
        for key in ("question", "summary", "title"):
            inline.lint_words(draft.text(key), draft.front.line((key,)) - draft.body_line + 1, notes)
        unknowable = () if sure else ("unknown-number", "unknown-short-number")
        problems += [each for each in (*found.problems, *notes.problems) if each.code not in unknowable]
        if draft.whole:
            problems += _check_length(draft, found)
    return rendered


def _check_length(draft: Draft, rendered: Rendered) -> Iterator[Problem]:
    count = len(rendered.plain.split())
    problem = None
    if not count:
        yield Problem(
            file=draft.file, line=draft.body_line, code="empty-body", message="Le texte est vide.", hint="Écrivez-le."
        )
    elif draft.theme != PAGES and count < SHORTEST_BODY:
        problem = f"Ce texte est court : {count} mots.", f"{SHORTEST_BODY} mots au moins, pour répondre tout à fait."
    elif draft.theme != PAGES and count > LONGEST_BODY:
        problem = f"Ce texte est long : {count} mots.", f"{LONGEST_BODY} mots au plus ; coupez-le en deux articles."
    if problem:
        yield Problem(
            file=draft.file,
            line=draft.body_line,
            severity="warning",
            code="body-length",
            message=problem[0],
            hint=problem[1],
        )


def _check_dates(draft: Draft, today: date) -> Iterator[Problem]:
    if not draft.whole:
        return
    reviewed, review_by = draft.text("reviewed"), draft.text("review_by")
    if reviewed > today.isoformat():
        message = f"La date de relecture ({reviewed}) est dans le futur."
        yield draft.front.problem(("reviewed",), "reviewed-later", message, "Corrigez la date.", "warning")
    if not review_by:
        return
    if review_by < reviewed:
        message = f"« review_by » ({review_by}) vient avant « reviewed » ({reviewed})."
        yield draft.front.problem(("review_by",), "review-order", message, "Corrigez l'une des deux dates.")
    elif review_by < today.isoformat():
        message = f"Ce texte devait être relu avant le {review_by}."
        hint = "Relisez-le, puis avancez « reviewed » et « review_by »."
        yield draft.front.problem(("review_by",), "review-expired", message, hint, "warning")
    elif review_by < (today + REVIEW_SOON).isoformat():
        message = f"Ce texte est à relire avant le {review_by}."
        yield draft.front.problem(("review_by",), "review-soon", message, "Prévoyez la relecture.", "warning")


def _catalog(
    version: str,
    sheets: Sheets,
    drafts: list[Draft],
    rendered: dict[str, Rendered],
    images: dict[str, str],
    today: date,
) -> Catalog:
    assert sheets.site is not None
    return Catalog(
        version=version,
        site=sheets.site,
        articles=tuple(_article(each, rendered[each.file]) for each in drafts if each.theme != PAGES),
        pages=tuple(_page(each, rendered[each.file]) for each in drafts if each.theme == PAGES),
        contact_points=sheets.contact_points or (),
        public_numbers=sheets.public_numbers,
        branches=sheets.branches or (),
        natures=sheets.natures or (),
        synonyms=sheets.synonyms or {},
        rules=sheets.rules,
        theme_words=sheets.theme_words,
        images=images,
        holidays=holiday_table(today.year - 1, today.year + HOLIDAY_YEARS),
        routes=sheets.routes or Routes(),
    )


def _article(draft: Draft, rendered: Rendered) -> Article:
    front = draft.front.data
    kind, _, nature = front.get("contact", "").partition(":")
    step = NextStep(kind="form", id=nature) if nature else NextStep(kind="contact", id=kind) if kind else None
    lists = {key: tuple(front.get(key, ())) for key in ("phrasings", "keywords", "related", "redirects", "sources")}
    return Article(
        slug=draft.slug,
        language=draft.language,
        theme=draft.theme,
        question=front["question"],
        summary=front["summary"],
        next_step=step,
        urgent=front.get("urgent", False),
        owner=front["owner"],
        reviewed=front["reviewed"],
        review_by=front["review_by"],
        translates=front.get("translates", ""),
        html=rendered.html,
        plain=rendered.plain,
        digest=hashlib.sha256(draft.source.encode()).hexdigest()[:16],
        **lists,
    )


def _page(draft: Draft, rendered: Rendered) -> Page:
    front = draft.front.data
    texts = {key: front[key] for key in ("title", "summary", "owner", "reviewed")}
    return Page(id=draft.slug, language=draft.language, html=rendered.html, plain=rendered.plain, **texts)


def _ordered(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """By file and line, errors before warnings, each once."""
    return tuple(
        sorted(dict.fromkeys(problems), key=lambda each: (each.file, each.severity != "error", each.line, each.code))
    )
