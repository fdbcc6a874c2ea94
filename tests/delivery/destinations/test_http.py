"""The door to HTTP: what a helpdesk answers, and whom it concerns. A real server on a real port."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.destinations.http_servers import Asked, Told, serving
from tests.delivery.destinations.relays import Certificate
from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.destinations.http import Pace, Reply, Wire
from webapp.settings import Settings, SettingsError

Ask = Callable[..., Reply]


@pytest.fixture
def far() -> Iterator[Callable[..., Wire]]:
    """``far(told)`` serves that answer and gives a wire to it."""
    with ExitStack() as stack:

        def start(told: Told | Callable[[Asked], Told], certificate: Certificate | None = None, **options: Any) -> Wire:
            answer = told if callable(told) else lambda _asked: told
            url = stack.enter_context(serving(answer, certificate))
            wire = Wire(url, {"Authorization": "token x"}, **({"timeout": 5.0} | options))
            stack.callback(wire.close)
            return wire

        yield start


def refusal(wire: Wire, **rest: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as refused:
        wire.ask("POST", "/ticket", json={"words": "confidential"}, **rest).read(dict[str, str])
    assert refused.value.__cause__ is None  # the far end's words travel no further
    return refused.value


@pytest.mark.parametrize(
    ("status", "permanent", "everybody"),
    [
        *[(each, True, False) for each in (400, 404, 409, 413, 415, 422)],
        *[(each, False, True) for each in (301, 302, 307, 308, 401, 403, 429, 502, 503, 504)],
        *[(each, False, False) for each in (408, 425, 500)],
    ],
)
def test_a_status_says_whether_to_try_again_and_who_waits(
    far: Callable[..., Wire], status: int, permanent: bool, everybody: bool
) -> None:
    error = refusal(far(Told(status, b'{"message": "words of the customer"}')))
    assert (error.reason, error.permanent, error.everybody) == (f"http-{status}", permanent, everybody)


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("7", 7),
        ("0", 0),
        ("999999999999", 3600),
        ("-5", 0),
        ("soon", 0),
        ("", 0),
        ("Mon, 23 Nov 2026 11:02:00 GMT", 120),
        ("Mon, 23 Nov 2026 10:00:00 GMT", 0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured_within_reason(far: Callable[..., Wire], status: int, said: str, wait: int) -> None:
    headers = {"Retry-After": said, "Date": "Mon, 23 Nov 2026 11:00:00 GMT"}
    assert refusal(far(Told(status, b"", headers))).wait == wait


def test_a_redirect_is_not_followed(far: Callable[..., Wire]) -> None:
    seen: list[str] = []

    def answer(asked: Asked) -> Told:
        seen.append(asked.path)
        return Told(307, b"", {"Location": "/elsewhere"})

    assert refusal(far(answer)).reason == "http-307"
    assert seen == ["/ticket"]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1, 2", b'{"id": 3}', b"\xff\xfe", b"null"])
def test_garbage_is_no_success_and_may_have_been_obeyed(far: Callable[..., Wire], body: bytes) -> None:
    error = refusal(far(Told(201, body)))
    assert (error.reason, error.permanent, error.wait > 0) == ("garbage", False, True)


def test_an_answer_without_end_is_left(far: Callable[..., Wire]) -> None:
    assert refusal(far(Told(200, b" " * 8_100_000))).reason == "garbage"


def test_a_wire_that_is_cut_is_tried_again(far: Callable[..., Wire]) -> None:
    error = refusal(far(Told(drop=True)))
    assert (error.reason, error.permanent, error.everybody) == ("connection-lost", False, False)


def test_what_is_not_http_is_tried_again(mute: int) -> None:
    wire = Wire(f"http://127.0.0.1:{mute}", {}, timeout=0.2)
    error = refusal(wire)
    wire.close()
    assert (error.reason, error.permanent, error.wait > 0) == ("timeout", False, True)


def test_a_server_that_is_away_makes_everybody_wait() -> None:
    wire = Wire("http://127.0.0.1:9", {}, timeout=2)
    error = refusal(wire)
    wire.close()
    assert (error.reason, error.permanent, error.everybody) == ("connection", False, True)


def test_a_helpdesk_that_returns_is_not_flooded_whoever_asks() -> None:
    clock, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    pace = Pace(20, now=lambda: clock[0], sleep=sleep)
    for _ in range(101):
        pace.wait()
    assert clock[0] - 100 == pytest.approx(5)  # the first at once, then 20 a second
    clock[0] += 60
    del slept[:]
    pace.wait()
    assert slept == []  # nothing is saved up either


class TestTls:
    def test_a_certificate_nobody_vouches_for_is_refused(
        self, far: Callable[..., Wire], self_signed: Certificate
    ) -> None:
        asked: list[Asked] = []
        error = refusal(far(lambda each: asked.append(each) or Told(), self_signed))  # type: ignore[func-returns-value]
        assert (error.reason, error.everybody, asked) == ("tls", True, [])

    def test_a_certificate_for_another_name_is_refused(
        self, far: Callable[..., Wire], authority: tuple[Path, Certificate]
    ) -> None:
        wire = far(Told(), authority[1], ca_file=str(authority[0]))
        wire._base = wire._base.replace("127.0.0.1", "localhost")
        assert refusal(wire).reason == "tls"

    def test_the_banks_own_authority_may_be_named(
        self, far: Callable[..., Wire], authority: tuple[Path, Certificate]
    ) -> None:
        wire = far(Told(200, b'{"id": "1"}'), authority[1], ca_file=str(authority[0]))
        assert wire.ask("GET", "/").read(dict[str, str]) == {"id": "1"}


@pytest.mark.parametrize(
    "url", ["ftp://rt", "rt.bank.example", "https://", "https://a:b@rt.bank.example", "https://rt.bank.example?x=1"]
)
def test_what_is_no_address_of_a_server_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="must look like"):
        Wire.to(url, {}, Settings())


def test_confidential_words_leave_a_production_server_by_tls_only() -> None:
    production = Settings(env="production")
    with pytest.raises(SettingsError, match="https"):
        Wire.to("http://helpdesk.bank.example", {}, production)
    Wire.to("https://helpdesk.bank.example", {}, production)
    Wire.to("http://127.0.0.1:8080", {}, production)
