"""Destinations out of reach, as the workers of one lane share them: who rests until when, and who may knock first."""

import threading
from datetime import datetime

import msgspec


class _Rest(msgspec.Struct):
    """Left alone until a moment, after so many failures in a row; then `probe` alone may send to it."""

    until: datetime
    failures: int
    probe: str = ""


class Rests:
    """Thread-safe. A destination that comes back gets one sending, as a probe, whoever else is waiting to send."""

    def __init__(self) -> None:
        self._rests: dict[str, _Rest] = {}
        self._lock = threading.Lock()

    def closed_to(self, worker: str, now: datetime) -> set[str]:
        """Destinations that this worker leaves alone at `now`; of those whose rest is over it becomes the probe."""
        with self._lock:
            for rest in self._rests.values():
                if rest.until <= now and not rest.probe:
                    rest.probe = worker
            return {name for name, rest in self._rests.items() if rest.until > now or rest.probe != worker}

    def open(self, destination: str) -> None:
        """It has accepted something."""
        with self._lock:
            self._rests.pop(destination, None)

    def failures(self, destination: str) -> int:
        with self._lock:
            return self._failures(destination)

    def rest(self, destination: str, worker: str, until: datetime) -> None:
        """`worker` failed: it is left alone until then. What was on its way beside a first failure is not one more."""
        with self._lock:
            known = self._rests.get(destination)
            if known is not None and known.probe != worker:
                known.until = max(known.until, until)
            else:
                self._rests[destination] = _Rest(until, self._failures(destination) + 1)

    def let_go(self, worker: str) -> None:
        """The worker has nothing in hand: another one may be the probe."""
        with self._lock:
            for rest in self._rests.values():
                if rest.probe == worker:
                    rest.probe = ""

    def _failures(self, destination: str) -> int:
        return self._rests[destination].failures if destination in self._rests else 0
