"""Passwords that words announce, and the identifiers beside them.

A password may be any word: what stands after « mot de passe : » is one when it could hardly be anything else (letters
with figures, capitals inside, signs), or when it stands there alone and is no word that describes a password. An
identifier goes only when a secret stands beside it: alone it opens nothing, and the agent needs it.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

from webapp.confidential import vocabulary as say
from webapp.confidential.reading import PHONE, STOP, TIGHT, TOKEN, Reading, Secret, breaths, trimmed

_BESIDE = 110  # characters between an identifier and the secret that makes it one

_QUOTED = re.compile(r"[«\"“]\s?([^«»\"“”\n]{2,40}?)\s?[»\"”]")
_JOINED = re.compile(r"[:=→]|->|=>|\b(?:est|c'?est|etait|c'etait|is|was|sont|pour|par|c)\b|[,(]|\b(?:en|ce)\b")
_LOOSE = (",", "(", "pour", "par", "en", "ce")  # after these only what is certainly a password is taken for one
_TO_VALUE = re.compile(
    r"[\s:=→>({«\"\-–]*(?:(?:tout simplement|toujours|bien|maintenant|just|still|now) )?(?:(?:le|the) )?"
)
_BEFORE = re.compile(
    r"[\s()«»\"]*(?:\b(?:comme|en guise de|en|as|est|c'est|etait|is|was)\b)?[\s(]*"
    r"(?:\b(?:mon|le|ma|my|the|un|mon ancien|mon nouveau)\b)?\s*$"
)
_APPOSED = re.compile(
    r"\s?[,;:(–-]\s?(?:c'est |voila |voici |that's )?(?:mon|ma|notre|son|my|our)(?: (?:ancien|nouveau|old|new))? $"
)
_TYPED = re.compile(r"\b(?:note|ecrit|essaye|tape|mis|mets|saisi|entre|typed|entered|tried|use)\b[ :«\"]{1,2}$")
_WORD_TO_LINE_END = re.compile(r"([^\W\d_]{4,24}|[^\W\d_]{1,16}(?:-[^\W\d_]{1,16}){1,3})[ .!]*(?=\n|$)")
_WORD_THEN_VERB = re.compile(r"([^\W\d_]{4,24}) (?=ne |n'|marche|fonctionne|passe |does|is )")
_SHORT = ("mdp", "pwd", "mp")  # who writes so writes the password next: mdp soleil
_WORD = re.compile(r"([^\W\d_]{4,24})(?![\w'’-])")
_BETWEEN_COMMAS = re.compile(r", ([^\W\d_]{4,24}),")
_NUMBER_THEN = re.compile(r"(?<![\w.,-])([0-9]{6,12})\s*(?:\bet\b|\bpuis\b|[/,+&-])\s*(?:(?:le|mon|ma) )?$")
_SAID = re.compile(r"[a-z(»\"]")
_AND_ANOTHER = re.compile(
    r"[!?.»\")]{0,2}\s*(?:,|;|/|\bet\b|\bpuis\b|\bou\b|\band\b|\bor\b)\s*"
    r"(?:(?:le nouveau|l'ancien|ancien|nouveau|avant|est|etait|maintenant) ?:? ?){0,2}"
)
_PAIR = re.compile(
    r"(?P<first>[^\s,;/|:=()«»\"]{4,40})(?:\s*(?:[,;/|+–]|-(?=\s)|\bet\b|\bpuis\b|\band\b)\s*|\s+)"
    r"(?P<second>[^\s,;/|()«»\"]{4,40})"
)
_LEAD = re.compile(r"(?:\s*(?:[:=→(«\"]|->|\b(?:sont|est|are|is|suivants?|ce|c'est|les|voici)\b))*\s*")
_TO_IDENTIFIER = re.compile(
    r"(?:\s|[:=→(«\"]|->|n[°o]\.?|\b(?:est|c'est|is|le|the|numero|client|mon|suivant|acces)\b){1,6}"
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_QUANTITY = re.compile(r"[0-9]{1,3}(?:h|e|er|eme|ere|nd|th|d|j|ans|x|k|km|g|go|mo|€|eur)[0-9]{0,2}|[a-z]'?[0-9]{1,2}")
_DATE_OR_AMOUNT = re.compile(r"[0-9][/,:.\-][0-9]")
_CAPITAL_INSIDE = re.compile(r"[a-zà-ÿ][A-ZÀ-Þ]")
_SIGNS = re.compile(r"[a-z][@#$%&*_+=<>!?][a-z]|[a-z][@#$%&*_+]$")
_KEYBOARD = re.compile(r"azert|qwert|qsdf|wxcv|abcde")
_DOTTED = re.compile(r"[a-z]\.[a-z]{2,}\.?[a-z]")


def find(reading: Reading) -> Iterator[Secret]:
    """The passwords of a text, before or after their announcement."""
    for word, earliest, latest in breaths(reading.text, say.PASSWORD):
        after = _after(reading, word, latest)
        if after is not None:
            yield Secret(*after, "password")
            yield from _further(reading, after[1])
        yield from _before(reading, earliest, word)


def _after(reading: Reading, word: re.Match[str], limit: int) -> tuple[int, int] | None:
    definite = say.INDEFINITE.search(reading.text, max(0, word.start() - 8), word.start()) is None
    if (found := _right_after(reading, word, definite=definite)) is not None:
        return found
    stop = STOP.search(reading.text, word.end(), limit)
    return _further_on(reading, word.end(), stop.start() if stop else limit, definite=definite)


def _right_after(reading: Reading, word: re.Match[str], *, definite: bool) -> tuple[int, int] | None:
    """mdp: azerty; a line « mot de passe azerty »; « mon mot de passe doudou ne marche pas »."""
    text, end = reading.text, word.end()
    direct = TIGHT.match(text, end)
    assert direct is not None  # it may be empty
    if (found := _value(reading, direct.end(), joined=bool(set(direct[0]) & set(':=→>({«"')))) is not None:
        return found
    plain = [_WORD_TO_LINE_END.match(text, direct.end())] if _begins_a_line(text, word.start()) else []
    if word[0] in _SHORT:
        plain.append(_WORD.match(text, direct.end()))
    if definite:
        plain += [_WORD_THEN_VERB.match(text, direct.end()), _BETWEEN_COMMAS.match(text, end)]
    return next((each.span(1) for each in plain if each and _lone(reading, *each.span(1))), None)


def _further_on(reading: Reading, end: int, limit: int, *, definite: bool) -> tuple[int, int] | None:
    """« mon mot de passe de l'appli est canard7 »; « le mot de passe, je le mets : Soleil24 »."""
    text = reading.text
    for join in _JOINED.finditer(text, end, limit):
        start = _TO_VALUE.match(text, join.end())
        if start is None or start.end() > limit or say.BREAK_PASSWORD.search(text, end, join.start()):
            return None
        sign, near = join[0] in ":=→->=>", join.start() - end
        sure = (sign and (definite or near < 12)) or (definite and say.RELATIVE.search(text, end, join.start()) is None)
        if (found := _value(reading, start.end(), joined=sure and join[0] not in _LOOSE)) is not None:
            return found
    for token in TOKEN.finditer(text, end, limit):
        if say.BREAK.search(text, end, token.start()):
            return None
        if len(token[0]) > 4 and strong(reading, *token.span(), joined=False):
            return trimmed(text, *token.span())
    return None


def _value(reading: Reading, start: int, *, joined: bool) -> tuple[int, int] | None:
    """The password that stands at `start`, if what stands there is one. `joined`: something said that it comes."""
    text = reading.text
    quoted = (_QUOTED.match(text, start - 1) or _QUOTED.match(text, start - 2)) if start > 1 else None
    if quoted and joined and " " in quoted[1]:
        words = quoted[1].split()
        return None if words[0] in say.ORDINARY and len(words) < 3 else quoted.span(1)
    token = TOKEN.match(text, start)
    if token is None:
        return None
    first, last = trimmed(text, *token.span())
    if last - first < 3:
        return None
    if strong(reading, first, last, joined=joined):
        signs = text[last : token.end()]
        return token.span() if signs and not signs.strip("!?") else (first, last)  # Soleil2024! with its sign
    return (first, last) if joined and _lone(reading, first, last) else None


def strong(reading: Reading, start: int, end: int, *, joined: bool) -> bool:
    """Whether a word could hardly be anything but a password: letters with digits, capitals inside, signs."""
    word, written = reading.text[start:end], reading.written[start:end]
    if _MAIL.fullmatch(word) or say.DEVICES.match(word) or PHONE.match(reading.text, start):
        return False
    digits, letters = sum(map(str.isdigit, word)), sum(map(str.isalpha, word))
    if digits and letters:
        return _QUANTITY.fullmatch(word) is None
    if digits:
        other = say.UNIT_AFTER.match(reading.text, end) or _DATE_OR_AMOUNT.search(word)
        return digits > 2 and digits == len(word) and not other and not reading.is_year(start, end)
    if _CAPITAL_INSIDE.search(written) or _SIGNS.search(word) or _KEYBOARD.search(word):
        return True
    return joined and _DOTTED.search(word) is not None


def _lone(reading: Reading, start: int, end: int) -> bool:
    """Whether a plain word after « mot de passe : » is the password itself: alone there, and no ordinary word."""
    word = reading.text[start:end]
    if (
        word in say.ORDINARY
        or not word.replace("-", "").isalpha()
        or len(word) < 4
        or say.PARTICIPLE.search(reading.written[start:end])
    ):
        return False
    if say.DESCRIBING.search(word) or say.PASSWORD.match(reading.text, start) or say.CODE.match(reading.text, start):
        return False
    return say.AFTER_A_LONE_WORD.match(reading.text, end) is not None


def _further(reading: Reading, end: int) -> Iterator[Secret]:
    """Several passwords after one announcement: Nice06, nice06 et NICE06."""
    while more := _AND_ANOTHER.match(reading.text, end):
        token = TOKEN.match(reading.text, more.end())
        if token is None:
            return
        first, last = trimmed(reading.text, *token.span())
        word = reading.text[first:last]
        if last - first < 3 or word.isdigit() or not strong(reading, first, last, joined=False):
            return
        yield Secret(first, last, "password")
        end = last


def _begins_a_line(text: str, start: int) -> bool:
    """Or comes after a comma, or after the figures of an identifier."""
    if start == 0 or text[start - 1] == "\n" or text[max(0, start - 2) : start] in (", ", "/ ", "- ", "; "):
        return True
    return text[start - 1] == " " and text[max(0, start - 2)].isdigit()


def _before(reading: Reading, earliest: int, word: re.Match[str]) -> Iterator[Secret]:
    """doudou59 est mon mot de passe; j'ai mis «Belle-Ile56» en mot de passe; Filou22, mon mot de passe."""
    text, start = reading.text, word.start()
    apposed = say.APPOSED.match(text, word.end()) is not None
    for token in list(TOKEN.finditer(text, earliest, start))[-5:]:
        first, last = token.span()
        between = text[last:start]
        if (first and not text[first - 1].isspace() and text[first - 1] not in '«"“(') or not _SAID.search(between):
            continue
        typed = _TYPED.search(text, max(0, first - 14), first) is not None and say.BREAK.search(between) is None
        if not (_BEFORE.fullmatch(between) or (apposed and _APPOSED.fullmatch(between)) or typed):
            continue
        first, last = trimmed(text, first, last)
        if last - first > 2 and strong(reading, first, last, joined=False):
            yield Secret(first, last, "password")


def pairs(reading: Reading) -> Iterator[Secret]:
    """mes accès : dupont.marc / Vélo!bleu7: an identifier, then its secret."""
    text = reading.text
    for both in say.BOTH.finditer(text):
        lead = _LEAD.match(text, both.end())
        pair = _PAIR.match(text, lead.end()) if lead else None
        if pair is None or not _names_somebody(pair["first"]):
            continue
        first, last = trimmed(text, *pair.span("second"))
        if last - first >= 4 and strong(reading, first, last, joined=True):
            yield Secret(*pair.span("first"), "identifier")
            yield Secret(first, last, "access_code" if text[first:last].isdigit() else "password")


def identifiers(reading: Reading, found: list[Secret]) -> Iterator[Secret]:
    """The identifiers that stand beside one of the secrets `found` (in order)."""
    text = reading.text
    starts, ends = [each.start for each in found], sorted(each.end for each in found)
    taken = set(starts)
    for word in say.IDENTIFIER.finditer(text):
        lead = _TO_IDENTIFIER.match(text, word.end())
        token = TOKEN.match(text, lead.end()) if lead else None
        if lead is None or token is None or token.start() in taken:
            continue
        start, end = trimmed(text, *token.span())
        if end - start > 3 and _identifies(text, start, end, lead[0]) and _beside(starts, ends, start, end):
            yield Secret(start, end, "identifier")


def numbers_before(reading: Reading, found: list[Secret]) -> Iterator[Secret]:
    """60708090 et mot de passe Girofle6: the number just before an announced password is the identifier."""
    starts = [each.start for each in found if each.kind == "password"]
    for word in say.PASSWORD.finditer(reading.text):
        number = _NUMBER_THEN.search(reading.text, max(0, word.start() - 24), word.start())
        following = bisect_left(starts, word.end())
        if number and following < len(starts) and starts[following] <= word.end() + 12:
            yield Secret(*number.span(1), "identifier")


def _beside(starts: list[int], ends: list[int], start: int, end: int) -> bool:
    following = bisect_left(starts, end)
    if following < len(starts) and starts[following] <= end + _BESIDE:
        return True
    before = bisect_left(ends, start - _BESIDE)
    return before < len(ends) and ends[before] <= start


def _identifies(text: str, start: int, end: int, lead: str) -> bool:
    """Whether a word after « identifiant » is one: figures or dots in it, said to come, or just before the secret."""
    word = text[start:end]
    if _names_somebody(word) or set(lead) & set(":="):
        return True
    return word.isalpha() and word not in say.ORDINARY and say.PASSWORD.match(text, end + 1) is not None


def _names_somebody(word: str) -> bool:
    return any(map(str.isdigit, word)) or "." in word.strip(".") or "@" in word.strip("@")
