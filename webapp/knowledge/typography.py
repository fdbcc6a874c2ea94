"""French spaces and apostrophes, set when a text is shown; editors type ordinary ones.

Source: Imprimerie nationale, Lexique des règles typographiques. Narrow no-break space before ; ! ? and between groups
of three digits; no-break space before a colon, inside « » and between a number and its unit. Every pattern below is
linear in the text.
"""

import re

NBSP = "\u00a0"
NARROW = "\u202f"
_SPACE = "[ \u00a0\u202f]"
_URL = re.compile(r"(https?://[^\s<>]+)")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=[\w«“])")
_BEFORE_HIGH = re.compile(rf"(?<!{_SPACE}){_SPACE}+(?=[;!?])")
_BEFORE_COLON = re.compile(rf"(?<!{_SPACE}){_SPACE}+(?=:(?:\s|$))")
_AFTER_QUOTE = re.compile(rf"«{_SPACE}*")
_BEFORE_QUOTE = re.compile(rf"(?<!{_SPACE}){_SPACE}*(?=»)")
_UNIT = re.compile(r"(?<=\d) (?=(?:[%€£$]|[kM]€|°C\b|(?:h|min|km|ans?|mois|euros?)\b))")
_MINUTES = re.compile(r"(?<=\d\u00a0h) (?=\d\d\b)")
_NUMERO = re.compile(r"(?<=[nN]°) ")
_PHONE = re.compile(r"(?<![\d.,])(?:0\d(?: \d\d){4}|\+\d{1,3}(?: \d{1,4}){2,6})(?![\d])")
_GROUPS = re.compile(r"(?<![\d.,])(?<!\d )(\d{1,3}(?: \d{3})+)(?! ?\d)")


def typography(text: str, language: str) -> str:
    """`text` (plain, not HTML) with the spaces and apostrophes of `language`; doing it twice changes nothing more.

    Only white space and straight apostrophes change, never inside an https:// address.
    """
    pieces = _URL.split(text)
    pieces[::2] = [_french(piece) if language == "fr" else _common(piece) for piece in pieces[::2]]
    return "".join(pieces)


def _common(text: str) -> str:
    text = _APOSTROPHE.sub("’", text)
    return _PHONE.sub(lambda found: found[0].replace(" ", NBSP), text)


def _french(text: str) -> str:
    text = _common(text)
    text = _GROUPS.sub(lambda found: found[0].replace(" ", NARROW), text)
    text = _BEFORE_HIGH.sub(NARROW, text)
    text = _BEFORE_COLON.sub(NBSP, text)
    text = _AFTER_QUOTE.sub("«" + NBSP, text)
    text = _BEFORE_QUOTE.sub(NBSP, text)
    text = _UNIT.sub(NBSP, text)
    text = _MINUTES.sub(NBSP, text)
    return _NUMERO.sub(NBSP, text)
