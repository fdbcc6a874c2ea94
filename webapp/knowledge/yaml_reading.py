"""YAML → plain values with the line of each, for people who make mistakes in it.

Reads events, not objects: nothing is constructed from a tag, aliases are refused (no "billion laughs"), depth and size
are bounded, duplicate keys are seen, and a value is a text, a number, a truth value, nothing, a list or a mapping.
Dates stay texts.
"""

from typing import Any

import msgspec
import yaml

from webapp.knowledge.report import Problem, Severity

DEEPEST = 12
MOST_EVENTS = 200_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER: Any = yaml.resolver.Resolver()
_TRUE = ("y", "yes", "true", "on")

Place = tuple[str | int, ...]

_EXPLANATIONS = (
    (
        "cannot start any token",
        "\t",
        "Une tabulation se trouve là où il faut des espaces.",
        "Remplacez-la par des espaces.",
    ),
    (
        "cannot start any token",
        "",
        "Un texte commence par un signe réservé (@, `, % …).",
        'Entourez le texte de guillemets droits : "…".',
    ),
    (
        "mapping values are not allowed",
        "",
        "Un texte contient « : » (deux-points suivi d'un espace), ou cette ligne est mal décalée.",
        'Entourez le texte de guillemets droits ("…") ou alignez la ligne sur les précédentes.',
    ),
    (
        "could not find expected ':'",
        "",
        "Il manque « : » après un nom de champ.",
        "Écrivez « champ: valeur », avec un espace après les deux-points.",
    ),
    (
        "unexpected end of stream",
        "",
        "Un guillemet, un crochet ou une accolade ouverts ne sont jamais fermés.",
        'Fermez-les ; dans un texte entre guillemets droits, écrivez \\" pour un guillemet.',
    ),
    (
        "did not find expected ',' or",
        "",
        "Une liste entre crochets ou accolades est mal fermée, ou il y manque une virgule.",
        "Vérifiez les virgules, les guillemets et le crochet ou l'accolade de fin.",
    ),
    (
        "did not find expected key",
        "",
        "Cette ligne n'est pas alignée avec les précédentes, ou du texte suit un guillemet fermé.",
        "Donnez-lui le même décalage, en espaces, que les lignes du même niveau.",
    ),
    (
        "did not find expected '-' indicator",
        "",
        "Une liste contient une ligne qui ne commence pas par « - ».",
        "Commencez chaque ligne de la liste par « - », au même décalage.",
    ),
    (
        "block sequence entries are not allowed",
        "",
        "Un « - » de liste se trouve sur la ligne d'un champ.",
        "Mettez chaque élément de la liste sur sa propre ligne, sous le champ.",
    ),
    (
        "unknown escape character",
        "",
        "Une barre oblique inverse (\\) suivie d'une lettre n'est pas admise entre guillemets droits.",
        "Supprimez la barre ou utilisez des guillemets simples ('…').",
    ),
)


class Document(msgspec.Struct, kw_only=True):
    """A YAML file or front matter once read. `data` is None when it could not be; `lines` gives each place its line.

    `raw` keeps the letters of what YAML took for something else than a text (`no`, `08:30`).
    """

    file: str
    data: Any = None
    lines: dict[Place, int] = {}
    raw: dict[Place, str] = {}
    problems: list[Problem] = []

    def line(self, place: Place) -> int:
        """The line of a place, or of what contains it."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)

    def problem(self, place: Place, code: str, message: str, hint: str = "", severity: Severity = "error") -> Problem:
        """A problem at a place of this document."""
        return Problem(file=self.file, line=self.line(place), severity=severity, code=code, message=message, hint=hint)


class _Frame:
    """A list or mapping being filled."""

    def __init__(self, value: Any, place: Place) -> None:
        self.value = value
        self.place = place
        self.key: str | None = None
        self.skip = False  # the value of a duplicate key is read and dropped


def read_yaml(text: str, file: str, first_line: int = 1) -> Document:
    """Read `text`, which begins at `first_line` of `file`; every mistake becomes a problem, nothing is raised."""
    document = Document(file=file, lines={(): first_line}, raw={}, problems=[])
    builder = _Builder(document, first_line)
    try:
        for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
            if count > MOST_EVENTS:
                builder.refuse(event, "yaml-too-big", "Ce fichier contient trop d'éléments.", "Découpez-le.")
                break
            if not builder.take(event):
                break
    except yaml.MarkedYAMLError as error:
        document.problems.append(_explain(error, text, file, first_line))
    except yaml.YAMLError:
        message = "Ce fichier contient un caractère que YAML n'admet pas."
        document.problems.append(document.problem((), "yaml-character", message, "Retapez le passage au clavier."))
    if any(each.severity == "error" for each in document.problems):
        broken = any(each.code != "yaml-duplicate-key" for each in document.problems)
        document.data = None if broken else document.data
    return document


class _Builder:
    """Turns events into values, without recursion."""

    def __init__(self, document: Document, first_line: int) -> None:
        self.document = document
        self.first_line = first_line
        self.stack: list[_Frame] = []
        self.documents = 0

    def take(self, event: Any) -> bool:
        """Use one event; False stops the reading after a problem that leaves no sense to the rest."""
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                hint = "Supprimez la ligne « --- » en trop."
                return self.refuse(event, "yaml-documents", "Ce fichier contient plusieurs documents.", hint)
        elif isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            hint = "Recopiez le texte en entier, ou mettez-le entre guillemets s'il commence par & ou *."
            return self.refuse(event, "yaml-alias", "Les renvois YAML (& et *) ne sont pas admis.", hint)
        elif getattr(event, "tag", None):
            hint = "Supprimez le mot qui commence par « ! », ou mettez le texte entre guillemets."
            return self.refuse(event, "yaml-tag", "Les étiquettes YAML (!…) ne sont pas admises.", hint)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            return self._open(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.stack.pop()
        return True

    def refuse(self, event: Any, code: str, message: str, hint: str) -> bool:
        line = self.first_line + event.start_mark.line
        self.document.problems.append(
            Problem(file=self.document.file, line=line, code=code, message=message, hint=hint)
        )
        return False

    def _open(self, event: Any) -> bool:
        if len(self.stack) >= DEEPEST:
            hint = "Revoyez les décalages : les fichiers de contenu ont quelques niveaux au plus."
            return self.refuse(event, "yaml-deep", "Trop de niveaux emboîtés.", hint)
        if self._expects_key():
            hint = "Mettez le nom du champ entre guillemets."
            return self.refuse(event, "yaml-key", "Une liste ou une accolade sert de nom de champ.", hint)
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        place = self._put(value, event)
        self.stack.append(_Frame(value, place))
        return True

    def _scalar(self, event: Any) -> None:
        if self._expects_key():
            self._key(event)
            return
        plain = event.implicit[0] and event.style in (None, "")
        tag = _RESOLVER.resolve(yaml.ScalarNode, event.value, (True, False)) if plain else ""
        value = _value(tag.rpartition(":")[2], event.value)
        place = self._put(value, event)
        if not isinstance(value, str):
            self.document.raw[place] = event.value

    def _key(self, event: Any) -> None:
        frame = self.stack[-1]
        frame.key = event.value
        place = (*frame.place, event.value)
        frame.skip = event.value in frame.value
        if frame.skip:
            first = self.document.line(place)
            message = f"Le champ « {event.value[:60]} » est écrit deux fois (déjà à la ligne {first})."
            self.refuse(event, "yaml-duplicate-key", message, "Gardez-en un seul.")
        else:
            self.document.lines[place] = self.first_line + event.start_mark.line

    def _expects_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None

    def _put(self, value: Any, event: Any) -> Place:
        if not self.stack:
            self.document.data = value
            return ()
        frame = self.stack[-1]
        if isinstance(frame.value, list):
            place: Place = (*frame.place, len(frame.value))
            frame.value.append(value)
            self.document.lines[place] = self.first_line + event.start_mark.line
            return place
        assert frame.key is not None
        place = (*frame.place, frame.key)
        if frame.skip:
            place = (*frame.place, f"{frame.key} (bis)")
        else:
            frame.value[frame.key] = value
        frame.key, frame.skip = None, False
        return place


def _value(kind: str, text: str) -> Any:
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in _TRUE
    if kind in ("int", "float"):
        try:
            return int(text) if kind == "int" else float(text)
        except ValueError:  # 08:30 is 510 minutes to YAML 1.1, 0x1F is 31…: the check only says that it is no text
            return 0
    return text


def _explain(error: yaml.MarkedYAMLError, text: str, file: str, first_line: int) -> Problem:
    mark = error.problem_mark or error.context_mark
    line = first_line + (mark.line if mark else 0)
    found = str(error.problem or "")
    character = ""
    if mark is not None:
        lines = text.split("\n")
        row = lines[mark.line] if mark.line < len(lines) else ""
        character = row[mark.column : mark.column + 1]
    for start, sign, message, hint in _EXPLANATIONS:
        if start in found and (not sign or sign == character):
            return Problem(file=file, line=line, code="yaml", message=message, hint=hint)
    hint = "Comparez avec un fichier qui marche : décalages, guillemets, deux-points."
    return Problem(file=file, line=line, code="yaml", message="Cette partie n'est pas du YAML correct.", hint=hint)
