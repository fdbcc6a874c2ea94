"""Content problems that the watcher left in ``index/problems.json``: development shows them, production never does."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from webapp.knowledge.report import Problem

FILE = "problems.json"
_LOOK_EVERY = 0.5  # seconds


class _Left(msgspec.Struct, frozen=True):
    problems: tuple[Problem, ...] = ()


class Problems:
    """`index`: the folder to look in, None in production. Looks at the file at most twice a second."""

    def __init__(self, index: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = index / FILE if index else None
        self._clock = clock
        self._look_at = float("-inf")
        self._state = ""

    def state(self) -> str:
        """A text that changes when the problems change; empty when the content is right, and in production."""
        if self._path is None:
            return ""
        now = self._clock()
        if now >= self._look_at:
            self._look_at = now + _LOOK_EVERY
            try:
                self._state = f" problems {os.stat(self._path).st_mtime_ns}"
            except OSError:
                self._state = ""
        return self._state

    def found(self) -> tuple[Problem, ...]:
        """The errors, without the warnings."""
        if self._path is None or not self.state():
            return ()
        try:
            left = msgspec.json.decode(self._path.read_bytes(), type=_Left)
        except (OSError, msgspec.MsgspecError):
            return ()
        return tuple(each for each in left.problems if each.severity == "error")
