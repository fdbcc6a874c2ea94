"""Pages that differ between two visitors by one or two short values alone: rendered once, the values put in for each.

A page with a trail in its address cannot be kept as it is (its address is almost never asked for twice), and an empty
form holds a stamp. Both are rendered with marks where the values go, and the marks replaced. What stands for a value is
of our own making (`trail.write`, `stamps`): nothing in it means anything in HTML or in an address.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from threading import Lock

from flask import Response, current_app, g

from webapp.web.frame import cache_version, edition
from webapp.web.resources import resources
from webapp.web.surfaces import surface

EXTENSION = "guichet.blanks"
STAMP = "the-stamp-goes-here"
TRAIL = "the-trail-goes-here"
MOST = 200  # pages kept, the last ones asked for: 10 to 30 kB each, in every worker

Key = tuple[str, ...]


class Blanks:
    """Safe between threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Key, tuple[str, datetime, bytes]] = OrderedDict()
        self._lock = Lock()

    def get(self, version: str, key: Key, now: datetime) -> str | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None or found[0] != version or now >= found[1]:
                return None
            self._kept.move_to_end(key)
            return found[2].decode()

    def put(self, version: str, key: Key, html: str, until: datetime) -> None:
        with self._lock:
            self._kept[key] = (version, until, html.encode())  # half of what the text takes in memory
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def blank(key: Key, rendered: Callable[[], Response]) -> str:
    """The page of `key` with its marks, `rendered` when it is not known, of another version or no longer true."""
    kept: Blanks = current_app.extensions[EXTENSION]
    key = (surface().prefix, surface().origin, *key)
    html = kept.get(cache_version(edition()), key, resources().clock())
    if html is None:
        html = rendered().get_data(as_text=True)
        kept.put(cache_version(edition()), key, html, g.until)
    return html
