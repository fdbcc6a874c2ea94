"""The examiner: has a file decoded by a process of its own, and hands on what came out.

A bomb, a crash of a decoder or a loop ends that process; the web worker sees a refusal. The file passes through pipes
in pieces: neither the file nor its picture is ever whole in the worker's memory, and none is on the disk in clear.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Protocol

import msgspec

from webapp.inspection.decoders import Decoders
from webapp.inspection.rules import LARGEST_CLEAN, Kind, Refused, Unavailable

PIECE = 64 * 1024
_SECONDS = 20.0  # of the clock, for one file; its processor time is bounded by the child itself
_TURN_SECONDS = 20.0  # longest wait for the turn
_LONGEST_VERDICT = 200


class Source(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the child said. `cleaned`: something that acts was taken out of the document."""

    ok: bool
    size: int = 0
    cleaned: bool = False
    reason: str = ""


class Examiner:
    """Examines one file at a time in this process; a second caller waits, a third is told to come back.

    Of the four threads of a web worker two then stay free for the pages. Each decoding takes up to a core and 768 MB.
    """

    def __init__(self, *, seconds: float = _SECONDS, turn_seconds: float = _TURN_SECONDS, waiting: int = 2) -> None:
        self._seconds = seconds
        self._turn_seconds = turn_seconds
        self._crowd = threading.BoundedSemaphore(waiting)
        self._turn = threading.Lock()
        self._decoders = Decoders()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The right to examine, for all the files of one message. Errors: ``Unavailable("busy")``."""
        if not self._crowd.acquire(blocking=False):
            raise Unavailable("busy")
        try:
            if not self._turn.acquire(timeout=self._turn_seconds):
                raise Unavailable("busy")
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._crowd.release()

    def examine(self, source: Source, kind: Kind, sink: Callable[[bytes], object]) -> Verdict:
        """Give `sink` the clean file in pieces, in one's turn. Errors: ``Refused``: what `sink` was given then counts
        for nothing; ``Unavailable``."""
        hand_in, answer = self._decoders.child(kind)
        alarm = threading.Timer(self._seconds, self._decoders.stop)
        alarm.daemon = True
        alarm.start()
        try:
            with answer:
                _hand_in(source, hand_in)
                verdict = _verdict(answer)
                _hand_on(answer, verdict.size, sink)
        finally:
            alarm.cancel()
        return verdict

    def close(self) -> None:
        """End the process that waits for the next file."""
        self._decoders.close()


def _hand_in(source: Source, pipe: IO[bytes]) -> None:
    try:
        with pipe:
            while piece := source.read(PIECE):
                pipe.write(piece)
    except (BrokenPipeError, ConnectionResetError):
        pass  # it ended early: its answer, or the lack of one, says why


def _verdict(pipe: IO[bytes]) -> Verdict:
    line = pipe.readline(_LONGEST_VERDICT)
    try:
        verdict = msgspec.json.decode(line, type=Verdict)
    except msgspec.DecodeError:
        raise Refused("complex") from None  # killed by its limits, or by our alarm
    if not verdict.ok:
        raise Refused(verdict.reason)
    if not 0 < verdict.size <= LARGEST_CLEAN:
        raise Refused("damaged")
    return verdict


def _hand_on(pipe: IO[bytes], size: int, sink: Callable[[bytes], object]) -> None:
    left = size
    while left and (piece := pipe.read(min(PIECE, left))):
        sink(piece)
        left -= len(piece)
    if left:
        raise Refused("complex")
