"""Numbers that look like a card and are not: account numbers, telephone numbers, dates, social security numbers."""

import re

_BETWEEN = r"[\s\-.\u200b]{0,3}+"
_IBAN = re.compile(
    rf"(?<![A-Z0-9])[A-Z]{{2}}{_BETWEEN}[0-9]{{2}}(?:{_BETWEEN}[A-Z0-9]){{11,30}}", re.IGNORECASE | re.ASCII
)
_RIB = re.compile(
    rf"(?<![0-9])([0-9]{{5}}){_BETWEEN}([0-9]{{5}}){_BETWEEN}([0-9A-Z]{{11}}){_BETWEEN}([0-9]{{2}})(?![0-9])",
    re.IGNORECASE | re.ASCII,
)
# Length by country (SWIFT IBAN registry); an IBAN of a country that is not here is not recognised.
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21,
    "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18,
    "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23,
    "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LI": 21, "LT": 20, "LU": 20, "LV": 21,
    "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28,
    "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24,
    "TR": 26, "UA": 29, "VA": 22, "XK": 20,
}  # fmt: skip
_RIB_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")
_PHONE = r"(?:0|0033 ?|33 ?)[1-9](?: ?[0-9]{2}){4}"
_DATE = r"(?:0?[1-9]|[12][0-9]|3[01]) (?:0?[1-9]|1[0-2]) (?:19|20)[0-9]{2}"
_NIR = r"[1278] [0-9]{2} [0-9]{2} (?:[0-9]{2} [0-9]{3}|[0-9]{5}) [0-9]{3}(?: [0-9]{2})?"
_EXPLAINED = re.compile(rf"(?:(?:{_PHONE}|{_DATE}|{_NIR})(?: |$))++")


def explained(groups: str) -> bool:
    """Whether groups of digits, one space between them, are nothing but telephone numbers, dates and a NIR."""
    return _EXPLAINED.fullmatch(groups) is not None


def shield(text: str) -> bytearray:
    """One byte per character of `text`: 1 inside an IBAN or a RIB whose key is right."""
    marks = bytearray(len(text))
    ribs = [match.span() for match in _RIB.finditer(text) if _rib_key(*match.groups())]
    for start, end in _ibans(text) + ribs:
        marks[start:end] = b"\1" * (end - start)
    return marks


def _ibans(text: str) -> list[tuple[int, int]]:
    found = []
    place = 0
    while match := _IBAN.search(text, place):
        place = match.start() + 2
        letters = [index for index in range(*match.span()) if text[index].isalnum()]
        length = _IBAN_LENGTHS.get(text[match.start() : match.start() + 2].upper(), 99)
        if len(letters) >= length and _iban_key("".join(text[index] for index in letters[:length]).upper()):
            found.append((match.start(), letters[length - 1] + 1))
            place = letters[length - 1] + 1
    return found


def _iban_key(iban: str) -> bool:
    return int("".join(str(int(each, 36)) for each in iban[4:] + iban[:4])) % 97 == 1


def _rib_key(bank: str, branch: str, account: str, key: str) -> bool:
    number = int(account.upper().translate(_RIB_LETTERS))
    return (89 * int(bank) + 15 * int(branch) + 3 * number + int(key)) % 97 == 0
