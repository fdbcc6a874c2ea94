"""A real nginx in front of a web server, with the configuration that we give to operators.

Only what differs between two hosts is replaced: ports, host name, certificate, folders of logs.
"""

import http.client
import os
import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.product import ROOT, free_port

_PATIENCE = 20.0  # seconds for nginx to open


@dataclass(frozen=True)
class Proxy:
    """A running nginx: its HTTPS and HTTP ports, the certificate to trust, its access log."""

    port: int
    plain_port: int
    certificate: Path
    log: Path

    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))

    def connect(self, timeout: float = 30) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("localhost", self.port, timeout=timeout, context=self.tls())

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = self.connect()
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()


@contextmanager
def nginx(folder: Path, upstream: int, port: int, *, rate: str = "") -> Iterator[Proxy]:
    """nginx on `port` before the web server on `upstream`. `rate`: another limit of requests than the file's."""
    plain = free_port()
    certificate = _certificate(folder)
    text = (ROOT / "deploy" / "nginx" / "guichet.conf").read_text(encoding="utf-8")
    changes = {
        r"server 127\.0\.0\.1:8000;": f"server 127.0.0.1:{upstream};",
        r"listen 80;": f"listen 127.0.0.1:{plain};",
        r"listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        r"https://contact\.bank\.example\$": f"https://localhost:{port}$",
        r"contact\.bank\.example": "localhost",
        r"/etc/ssl/guichet/fullchain\.pem": str(certificate),
        r"/etc/ssl/guichet/privkey\.pem": str(folder / "key.pem"),
        r"/var/log/nginx/": f"{folder}/",
        r"/dev/shm/guichet-bodies": f"{folder}/client_body",
        **({r"rate=20r/s": f"rate={rate}"} if rate else {}),
    }
    for pattern, value in changes.items():
        text, found = re.subn(pattern, lambda _, value=value: value, text)
        assert found, f"{pattern} is no longer in deploy/nginx/guichet.conf"
    (folder / "guichet.conf").write_text(text, encoding="utf-8")
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("proxy", "fastcgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"events {{ worker_connections 1024; }}\n"
        f"http {{ {temporary} uwsgi_temp_path {folder}/uwsgi; include {folder}/guichet.conf; }}\n"
    )
    process = subprocess.Popen(
        ["nginx", "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    found_proxy = Proxy(port, plain, certificate, folder / "guichet.log")
    try:
        _wait(found_proxy, process, folder)
        yield found_proxy
    finally:
        process.terminate()
        process.wait(10)


def _wait(proxy: Proxy, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            proxy.get("/health")
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError((folder / "error.log").read_text(encoding="utf-8"))


def _certificate(folder: Path) -> Path:
    certificate = folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(folder / "key.pem"), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    os.chmod(folder / "key.pem", 0o600)
    return certificate
