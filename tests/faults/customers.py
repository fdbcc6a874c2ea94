"""Customers under a failing server: they send, and when the line goes dead they send the same form again."""

import html
import itertools
import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from random import Random
from urllib.parse import urlencode

from tests.faults.fleet import SECRETS
from webapp.web.stamps import Receipts

PATH = "/ecrire/question"
_STAMP = re.compile(r'<input[^>]*name="stamp"[^>]*>')
_VALUE = re.compile(r'value="([^"]*)"')


@dataclass
class Sent:
    """What customers know when it is over. `acknowledged`: mark of a message → every reference they were given."""

    acknowledged: dict[str, list[str]] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    retries: int = 0
    surprises: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Customer(threading.Thread):
    """Sends request after request until `closing`; then finishes the one in hand.

    `others`: ports of other hosts, tried in turn when a line goes dead, as a load balancer does.
    """

    def __init__(
        self,
        port: int,
        sent: Sent,
        closing: threading.Event,
        seed: int,
        at_most: int = 1_000_000,
        others: tuple[int, ...] = (),
    ) -> None:
        super().__init__(daemon=True)
        self._ports = itertools.cycle((*others, port))
        self._port = port
        self._sent = sent
        self._closing = closing
        self._random = Random(seed)
        self._left = at_most
        self._connection: HTTPConnection | None = None

    def run(self) -> None:
        while not self._closing.is_set() and self._left > 0:
            self._left -= 1
            self._one_request()
            # Reading the receipt: the load is that of people, and the drain afterwards stays short.
            self._closing.wait(self._random.uniform(0.0, 0.3))
        if self._connection:
            self._connection.close()

    def _one_request(self) -> None:
        mark = secrets.token_hex(12)
        stamp = self._stamp()
        fields = {
            "stamp": stamp,
            "step": "send",
            "name": "Ada",
            "email": f"{mark}@customer.example",
            "subject": "Carte",
        }
        body = urlencode(fields | {"message": f"Message {mark}, merci de répondre."})
        with self._sent.lock:
            self._sent.tried.add(mark)
        self._acknowledge(mark, self._until_received(body))
        if self._random.random() < 0.1:  # a double click, or "back" and again
            self._acknowledge(mark, self._until_received(body))

    def _stamp(self) -> str:
        while True:
            status, page, _ = self._ask("GET", "")
            found = _STAMP.search(page) if status == 200 else None
            value = _VALUE.search(found.group()) if found else None
            if value:
                return html.unescape(value.group(1))
            if status == 200:
                self._surprise("the form has no stamp")
            time.sleep(0.02)

    def _until_received(self, body: str) -> str:
        """Send the same form until a receipt comes."""
        while True:
            status, _, location = self._ask("POST", body)
            if status == 303:
                return location
            if status not in (0, 503):
                self._surprise(f"POST answered {status}")
            with self._sent.lock:
                self._sent.retries += 1
            time.sleep(0.02)

    def _acknowledge(self, mark: str, location: str) -> None:
        reference = Receipts(SECRETS["GUICHET_SECRET_KEY"]).read(location.partition("#")[0].rpartition("/")[2])[0]
        with self._sent.lock:
            self._sent.acknowledged.setdefault(mark, []).append(reference)

    def _ask(self, method: str, body: str) -> tuple[int, str, str]:
        """(status, page, Location); status 0 when the line went dead."""
        try:
            if self._connection is None:
                self._connection = HTTPConnection("127.0.0.1", self._port, timeout=15)
            headers = {"Sec-Fetch-Site": "same-origin"}
            if body:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            self._connection.request(method, PATH, body or None, headers)
            response = self._connection.getresponse()
            page = response.read().decode()
            return response.status, page, response.headers.get("Location", "")
        except (OSError, HTTPException):
            if self._connection:
                self._connection.close()
            self._connection = None
            self._port = next(self._ports)
            return 0, "", ""

    def _surprise(self, what: str) -> None:
        with self._sent.lock:
            self._sent.surprises.append(what)
