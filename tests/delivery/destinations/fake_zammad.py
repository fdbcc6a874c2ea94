"""A fake Zammad that enforces the documented API: authentication, permissions on the group, required fields, errors.

Written from https://docs.zammad.org (api/intro, api/ticket, api/ticket/articles). Zammad itself needs Ruby, PostgreSQL,
Redis and Elasticsearch: too much for a test. The search learns of a ticket only when a test says so (`index`).
"""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.delivery.destinations.http_servers import Asked, Told

TOKEN = "zammad-token"
GROUPS = ("Contact", "Plaintes")
STATES = ("new", "open", "pending reminder", "pending close", "closed")


class FakeZammad:
    """``serving(FakeZammad())``. `fail` answers the next requests instead, one each."""

    def __init__(self) -> None:
        self.tickets: dict[int, dict[str, Any]] = {}
        self.articles: list[dict[str, Any]] = []
        self.files: list[bytes] = []
        self.fail: list[Told] = []
        self.obey_then_fail: list[Told] = []
        self.indexed: set[int] = set()
        self.asked: list[str] = []

    def __call__(self, asked: Asked) -> Told:
        self.asked.append(f"{asked.method} {asked.path}")
        if self.fail:
            return self.fail.pop(0)
        if asked.headers.get("authorization") != f"Token token={TOKEN}":
            return _told(401, {"error": "Invalid token!"})
        if asked.method == "POST" and not asked.headers.get("content-type", "").startswith("application/json"):
            return _told(415, {"error": "Content-Type"})
        answer = self._answer(asked)
        return self.obey_then_fail.pop(0) if self.obey_then_fail else answer

    def index(self) -> None:
        """Let the search know every ticket."""
        self.indexed = set(self.tickets)

    def write(
        self,
        ticket: int,
        text: str,
        *,
        sender: str = "Agent",
        internal: bool = False,
        html: bool = False,
        files: tuple[tuple[str, dict[str, str], bytes], ...] = (),
    ) -> None:
        """An article that somebody else writes. `files`: (name, preferences, bytes)."""
        kind = "text/html" if html else "text/plain"
        kept = []
        for name, preferences, body in files:
            self.files.append(body)
            kept.append({"id": len(self.files), "filename": name, "size": str(len(body)), "preferences": preferences})
        article = {"body": text, "sender": sender, "internal": internal, "content_type": kind, "attachments": kept}
        self._keep(ticket, article)

    def set_state(self, ticket: int, state: str) -> None:
        assert state in STATES
        self.tickets[ticket] |= {"state": state, "updated_at": self._moment()}

    def _answer(self, asked: Asked) -> Told:
        parts = urlsplit(asked.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        match asked.method, parts.path.removeprefix("/api/v1/").split("/"):
            case "POST", ["tickets"]:
                return self._create(json.loads(asked.body))
            case "POST", ["ticket_articles"]:
                article = json.loads(asked.body)
                if article.get("ticket_id") not in self.tickets:
                    return _told(404, {"error": "Couldn't find Ticket"})
                problem = _problem_of(article)
                return problem or _told(201, self._keep(article["ticket_id"], article))
            case "GET", ["tickets", "search"]:
                word = query["query"].casefold()
                found = [each for each in self.tickets.values() if each["id"] in self.indexed]
                return _told(200, [each for each in found if word in each["title"].casefold()])
            case "GET", ["tickets", id] if id.isdigit():
                ticket = self.tickets.get(int(id))
                assert query.get("expand") == "true", "without it Zammad gives ids, not names"
                return _told(200, ticket) if ticket else _told(404, {"error": "Couldn't find Ticket"})
            case "GET", ["ticket_articles", "by_ticket", id]:
                if int(id) not in self.tickets:
                    return _told(404, {"error": "Couldn't find Ticket"})
                return _told(200, [each for each in self.articles if each["ticket_id"] == int(id)])
            case "GET", ["ticket_attachment", ticket, article, id] if int(id) <= len(self.files):
                kept = self.articles[int(article) - 1]
                assert (kept["ticket_id"], kept["id"]) == (int(ticket), int(article)), "another ticket's file"
                return Told(200, self.files[int(id) - 1], {"Content-Type": "application/octet-stream"})
        return _told(404, {"error": "No route matches"})

    def _create(self, ticket: dict[str, Any]) -> Told:
        if ticket.get("group") not in GROUPS:
            return _told(422, {"error": "No lookup value found for 'group'"})
        if not ticket.get("title") or not (ticket.get("customer_id") or ticket.get("customer")):
            return _told(422, {"error": "Missing required value"})
        problem = _problem_of(ticket.get("article", {}))
        if problem:
            return problem
        number = len(self.tickets) + 1
        made = {key: ticket[key] for key in ("title", "group", "customer_id", "tags") if key in ticket}
        self.tickets[number] = made | {"id": number, "state": "new", "updated_at": self._moment()}
        self._keep(number, ticket["article"])
        return _told(201, self.tickets[number])

    def _keep(self, ticket: int, article: dict[str, Any]) -> dict[str, Any]:
        kept = {"type": "note", "content_type": "text/plain", "internal": True, "subject": "", **article}
        kept |= {"id": len(self.articles) + 1, "ticket_id": ticket, "created_at": self._moment()}
        self.articles.append(kept)
        return kept

    def _moment(self) -> str:
        return f"2026-11-23T11:{len(self.articles):02}:00.000Z"


def _problem_of(article: dict[str, Any]) -> Told | None:
    if not article.get("body"):
        return _told(422, {"error": "Need at least an 'article body' field."})
    if article.get("sender") not in ("Customer", "Agent", "System", None):
        return _told(422, {"error": "No lookup value found for 'sender'"})
    for file in article.get("attachments", []):
        if set(file) != {"filename", "data", "mime-type"}:
            return _told(422, {"error": "Attachment needs 'filename', 'data' and 'mime-type'"})
        base64.b64decode(file["data"], validate=True)
    return None


def _told(status: int, body: Any) -> Told:
    return Told(status, json.dumps(body).encode())
