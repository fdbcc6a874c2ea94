"""File names as they may be shown, stored and sent: one line, no path, nothing hidden, an ending that tells the truth.

A name never becomes a path here (files are stored under random names); it travels in pages, letters and helpdesks,
where a path, a line end or a mark that turns the writing direction (CVE-2021-42574) would deceive or break something.
"""

import re
import unicodedata

from webapp.inspection.rules import Kind

LONGEST = 100  # characters, the ending included: what a letter shows on one line
_PATH = re.compile(r"[/\\]+")
_FORBIDDEN = re.compile(r'[<>:"|?*]+')  # no file name on Windows, where most agents work
_SPACES = re.compile(r"\s+")
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)
_LEAVE = frozenset("\u200d")  # joins emoji and some scripts; harmless in a name


def cleaned(typed: str, kind: Kind | None = None) -> str:
    """`typed` fit to be shown and sent; with `kind`, it ends as that kind does. Never empty."""
    name = _PATH.split(unicodedata.normalize("NFC", typed.encode("utf-8", "replace").decode()))[-1]
    name = "".join(" " if unicodedata.category(each) in ("Zl", "Zp") else each for each in name if _seen(each))
    name = _SPACES.sub(" ", _FORBIDDEN.sub("_", name)).lstrip(" ").rstrip(" .")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    if kind is not None:
        if ending.lower() not in kind.endings:
            stem, ending = name, kind.endings[0]
        ending = ending.lower()
    stem = stem.strip(" .") or "document"
    if _DEVICES.match(f"{stem}."):
        stem = f"_{stem}"
    end = f".{ending[:10]}" if ending else ""
    return stem[: LONGEST - len(end)].rstrip(" .") + end


def _seen(character: str) -> bool:
    """Not a control, a format mark (right-to-left override, zero width…), a lone surrogate or an unassigned point."""
    return character in _LEAVE or character in "\t\n\r" or unicodedata.category(character)[0] != "C"
