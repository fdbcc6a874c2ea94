"""Codes that words announce: the PIN of a card, codes received by text message, codes of access."""

import re
from collections.abc import Iterator

from webapp.confidential import vocabulary as say
from webapp.confidential.reading import STOP, TIGHT, Kind, Reading, Secret, breaths

DIGITS = re.compile(  # 4 to 8 figures, in any groups, that are not a piece of a longer number, of an amount, of a date
    r"(?<![\w.,/#@€$£•°])(?<![0-9][ .\-/])(?<![€$£#] )"
    r"(?P<value>(?:[a-z]-)?(?:[0-9]{4,8}|[0-9](?:[ .\-][0-9]){3,7}|[0-9]{2}(?:[ .\-][0-9]{2}){1,3}"
    r"|[0-9]{3}[ .\-][0-9]{3}|[0-9]{4}[ .\-][0-9]{4}))"
    r"(?![.\-]?[0-9])(?! [0-9](?!\s?(?:fois|x\b|times|essais)))(?![\w@])(?![.,/:][0-9])"
)
_GLUED = re.compile(r"(?P<value>[0-9]{4,8})(?!\w)")
_MIXED = re.compile(
    r"(?<![\w@#/•-])(?P<value>(?=[a-z]*[0-9])(?=[0-9]*[a-z])[a-z0-9]{2,8}(?:-[a-z0-9]{2,8}){0,3})(?![\w@-])"
)
_SPELLED = re.compile(
    rf"(?<![\w-])(?P<value>{say.NUMBER_WORD}(?:{say.BETWEEN_NUMBERS}{say.NUMBER_WORD}){{1,11}})(?![\w-])"
)
_ONE_FIGURE = re.compile(
    r"(?:zeros?|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|oh|one|two|three|four|five|seven|eight|nine)"
)
_DAY = re.compile(r"(?:0?[1-9]|[12][0-9]|3[01])[ .\-](?:0?[1-9]|1[0-2])[ .\-](?:19|20)?[0-9]{2}$")
_TOWN = re.compile(r" [A-ZÉÈ][\w-]+")
_TOWN_BEFORE = re.compile(r"(?<!\w)(?:à|in|at|near|sur|de|en|La|Le|Les) (?:[A-ZÉÈ][^\s,()0-9]+ ?){1,3},? ?\(?$")
_SAID_BEFORE = re.compile(  # what says, just before a number, that the code comes
    r"(?:[:=→>({«\"]|\b(?:est|c'?est|c|etait|c'etait|is|was|sont|soit|suivant|le|les|mis|mets|tape|taper|compose|saisi"
    r"|entre|recu|recus|donne|lu|lire|choisi|utilise|met|fait)\b)[\s:=«\"(]*$"
)
_ONE_WORD = re.compile(r"\s[a-z]{4,}\s")
_REPLACED = re.compile(
    r"[^.\n]*\b(?:par|en|devenu|maintenant|est|c'est|by|to|now|voudrais|veux|contre|plutot|prefere|want"
    r"|au lieu de|instead of|et non)\s$"
    r"|[,;]?\s?(?:avec |et |puis )?(?:celui|celle) d[eu][^.\n0-9]{1,24}\s$"
)
_GIVEN_BEFORE = re.compile(
    r"\b(?:donne|lu|dit|mis|tape|repondu|envoye|communique|dicte|c'etait|c'est|gave|read|said|sent|typed|was)\s$"
)
_IS = re.compile(r"\s*(?:[:=→(«\"]\s?[(«\"]?|\b(?:est|is|c'est)(?: le| the)? )\s*")
_TYPED_BEFORE = re.compile(
    r"\b(?:tap(?:e|er|ons|ais)|compos(?:e|er|ais)|saisi[ste]?|saisir|entr(?:e|er|ais)|rentr(?:e|er|ais)|mets|met|mis"
    r"|mettais|fais|fait|typed?|entered?|donne|dit|utilise|refuse)\b[ :«\"]{1,3}$"
)
_LINK = re.compile(  # between a number and the word code that follows it: 482913 est votre …
    r"(?:[\s,:;?()«»\"=–\-]|\b(?:est|c'?est|c'etait|etait|is|was|comme|as|en|bien|alors|que|mon|ma|le|la"
    r"|un|une|the|my|a"
    r"|votre|your|notre|etant|vrai|nouveau|nouvel|ancien|c|son|sa|ton|on)\b){1,14}$"
)
SENDER = re.compile(r"\b(?:d[eu]|from|to|au|n[°o]|numero|expediteur|sender|sms|texto)\s?:?\s?$")
_SAID_BETWEEN = re.compile(r"\b(?:est|c'?est|c'etait|etait|is|was|comme|as|en|c)\b|[=(:]")
_APPOSED = re.compile(r"\s?[,;:(–-]\s?(?:mon|ma|notre|son|my|our)(?: (?:ancien|nouveau|vrai|old|new))? $")
_APPOSED_SURELY = re.compile(r"\s?[,;:(–-]\s?(?:(?:mon|ma|notre|le|un|my|the|a|our) )?$")
_MORE = re.compile(
    r"\s*(?:[,;/|+]|\bet\b|\bpuis\b|\bou\b|\band\b|\bor\b|\bensuite\b|\bthen\b)"
    r"(?:\s+(?:puis|enfin|ensuite|l'ancien|le nouveau|bien|est|etait|que|the))*\s*$"
)


def find(reading: Reading) -> Iterator[Secret]:
    """The announced codes of a text, before or after their announcement."""
    for word, earliest, latest in breaths(reading.text, say.CODE):
        another = say.NEAR_ANOTHER.search(reading.text, max(0, word.start() - 36), word.start())
        if word["other"] is not None or word["another"] is not None or another:
            continue
        sure: Kind | None = "pin" if word["card"] else "access_code" if word["once"] else None
        yield from _after(reading, word.end(), latest, sure)
        yield from _before(reading, earliest, word, sure)


def _after(reading: Reading, end: int, limit: int, sure: Kind | None) -> Iterator[Secret]:
    text, farthest = reading.text, limit
    if glued := _GLUED.match(text, end):
        yield _secret(glued, sure)
        return
    stop, tight = STOP.search(text, end, limit), TIGHT.match(text, end, limit)
    if stop and not (tight and stop.start() < tight.end()):  # « mon code :\n\n1234 » is one breath
        limit = stop.start() + 1
    for pattern in (DIGITS, _SPELLED, _MIXED):
        for value in pattern.finditer(text, end, min(len(text), limit + 24)):
            if value.start("value") >= limit:
                break
            if _belongs(reading, end, value, sure):
                yield _secret(value, sure)
                yield from _further(text, value.end("value"), sure, pattern)
                return
    if stop and limit < farthest:  # « donnez-moi le code ». J'ai donné 365214.
        for value in DIGITS.finditer(text, limit, farthest):
            given = _GIVEN_BEFORE.search(text, max(0, value.start() - 14), value.start())
            if given and not something_else(reading, *value.span("value")):
                yield _secret(value, sure)
                return


def _further(text: str, end: int, sure: Kind | None, pattern: re.Pattern[str]) -> Iterator[Secret]:
    """Several values of one announcement: 1111 puis 2222."""
    while value := pattern.search(text, end, min(len(text), end + 40)):
        again = _MORE.match(text, end, value.start("value")) or _REPLACED.match(text, end, value.start("value"))
        if not again or say.UNIT_AFTER.match(text, value.end("value")):
            return
        yield _secret(value, sure)
        end = value.end("value")


def _belongs(reading: Reading, end: int, value: re.Match[str], sure: Kind | None) -> bool:
    """Whether the value is the code that was announced at `end`, and not another number of the sentence."""
    gap = reading.text[end : value.start("value")]
    if value.re is _MIXED:
        if len(value["value"]) > 3 and _IS.fullmatch(gap) is not None:
            return True
        written = reading.written[value.start("value") : value.end("value")]  # KX42-88TP, as machines write codes
        named = sure is not None or _ONE_WORD.fullmatch(gap) is None
        return (
            bool(gap)
            and named
            and written.isupper()
            and len(written) > 5
            and not say.VOUCHER.match(written)
            and say.BREAK.search(gap) is None
        )
    if sure is None and value.re is DIGITS and _ONE_WORD.fullmatch(gap) and not say.OF_THE_CODE.match(gap):
        return False
    said = _SAID_BEFORE.search(gap) is not None or not gap.strip(' :=-–(«",')
    if value.re is _SPELLED:
        words = re.findall(say.NUMBER_WORD, value["value"])
        return said and (len(words) > 2 or not all(map(_ONE_FIGURE.fullmatch, words)))
    if something_else(reading, *value.span("value")) or say.BREAK.search(gap) is not None:
        return False
    if said:
        return True
    figures = sum(map(str.isdigit, value["value"]))  # few people spend six figures, and most codes have them
    return "\n" not in gap.strip() and (figures == 6 or say.SPENDING.search(gap) is None)


def something_else(reading: Reading, start: int, end: int) -> bool:
    """A quantity, a day, a year, the postcode of a town."""
    digits = reading.text[start:end]
    if say.UNIT_AFTER.match(reading.text, end) or _DAY.match(digits) or reading.is_year(start, end):
        return True
    if len(digits) != 5:
        return False
    town = _TOWN_BEFORE.search(reading.written, max(0, start - 40), start)
    return town is not None or _TOWN.match(reading.written, end) is not None


def _before(reading: Reading, earliest: int, word: re.Match[str], sure: Kind | None) -> Iterator[Secret]:
    """482913 est votre code; je tape 1357 comme code."""
    text, start = reading.text, word.start()
    apposed = say.APPOSED.match(text, word.end()) is not None
    following = start
    for value in reversed([*DIGITS.finditer(text, earliest, start)]):
        first, last = value.span("value")
        if something_else(reading, first, last) or STOP.search(text, last, start):
            continue
        if last - first == 5 and SENDER.search(text, max(0, first - 14), first):  # SMS du 38008
            continue
        between = text[last:start]
        linked = _LINK.match(between) is not None and (_SAID_BETWEEN.search(between) is not None or "\n" in between)
        typed = _TYPED_BEFORE.search(text, max(0, first - 24), first) is not None
        beside = _APPOSED if sure is None or len(value["value"]) < 5 else _APPOSED_SURELY
        listed = following < start and _MORE.match(text, last, following) is not None  # 2018, 2019 et 2081 comme code
        beside_it = apposed and beside.fullmatch(between) is not None
        if linked or listed or beside_it or (typed and say.BREAK.search(between) is None):
            yield _secret(value, sure)
            following = first


def _secret(value: re.Match[str], sure: Kind | None) -> Secret:
    figures = sum(map(str.isdigit, value["value"]))
    return Secret(*value.span("value"), sure or ("pin" if figures in (0, 4) else "access_code"))
