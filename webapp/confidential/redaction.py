"""Redaction: what must never be kept leaves a text before anything else sees it.

Card numbers, with their security code and expiry date, are replaced by a mark that tells the agent what stood there;
at most the last four digits stay (PCI DSS 4.0.1, 3.4.1). Everything a visitor types goes through `redact` before it is
stored, logged, indexed or sent.
"""

from typing import Literal, NamedTuple

from webapp.confidential import card_codes, cards
from webapp.confidential.digits import Normalised

Kind = Literal["card", "security_code", "expiry"]


class Redacted(NamedTuple):
    """The text without its secrets, and the kinds that were taken out, each once, in order of appearance."""

    text: str
    masked: tuple[Kind, ...]


class _Mask(NamedTuple):
    start: int
    end: int
    kind: Kind
    mark: str


def redact(text: str) -> Redacted:
    """Mask the card numbers, security codes and expiry dates of `text`. Never raises; linear in its length."""
    if text.isascii() and not any(map(str.isdigit, text)):
        return Redacted(text, ())
    normal = Normalised(text)
    masks = _masks(normal.text)
    if not masks:
        return Redacted(text, ())
    pieces, place = [], 0
    for mask in masks:
        start, end = normal.spot(mask.start), normal.spot(mask.end - 1) + 1
        pieces += [text[place : max(place, start)], mask.mark]
        place = max(place, end)
    return Redacted("".join([*pieces, text[place:]]), tuple(dict.fromkeys(mask.kind for mask in masks)))


def _masks(text: str) -> list[_Mask]:
    found = cards.find(text)
    expiries = card_codes.find_expiries(text, found)
    codes = card_codes.find_codes(text, found, expiries)
    masks = [_Mask(card.start, card.end, "card", f"[carte •••• {card.last} masquée]") for card in found]
    masks += [_Mask(each.start, each.end, "expiry", "[date d’expiration masquée]") for each in expiries]
    masks += [_Mask(each.start, each.end, "security_code", "[code de la carte masqué]") for each in codes]
    return sorted(masks)
