"""Digits as people and machines write them, brought to one form: 0 to 9, plain separators, and where each came from.

Full-width, Arabic-Indic, superscript, circled and mathematical digits, keycap emoji, zero-width characters and
strike-through marks all hide a number from a naive pattern; after `normalised` none does.
"""

import unicodedata

IGNORED = "\u200b"
"""Stands for every character that is not seen: formats, joiners, combining marks, controls."""
_REMEMBERED = 4096  # characters
_LARGEST_NUMERAL = 99  # ⑫ and ㊿ are one character and two digits


class Normalised:
    """`text` in its plain form; `spot(i)` is the index in the original of its i-th character."""

    def __init__(self, text: str) -> None:
        self.text = text if text.isascii() else text.translate(_PLAIN)
        self._length = len(text)
        self._origins = None if len(self.text) == len(text) else _origins(text)

    def spot(self, index: int) -> int:
        if self._origins is None:
            return index
        return self._origins[index] if index < len(self._origins) else self._length


def folded(text: str) -> str:
    """`text` in small letters without accents, one character for each, for words to be recognised in."""
    small = text.lower() if text.isascii() else text.translate(_FOLDED)
    assert len(small) == len(text)
    return small


class _Folded(dict[int, str]):
    """Code point → one small letter without its accent, or itself; learnt as met."""

    def __missing__(self, point: int) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        character = chr(point)
        bare = unicodedata.normalize("NFD", "'" if character in "’ʼ‘`´" else character)[0].lower()
        self[point] = bare = bare if len(bare) == 1 else character
        return bare


_FOLDED = _Folded()


class _Plain(dict[int, str]):
    """Code point → its plain form, never empty (so that equal lengths mean equal places); learnt as met."""

    def __missing__(self, point: int) -> str:
        if len(self) >= _REMEMBERED:  # a visitor who sends all of Unicode must not fill the memory
            self.clear()
        plain = self[point] = _plain(chr(point))
        return plain


_PLAIN = _Plain()  # the cache of a pure function


def _plain(character: str) -> str:
    if character.isascii():
        return character
    value = unicodedata.numeric(character, None)
    if value is not None and value == int(value) and 0 <= value <= _LARGEST_NUMERAL:
        return str(int(value))
    whole = unicodedata.normalize("NFKC", character)
    return "".join(_seen(each) for each in whole) or IGNORED


def _seen(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] == "Z":
        return " " if category == "Zs" else "\n"
    if category == "Pd":
        return "-"
    return IGNORED if category[0] == "C" or category in ("Mn", "Me") else character


def _origins(text: str) -> list[int]:
    return [index for index, character in enumerate(text) for _ in _PLAIN[ord(character)]]
