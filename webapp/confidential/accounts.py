"""Numbers that look like a card and are not: account numbers, telephone numbers, dates, social security numbers."""

import re
import string
from functools import cache
from typing import NamedTuple

from stdnum import iban as registry
from stdnum import luhn, numdb

_BETWEEN = r"[\s\-.\u200b]{0,3}+"
_IBAN = re.compile(
    rf"(?<![A-Z0-9])[A-Z]{{2}}{_BETWEEN}[0-9]{{2}}(?:{_BETWEEN}[A-Z0-9]){{11,30}}", re.IGNORECASE | re.ASCII
)
_RIB = re.compile(
    rf"(?<![0-9])([0-9]{{5}}){_BETWEEN}([0-9]{{5}}){_BETWEEN}([0-9A-Z]{{11}}){_BETWEEN}([0-9]{{2}})(?![0-9])",
    re.IGNORECASE | re.ASCII,
)
_SIRET = re.compile(
    r"\bsiret\b\D{0,20}?(?<![0-9])([0-9]{3}[ .]?[0-9]{3}[ .]?[0-9]{3}[ .]?[0-9]{5})(?![0-9])", re.IGNORECASE | re.ASCII
)
_WORD = re.compile(r"\b(?:iban|rib|compte|account)\b[^0-9]{0,25}$", re.IGNORECASE)
_RIB_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")
_PHONE = r"(?:0|0033 ?|33 ?)[1-9](?: ?[0-9]{2}){4}"
_DATE = r"(?:0?[1-9]|[12][0-9]|3[01]) (?:0?[1-9]|1[0-2]) (?:19|20)[0-9]{2}"
_NIR = r"[1278] [0-9]{2} [0-9]{2} (?:[0-9]{2} [0-9]{3}|[0-9]{5}) [0-9]{3}(?: [0-9]{2})?"
_EXPLAINED = re.compile(rf"(?:(?:{_PHONE}|{_DATE}|{_NIR})(?: |$))++")


def explained(groups: str) -> bool:
    """Whether groups of digits, one space between them, are nothing but telephone numbers, dates and a NIR."""
    return _EXPLAINED.fullmatch(groups) is not None


class Account(NamedTuple):
    """An account number of the text from `start` to `end`; `name` is ``IBAN FR`` or ``RIB``, `last` its last four."""

    start: int
    end: int
    name: str
    last: str

    def shown(self) -> dict[str, str]:
        return {"name": self.name, "last": self.last}


def find(text: str) -> list[Account]:
    """Every IBAN of the registry, and every RIB, whose key is right; and an IBAN said to be one, mistyped. In order."""
    found = _ibans(text)
    for match in _RIB.finditer(text):
        if _rib_key(*match.groups()) and not any(
            each.start < match.end() and match.start() < each.end for each in found
        ):
            found.append(Account(*match.span(), "RIB", (match[3] + match[4])[-4:].upper()))
    return sorted(found)


def shield(text: str) -> bytearray:
    """One byte per character of `text`: 1 inside an account number, or a SIRET that is said to be one."""
    marks = bytearray(len(text))
    for start, end, *_ in find(text):
        marks[start:end] = b"\1" * (end - start)
    for match in _SIRET.finditer(text):
        number = "".join(filter(str.isdigit, match[1]))
        if luhn.is_valid(number) and luhn.is_valid(number[:9]):
            marks[match.start(1) : match.end(1)] = b"\1" * (match.end(1) - match.start(1))
    return marks


def _ibans(text: str) -> list[Account]:
    found = []
    place = 0
    while match := _IBAN.search(text, place):
        place = match.start() + 2
        letters = [index for index in range(*match.span()) if text[index].isalnum()]
        country = text[match.start() : match.start() + 2].upper()
        length = _length(country)
        if not length or len(letters) < length:
            continue
        number = "".join(text[index] for index in letters[:length]).upper()
        if registry.is_valid(number, check_country=False) or _said(text, match.start(), letters, length):
            found.append(Account(match.start(), letters[length - 1] + 1, f"IBAN {country}", number[-4:]))
            place = letters[length - 1] + 1
    return found


def _said(text: str, start: int, letters: list[int], length: int) -> bool:
    """An IBAN with a mistyped figure is as personal as the right one: taken when the word stands before it."""
    ends = len(letters) == length or not text[letters[length - 1] + 1].isalnum()
    return ends and _WORD.search(text, max(0, start - 30), start) is not None


def lengths() -> dict[str, int]:
    """Country → how many characters its IBAN has."""
    letters = string.ascii_uppercase
    return {one + two: _length(one + two) for one in letters for two in letters if _length(one + two)}


@cache
def _length(country: str) -> int:
    """How many characters an IBAN of `country` has, by the SWIFT registry that python-stdnum carries; 0: none."""
    known = numdb.get("iban").info(country)[0][1]
    return 4 + sum(map(int, re.findall(r"([0-9]+)!", str(known["bban"])))) if known else 0


def _rib_key(bank: str, branch: str, account: str, key: str) -> bool:
    number = int(account.upper().translate(_RIB_LETTERS))
    return (89 * int(bank) + 15 * int(branch) + 3 * number + int(key)) % 97 == 0
