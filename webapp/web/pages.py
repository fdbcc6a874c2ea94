"""Page cache: a WSGI layer in front of Flask that answers pure pages from memory.

A view that is a pure function of (version, language, path, moment) marks its response with `keep`. The layer then
stores it, compressed once with gzip and Brotli, and serves it with a strong ETag until another version is published or
`until` passes. Only GET and HEAD without a query string are looked at. The key is the path: no header of the request
changes what is stored, so nobody can poison a copy (RFC 9111; the Host header is never read). Neither does a body: one
sent with a GET (RFC 9110, 9.3.1 gives it no meaning) is taken away before a view could show it to everybody.
"""

import gzip
import hashlib
import io
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

import brotli

if TYPE_CHECKING:
    from flask import Response

Headers = list[tuple[str, str]]
Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

MARK = "guichet.keep"  # in the WSGI environ: (version, until), left by `keep`
FRESH_SECONDS = 60  # how long a browser or a CDN may go without asking again
SMALLEST_COMPRESSED = 300  # bytes; below, headers weigh more than what is saved
BROTLI_QUALITY = 9
_REPLACED = {"content-length", "content-encoding", "etag", "vary", "cache-control"}
_ONLY_WITH_BODY = {"content-type", "content-length", "content-encoding"}  # RFC 9110, 15.4.5: not in a 304
_COMPRESSIBLE = ("text/", "application/json", "application/xml", "image/svg+xml")


def keep(response: "Response", version: str, until: datetime | None) -> "Response":
    """Let the page cache store `response`. `version`: of the catalog it shows, "" when it shows none (static files)."""
    from flask import request

    request.environ[MARK] = (version, until.timestamp() if until else None)
    return response


def pressed(response: "Response") -> "Response":
    """Compress a page made for this one request. Never a page with a stamp in it: what is compressed together with a
    visitor's own words can be guessed from its length (BREACH, CVE-2013-3587)."""
    from flask import request

    response.headers.add("Vary", "Accept-Encoding")
    for encoding in _accepted_encodings(request.headers.get("Accept-Encoding", "")):
        body = response.get_data()
        fast = brotli.compress(body, quality=4) if encoding == "br" else gzip.compress(body, 5, mtime=0)
        response.set_data(fast)
        response.headers["Content-Encoding"] = encoding
        break
    return response


@dataclass(frozen=True, slots=True)
class _Variant:
    """One encoding of a page, ready to send: `head` ends with Cache-Control, which may have to be shortened."""

    body: bytes
    etag: str
    head: Headers
    unchanged: Headers


@dataclass(frozen=True, slots=True)
class _Entry:
    version: str
    until: float  # seconds since 1970; infinite for files that never change
    variants: dict[str, _Variant]  # by encoding: "", "gzip", "br"
    size: int


class PageCache:
    """`version`: what is published now, "" when nothing is. `clock`: seconds since 1970. Safe between threads."""

    def __init__(
        self,
        application: Application,
        version: Callable[[], str],
        clock: Callable[[], float] = time.time,
        *,
        most_entries: int = 1_000,
        most_bytes: int = 24_000_000,
    ) -> None:
        self._application = application
        self._version = version
        self._clock = clock
        self._most_entries = most_entries
        self._most_bytes = most_bytes
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()
        self._accepted: dict[str, tuple[str, ...]] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD"):
            return self._application(environ, start_response)
        if environ.get("QUERY_STRING"):
            return self._application(_without_body(environ), start_response)
        entry = self._entries.get(environ["PATH_INFO"])
        if entry is None:
            return self._miss(environ, start_response, method)
        now = self._clock()
        if now >= entry.until or (entry.version and entry.version != self._version()):
            return self._miss(environ, start_response, method)
        return self._send(entry, environ, start_response, method, now)

    def _send(
        self, entry: _Entry, environ: Environ, start_response: StartResponse, method: str, now: float
    ) -> Iterable[bytes]:
        variant = self._choose(entry, environ.get("HTTP_ACCEPT_ENCODING", ""))
        wanted = environ.get("HTTP_IF_NONE_MATCH")
        unchanged = wanted is not None and _matches(wanted, variant.etag)
        headers = variant.unchanged if unchanged else variant.head
        if entry.until - now < FRESH_SECONDS:
            headers = [*headers[:-1], ("Cache-Control", f"public, max-age={max(0, int(entry.until - now))}")]
        start_response("304 NOT MODIFIED" if unchanged else "200 OK", headers)
        return [] if unchanged or method == "HEAD" else [variant.body]

    def _choose(self, entry: _Entry, accept: str) -> _Variant:
        accepted = self._accepted.get(accept)
        if accepted is None:
            accepted = _accepted_encodings(accept)
            if len(self._accepted) < 256:  # a visitor may send anything: the memo must not grow for ever
                self._accepted[accept] = accepted
        for encoding in accepted:
            variant = entry.variants.get(encoding)
            if variant is not None:
                return variant
        return entry.variants[""]

    def _miss(self, environ: Environ, start_response: StartResponse, method: str) -> Iterable[bytes]:
        """Ask Flask, always as GET so that HEAD gets the headers of the page; store what it marks."""
        environ["REQUEST_METHOD"] = "GET"
        answer = _Answer()
        path = environ["PATH_INFO"]
        chunks = self._application(_without_body(environ), answer.start)
        environ["REQUEST_METHOD"] = method
        mark = environ.get(MARK)
        if mark is None or not answer.status.startswith("200 "):
            start_response(answer.status, answer.headers, answer.error)
            if method == "HEAD":
                _close(chunks)
                return []
            return chunks
        try:
            body = b"".join(chunks)
        finally:
            _close(chunks)
        version, until = mark
        entry = _entry(version, until, answer.headers, body)
        self._store(path, entry)
        return self._send(entry, environ, start_response, method, self._clock())

    def _store(self, path: str, entry: _Entry) -> None:
        with self._lock:
            old = self._entries.pop(path, None)
            self._bytes += entry.size - (old.size if old else 0)
            self._entries[path] = entry
            while len(self._entries) > self._most_entries or self._bytes > self._most_bytes:
                _, dropped = self._entries.popitem(last=False)
                self._bytes -= dropped.size


class _Answer:
    """Holds what the application says in start_response until it is known whether the answer is kept."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: Headers = []
        self.error: Any = None

    def start(self, status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
        self.status, self.headers, self.error = status, headers, exc_info
        return _no_write


def _without_body(environ: Environ) -> Environ:
    """`environ`, its body dropped: Werkzeug would else parse a form sent with a GET like any other."""
    environ.pop("CONTENT_TYPE", None)
    environ["CONTENT_LENGTH"] = "0"
    environ["wsgi.input"] = io.BytesIO()
    return environ


def _no_write(data: bytes) -> None:
    raise RuntimeError("write() is not offered: return the body instead (PEP 3333)")


def _entry(version: str, until: float | None, headers: Headers, body: bytes) -> _Entry:
    kept = [(name, value) for name, value in headers if name.lower() not in _REPLACED]
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    control = next((value for name, value in headers if name.lower() == "cache-control"), "")
    if "max-age" not in control:  # what a view says itself of its age is respected
        control = f"public, max-age={FRESH_SECONDS}"
    encodings = {"": body}
    if len(body) >= SMALLEST_COMPRESSED and kind.startswith(_COMPRESSIBLE):
        encodings["gzip"] = gzip.compress(body, 9, mtime=0)
        encodings["br"] = brotli.compress(body, quality=BROTLI_QUALITY)
    name = hashlib.sha256(body).hexdigest()[:20]
    variants = {
        encoding: _variant(kept, control, name, encoding, data, several=len(encodings) > 1)
        for encoding, data in encodings.items()
    }
    size = sum(len(each.body) for each in variants.values()) + 2_000  # headers, about
    return _Entry(version=version, until=float("inf") if until is None else until, variants=variants, size=size)


def _variant(kept: Headers, control: str, name: str, encoding: str, body: bytes, *, several: bool) -> _Variant:
    etag = f'"{name}-{encoding}"' if encoding else f'"{name}"'
    head = [*kept, ("Content-Length", str(len(body))), ("ETag", etag)]
    if encoding:
        head.append(("Content-Encoding", encoding))
    if several:
        head.append(("Vary", "Accept-Encoding"))
    head.append(("Cache-Control", control))
    unchanged = [(name, value) for name, value in head if name.lower() not in _ONLY_WITH_BODY]
    return _Variant(body=body, etag=etag, head=head, unchanged=unchanged)


def _accepted_encodings(header: str) -> tuple[str, ...]:
    """What we may send, best first. An encoding with q=0 is refused (RFC 9110, 12.5.3)."""
    quality: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, parameters = part.strip().partition(";")
        try:
            quality[name.strip()] = float(parameters.strip().removeprefix("q=")) if parameters else 1.0
        except ValueError:
            quality[name.strip()] = 0.0
    offered = [each for each in ("br", "gzip") if quality.get(each, quality.get("*", 0.0)) > 0]
    return tuple(sorted(offered, key=lambda each: -quality.get(each, quality.get("*", 0.0))))


def _matches(header: str, etag: str) -> bool:
    """If-None-Match uses the weak comparison (RFC 9110, 13.1.2); a proxy that recompresses may have weakened ours."""
    if header == etag or header.strip() == "*":
        return True
    return any(each.strip().removeprefix("W/") == etag for each in header.split(","))


def _close(chunks: Iterable[bytes]) -> None:
    close = getattr(chunks, "close", None)
    if close is not None:
        close()
