"""The one door to HTTP for destinations: TLS verified, no redirect followed, bounded in time and size, never quoting.

What a helpdesk answers becomes a ``DeliveryError`` that says whom it concerns: 5xx about one request may be that
request's fault and keeps nobody else waiting; a refused token, a gateway without a server or a full queue concern all.
An answer that never came may have been obeyed: the next attempt looks before it creates (``Parcel.repeated``).
"""

import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from webapp.delivery.destinations.base import DeliveryError
from webapp.settings import Settings, SettingsError

LARGEST = 8_000_000  # bytes of one answer
PER_SECOND = 20.0  # requests to one helpdesk
_CONNECT = 5.0  # seconds
_UNSURE = 30.0  # seconds to let a request come to an end at the far side before looking for what became of it
_LONGEST_WISH = 3600.0  # seconds: a Retry-After beyond it is not believed
_EVERYBODY = (401, 402, 403, 407, 429, 502, 503, 504)
_LATER = (408, 425)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Reply:
    """A 2xx answer, or one of the statuses that the caller asked to see."""

    status: int
    body: bytes

    def read(self, shape: Any) -> Any:
        """The body as JSON of the type `shape`. Errors: ``DeliveryError("garbage")``."""
        try:
            return msgspec.json.decode(self.body, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise DeliveryError("garbage", wait=_UNSURE) from None  # not chained: the error quotes the answer


class Pace:
    """At most `per_second` requests a second to one server, whoever asks: a helpdesk that returns is not flooded."""

    def __init__(
        self,
        per_second: float,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gap = 1 / per_second
        self._now = now
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        """Return when it is our turn."""
        with self._lock:
            now = self._now()
            turn = max(self._next, now)
            self._next = turn + self._gap
        if turn > now:
            self._sleep(turn - now)


class Wire:
    """Requests to one server. `base` has no slash at its end; `headers` carry the credentials. Thread-safe."""

    def __init__(
        self,
        base: str,
        headers: Mapping[str, str],
        *,
        timeout: float,
        ca_file: str = "",
        pace: "Pace | None" = None,
    ) -> None:
        self._pace = pace or Pace(PER_SECOND)
        self._base = base
        self._headers = dict(headers)
        self._timeout = timeout
        self._ca_file = ca_file
        self._made: httpx.Client | None = None

    @classmethod
    def to(
        cls, url: str, headers: Mapping[str, str], settings: Settings, *, timeout: float = 20.0, ca_file: str = ""
    ) -> "Wire":
        """Errors: ``SettingsError`` when `url` is none, or would carry confidential words in clear in production."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
            raise SettingsError(f"url: {url!r} must look like https://helpdesk.bank.example.")
        if settings.production and parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise SettingsError("url: must start with https:// in production; what is sent is confidential.")
        # Two requests (look, create) must fit into a lease.
        return cls(url.rstrip("/"), headers, timeout=min(timeout, settings.delivery_lease / 3), ca_file=ca_file)

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        seen: tuple[int, ...] = (),
    ) -> Reply:
        """One request. `seen`: statuses beside 2xx that the caller deals with. Errors: ``DeliveryError``."""
        sent = dict(headers or {})
        if json is not None:
            content, sent["Content-Type"] = msgspec.json.encode(json), "application/json"
        self._pace.wait()
        started = time.monotonic()
        try:
            with self._client().stream(
                method, self._base + path, params=params, content=content, headers=sent
            ) as answer:
                if not (answer.is_success or answer.status_code in seen):
                    raise _refusal(answer)
                return Reply(answer.status_code, self._body(answer, started))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise DeliveryError("tls" if _is_tls(error) else "connection", everybody=True) from None
        except httpx.TimeoutException:
            raise DeliveryError("timeout", wait=_UNSURE) from None
        except (httpx.HTTPError, httpx.InvalidURL):  # cut, or not HTTP at all
            raise DeliveryError("connection-lost", wait=1.0) from None

    def close(self) -> None:
        if self._made is not None:
            self._made.close()
            self._made = None

    def _client(self) -> httpx.Client:
        if self._made is None:
            trust = ssl.create_default_context(cafile=self._ca_file or None)
            trust.minimum_version = ssl.TLSVersion.TLSv1_2
            self._made = httpx.Client(
                headers={"User-Agent": "Guichet", "Accept": "application/json", **self._headers},
                verify=trust,
                timeout=httpx.Timeout(self._timeout, connect=min(_CONNECT, self._timeout)),
                follow_redirects=False,
                trust_env=False,  # no proxy and no password file that somebody left in the environment
            )
        return self._made

    def _body(self, answer: httpx.Response, started: float) -> bytes:
        """The whole body, unless it is too long or comes drop by drop."""
        body = bytearray()
        for chunk in answer.iter_bytes():
            body += chunk
            if len(body) > LARGEST:
                raise DeliveryError("garbage", wait=_UNSURE)
            if time.monotonic() - started > self._timeout:
                raise DeliveryError("timeout", wait=_UNSURE)
        return bytes(body)


def _refusal(answer: httpx.Response) -> DeliveryError:
    status = answer.status_code
    reason = f"http-{status}"
    if 300 <= status < 400:  # never followed: it would take the token and the words elsewhere
        return DeliveryError(reason, everybody=True)
    if status in _EVERYBODY:
        return DeliveryError(reason, everybody=True, wait=_wish(answer))
    return DeliveryError(reason, permanent=400 <= status < 500 and status not in _LATER, wait=_wish(answer))


def _wish(answer: httpx.Response) -> float:
    """Seconds of a Retry-After (RFC 9110, 10.2.3), as a number or a date; 0 when there is none to be believed."""
    said = answer.headers.get("Retry-After", "").strip()
    if said.isdecimal():
        return min(float(said[:9]), _LONGEST_WISH)
    try:
        until = parsedate_to_datetime(said).timestamp() - parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (ValueError, TypeError, KeyError, IndexError):
        return 0.0
    return min(max(until, 0.0), _LONGEST_WISH)


def _is_tls(error: BaseException | None) -> bool:
    """Whether TLS was the trouble: httpx wraps the exception that says so."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
