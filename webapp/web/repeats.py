"""Questions asked again: a small WSGI layer that answers from memory what was just answered to somebody else.

A view whose answer depends on (version, surface, address, moment) alone marks it with `repeat`; the layer keeps the
finished bytes under (path, query, Accept-Encoding). What is kept is small and soon pushed out, and holds nothing of a
person: a view marks only questions made of words that the content itself says (`Ear.says`). So neither the memory of a
process nor the time that an answer takes tells of a name or a number that somebody typed. Nothing here changes what a
browser or a proxy may keep: headers are sent again as they were.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from webapp.web.pages import Application, Environ, Headers, StartResponse

if TYPE_CHECKING:
    from flask import Response

MARK = "guichet.repeat"  # in the WSGI environ: (version, until), left by `repeat`
LONGEST_KEY = 600  # characters of an address and an Accept-Encoding: what is longer is no question asked twice
_Key = tuple[str, str, str]


def repeat(response: "Response", version: str, until: datetime | None) -> "Response":
    """Let `response` be given again to whoever asks for the same address, while `version` is online, before `until`."""
    from flask import request

    request.environ[MARK] = (version, until.timestamp() if until else float("inf"))
    return response


@dataclass(frozen=True, slots=True)
class _Said:
    version: str
    until: float
    headers: Headers
    body: bytes


class Repeats:
    """`version`, `clock`: as for `pages.PageCache`. Safe between threads."""

    def __init__(
        self,
        application: Application,
        version: Callable[[], str],
        clock: Callable[[], float],
        *,
        most_entries: int = 256,
        most_bytes: int = 2_000_000,
    ) -> None:
        self._application = application
        self._version = version
        self._clock = clock
        self._most_entries = most_entries
        self._most_bytes = most_bytes
        self._said: OrderedDict[_Key, _Said] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING", "")
        if not query or environ["REQUEST_METHOD"] != "GET":
            return self._application(environ, start_response)
        key = (environ["PATH_INFO"], query, environ.get("HTTP_ACCEPT_ENCODING", ""))
        if sum(map(len, key)) > LONGEST_KEY:
            return self._application(environ, start_response)
        said = self._again(key)
        if said is None:
            return self._first(key, environ, start_response)
        start_response("200 OK", list(said.headers))
        return [said.body]

    def _again(self, key: _Key) -> _Said | None:
        with self._lock:
            said = self._said.get(key)
            if said is not None:
                self._said.move_to_end(key)
        if said is None or said.version != self._version() or self._clock() >= said.until:
            return None
        return said

    def _first(self, key: _Key, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        told: list[Any] = []

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            told[:] = status, headers
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        chunks = self._application(environ, start)
        mark = environ.get(MARK)
        if mark is None or not told or not told[0].startswith("200 "):
            return chunks
        try:
            body = b"".join(chunks)
        finally:
            getattr(chunks, "close", lambda: None)()
        version, until = mark
        self._keep(key, _Said(version, until, list(told[1]), body))
        return [body]

    def _keep(self, key: _Key, said: _Said) -> None:
        with self._lock:
            old = self._said.pop(key, None)
            self._bytes += _weight(said) - (_weight(old) if old else 0)
            self._said[key] = said
            while len(self._said) > self._most_entries or self._bytes > self._most_bytes:
                _, dropped = self._said.popitem(last=False)
                self._bytes -= _weight(dropped)


def _weight(said: _Said) -> int:
    return len(said.body) + 2_000  # headers and key, about
