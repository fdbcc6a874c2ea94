"""Children that decode, as the examiner asks for them: the mother process is started at the first file, and again."""

import fcntl
import os
import socket
import subprocess
import sys
import weakref
from contextlib import suppress
from typing import IO

from webapp.inspection.rules import Kind, Unavailable
from webapp.settings import ROOT

_CODE = "import sys; sys.path.insert(0, {root!r}); from webapp.inspection import mother; sys.exit(mother.main())"
_START_SECONDS = 20.0  # for a mother to load the decoders on a busy machine
_END_SECONDS = 5.0
_PIPE = 1024 * 1024  # bytes that wait in a pipe: fewer turns between two processes for one file


class _Mother:
    """One mother process and the line to it."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.line, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-I", "-c", _CODE.format(root=str(ROOT))]
            pipes = {"stdin": theirs.fileno(), "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            self._process = subprocess.Popen(command, env={"LANG": "C.UTF-8"}, cwd="/", **pipes)  # type: ignore[call-overload] # noqa: S603
        self.line.settimeout(_START_SECONDS)

    def end(self) -> None:
        """Have it and its child end. In a process that was forked from its owner: only forget it."""
        self.line.close()
        if self.owner != os.getpid():
            self._process.returncode = 0  # not ours to wait for
            return
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Decoders:
    """Gives one child at a time; not thread-safe (the examiner's turn is). Ends with its owner."""

    def __init__(self) -> None:
        self._mother: _Mother | None = None
        self._end: weakref.finalize[..., Decoders] | None = None

    def child(self, kind: Kind) -> tuple[IO[bytes], IO[bytes]]:
        """Where a new child reads a file of this kind from, and where it answers. Errors: ``Unavailable``."""
        for _ in range(2):  # the one at hand may have ended meanwhile: after a while without files, or a crash
            try:
                return self._born(kind)
            except OSError:
                self.close()
        raise Unavailable("busy")

    def stop(self) -> None:
        """End the child that is at work, from any thread; whoever reads from it finds the end."""
        mother = self._mother
        if mother is not None:
            with suppress(OSError):
                mother.line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the mother; the next file starts another one."""
        if self._end is not None:
            self._end()
        self._mother = self._end = None

    def _born(self, kind: Kind) -> tuple[IO[bytes], IO[bytes]]:
        if self._mother is not None and self._mother.owner != os.getpid():
            self.close()
        if self._mother is None:
            self._mother = _Mother()
            self._end = weakref.finalize(self, self._mother.end)
        line = self._mother.line
        source, hand_in = os.pipe()
        answer, hand_on = os.pipe()
        for each in (hand_in, answer):
            with suppress(OSError):  # more than this user may have: then in more turns
                fcntl.fcntl(each, fcntl.F_SETPIPE_SZ, _PIPE)
        try:
            socket.send_fds(line, [kind.name.encode()], [source, hand_on])
            if line.recv(1) != b"+":
                raise ConnectionResetError
        except OSError:
            os.close(hand_in)
            os.close(answer)
            raise
        finally:
            os.close(source)
            os.close(hand_on)
        return os.fdopen(hand_in, "wb"), os.fdopen(answer, "rb")
