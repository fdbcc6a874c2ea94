"""The page cache as a WSGI layer, with an application of the test's own."""

import gzip
from collections.abc import Iterable
from typing import Any

import brotli

from webapp.web.pages import MARK, PageCache, _accepted_encodings

BODY = b"<p>Bonjour</p>" * 100


class Kitchen:
    """Counts how often it is asked, and marks what it makes."""

    def __init__(self, version: str = "v1", until: float | None = None, *, marked: bool = True, status: str = "200 OK"):
        self.asked: list[str] = []
        self.version, self.until, self.marked, self.status = version, until, marked, status
        self.body = BODY

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.asked.append(environ["REQUEST_METHOD"])
        if self.marked:
            environ[MARK] = (self.version, self.until)
        start_response(self.status, [("Content-Type", "text/html; charset=utf-8"), ("X-Policy", "public")])
        return [self.body]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Asker:
    def __init__(self, kitchen: Kitchen, **options: Any) -> None:
        self.published, self.clock = "v1", Clock()
        self.cache = PageCache(kitchen, lambda: self.published, self.clock, **options)

    def get(self, path: str = "/", method: str = "GET", query: str = "", **headers: str) -> "Answer":
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query}
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        got: list[Any] = []
        body = b"".join(self.cache(environ, lambda status, headers, error=None: got.extend((status, headers))))
        return Answer(got[0], dict(got[1]), body)


class Answer:
    def __init__(self, status: str, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = int(status.split()[0]), headers, body


def test_a_page_is_made_once_and_served_from_memory() -> None:
    kitchen = Kitchen()
    asker = Asker(kitchen)
    answers = [asker.get() for _ in range(3)]
    assert len(kitchen.asked) == 1
    assert {answer.body for answer in answers} == {BODY}
    assert answers[0].headers == answers[2].headers
    assert answers[0].headers["X-Policy"] == "public"
    assert answers[0].headers["Content-Length"] == str(len(BODY))


def test_each_encoding_is_served_to_whom_accepts_it_under_its_own_etag() -> None:
    asker = Asker(Kitchen())
    identity, zipped, small = (asker.get(accept_encoding=accept) for accept in ("", "gzip, deflate", "gzip, br"))
    assert gzip.decompress(zipped.body) == brotli.decompress(small.body) == identity.body
    assert (zipped.headers["Content-Encoding"], small.headers["Content-Encoding"]) == ("gzip", "br")
    assert "Content-Encoding" not in identity.headers
    assert len({answer.headers["ETag"] for answer in (identity, zipped, small)}) == 3
    assert {answer.headers["Vary"] for answer in (identity, zipped, small)} == {"Accept-Encoding"}


def test_an_encoding_with_quality_zero_is_not_used() -> None:
    assert _accepted_encodings("br;q=0, gzip") == ("gzip",)
    assert _accepted_encodings("*;q=0") == ()
    assert _accepted_encodings("*") == ("br", "gzip")
    assert _accepted_encodings("gzip;q=1.0, br;q=0.5") == ("gzip", "br")
    assert _accepted_encodings("br;q=wrong") == ()
    assert _accepted_encodings("") == ()


def test_a_known_etag_gets_304_without_a_body_nor_content_headers() -> None:
    asker = Asker(Kitchen())
    first = asker.get(accept_encoding="br")
    for known in (first.headers["ETag"], f"W/{first.headers['ETag']}", f'"other", {first.headers["ETag"]}', "*"):
        again = asker.get(accept_encoding="br", if_none_match=known)
        assert (again.status, again.body) == (304, b"")
        assert not {"Content-Length", "Content-Type", "Content-Encoding"} & set(again.headers)
        assert {"ETag", "Cache-Control", "Vary"} <= set(again.headers)
    assert asker.get(accept_encoding="gzip", if_none_match=first.headers["ETag"]).status == 200


def test_head_has_the_headers_of_the_page_and_no_body_whoever_comes_first() -> None:
    asker = Asker(Kitchen())
    head = asker.get(method="HEAD")
    assert head.body == b""
    assert head.headers == asker.get().headers


def test_a_new_version_replaces_the_page_at_once() -> None:
    kitchen = Kitchen()
    asker = Asker(kitchen)
    asker.get()
    asker.published, kitchen.version, kitchen.body = "v2", "v2", b"changed"
    assert asker.get().body == b"changed"
    assert asker.get().body == b"changed"
    assert len(kitchen.asked) == 2


def test_a_file_that_shows_no_version_outlives_them() -> None:
    kitchen = Kitchen(version="")
    asker = Asker(kitchen)
    asker.get()
    asker.published = "v2"
    asker.get()
    assert len(kitchen.asked) == 1


def test_a_page_lives_until_the_moment_it_gave_and_says_so() -> None:
    kitchen = Kitchen(until=1090.0)
    asker = Asker(kitchen)
    assert asker.get().headers["Cache-Control"] == "public, max-age=60"
    asker.clock.now = 1080.0
    assert asker.get().headers["Cache-Control"] == "public, max-age=10"
    assert len(kitchen.asked) == 1
    asker.clock.now, kitchen.until = 1090.0, 2000.0
    assert asker.get().headers["Cache-Control"] == "public, max-age=60"
    assert len(kitchen.asked) == 2


def test_what_is_not_marked_or_not_200_is_never_stored() -> None:
    for kitchen in (Kitchen(marked=False), Kitchen(status="404 NOT FOUND"), Kitchen(status="500 OOPS")):
        asker = Asker(kitchen)
        asker.get()
        asker.get()
        assert len(kitchen.asked) == 2


def test_query_strings_and_other_methods_go_past_the_cache() -> None:
    kitchen = Kitchen()
    asker = Asker(kitchen)
    asker.get()
    asker.get(query="q=carte")
    asker.get(method="POST")
    assert kitchen.asked == ["GET", "GET", "POST"]


def test_no_header_of_the_request_changes_what_is_stored() -> None:
    asker = Asker(Kitchen())
    first = asker.get(host="evil.example", x_forwarded_host="evil.example", cookie="a=b", accept_language="xx")
    assert asker.get(host="ours.example").headers == first.headers
    assert b"evil" not in asker.get().body


def test_the_cache_is_bounded_in_entries_and_bytes() -> None:
    kitchen = Kitchen()
    asker = Asker(kitchen, most_entries=10)
    for number in range(25):
        asker.get(f"/{number}")
    assert len(asker.cache._entries) == 10
    small = Asker(kitchen, most_bytes=20_000)
    for number in range(25):
        small.get(f"/{number}")
    assert small.cache._bytes <= 20_000
    assert small.cache._bytes == sum(entry.size for entry in small.cache._entries.values())


def test_the_memo_of_accept_encoding_does_not_grow_for_ever() -> None:
    asker = Asker(Kitchen())
    for number in range(1_000):
        asker.get(accept_encoding=f"br;q=0.{number}")
    assert len(asker.cache._accepted) <= 256
