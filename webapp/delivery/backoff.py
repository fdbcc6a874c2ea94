"""How long to leave a far end alone after a failure."""

from random import Random


def wait(attempts: int, longest: float, random: Random) -> float:
    """Seconds until the next attempt: about 2, 4, 8… and never more than `longest`; half of it is jitter."""
    ceiling = min(longest, 2.0 ** min(attempts, 30))
    return ceiling * (0.5 + random.random() / 2)
