"""HTTP at the far end of the wire: a server that answers as told, and a wire that is cut after the far end obeyed."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(frozen=True)
class Asked:
    """One request as the far end received it; header names in small letters."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Told:
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False  # close without a word


Answer = Callable[[Asked], Told]


@contextmanager
def serving(answer: Answer, certificate: tuple[Path, Path] | None = None) -> Iterator[str]:
    """A server on 127.0.0.1 that answers each request by `answer`; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _deal(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told = answer(Asked(self.command, self.path, headers, self.rfile.read(length)))
            if told.drop:
                self.close_connection = True
                return
            self.send_response_only(told.status)
            for name, value in ({"Content-Length": str(len(told.body))} | told.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.body)

        do_GET = do_POST = do_PUT = _deal

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # a client that leaves in the middle is what some tests are about

    server = Server(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Cutter:
    """A wire to `port` that can be cut: while `cutting`, the far end gets the request and its answer is thrown away."""

    def __init__(self, port: int) -> None:
        self._far = port
        self.cutting = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, socket.create_connection(("127.0.0.1", self._far)) as far:
            back = threading.Thread(target=self._back, args=(far, near), daemon=True)
            back.start()
            with suppress(OSError):
                while data := near.recv(65_536):
                    far.sendall(data)
            with suppress(OSError):
                far.shutdown(socket.SHUT_WR)
            back.join()

    def _back(self, far: socket.socket, near: socket.socket) -> None:
        with suppress(OSError):
            while data := far.recv(65_536):
                if self.cutting:
                    break
                near.sendall(data)
        with suppress(OSError):
            near.shutdown(socket.SHUT_RDWR)
