"""The web application on the real content, published once a session; a clock that stands still."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webapp import create_app
from webapp.confidential.safe import new_key, public_half
from webapp.db import Database
from webapp.indexing import build_index
from webapp.knowledge.publish import publish
from webapp.knowledge.shelf import Edition, Shelf
from webapp.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Paris
KEY = "f3c1b5e07da49628b8f1c35e07da4962"
OPENING = new_key("test")  # the worker's half: the application is only given the other one
SITE = "https://contact.banque-rivage.example"


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "index"
    publish(ROOT / "content", folder, today=date(2026, 11, 24), build_index=build_index)
    return folder


@pytest.fixture(scope="session")
def edition(index: Path) -> Edition:
    return Shelf(index, 60).current()


@pytest.fixture
def settings(index: Path, tmp_path: Path) -> Settings:
    return replace(
        Settings(),
        public_url=SITE,
        data=tmp_path,
        index=index,
        content=ROOT / "content",
        secret_key=KEY,
        lookup_key=KEY[::-1],
        sealing_key=public_half(OPENING),
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    database = Database(settings.database)
    database.upgrade()
    database.dispose()
    made = create_app(settings, clock=lambda: MORNING)
    made.testing = False  # errors become pages, as for a visitor
    yield made
    made.extensions["guichet"].database.dispose()


@pytest.fixture
def visit(app: Flask) -> Callable[..., "Visit"]:
    client = app.test_client()

    def get(path: str, method: str = "GET", **options: object) -> Visit:
        return Visit(client.open(path, method=method, **options))  # type: ignore[arg-type]

    return get


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


class Visit:
    """A page as somebody reads it."""

    def __init__(self, response: TestResponse) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.html = response.get_data(as_text=True) if "text" in (response.content_type or "") else ""

    @cached_property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.html, "html5lib")

    @property
    def main(self) -> str:
        return plain(self.soup.main.get_text(" ") if self.soup.main else self.soup.get_text(" "))

    def texts(self, selector: str) -> list[str]:
        return [plain(each.get_text(" ")) for each in self.soup.select(selector)]

    def links(self) -> list[str]:
        return self.links_of(self.html)

    @staticmethod
    def links_of(html: str) -> list[str]:
        return [str(each["href"]) for each in BeautifulSoup(html, "html5lib").select("a[href]")]


def plain(text: str) -> str:
    """One line; every kind of space made ordinary."""
    return " ".join(text.split())
