"""Holds a document against its JSON Schema and says in French what differs; editors' tools use the same schemas."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from webapp.knowledge.report import Problem
from webapp.knowledge.yaml_reading import Document, Place

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"
MOST_PROBLEMS = 50  # of one document: more would hide the first one
_TYPES = {
    "string": "un texte",
    "array": "une liste",
    "object": "des lignes « champ: valeur »",
    "boolean": "true ou false",
    "integer": "un nombre entier",
}
_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or bool(date.fromisoformat(value))


def validate(document: Document, schema: str) -> list[Problem]:
    """The differences between a document and `<schema>.schema.json`, in the order of its lines."""
    if document.data is None:
        if document.problems:
            return []
        return [document.problem((), "empty", "Ce fichier est vide.", "Remplissez-le (voir docs/redaction.md).")]
    found: list[Problem] = []
    for error in _validator(schema).iter_errors(document.data):
        found.extend(_explain(error, document))
        if len(found) >= MOST_PROBLEMS:
            break
    return sorted(dict.fromkeys(found), key=lambda each: each.line)


def suggestion(word: str, known: Iterable[str]) -> str:
    """« Vouliez-vous dire … ? », or nothing when no known word is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"Vouliez-vous dire « {near[0]} » ?" if near else ""


@cache
def _validator(name: str) -> Draft202012Validator:
    common = Resource.from_contents(_load("common"), default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("common.schema.json", common)
    return Draft202012Validator(_load(name), registry=registry, format_checker=_FORMATS)


def _load(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))


def _explain(error: ValidationError, document: Document) -> Iterator[Problem]:
    place: Place = tuple(error.absolute_path)
    rule: Any = error.validator_value
    instance: Any = error.instance
    where = _where(place, document.data)
    if error.validator == "additionalProperties":
        yield from _unknown_keys(error, place, document)
    elif error.validator == "required":
        for key in (each for each in rule if each not in instance):
            message = f"Il manque « {key} »{where}."
            yield document.problem(place, "missing-key", message, "Ajoutez ce champ (voir docs/redaction.md).")
    else:
        code, message, hint = _describe(error, place, document)
        if error.validator == "pattern" and (*place, instance) in document.lines:
            place = (*place, instance)  # the name of a field, not its value, is wrong
        yield document.problem(place, code, f"{message}{where}.", hint)


def _unknown_keys(error: ValidationError, place: Place, document: Document) -> Iterator[Problem]:
    schema: Any = error.schema
    instance: Any = error.instance
    known = list(schema.get("properties", {}))
    for key in instance:
        if key not in known:
            message = f"Le champ « {str(key)[:60]} » n'existe pas{_where(place, document.data)}."
            hint = suggestion(str(key), known) or f"Champs possibles : {', '.join(known)}."
            if " " in str(key):
                hint = "Entre accolades, mettez entre guillemets un texte qui contient une virgule."
            yield document.problem((*place, key), "unknown-key", message, hint)


def _describe(error: ValidationError, place: Place, document: Document) -> tuple[str, str, str]:
    """Code, message without its place, and hint."""
    value: Any = error.instance
    limit: Any = error.validator_value
    schema: Any = error.schema
    pattern_hint = schema.get("patternErrorMessage", "") if isinstance(schema, dict) else ""
    shown = f"« {value[:60]} »" if isinstance(value, str) else "cette valeur"
    sizes = {
        "minLength": (f"Ce texte est trop court : {_length(value)} caractères", f"{limit} caractères au moins."),
        "maxLength": (f"Ce texte est trop long : {_length(value)} caractères", f"{limit} caractères au plus."),
        "minItems": (f"Cette liste est trop courte : {_length(value)}", f"{limit} au moins."),
        "maxItems": (f"Cette liste est trop longue : {_length(value)}", f"{limit} au plus."),
        "uniqueItems": ("Un élément de cette liste est écrit deux fois", "Gardez-le une seule fois."),
        "minProperties": ("Il n'y a rien ici", "Remplissez ou supprimez ce champ."),
        "minimum": ("Ce nombre est trop petit", f"{limit} au moins."),
        "maximum": ("Ce nombre est trop grand", f"{limit} au plus."),
        "format": (f"{shown} n'est pas une date qui existe", "Écrivez année-mois-jour, comme 2026-10-12."),
        "oneOf": ("Il faut soit « always: true », soit « week »", "Gardez un seul des deux."),
    }
    if error.validator in sizes:
        code = "bad-date" if error.validator == "format" else "bad-value"
        return (code, *sizes[error.validator])
    if error.validator == "pattern":
        return "bad-value", f"{shown} n'a pas la forme attendue", pattern_hint
    if error.validator == "enum":
        choices = [str(each) for each in limit]
        hint = suggestion(str(value), choices) or f"Valeurs possibles : {', '.join(choices)}."
        return "bad-value", f"{shown} n'est pas une valeur admise", hint
    if error.validator == "type":
        return _describe_type(value, str(limit), place, document)
    return "bad-value", f"{shown} n'est pas admis", pattern_hint or "Voir docs/redaction.md."


def _describe_type(value: Any, wanted: str, place: Place, document: Document) -> tuple[str, str, str]:
    if value is None:
        return "empty-value", "Ce champ est vide", "Remplissez-le ou supprimez-le."
    raw = document.raw.get(place)
    if wanted == "string" and raw is not None:
        return (
            "needs-quotes",
            f"« {raw[:40]} » n'est pas lu comme un texte",
            f'Entourez-le de guillemets : "{raw[:40]}".',
        )
    return "bad-type", f"Il faut ici {_TYPES.get(wanted, wanted)}", "Voir docs/redaction.md."


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str | list) else 0


def _where(place: Place, data: Any) -> str:
    """Where in the document, in the editor's own words: " (contact_points › opposition › hours)"."""
    names: list[str] = []
    for key in place:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            data = None
        if isinstance(key, str):
            names.append(key)
        elif isinstance(data, dict) and isinstance(data.get("id"), str):
            names.append(data["id"])
        else:
            names.append(f"n° {key + 1}")
    return f" ({' › '.join(names)})" if names else ""
