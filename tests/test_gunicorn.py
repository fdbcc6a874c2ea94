"""The web server as configured: what it hides, what it refuses, what it never writes down."""

import re
import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from tests.faults.conftest import published
from tests.faults.fleet import Fleet

__all__ = ["published"]
pytestmark = pytest.mark.slow
CANARY = "canari-4970"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, published: Path) -> Iterator[Fleet]:
    fleet = Fleet(tmp_path_factory.mktemp("server"), published, workers=1)
    try:
        fleet.start("web")
        yield fleet
    finally:
        fleet.stop()


def get(server: Fleet, path: str, headers: dict[str, str] | None = None) -> HTTPResponse:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        response.read()
        return response
    finally:
        connection.close()


def test_the_version_of_the_server_is_nobody_s_business(server: Fleet) -> None:
    assert get(server, "/health").headers["Server"] == "Guichet"


def test_an_endless_address_and_endless_headers_are_refused(server: Fleet) -> None:
    assert get(server, f"/recherche?q={CANARY}{'a' * 5000}").status in (400, 414)
    assert get(server, "/", {f"X-{number}": "x" for number in range(80)}).status in (400, 431)
    assert get(server, "/", {"X-Long": "x" * 9000}).status in (400, 431)


def test_no_header_moves_the_application_or_its_scheme(server: Fleet) -> None:
    moved = {"SCRIPT_NAME": "/evil", "PATH_INFO": "/evil", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil"}
    response = get(server, "/", moved)
    assert response.status == 200
    assert "evil" not in str(response.headers)


SMUGGLED = (
    b"POST /ecrire HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    b"GET /health HTTP/1.1\r\n\r\n",
    b"POST /ecrire HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 40\r\n\r\nabcd",
    b"POST /ecrire HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    b"POST /ecrire HTTP/1.1\r\nHost: x\r\nContent-Length : 4\r\n\r\nabcd",
)


@pytest.mark.parametrize("request_", SMUGGLED, ids=["length and chunks", "two lengths", "two encodings", "space"])
def test_a_request_with_two_lengths_is_refused(server: Fleet, request_: bytes) -> None:
    """A proxy and the server that read it differently would take one request for two (RFC 9112, 11.2)."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(request_)
        answer = b""
        while part := raw.recv(4096):
            answer += part
    assert re.match(rb"HTTP/1.1 4\d\d ", answer), answer[:80]
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_customer_s_question_is_written_nowhere(server: Fleet) -> None:
    assert get(server, f"/recherche?q={CANARY}").status == 200
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall(f"GET /recherche?q={CANARY} not http\r\n\r\n".encode())
        raw.recv(1000)
    kept = [path for path in server.data.parent.rglob("*") if path.is_file()]
    assert server.log in kept
    for path in kept:
        assert CANARY.encode() not in path.read_bytes(), path
