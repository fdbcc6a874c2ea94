"""Words of the screens: ``templates/words/<language>.yaml`` and ``<language>.<part>.yaml``, same keys everywhere.

Typography (narrow no-break spaces) is set once, when a language is first read.
"""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Typography = Callable[[str, str], str]


class UnknownWord(KeyError):
    """A template or a view asks for a key that the words file lacks."""


class Words:
    """Dotted keys → words of one language. Files are read on first use, once."""

    def __init__(self, folder: Path, typography: Typography) -> None:
        self._folder = folder
        self._typography = typography
        self._tables: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def say(self, language: str, key: str, **values: object) -> str:
        """The words of `key`; `{name}` is filled in from `values`, and `n` chooses between one and other.

        Errors: ``UnknownWord``.
        """
        found = self.table(language).get(key)
        if found is None:
            raise UnknownWord(f"{language}: {key}")
        if isinstance(found, dict):
            found = found["one" if _is_one(language, values["n"]) else "other"]
        return found.format(**values) if values else str(found)

    def keys(self, language: str) -> set[str]:
        return set(self.table(language))

    def table(self, language: str) -> dict[str, Any]:
        table = self._tables.get(language)
        if table is None:
            with self._lock:
                table = self._tables.get(language) or self._read(language)
                self._tables[language] = table
        return table

    def _read(self, language: str) -> dict[str, Any]:
        import yaml  # here: only the first page of a worker reads YAML

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where libyaml was built in
        table: dict[str, Any] = {}
        for path in [self._folder / f"{language}.yaml", *sorted(self._folder.glob(f"{language}.*.yaml"))]:
            content = loader(path.read_text(encoding="utf-8")).get_single_data()  # as yaml.safe_load does
            for key, value in _flat(content, ""):
                if key in table:
                    raise ValueError(f"{path.name}: {key} is defined twice")
                table[key] = self._set(value, language)
        return table

    def _set(self, value: Any, language: str) -> Any:
        if isinstance(value, dict):
            return {form: self._typography(text, language) for form, text in value.items()}
        return self._typography(str(value), language)


def _flat(table: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    """Nested tables → dotted keys; a table of exactly one and other is a word that counts."""
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and set(value) != {"one", "other"}:
            found.extend(_flat(value, f"{name}."))
        else:
            found.append((name, value))
    return found


def _is_one(language: str, count: Any) -> bool:
    """French says 0 and 1 in the singular, English only 1 (Unicode CLDR plural rules)."""
    return int(count) < 2 if language == "fr" else int(count) == 1
