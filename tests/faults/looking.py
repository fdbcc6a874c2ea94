"""What a visitor looks at while something is broken."""

import re
import time
from collections.abc import Callable

from tests.visitor import Page, Visitor
from tests.writing import FORM, TYPED, kept

URGENT = "01 99 00 10 10"
PAGES = ("/", "/contact", "/themes/cartes", "/questions/carte-perdue-ou-volee", FORM, "/recherche?q=carte+perdue")
SOON = 60.0  # seconds; a few on an idle machine


def open_pages(visitor: Visitor) -> None:
    """Public pages, the search and the form are there, and each shows the number for a lost card."""
    for path in PAGES:
        page = visitor.get(path)
        assert page.status == 200, path
        assert URGENT in " ".join(re.sub(r"<[^>]*>", " ", page.html).split()), path


def returned(answer: Page) -> dict[str, str]:
    """Check a refusal that is our fault; the form as the next press of the button would send it."""
    assert answer.status == 503, answer.text[:500]
    assert 0 < int(answer.headers["Retry-After"]) <= 120
    summary = answer.soup.select_one(".error-summary")
    assert summary is not None
    assert "Rien n’est perdu" in " ".join(summary.get_text(" ").split())
    assert kept(answer) == TYPED
    assert answer.soup.select_one("main a[href^='tel:']")
    return answer.typed(FORM) | {"step": "send"}


def timed(act: Callable[[], Page]) -> tuple[Page, float]:
    began = time.monotonic()
    page = act()
    return page, time.monotonic() - began


def first_answer(visitor: Visitor, question: str) -> str:
    """The path of the first result, "" while the search is out of order; then the way to answers and people is."""
    page = visitor.get(f"/recherche?q={question}")
    assert page.status == 200
    found = page.soup.select_one("main ol.results a")
    if found is not None:
        return str(found["href"]).partition("?")[0]
    assert "La recherche est arrêtée" in page.text
    assert page.soup.select_one(".themes a")
    assert page.soup.select_one("main a[href^='tel:']")
    return ""
