"""Anything at all sent to the counters: never a 500, and never a word lost that could have been kept."""

import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, quote_from_bytes, urlencode

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import select

from tests.delivery.conftest import parcel_of
from tests.web.conftest import MORNING, OPENING, Visit
from tests.web.test_security import addresses
from webapp.confidential.redaction import redact
from webapp.confidential.safe import Safe
from webapp.delivery.composition import Composer
from webapp.delivery.letterhead import Drawer
from webapp.settings import Settings
from webapp.tables import ticket
from webapp.tickets import reading
from webapp.web.security import LARGEST_BODY
from webapp.web.stamps import Stamps

FORM = "application/x-www-form-urlencoded"
SAME = {"Sec-Fetch-Site": "same-origin"}
PATHS = ("/ecrire/demande", "/ecrire/question", "/en/write/question", "/ecrire", "/ecrire/reponses")
NAMES = ("message", "name", "email", "phone", "theme", "stamp", "step", "website", "x_subject", "x_branch", "é")
KINDS = (
    *(FORM, f"{FORM}; charset=utf-16", f"{FORM}; charset=nonsense", "application/json", "text/plain", "", "é", "; ;="),
    *("multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary=" + "y" * 300),
    "multipart/mixed; boundary=x",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "X" * 60)
HEADERS = (
    *("Host", "Accept-Encoding", "If-None-Match", "Origin", "Sec-Fetch-Site", "User-Agent", "Content-Length"),
    *("X-Forwarded-For", "X-Forwarded-Proto", "Range", "If-Modified-Since", "Expect", "Cookie", "Transfer-Encoding"),
)
QUERIES = (
    *("", "q=%ff%fe", "q=%00", "q=" + "a" * 3_000, "q=a&q=b&theme=%ff", "theme=" + quote("é" * 300), "&&==&", "%"),
    *("q=" + quote("*?[]{}()\\/^~:\"'+-"), "q=" + quote("\u0301\u200b😀" * 40), "q[]=1&q.x=2", "q=%", ";"),
)
AWKWARD = ("\0", "\r\n", "\u2028", "\u202e", "{}", "{message}", "%s", "%n", "4970 1012 3456 7893", "a" * 6_000)

quick = examples(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
typed = st.text(st.characters(codec="utf-8"), max_size=400)
awkward = st.one_of(
    typed,
    st.sampled_from(AWKWARD),
    st.text(st.sampled_from("<>&\"'`{}%\\/\n\r\t\0é😀\u200b\u0301"), max_size=60),
)
fields_of_bytes = st.lists(st.tuples(st.sampled_from(NAMES), st.binary(max_size=300)), max_size=30)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, limit_per_network=100_000, limit_overall=100_000)


@quick
@given(path=st.sampled_from(PATHS), body=st.binary(max_size=2_000), kind=st.sampled_from(KINDS))
def test_any_bytes_as_a_body_are_answered(client: FlaskClient, path: str, body: bytes, kind: str) -> None:
    answer = client.post(path, data=body, content_type=kind, headers=SAME)
    assert answer.status_code < 500
    assert answer.status_code != 303


@quick
@given(path=st.sampled_from(PATHS), fields=fields_of_bytes)
def test_any_bytes_in_any_fields_are_answered(client: FlaskClient, path: str, fields: list[tuple[str, bytes]]) -> None:
    body = "&".join(f"{quote(name)}={quote_from_bytes(value)}" for name, value in fields)
    assert client.post(path, data=body, content_type=FORM, headers=SAME).status_code < 500


@quick
@given(
    texts=st.fixed_dictionaries({name: awkward for name in ("message", "name", "email", "phone", "x_branch")}),
    headers=st.sampled_from([SAME, {}, {"Sec-Fetch-Site": "cross-site"}]),
    step=st.sampled_from(["check", "send", "", "x"]),
    trap=st.sampled_from(["", "spam"]),
    stamp=st.one_of(st.just(""), typed),
)
def test_what_is_typed_comes_back_whatever_is_wrong(
    client: FlaskClient, texts: dict[str, str], headers: dict[str, str], step: str, trap: str, stamp: str
) -> None:
    data = texts | {"step": step, "website": trap, "stamp": stamp, "x_subject": "transfer"}
    answer = client.post("/ecrire/demande", data=urlencode(data), content_type=FORM, headers=headers)
    assert answer.status_code in (400, 403)
    soup = BeautifulSoup(answer.get_data(as_text=True), "html5lib")
    for name, text in texts.items():
        control = soup.find(attrs={"name": name})
        assert control is not None
        given_back = control.get_text() if control.name == "textarea" else str(control["value"])
        assert as_read(given_back) == as_read(text), name


@quick
@given(texts=st.fixed_dictionaries({name: awkward for name in ("message", "name", "x_branch")}))
def test_what_is_accepted_is_kept_and_makes_letters(app: Flask, client: FlaskClient, texts: dict[str, str]) -> None:
    held, key = app.extensions["guichet"], secrets.token_hex(16)  # each form is another one
    stamp = Stamps(held.settings.secret_key, 3, 86_400).issue(int(MORNING.timestamp() * 1000) - 3_600_000, key)
    data = texts | {"stamp": stamp, "step": "send", "email": f"{key}@example.org", "x_subject": "transfer"}
    answer = client.post("/ecrire/demande", data=urlencode(data), content_type=FORM, headers=SAME)
    assert answer.status_code in (303, 400)
    with held.database.reading() as connection:
        found = connection.execute(select(ticket.c.id).where(ticket.c.form_key == key)).scalar_one_or_none()
        assert (found is not None) == (answer.status_code == 303)
        if found is None:
            return
        stored = reading.load(connection, Safe.from_setting(OPENING), found)
    assert stored.message == redact(texts["message"].strip().replace("\r\n", "\n").replace("\r", "\n")).text
    composer = Composer(held.settings, Drawer(held.settings.index))
    for kind in ("request", "acknowledgement"):
        letter = parcel_of(stored, composer, kind=kind).mail()
        assert len(letter["To"].addresses) == 1
        assert not {"Cc", "Bcc", "Resent-To"} & set(letter.keys())
        assert letter.as_bytes()


def as_read(text: str) -> str:
    """As an HTML parser hands text over: line ends made one, without what HTML cannot hold."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\0\ufffd]", "", plain).strip("\n")


@pytest.mark.parametrize("size", [5_001, 60_000, 200_000])
def test_a_text_far_too_long_comes_back_whole(visit: Callable[..., Visit], size: int) -> None:
    text = ("mot " * (size // 4 + 1))[:size].strip()
    assert size < LARGEST_BODY
    answer = visit("/ecrire/demande", "POST", data={"message": text, "step": "send"}, headers=SAME)
    assert answer.status == 400
    area = answer.soup.find("textarea", {"name": "message"})
    assert area is not None
    assert area.get_text().strip() == text


def test_every_address_answers_every_method_and_odd_parameters(app: Flask, client: FlaskClient) -> None:
    for path, _ in addresses(app):
        for method in METHODS:
            for query in QUERIES if method in ("GET", "POST") else QUERIES[:2]:
                answer = client.open(path, method=method, query_string=query, headers=SAME)
                assert answer.status_code < 500, (method, path, query)


@quick
@given(path=st.binary(max_size=60), query=st.binary(max_size=60))
def test_any_path_is_answered(client: FlaskClient, path: bytes, query: bytes) -> None:
    raw = {"PATH_INFO": "/" + path.decode("latin-1"), "QUERY_STRING": query.decode("latin-1")}
    assert client.get("/", environ_overrides=raw).status_code < 500


@quick
@given(q=awkward, theme=typed, path=st.sampled_from(["/recherche", "/en/search", "/recherche/suggestions", "/agences"]))
def test_any_question_is_answered(client: FlaskClient, q: str, theme: str, path: str) -> None:
    assert client.get(path, query_string={"q": q, "theme": theme}).status_code == 200


@quick
@given(token=st.one_of(typed, st.from_regex(r"[A-Za-z0-9_-]{1,80}\.[A-Za-z0-9_-]{1,60}", fullmatch=True)))
def test_any_token_is_no_receipt(client: FlaskClient, token: str) -> None:
    answer = client.get(f"/ecrire/recu/{quote(token, safe='')}")
    assert answer.status_code in (404, 405)


def test_a_question_in_an_old_encoding_is_understood(client: FlaskClient) -> None:
    """Raw bytes in the query, as a link made before UTF-8 holds them, and bytes that mean nothing at all."""
    for query in (b"q=carte vol\xe9e", b"q=\x80\x81\xff", b"depuis=\xe9", b"\xb4"):
        for path in ("/recherche", "/ecrire/demande", "/integration/", "/integration/rivage/recherche", "/"):
            raw = {"PATH_INFO": path, "QUERY_STRING": query.decode("latin-1")}
            assert client.get(path, environ_overrides=raw).status_code == 200, (path, query)
    raw = {"QUERY_STRING": "q=carte vol\xe9e"}
    assert "carte volée" in client.get("/recherche", environ_overrides=raw).get_data(as_text=True)


@quick
@given(
    headers=st.dictionaries(
        st.sampled_from(HEADERS),
        st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=80),
    ),
    path=st.sampled_from(["/", "/ecrire/question", "/recherche?q=carte", "/sitemap.xml", "/nope", "/health"]),
    method=st.sampled_from(["GET", "HEAD", "POST"]),
)
def test_any_headers_are_answered(client: FlaskClient, headers: dict[str, str], path: str, method: str) -> None:
    raw = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    assert client.open(path, method=method, environ_overrides=raw).status_code < 500
