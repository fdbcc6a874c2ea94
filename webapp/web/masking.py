"""What will be masked of the words in a form, told to the person before anything is kept.

What was typed stays in its field: only what is stored is masked. The page before sending, every refusal and the
receipt name the kinds; while typing, ``static/js/masking.js`` says the same without a request.
"""

from collections.abc import Iterable, Sequence

from webapp.confidential.redaction import redact
from webapp.web.forms import MESSAGE_LENGTH, RequestForm
from webapp.web.resources import resources

_MUST_CHANGE = {"pin", "password", "access_code"}


def seen(form: RequestForm) -> dict[str, tuple[str, ...]]:
    """Name of each text field that holds a secret → the kinds that will be masked when it is stored."""
    read = ((name, kinds_in(text)) for name, text in form.texts().items())
    return {name: kinds for name, kinds in read if kinds}


def kinds_in(text: str) -> tuple[str, ...]:
    """The kinds of secrets in a text of a form; what is longer than a message may be is refused, so not read."""
    return redact(text[:MESSAGE_LENGTH], iban=resources().settings.iban, into="safe").masked


def all_of(found: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(kind for kinds in found for kind in kinds))


def must_change(kinds: Iterable[str]) -> bool:
    """Whether something that opens an account was written down: then it is no longer secret."""
    return not _MUST_CHANGE.isdisjoint(kinds)
