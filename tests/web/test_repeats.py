"""Questions asked again: answered from memory, and only those that are nobody's own."""

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.search import Ear
from webapp.web.repeats import MARK, Repeats

BODY = b"<p>Une reponse</p>" * 50


class Kitchen:
    """Counts what it is asked, and marks every answer."""

    def __init__(self, status: str = "200 OK", *, marked: bool = True) -> None:
        self.asked: list[str] = []
        self.status, self.marked = status, marked
        self.closed = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.asked.append(environ["QUERY_STRING"])
        if self.marked:
            environ[MARK] = ("v1", 2_000.0)
        start_response(self.status, [("Content-Type", "text/html"), ("Cache-Control", "private, max-age=60")])
        return self._body()

    def _body(self) -> Iterator[bytes]:
        try:
            yield BODY
        finally:
            self.closed += 1


class Asker:
    def __init__(self, kitchen: Kitchen, **options: int) -> None:
        self.published, self.now = "v1", 1_000.0
        self.layer = Repeats(kitchen, lambda: self.published, lambda: self.now, **options)

    def get(self, query: str, accept: str = "gzip", method: str = "GET") -> tuple[str, dict[str, str], bytes]:
        environ = {"REQUEST_METHOD": method, "PATH_INFO": "/recherche", "QUERY_STRING": query}
        environ["HTTP_ACCEPT_ENCODING"] = accept
        got: list[Any] = []
        chunks = self.layer(environ, lambda status, headers, error=None: got.extend((status, headers)))
        return got[0], dict(got[1]), b"".join(chunks)


def test_the_same_question_is_answered_once_and_said_again_as_it_was() -> None:
    kitchen = Kitchen()
    asker = Asker(kitchen)
    first = asker.get("q=carte")
    assert asker.get("q=carte") == first == ("200 OK", first[1], BODY)
    assert first[1]["Cache-Control"] == "private, max-age=60"
    assert kitchen.asked == ["q=carte"]
    assert kitchen.closed == 1


def test_another_question_encoding_version_or_moment_is_asked_anew() -> None:
    kitchen = Kitchen()
    asker = Asker(kitchen)
    asker.get("q=carte")
    asker.get("q=virement")
    asker.get("q=carte", accept="br")
    asker.published = "v2"
    asker.get("q=carte")
    asker.published, asker.now = "v1", 2_000.0
    asker.get("q=carte")
    assert len(kitchen.asked) == 5


@pytest.mark.parametrize(
    ("status", "marked", "query"), [("404 NOT FOUND", True, "q"), ("200 OK", False, "q"), ("200 OK", True, "q" * 700)]
)
def test_what_is_no_answer_for_everybody_is_never_kept(status: str, marked: bool, query: str) -> None:
    kitchen = Kitchen(status, marked=marked)
    asker = Asker(kitchen)
    assert asker.get(query)[0] == asker.get(query)[0] == status
    assert len(kitchen.asked) == 2


def test_other_methods_go_past() -> None:
    kitchen = Kitchen()
    asker = Asker(kitchen)
    for method in ("POST", "HEAD", "POST"):
        asker.get("q=carte", method=method)
    assert len(kitchen.asked) == 3


def test_what_is_kept_is_bounded_and_the_question_longest_unasked_goes_first() -> None:
    kitchen = Kitchen()
    asker = Asker(kitchen, most_entries=3)
    for query in ("a", "b", "c", "a", "d"):
        asker.get(query)
    kitchen.asked.clear()
    asker.get("a")
    asker.get("b")
    assert kitchen.asked == ["b"]
    small = Asker(Kitchen(), most_bytes=7_000)
    for number in range(10):
        small.get(str(number))
    assert len(small.layer._said) == 2


@pytest.fixture
def answered(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Questions that reached the ear."""
    found: list[str] = []
    real = Ear.ask

    def ask(self: Ear, question: str, *args: Any, **options: Any) -> Any:
        found.append(question)
        return real(self, question, *args, **options)

    monkeypatch.setattr(Ear, "ask", ask)
    return found


def test_a_common_question_is_answered_from_memory(client: FlaskClient, answered: list[str]) -> None:
    pages = {client.get(f"/recherche?q={quote('plafond de ma carte')}").data for _ in range(3)}
    assert answered == ["plafond de ma carte"]
    assert len(pages) == 1


@pytest.mark.parametrize(
    "question",
    [
        "virement de Kowalczyk refusé",  # a name
        "carte 4970 refusée",  # a number
        "je veux mourir",  # nobody may learn that somebody asked it
        "blicolage",  # no word
    ],
)
def test_what_may_be_somebody_s_own_is_never_kept(client: FlaskClient, answered: list[str], question: str) -> None:
    for _ in range(2):
        client.get(f"/recherche?q={quote(question)}")
    assert answered.count(question) == 2


def test_a_page_that_carries_a_trail_is_never_kept(client: FlaskClient, answered: list[str]) -> None:
    for _ in range(2):
        client.get("/recherche?q=carte&vu=o.plafond-carte")
        client.get("/recherche?q=carte&theme=Kowalczyk")
    assert len(answered) == 4
