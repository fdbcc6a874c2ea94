"""Who receives what: the rules of ``content/routes.yaml``, and which of them wins for a request, said in French.

Rules are tried from top to bottom and the first one whose every criterion fits wins: no weights, nothing to add up.
Names of destinations are an operator's (``docs/destinations.md``); this room only knows that they are names.
"""

from collections.abc import Iterator

import msgspec

CRITERIA = {
    "nature": "la nature",
    "theme": "le thème",
    "language": "la langue",
    "partner": "le partenaire",
    "surface": "la surface",
}


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: a criterion that is left out fits everything. `line`: where it stands in ``routes.yaml``."""

    name: str
    to: tuple[str, ...]
    nature: tuple[str, ...] = ()
    theme: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    partner: tuple[str, ...] = ()
    surface: tuple[str, ...] = ()
    line: int = 0


class Routes(msgspec.Struct, frozen=True, kw_only=True):
    """The rules in order; `default` when none fits, and when that is empty the operator's usual destination."""

    rules: tuple[Rule, ...] = ()
    default: tuple[str, ...] = ()


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule may look at: nothing that a customer typed."""

    nature: str
    theme: str = ""
    language: str = "fr"
    partner: str = ""
    surface: str = "hub"


def winner(routes: Routes, marks: Marks) -> Rule | None:
    """The first rule that fits; None: the default decides."""
    return next((rule for rule in routes.rules if not any(_misfits(rule, marks))), None)


def covers(wide: Rule, narrow: Rule) -> bool:
    """Whether everything that fits `narrow` fits `wide`."""
    return all(
        not getattr(wide, each) or set(getattr(narrow, each) or ("*",)) <= set(getattr(wide, each)) for each in CRITERIA
    )


def recipients(routes: Routes, marks: Marks, usual: str) -> tuple[str, ...]:
    """The destinations of a request, each once, at least one; `usual` when neither rule nor default names any."""
    rule = winner(routes, marks)
    return (rule.to if rule else routes.default) or (usual,)


def explain(routes: Routes, marks: Marks, usual: str) -> list[str]:
    """The same decision in French, a line a rule until one wins, then the destinations."""
    told = []
    won = winner(routes, marks)
    for number, rule in enumerate(routes.rules, 1):
        title = f"Règle {number} « {rule.name} » (routes.yaml, ligne {rule.line})"
        if rule is won:
            reasons = [f"{CRITERIA[each]} est « {getattr(marks, each)} »" for each in CRITERIA if getattr(rule, each)]
            told.append(f"{title} : elle l'emporte, {' et '.join(reasons) or 'elle convient à tout'}.")
            break
        told.append(f"{title} : ne convient pas, {next(_misfits(rule, marks))}.")
    if won is None:
        source = "« default » de routes.yaml" if routes.default else "réglage GUICHET_DESTINATION"
        told.append(f"Aucune règle ne convient : la destination par défaut décide ({source}).")
    return [*told, f"Destinations : {', '.join(recipients(routes, marks, usual))}."]


def _misfits(rule: Rule, marks: Marks) -> Iterator[str]:
    for criterion, said in CRITERIA.items():
        wanted, given = getattr(rule, criterion), getattr(marks, criterion)
        if wanted and given not in wanted:
            told = f"{said} est « {given} »" if given else f"{said} n'est pas indiqué{'e' * said.startswith('la ')}"
            yield f"{told} et la règle demande {' ou '.join(f'« {each} »' for each in wanted)}"
