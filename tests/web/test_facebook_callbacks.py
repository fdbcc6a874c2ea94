"""Data deletion and deauthorisation: verified, the same answer however often they come, and a page that says so."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import KEY, MORNING, SITE, Visit
from tests.web.facebook import signed, tab
from tests.web.test_facebook_tab import app
from webapp.confidential.digest import Digester
from webapp.settings import Settings
from webapp.web.facebook_callbacks import confirmation_code, ours

__all__ = ["app"]
OLD = {"algorithm": "HMAC-SHA256", "expires": 1291840400, "issued_at": 1291836800, "user_id": "218471"}
"""The payload of Facebook's documentation."""


def test_a_deletion_request_is_confirmed_with_a_page_to_look_at(
    client: FlaskClient, visit: Callable[..., Visit], settings: Settings
) -> None:
    before = (settings.data / "guichet.sqlite3").read_bytes()
    answer = client.post("/facebook/data-deletion", data={"signed_request": signed(OLD)})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.get_json()
    assert set(body) == {"url", "confirmation_code"}
    assert re.fullmatch(r"[0-9a-z]{32}", body["confirmation_code"])
    assert body["url"] == f"{SITE}/facebook/data-deletion/{body['confirmation_code']}"
    page = visit(body["url"].removeprefix(SITE))
    assert page.status == 200
    assert body["confirmation_code"] in page.main
    assert "nous n’avons rien sur votre compte Facebook" in page.main
    assert "we hold nothing about your Facebook account" in page.main
    assert "noindex" in page.html
    assert (settings.data / "guichet.sqlite3").read_bytes() == before


def test_the_same_person_gets_the_same_code_however_often(client: FlaskClient) -> None:
    def code(**changes: object) -> str:
        sent = client.post("/facebook/data-deletion", data={"signed_request": signed(OLD | changes)})
        return str(sent.get_json()["confirmation_code"])

    first = code()
    assert code() == first
    assert code(issued_at=1795305600) == first
    assert code(user_id=218471) == first
    assert code(user_id="218472") != first


def test_a_code_tells_nothing_and_cannot_be_made_up(visit: Callable[..., Visit]) -> None:
    code = confirmation_code(Digester(KEY), "218471")
    assert "218471" not in code
    assert ours(Digester(KEY), code)
    assert not ours(Digester(KEY[::-1]), code)
    for place in range(len(code)):
        assert not ours(Digester(KEY), code[:place] + ("0" if code[place] != "0" else "1") + code[place + 1 :])
    for text in ("", "x", code[:-1], code + "0", code.upper() + "é", "0" * 32):
        assert not ours(Digester(KEY), text)
    assert visit(f"/facebook/data-deletion/{'0' * 32}").status == 404


@pytest.mark.parametrize("path", ["/facebook/data-deletion", "/facebook/deauthorise"])
def test_callbacks_refuse_what_facebook_did_not_sign(client: FlaskClient, path: str) -> None:
    for text, status in (
        (signed(OLD, "another secret"), 403),
        (signed(OLD | {"algorithm": "none"}), 403),
        (signed({"algorithm": "HMAC-SHA256"}), 400),
        (tab(MORNING - timedelta(days=3)), 400),  # a tab's visit names nobody
        ("", 400),
    ):
        assert client.post(path, data={"signed_request": text}).status_code == status


def test_a_deauthorisation_is_acknowledged_each_time(client: FlaskClient) -> None:
    for _ in range(2):
        answer = client.post("/facebook/deauthorise", data={"signed_request": signed(OLD)})
        assert (answer.status_code, answer.get_data()) == (200, b"")
