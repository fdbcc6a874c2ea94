"""What the check has to say to an editor: problems with file, line and what to do, as text and as JSON."""

from typing import Literal

import msgspec

from webapp.knowledge.catalog import Catalog

Severity = Literal["error", "warning"]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake. `file` is relative to the content folder, `line` counts from 1 (0: the file as a whole)."""

    file: str
    line: int = 0
    severity: Severity = "error"
    code: str
    message: str
    hint: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one check. `catalog` is None as soon as there is one error.

    `digest`: of every byte read, with the revision of the code; `assets`: files of `content/assets/` to publish, name →
    SHA-256.
    """

    problems: tuple[Problem, ...]
    catalog: Catalog | None = None
    digest: str = ""
    assets: dict[str, str] = {}

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(each for each in self.problems if each.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(each for each in self.problems if each.severity == "warning")

    def as_text(self, *, colour: bool = False) -> str:
        """The report for a terminal, in French, grouped by file. `colour`: only for a terminal (`isatty`)."""
        lines: list[str] = []
        file = None
        for each in self.problems:
            if each.file != file:
                file = each.file
                lines += ["", _paint(file, "1", colour)] if lines else [_paint(file, "1", colour)]
            place = f"ligne {each.line}" if each.line else "fichier"
            label = _paint("erreur", "31;1", colour) if each.severity == "error" else _paint("conseil", "33", colour)
            lines.append(f"  {place:>10}  {label}  {each.message}")
            if each.hint:
                lines.append(f"              → {each.hint}")
        return "\n".join([*lines, "", self.summary()] if lines else [self.summary()])

    def summary(self) -> str:
        """One sentence: how many errors and warnings, and what follows."""
        errors, warnings = len(self.errors), len(self.warnings)
        if not errors and not warnings:
            return "Le contenu est bon : aucune erreur, aucun conseil."
        counted = f"{errors} erreur{'s' * (errors > 1)}, {warnings} conseil{'s' * (warnings > 1)}."
        if errors:
            return f"{counted} Le contenu ne peut pas être publié : corrigez les erreurs."
        return f"{counted} Le contenu peut être publié."

    def as_json(self) -> str:
        """The report for a machine: `{errors, warnings, problems: [{file, line, severity, code, message, hint}]}`."""
        body = {"errors": len(self.errors), "warnings": len(self.warnings), "problems": self.problems}
        return msgspec.json.format(msgspec.json.encode(body).decode(), indent=2)


def _paint(text: str, code: str, colour: bool) -> str:
    return f"\033[{code}m{text}\033[0m" if colour else text
