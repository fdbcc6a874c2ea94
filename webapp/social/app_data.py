"""``app_data``: the deep link that a Page tab's address may carry, and the payload of Messenger's buttons.

Anybody can make a link with any `app_data`, and Facebook signs it all the same: only this small grammar is read, and it
only ever chooses which of our pages to show.
"""

import re
from typing import Literal, NamedTuple, cast

_GRAMMAR = re.compile(r"(faq|motif|ref):([a-z0-9-]{1,64})")

Kind = Literal["faq", "motif", "ref"]


class DeepLink(NamedTuple):
    """`faq`: slug of an article; `motif`: nature of a request; `ref`: reference of a ticket."""

    kind: Kind
    name: str


def read(text: str) -> DeepLink | None:
    """What `text` points at; None for everything out of the grammar."""
    match = _GRAMMAR.fullmatch(text)
    return DeepLink(cast(Kind, match[1]), match[2]) if match else None


def write(kind: Kind, name: str) -> str:
    """The text of a deep link. Errors: ``ValueError`` when `name` is out of the grammar."""
    text = f"{kind}:{name}"
    if read(text) is None:
        raise ValueError(f"{kind}: a name has 1 to 64 small letters, digits and hyphens")
    return text
