"""Facebook's signed requests: published vectors, our own, and everything that must be refused.

``signed_request_vectors.json``: those of Facebook's documentation, its PHP SDK and the DNN platform (each names its
source), and ours, made for a Page tab of 2026; copied from the project's table of platform vectors.
"""

import base64
import hmac
import json
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from webapp.social.signed_request import (
    LARGEST,
    Expired,
    Malformed,
    SignedRequest,
    SignedRequestError,
    UnknownPage,
    WrongAlgorithm,
    WrongSignature,
    parse,
    require_fresh,
    require_page,
    verify,
)

VECTORS = json.loads((Path(__file__).parent / "signed_request_vectors.json").read_text(encoding="utf-8"))
GOOD = [each for each in VECTORS if each.get("expect")]
TAB = next(each for each in VECTORS if each.get("name") == "page_tab_anonymous")
SECRET = "test-app-secret"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def named(vector: dict[str, Any]) -> str:
    return str(vector.get("name") or vector["source"])


def signed(payload: object, secret: str = SECRET) -> str:
    """What Facebook would send for `payload` (bytes: as they are)."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    encoded = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    mac = hmac.digest(secret.encode(), encoded.encode(), "sha256")
    return base64.urlsafe_b64encode(mac).decode().rstrip("=") + "." + encoded


@pytest.mark.parametrize("vector", GOOD, ids=named)
def test_every_vector_is_read_as_published(vector: dict[str, Any]) -> None:
    assert verify(vector["signed_request"], vector["secret"]) == vector["expect"]


def test_there_are_as_many_vectors_as_in_the_table() -> None:
    assert (len(VECTORS), len(GOOD)) == (10, 7)


@pytest.mark.parametrize("name", ["wrong_algorithm", "algorithm_none"])
def test_another_algorithm_is_refused_even_when_it_is_well_signed(name: str) -> None:
    vector = next(each for each in VECTORS if each.get("name") == name)
    with pytest.raises(WrongAlgorithm):
        verify(vector["signed_request"], vector["secret"])


def test_a_real_tab_request_signed_by_another_app_is_refused() -> None:
    vector = next(each for each in VECTORS if each["kind"] == "fb_signed_request_structure_only")
    for secret in (vector["must_be_rejected_with_secret"], SECRET, "x"):
        with pytest.raises(WrongSignature):
            verify(vector["signed_request"], secret)
    encoded = vector["signed_request"].partition(".")[2]
    payload = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    assert json.loads(payload) == vector["decoded"]
    assert parse(signed(payload), SECRET).page_id == "130634540372728"


@pytest.mark.parametrize("vector", GOOD, ids=named)
def test_padding_makes_no_difference_where_the_signature_does_not_cover_it(vector: dict[str, Any]) -> None:
    signature, _, encoded = vector["signed_request"].partition(".")
    bare = signature.rstrip("=")
    assert verify(f"{bare}.{encoded}", vector["secret"]) == vector["expect"]
    assert verify(f"{bare}=.{encoded}", vector["secret"]) == vector["expect"]


@pytest.mark.parametrize("vector", GOOD, ids=named)
def test_no_byte_can_be_changed(vector: dict[str, Any]) -> None:
    text = vector["signed_request"]
    for place, found in enumerate(text):
        for other in string.ascii_letters + string.digits + "-_=. \0é":
            if other != found:
                with pytest.raises(SignedRequestError):
                    verify(text[:place] + other + text[place + 1 :], vector["secret"])


@pytest.mark.parametrize("vector", GOOD, ids=named)
def test_nothing_can_be_cut_added_or_swapped(vector: dict[str, Any]) -> None:
    text, secret = vector["signed_request"], vector["secret"]
    signature, _, encoded = text.partition(".")
    mac = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    cut = [text[:length] for length in range(len(text))]
    longer = [
        text + "A",
        "A" + text,
        text + ".",
        "." + text,
        f"{text}.{encoded}",
        text + "\n",
        f"{signature}==.{encoded}",
    ]
    swapped = [f"{encoded}.{signature}", f"{mac.hex()}.{encoded}", f"{signature}.{encoded}=".replace("==", "=")]
    for spoiled in (*cut, *longer, *(each for each in swapped if each != text)):
        with pytest.raises(SignedRequestError):
            verify(spoiled, secret)


def test_another_secret_or_none_is_refused() -> None:
    for secret in ("Test-app-secret", "test-app-secret ", "foo_app_secret", "é"):
        with pytest.raises(WrongSignature):
            verify(TAB["signed_request"], secret)
    with pytest.raises(WrongSignature):
        verify(signed({"algorithm": "HMAC-SHA256"}, ""), "")


def test_what_is_too_long_or_holds_no_object_is_refused() -> None:
    longest = signed({"algorithm": "HMAC-SHA256", "x": "a" * LARGEST})
    for text in (
        longest,
        "",
        ".",
        "a.",
        ".a",
        "a",
        "été.été",
        *(signed(b) for b in (b"[]", b"1", b"null", b"{", b"\xff")),
    ):
        with pytest.raises(Malformed):
            verify(text, SECRET)
    with pytest.raises(Malformed):
        verify(signed(b"[" * 5000), SECRET)
    with pytest.raises(Malformed):
        verify(signed(b'{"issued_at":' + b"9" * 5000 + b"}"), SECRET)


def test_an_error_never_quotes_what_was_sent() -> None:
    with pytest.raises(Malformed) as caught:
        verify(signed(b'{"secret words"'), SECRET)
    assert str(caught.value) == ""
    assert caught.value.__suppress_context__


def test_the_tab_of_a_first_visit_is_read() -> None:
    assert parse(TAB["signed_request"], SECRET) == SignedRequest(
        issued_at=1795305600, page_id="1234567890", locale="fr_FR", app_data="faq:carte-perdue"
    )


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"page": None, "user": None, "issued_at": None, "app_data": None, "user_id": None},
        {"page": [], "user": "x", "issued_at": "1795305600", "app_data": {}, "user_id": []},
        {"page": {}, "user": {}, "issued_at": True, "app_data": 3, "user_id": True},
        {"page": {"id": {}}, "user": {"locale": 3}, "issued_at": 1.5},
        {"page": {"id": "12 34"}, "user": {"locale": "fr_FR<script>"}, "user_id": "-1"},
        {"page": {"id": -5}, "user": {"locale": "x" * 500}, "user_id": 10**40},
    ],
)
def test_every_field_may_be_absent_or_strange(payload: dict[str, Any]) -> None:
    assert parse(signed({"algorithm": "hmac-sha256", **payload}), SECRET) == SignedRequest()


def test_identifiers_come_as_strings_or_as_numbers() -> None:
    for page_id, user_id in (("42", "123"), (42, 123)):
        found = parse(signed({"algorithm": "HMAC-SHA256", "page": {"id": page_id}, "user_id": user_id}), SECRET)
        assert (found.page_id, found.user_id) == ("42", "123")
        require_page(found, frozenset({"42", "43"}))


@pytest.mark.parametrize("page_id", ["", "4", "420"])
def test_a_page_out_of_the_list_is_refused(page_id: str) -> None:
    with pytest.raises(UnknownPage):
        require_page(SignedRequest(page_id=page_id), frozenset({"42"}))
    with pytest.raises(UnknownPage):
        require_page(SignedRequest(page_id=page_id), frozenset())


def test_a_request_is_good_for_ten_minutes() -> None:
    def at(age: timedelta) -> SignedRequest:
        return SignedRequest(issued_at=int((NOW - age).timestamp()))

    for good in (timedelta(), timedelta(minutes=10), timedelta(seconds=-60)):
        require_fresh(at(good), NOW)
    for bad in (timedelta(seconds=601), timedelta(days=400), timedelta(seconds=-61)):
        with pytest.raises(Expired):
            require_fresh(at(bad), NOW)
    with pytest.raises(Expired):
        require_fresh(SignedRequest(), NOW)
