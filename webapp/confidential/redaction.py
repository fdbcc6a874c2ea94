"""Redaction: what must never be kept leaves a text before anything else sees it.

Card numbers with their security code and expiry date (PCI DSS 4.0.1, 3.3.1 and 3.4.1), PIN, passwords, one-time and
access codes, the identifiers beside them, and account numbers as the bank decides, are replaced by a mark that tells
the agent what stood there; at most the last four digits of a card or of an account stay. Everything a visitor types
goes through `redact` before it is stored, logged, indexed or sent.
"""

import re
from typing import Literal, NamedTuple

from webapp.confidential import accounts, announced, card_codes, cards, spoken
from webapp.confidential.digits import Normalised

Kind = Literal["card", "security_code", "expiry", "pin", "password", "access_code", "identifier", "iban"]
IbanRule = Literal["mask", "encrypt", "keep"]
Into = Literal["safe", "open"]

MARKS: dict[str, dict[Kind, str]] = {
    "fr": {
        "card": "[carte •••• {last} masquée]",
        "security_code": "[code de la carte masqué]",
        "expiry": "[date d’expiration masquée]",
        "pin": "[code secret masqué]",
        "password": "[mot de passe masqué]",
        "access_code": "[code d’accès masqué]",
        "identifier": "[identifiant masqué]",
        "iban": "[{name} •••• {last} masqué]",
    },
    "en": {
        "card": "[card •••• {last} masked]",
        "security_code": "[card code masked]",
        "expiry": "[expiry date masked]",
        "pin": "[PIN masked]",
        "password": "[password masked]",
        "access_code": "[access code masked]",
        "identifier": "[user name masked]",
        "iban": "[{name} •••• {last} masked]",
    },
}
_MARK = re.compile(
    "|".join(
        re.escape(mark).replace(r"\{last\}", "[0-9A-Z]{4}").replace(r"\{name\}", "(?:IBAN [A-Z]{2}|RIB)")
        for marks in MARKS.values()
        for mark in marks.values()
    )
)
_HIDDEN = "\u25a1"  # a sign that is neither a digit, a letter nor a space: it ends whatever stood before it


class Redacted(NamedTuple):
    """The text without its secrets, and the kinds that were taken out, each once, in order of appearance."""

    text: str
    masked: tuple[Kind, ...]


class _Mask(NamedTuple):
    start: int
    end: int
    kind: Kind
    mark: str


def redact(text: str, *, language: str = "fr", iban: IbanRule = "mask", into: Into = "open") -> Redacted:
    """Mask the secrets of `text`; the marks are in `language`, French by default. Never raises; linear in its length.

    `iban` is ``Settings.iban``: with ``encrypt``, account numbers stay in a text that is about to be sealed for the
    agent (`into` ``safe``) and go from one that is shown, counted or logged (``open``).
    """
    if text.isascii() and not any(map(str.isdigit, text)) and not announced.announces(text):
        return Redacted(text, ())
    kept = iban == "keep" or (iban == "encrypt" and into == "safe")
    normal = Normalised(text)
    masks = _masks(normal.text, MARKS.get(language, MARKS["fr"]), ibans=not kept)
    if not masks:
        return Redacted(text, ())
    pieces, place = [], 0
    for mask in masks:
        start, end = normal.spot(mask.start), normal.spot(mask.end - 1) + 1
        pieces += [text[place : max(place, start)], mask.mark]
        place = max(place, end)
    return Redacted("".join([*pieces, text[place:]]), tuple(dict.fromkeys(mask.kind for mask in masks)))


def redact_name(name: str, *, language: str = "fr") -> Redacted:
    """Mask the secrets of a file's name, where ``_`` stands for a space; the extension stays."""
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > 5 or not extension.isalpha():
        stem, dot, extension = name, "", ""
    result = redact(stem.replace("_", " "), language=language)
    if not result.masked:
        return Redacted(name, ())
    return Redacted(f"{result.text}{dot}{extension}", result.masked)


def _masks(text: str, marks: dict[Kind, str], *, ibans: bool) -> list[_Mask]:
    if "•" in text:
        text = _MARK.sub(lambda found: _HIDDEN * len(found[0]), text)  # what is masked already announces nothing
    found = sorted([*cards.find(text), *spoken.find(text)])
    expiries = card_codes.find_expiries(text, found)
    codes = card_codes.find_codes(text, found, expiries)
    masks = [_Mask(card.start, card.end, "card", marks["card"].format(last=card.last)) for card in found]
    masks += [_Mask(each.start, each.end, "expiry", marks["expiry"]) for each in expiries]
    masks += [_Mask(each.start, each.end, "security_code", marks["security_code"]) for each in codes]
    held = accounts.find(_hide(text, masks))
    numbers = [_Mask(each.start, each.end, "iban", marks["iban"].format(**each.shown())) for each in held]
    secrets = announced.find(_hide(text, masks + numbers))
    masks += [_Mask(each.start, each.end, each.kind, marks[each.kind]) for each in secrets]
    return _apart(masks + numbers if ibans else masks)


def _hide(text: str, masks: list[_Mask]) -> str:
    pieces, place = [], 0
    for mask in sorted(masks):
        if mask.start >= place:
            pieces += [text[place : mask.start], _HIDDEN * (mask.end - mask.start)]
            place = mask.end
    return "".join([*pieces, text[place:]])


def _apart(masks: list[_Mask]) -> list[_Mask]:
    """One mask for those that overlap: what two of them cover is covered, under the first one's mark."""
    kept: list[_Mask] = []
    for mask in sorted(masks):
        if kept and mask.start < kept[-1].end:
            kept[-1] = kept[-1]._replace(end=max(mask.end, kept[-1].end))
        else:
            kept.append(mask)
    return kept
