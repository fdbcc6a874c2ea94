"""A database with an outbox in it, and requests to write letters about."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from webapp.db import Database
from webapp.delivery.composition import Composer
from webapp.delivery.letterhead import Drawer
from webapp.delivery.parcel import Enclosure, Parcel
from webapp.settings import Settings
from webapp.tables import delivery, ticket
from webapp.tickets.model import StoredRequest
from webapp.tickets.owing import owed

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)  # a Monday, noon in Paris

CATALOG = {
    "site": {
        "bank": {"name": "Banque Rivage", "legal_name": "Banque Rivage SA"},
        "themes": [{"id": "cartes", "slug": {"fr": "cartes"}, "title": {"fr": "Cartes bancaires", "en": "Cards"}}],
        "urgent_strip": ["opposition", "postal"],
    },
    "natures": [
        {
            "id": "complaint",
            "title": {"fr": "Faire une réclamation", "en": "Make a complaint"},
            "delay": {"fr": "Réponse sous 2 mois au plus", "en": "Answered within 2 months at most"},
            "next_steps": {"fr": ["Gardez la référence."], "en": ["Keep the reference."]},
            "fields": [
                {
                    "id": "object",
                    "label": {"fr": "Votre réclamation porte sur", "en": "Your complaint is about"},
                    "choices": [{"id": "fees", "label": {"fr": "Des frais", "en": "Fees"}}],
                },
                {"id": "expected", "label": {"fr": "Qu'attendez-vous de nous ?"}},
            ],
        }
    ],
    "contact_points": [
        {"id": "opposition", "name": {"fr": "Carte perdue", "en": "Lost card"}, "phone": "01 99 00 10 10"},
        {"id": "postal", "name": {"fr": "Courrier"}},
    ],
    "articles": [
        {"slug": "plafond-carte", "language": "fr", "question": "Quel est mon plafond ?", "html": "<p>not read"}
    ],
}


class Clock:
    """A clock that tests move."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **spans: float) -> None:
        self.now += timedelta(**spans)


def parcel_of(
    request: StoredRequest,
    composer: Composer,
    *,
    kind: str = "request",
    destination: str = "maildir",
    text: str = "",
    files: tuple[Enclosure, ...] = (),
    case: str = "",
    repeated: bool = False,
) -> Parcel:
    """The parcel of `request`, as the worker packs it; `text` is what a further message says."""
    turn = "0123456789abcdef" * 2 if kind == "message" else ""
    key = owed(
        ticket_id="T",
        reference=request.reference,
        kind=kind,
        destination=destination,
        due_at=0,
        message_id=turn,
    )["key"]
    return Parcel(
        key=key,
        kind=kind,
        request=request,
        text=text or (request.message if kind == "request" else ""),
        written_at=request.created_at,
        files=files,
        case=case,
        repeated=repeated,
        letter=composer.compose,
        written=composer.sheet,
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def owe(database: Database) -> Callable[..., list[str]]:
    """Write `count` tickets of `kinds` deliveries each, a second apart; returns the delivery keys, oldest first."""

    def write(
        count: int = 1,
        *,
        kinds: tuple[str, ...] = ("request",),
        destination: str = "maildir",
        since: datetime = NOON,
        prefix: str = "T",
    ) -> list[str]:
        keys = []
        with database.transaction() as connection:
            for number in range(count):
                reference = f"{prefix}{number:05}"
                moment = round((since + timedelta(seconds=number)).timestamp() * 1000)
                row = {"id": reference, "reference": reference, "form_key": reference, "body_digest": ""}
                row |= {"nature": "question", "theme": "", "language": "fr", "surface": "hub", "state": "open"}
                connection.execute(insert(ticket), row | {"created_at": moment, "sealed_person": b""})
                for kind in kinds:
                    owing = {"kind": kind, "destination": destination, "due_at": moment}
                    sending = owed(ticket_id=reference, reference=reference, **owing)
                    keys.append(sending["key"])
                    connection.execute(insert(delivery), sending)
        return keys

    return write


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """A published version, as far as letters read it."""
    folder = tmp_path / "search_index"
    (folder / "0123456789ab").mkdir(parents=True)
    (folder / "0123456789ab" / "catalog.json").write_text(json.dumps(CATALOG), encoding="utf-8")
    (folder / "current").write_text("0123456789ab\n", encoding="ascii")
    return folder


@pytest.fixture
def composer(index: Path, tmp_path: Path) -> Composer:
    settings = Settings(data=tmp_path, public_url="https://contact.rivage.example")
    return Composer(settings, Drawer(index))


@pytest.fixture
def request_of() -> Callable[..., StoredRequest]:
    def make(**changes: object) -> StoredRequest:
        values: dict[str, object] = {
            "reference": "7K4M-29XQ-C",
            "nature": "complaint",
            "theme": "cartes",
            "language": "fr",
            "surface": "hub",
            "partner": "",
            "created_at": NOON,
            "name": "Zoé Müller",
            "email": "zoe@customer.example",
            "phone": "06 12 34 56 78",
            "fields": {"object": "fees", "expected": "Un remboursement\net des excuses"},
            "message": "Bonjour,\nje conteste 12,50 €.",
        }
        return StoredRequest(**(values | changes))  # type: ignore[arg-type]

    return make
