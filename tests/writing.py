"""A customer's request, filled in and sent without a browser."""

import re

from tests.visitor import OURS, Page, Visitor

FORM = "/ecrire/demande"
REFERENCE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z*~$=U]\b")
TYPED = {
    "theme": "virements",
    "x_subject": "transfer",
    "x_branch": "Nantes",
    "x_answer_by": "email",
    "message": "Bonjour, mon virement vers l'Italie n'est pas arrivé.\nMélusine attend son loyer.",
    "name": "Mélusine Ørsted-Périgord",
    "email": "melusine@example.org",
    "phone": "06 39 98 12 34",
}


def filled(visitor: Visitor, **changes: str) -> dict[str, str]:
    """A fresh form with everything typed, the answers that may help already seen."""
    return visitor.get(FORM).typed(FORM) | TYPED | {"step": "send"} | changes


def sent(visitor: Visitor, fields: dict[str, str], headers: dict[str, str] | None = None) -> Page:
    return visitor.post(FORM, fields, OURS if headers is None else headers)


def reference(visitor: Visitor, answer: Page) -> str:
    """The reference on the receipt page that `answer` leads to."""
    assert answer.status == 303, f"{answer.status}: {answer.text[:500]}"
    receipt = visitor.get(answer.headers["Location"])
    assert receipt.status == 200
    found = REFERENCE.search(receipt.text)
    assert found, receipt.text[:500]
    return found[0]


def kept(answer: Page) -> dict[str, str]:
    """What stands in the controls of the form that came back, under the names of `TYPED`."""
    given = answer.typed(FORM)
    return {name: given[name] for name in TYPED}
