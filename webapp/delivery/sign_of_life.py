"""The delivery worker's sign of life: a file of the data folder that it touches at each turn."""

import time
from pathlib import Path

ALIVE = "worker.alive"
LONGEST_TURN = 120  # seconds: a slow relay (30 s) and the longest rest between two looks, several times over


def state(data: Path, now: float | None = None) -> str:
    """`ok`, `late` (the file is older than a turn can last) or `absent` (no worker on this machine)."""
    try:
        touched = (data / ALIVE).stat().st_mtime
    except OSError:
        return "absent"
    return "ok" if (time.time() if now is None else now) - touched <= LONGEST_TURN else "late"
