"""The rules of masking for the script of the form: the same patterns and tables, as a JavaScript module.

``make masking-rules`` writes ``static/js/masking-rules.js``; a test compares. ``static/js/masking.js`` reads them as
the modules here do, so that a notice while typing says what the server will do, and nothing is sent to know it.
"""

import json
import re
import sys
from types import ModuleType

from webapp.confidential import (
    accounts,
    announced_codes,
    card_codes,
    cards,
    passwords,
    reading,
    redaction,
    remaining,
    sentences,
    spoken,
    vocabulary,
)

_MODULES: tuple[ModuleType, ...] = (
    accounts,
    announced_codes,
    card_codes,
    cards,
    passwords,
    reading,
    redaction,
    remaining,
    sentences,
    spoken,
    vocabulary,
)
_LETTER = "[\\wÀ-ÿ]"
_HEAD = "// Written by `make masking-rules` from webapp/confidential/; do not edit.\n"


def script() -> str:
    """The whole module: `patterns` by module and name, the words that are no password, issuers, lengths of IBAN."""
    lines = [_HEAD, "export const patterns = {\n"]
    for module in _MODULES:
        name = module.__name__.rpartition(".")[2]
        for key, value in sorted(vars(module).items()):
            if isinstance(value, re.Pattern) and vars(module)[key] is value and _own(module, key):
                flags = "i" if value.flags & re.IGNORECASE else ""
                lines.append(f"  {name}_{key.strip('_')}: [{_quoted(_translated(value))}, {_quoted(flags)}],\n")
    lines.append("};\n")
    lines.append(f"export const ordinary = new Set({_quoted(' '.join(sorted(vocabulary.ORDINARY)))}.split(' '));\n")
    lines.append(f"export const issuers = {json.dumps(cards.ISSUERS, separators=(',', ':'))};\n")
    lines.append(f"export const ibans = {json.dumps(accounts.lengths(), separators=(',', ':'))};\n")
    return "".join(lines)


def _own(module: ModuleType, key: str) -> bool:
    """Whether the module defines the pattern, rather than importing it."""
    return not any(other is not module and vars(other).get(key) is vars(module)[key] for other in (reading, vocabulary))


def _translated(found: re.Pattern[str]) -> str:
    """Python's way of writing a pattern → JavaScript's: names of groups; no possessive repetition, no local flags.

    Patterns that ignore case read texts with their accents: there an accented letter must not end a word.
    """
    pattern = found.pattern.replace("(?P<", "(?<").replace("(?-i:CID)|", "")
    if found.flags & re.IGNORECASE:
        pattern = pattern.replace(r"\b", rf"(?:(?<!{_LETTER})(?={_LETTER})|(?<={_LETTER})(?!{_LETTER}))")
    return re.sub(r"(?<!\\)([*+}])\+", r"\1", pattern)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\u200b", "\\u200b").replace("\x00", "\\u0000")


if __name__ == "__main__":
    sys.stdout.write(script())
