"""The Markdown files of `content/<language>/`: found, split into front matter and body, each checked by itself."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from webapp.knowledge.files import LARGEST_MARKDOWN, Reader
from webapp.knowledge.links import FIXED_PAGES
from webapp.knowledge.report import Problem
from webapp.knowledge.validation import suggestion, validate
from webapp.knowledge.yaml_reading import Document, read_yaml

_SLUG = re.compile(r"[a-z0-9-]{3,60}")
_FENCE = re.compile(r"^---[ \t]*$", re.MULTILINE)
PAGES = "pages"


class Draft(msgspec.Struct, kw_only=True):
    """One article or fixed page as written. `theme` is `pages` for a page; `whole`: its front matter is right."""

    file: str
    language: str
    theme: str
    slug: str
    front: Document
    body: str
    body_line: int
    source: str
    whole: bool

    def problem(self, key: str, code: str, message: str, hint: str = "") -> Problem:
        """An error at a field of the front matter."""
        return self.front.problem((key,), code, message, hint)

    def texts(self, key: str) -> list[tuple[int, str]]:
        """The texts of a list in the front matter with their lines; nothing when it is not a list of texts."""
        value = self.front.data.get(key) if isinstance(self.front.data, dict) else None
        if not isinstance(value, list):
            return []
        return [(self.front.line((key, n)), each) for n, each in enumerate(value) if isinstance(each, str)]

    def text(self, key: str) -> str:
        value = self.front.data.get(key) if isinstance(self.front.data, dict) else None
        return value if isinstance(value, str) else ""


def read_drafts(reader: Reader, languages: list[str], themes: list[str]) -> Iterator[Draft]:
    """Every article and page that can be read; what cannot is told through `reader.problems`."""
    for language in languages:
        folder = reader.root / language
        for path in reader.folder(folder):
            if not path.is_dir():
                hint = "Rangez-le dans le dossier d'un thème, ou supprimez-le."
                _note(reader, path, "stray-file", "Ce fichier n'est dans le dossier d'aucun thème.", hint)
            elif path.name != PAGES and path.name not in themes:
                hint = suggestion(path.name, [*themes, PAGES]) or "Ajoutez le thème à site.yaml ou renommez le dossier."
                _note(reader, path, "unknown-theme", f"Le thème « {path.name} » n'est pas dans site.yaml.", hint)
            else:
                yield from _read_folder(reader, path, language)


def _read_folder(reader: Reader, folder: Path, language: str) -> Iterator[Draft]:
    for path in reader.folder(folder):
        if path.suffix != ".md":
            hint = "Un article est un fichier .md ; les images vont dans content/assets/."
            _note(reader, path, "stray-file", "Ce fichier n'est pas un article.", hint)
        elif folder.name == PAGES and path.stem not in FIXED_PAGES:
            hint = suggestion(path.stem, FIXED_PAGES) or f"Pages possibles : {', '.join(FIXED_PAGES)}."
            _note(reader, path, "unknown-page", f"La page « {path.stem[:60]} » n'existe pas.", hint)
        elif not _SLUG.fullmatch(path.stem):
            hint = "Renommez-le : 3 à 60 caractères, petites lettres sans accent, chiffres, tirets."
            _note(
                reader, path, "bad-slug", f"Le nom de fichier « {path.stem[:60]} » ne peut pas être une adresse.", hint
            )
        else:
            text = reader.read_text(path, LARGEST_MARKDOWN)
            if text is not None:
                yield _split(reader, path, language, folder.name, text)


def _split(reader: Reader, path: Path, language: str, theme: str, text: str) -> Draft:
    file = reader.name(path)
    fences = [match for _, match in zip(range(2), _FENCE.finditer(text), strict=False)]
    if len(fences) == 2 and not text[: fences[0].start()].strip():
        before = text.count("\n", 0, fences[0].end()) + 1
        front = read_yaml(text[fences[0].end() + 1 : fences[1].start()], file, before + 1)
        body_line = text.count("\n", 0, fences[1].end()) + 2
        body = text[fences[1].end() + 1 :]
    else:
        front = Document(file=file, lines={(): 1}, raw={}, problems=[])
        hint = "Commencez le fichier par une ligne « --- », les champs, puis une autre ligne « --- »."
        front.problems.append(front.problem((), "front-matter", "L'en-tête manque ou n'est pas fermé.", hint))
        body, body_line = "", 1
    problems = [*front.problems, *validate(front, "page" if theme == PAGES else "article")]
    reader.problems += problems
    return Draft(
        file=file,
        language=language,
        theme=theme,
        slug=path.stem,
        front=front,
        body=body,
        body_line=body_line,
        source=text,
        whole=not problems,
    )


def _note(reader: Reader, path: Path, code: str, message: str, hint: str) -> None:
    reader.problems.append(Problem(file=reader.name(path), code=code, message=message, hint=hint))
