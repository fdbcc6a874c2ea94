"""deploy/nginx/guichet.conf, run: what the proxy adds, keeps out of its log, and holds off."""

import http.client
import socket
import ssl
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlencode

import pytest

from tests.deploy.proxy import Proxy, nginx
from tests.product import Product, free_port, running
from tests.visitor import OURS, Visitor
from tests.writing import filled, sent

SLOW = 200
QUERY = "mon secret de question"


@pytest.fixture(scope="module")
def behind(product: Product, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Proxy, Product]]:
    """A web server that believes one proxy, and that proxy."""
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
    settings = {
        "GUICHET_PUBLIC_URL": f"https://localhost:{port}",
        "GUICHET_TRUSTED_PROXIES": "1",
        "GUICHET_LIMIT_PER_NETWORK": "1",
        "GUICHET_DATABASE_URL": f"sqlite:///{product.data}/guichet.sqlite3",
    }
    with running(command, folder, product.index, **settings) as web, nginx(folder, web.port, port) as proxy:
        yield proxy, web


def test_pages_arrive_whole_compressed_and_with_our_defences(behind: tuple[Proxy, Product]) -> None:
    status, headers, body = behind[0].get("/", {"Accept-Encoding": "br"})
    assert status == 200
    assert headers["Content-Encoding"] == "br"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Server"] == "nginx"
    assert body
    again, _, empty = behind[0].get("/", {"Accept-Encoding": "br", "If-None-Match": headers["ETag"]})
    assert (again, empty) == (304, b"")
    compressed = behind[0].get("/recherche?q=carte", {"Accept-Encoding": "gzip"})[1]
    assert compressed["Content-Encoding"] == "gzip"


def test_plain_http_leads_to_https(behind: tuple[Proxy, Product]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", behind[0].plain_port, timeout=10)
    connection.request("GET", "/themes/")
    answer = connection.getresponse()
    assert answer.status == 301
    assert answer.headers["Location"] == f"https://localhost:{behind[0].port}/themes/"
    connection.close()


def test_the_log_holds_no_question_no_secret_and_no_referer(behind: tuple[Proxy, Product]) -> None:
    proxy = behind[0]
    proxy.get("/recherche?" + urlencode({"q": QUERY}), {"Referer": "https://localhost/referer-canary"})
    for path in ("/suivi/link-canary", "/en/follow-up/link-canary", "/ecrire/recu/receipt-canary"):
        proxy.get(path)
    log = proxy.log.read_text(encoding="utf-8")
    assert '"GET /recherche" 200' in log
    assert '"GET /suivi/-"' in log
    for canary in ("secret", "referer-canary", "link-canary", "receipt-canary"):
        assert canary not in log


def test_a_visitor_cannot_lie_about_the_address_a_limit_counts(behind: tuple[Proxy, Product]) -> None:
    """The limit is one request a network: the second is refused although it says that it comes from elsewhere."""
    proxy, _ = behind
    visitor = Visitor(f"https://localhost:{proxy.port}", proxy.tls())
    answers = []
    for number in range(2):
        typed = filled(visitor, message=f"Une question, la {number + 1}re.", email=f"{number}@client.example")
        lie = {**OURS, "X-Forwarded-For": f"198.51.{number}.7", "X-Forwarded-Host": "evil.example"}
        answers.append(sent(visitor, typed, lie).status)
    assert answers == [303, 429]


def test_a_body_too_large_is_refused_before_it_reaches_a_thread(behind: tuple[Proxy, Product]) -> None:
    connection = behind[0].connect()
    connection.putrequest("POST", "/recherche")
    connection.putheader("Content-Length", str(1 << 30))
    connection.putheader("Content-Type", "application/x-www-form-urlencoded")
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_slow_clients_hold_no_thread(behind: tuple[Proxy, Product]) -> None:
    """200 customers who send a form one byte at a time; eight of them would stop a bare gunicorn (security.md F14)."""
    proxy, _ = behind
    with ExitStack() as open_sockets:
        begun = []
        for _ in range(SLOW // 5):  # 40 connections an address: five addresses of the loopback
            for last in range(1, 6):
                raw = socket.create_connection(("127.0.0.1", proxy.port), 10, source_address=(f"127.0.0.{last}", 0))
                tls = proxy.tls().wrap_socket(raw, server_hostname="localhost")
                open_sockets.callback(tls.close)
                tls.sendall(
                    b"POST /ecrire/question HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000\r\n"
                    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nm"
                )
                begun.append(tls)
        waits = []
        for _ in range(20):
            for each in begun[:: SLOW // 20]:
                _drip(each)
            began = time.perf_counter()
            assert _health_from(proxy, "127.0.0.9") == 200
            waits.append(1000 * (time.perf_counter() - began))
        median, worst = statistics.median(waits), max(waits)
        print(f"/health behind {len(begun)} slow clients: median {median:.0f} ms, worst {worst:.0f} ms")


def _drip(slow: ssl.SSLSocket) -> None:
    slow.sendall(b"m")


def _health_from(proxy: Proxy, address: str) -> int:
    connection = http.client.HTTPSConnection(
        "localhost", proxy.port, timeout=30, context=proxy.tls(), source_address=(address, 0)
    )
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    finally:
        connection.close()
