"""The one way in which a destination may fail. Apart from them, so that knowing it loads none."""


class DeliveryError(Exception):
    """A sending did not happen, or nobody can tell.

    `reason` is a short code for tables and logs (``smtp-451``, ``tls``): never what the far end said, which may quote
    the message. `permanent`: trying again cannot help. `everybody`: the destination itself is out of reach, so the
    other sendings owed to it wait as well. `wait`: seconds that the far end asks for (Retry-After), or needs to finish
    what may still be under way there; 0: no wish.
    """

    def __init__(self, reason: str, permanent: bool = False, *, everybody: bool = False, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.everybody = everybody
        self.wait = wait
