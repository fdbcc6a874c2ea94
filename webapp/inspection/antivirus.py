"""Antivirus by clamd, when one is configured: its INSTREAM command (clamd(8)), over TCP or a Unix socket.

An antivirus that does not answer keeps nobody from writing to the bank: the file is kept and marked as not scanned.
"""

import socket
from typing import Protocol

from webapp.inspection.rules import Refused, Scan

_PIECE = 64 * 1024
_LONGEST_ANSWER = 4096


class Source(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Antivirus:
    """`address`: ``host:port``, ``[::1]:port`` or the path of a socket; empty: none. `seconds`: for each exchange."""

    def __init__(self, address: str, seconds: float = 15.0) -> None:
        self._address = address
        self._seconds = seconds

    def scan(self, source: Source) -> Scan:
        """Errors: ``Refused("virus")``."""
        if not self._address:
            return "off"
        try:
            answer = self._ask(b"zINSTREAM\0", source)
        except OSError:
            return "unscanned"
        if answer.endswith(b" FOUND"):
            raise Refused("virus")
        return "clean" if answer == b"stream: OK" else "unscanned"

    def answers(self) -> bool:
        """Whether it is there and ready; False when none is configured."""
        try:
            return bool(self._address) and self._ask(b"zPING\0") == b"PONG"
        except OSError:
            return False

    def _ask(self, command: bytes, source: Source | None = None) -> bytes:
        """Its answer to `command`, which `source` follows in pieces, when there is one. Errors: ``OSError``."""
        with self._connected() as connection:
            try:
                connection.sendall(command)
                if source is not None:
                    while piece := source.read(_PIECE):
                        connection.sendall(len(piece).to_bytes(4) + piece)
                    connection.sendall(bytes(4))
            except (BrokenPipeError, ConnectionResetError):
                pass  # it has made up its mind, or is gone: the answer tells
            answer = b""
            while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
                piece = connection.recv(_LONGEST_ANSWER)
                if not piece:
                    break
                answer += piece
        return answer.rstrip(b"\0\n")

    def _connected(self) -> socket.socket:
        if self._address.startswith("/"):
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(self._seconds)
            try:
                connection.connect(self._address)
            except OSError:
                connection.close()
                raise
            return connection
        host, _, port = self._address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), self._seconds)
