"""Contact points and branches, and when they are open.

All hours are Europe/Paris. Public holidays are the French ones (Code du travail, art. L3133-1); in Moselle, Bas-Rhin
and Haut-Rhin also Good Friday and 26 December (art. L3134-13).
"""

from typing import Literal

import msgspec

from webapp.knowledge.articles import Text

Span = tuple[int, int]
"""Opening and closing, minutes after midnight; closing may be 1440."""


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """Exceptional days, first and last included (ISO dates); no `spans` means closed."""

    first: str
    last: str
    spans: tuple[Span, ...] = ()
    reason: Text = {}


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """A week (Monday first), what happens on public holidays, and exceptions. `always` overrides everything."""

    always: bool = False
    week: tuple[tuple[Span, ...], ...] = ((), (), (), (), (), (), ())
    open_on_holidays: bool = False
    alsace_moselle: bool = False
    closures: tuple[Closure, ...] = ()


class ContactPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A way to reach the bank."""

    id: str
    kind: Literal["phone", "secure_message", "post", "appointment", "relay", "mediator"]
    name: Text
    summary: Text = {}
    urgent: bool = False
    urgent_when: dict[str, tuple[str, ...]] = {}
    phone: str = ""
    phone_abroad: str = ""
    price: Text = {}
    hours: Hours | None = None
    prepare: dict[str, tuple[str, ...]] = {}
    address: tuple[str, ...] = ()
    url: str = ""
    form: str = ""
    delay: Text = {}


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """A branch; `id` is the slug of its page."""

    id: str
    name: str
    street: str
    postcode: str
    town: str
    phone: str
    hours: Hours
    services: tuple[str, ...] = ()
    accessible: bool = True
    note: Text = {}


class PublicNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A public emergency number (17, 112, 3114…), which articles may quote."""

    number: str
    name: Text
