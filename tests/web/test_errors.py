"""What a visitor sees when something is out of order: a page of ours, a way to a person, and no detail."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flask import Flask

from tests.web.conftest import MORNING, Visit
from webapp import create_app
from webapp.db import DatabaseBusy, DatabaseUnavailable
from webapp.settings import Settings
from webapp.tickets.model import TooManyRequests

Visitor = Callable[..., Visit]


def test_an_unknown_address_offers_the_search_and_people(visit: Visitor) -> None:
    page = visit("/questions/nope")
    assert page.status == 404
    assert "Cette page n’existe pas" in page.main
    assert page.soup.select_one("form[role=search]")
    assert page.soup.select_one('main a[href="tel:0199001030"]')
    assert "This page does not exist" in visit("/en/nope").main


def test_a_theme_under_the_slug_of_another_language_is_not_found(visit: Visitor) -> None:
    assert visit("/en/themes/cartes").status == 404


def test_an_unexpected_error_is_a_page_without_details(app: Flask, visit: Visitor) -> None:
    app.before_request(explode)
    page = visit("/recherche?q=x")
    assert page.status == 500
    assert "Le site a un problème" in page.main
    assert "01 99 00 10 30" in page.main
    assert "secret" not in page.html


def test_a_database_that_cannot_serve_gives_503_and_leaves_the_pages_alone(app: Flask, visit: Visitor) -> None:
    app.view_functions["public.search"] = refuse(DatabaseBusy())
    page = visit("/recherche?q=x")
    assert (page.status, page.headers["Retry-After"]) == (503, "30")
    assert "votre message n’a pas été envoyé" in page.main
    app.view_functions["public.search"] = refuse(DatabaseUnavailable())
    assert visit("/recherche?q=x").status == 503
    assert visit("/").status == 200


def test_a_limit_says_how_long_to_wait(app: Flask, visit: Visitor) -> None:
    app.view_functions["public.search"] = refuse(TooManyRequests(150, "network"))
    page = visit("/recherche?q=x")
    assert (page.status, page.headers["Retry-After"]) == (429, "150")
    assert "dans 3 minutes" in page.main


def test_pages_need_no_database(settings: Settings, tmp_path: Path) -> None:
    lost = replace(settings, database_url="sqlite:////nowhere/at/all.sqlite3", data=tmp_path / "no")
    client = create_app(lost, clock=lambda: MORNING).test_client()
    for path in ("/", "/questions/carte-perdue-ou-volee", "/contact", "/recherche?q=carte+perdue"):
        assert client.get(path).status_code == 200
    health = client.get("/health")
    assert health.status_code == 503
    assert health.get_json()["database"] == "unavailable"


def test_health_tells_the_version_and_no_secret(client: object, visit: Visitor, app: Flask, settings: Settings) -> None:
    answer = app.test_client().get("/health")
    found = answer.get_json()
    assert answer.status_code == 200
    assert (found["status"], found["database"], found["worker"]) == ("ok", "ok", "absent")
    assert set(found) == {"status", "version", "database", "worker"}
    (settings.data / "worker.alive").touch()
    assert app.test_client().get("/health").get_json()["worker"] == "ok"


def test_without_search_the_themes_and_people_remain_and_the_index_is_rebuilt(
    settings: Settings, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    shutil.copytree(settings.index, index)
    app = create_app(replace(settings, index=index, publish_poll=0.0), clock=lambda: MORNING)
    client = app.test_client()
    version = client.get("/health").get_json()["version"]
    shutil.rmtree(index / version / "search")
    page = Visit(client.get("/recherche?q=carte+perdue"))
    assert page.status == 200
    assert "La recherche est arrêtée" in page.main
    assert page.soup.select(".themes a")
    thread = app.extensions["guichet"].mender.thread
    thread.join(60)
    mended = Visit(client.get("/recherche?q=j'ai+perdu+ma+carte"))
    assert mended.soup.select_one(".results li h3 a")["data-article"] == "carte-perdue-ou-volee"  # type: ignore[index]


def test_with_nothing_published_a_page_says_so_and_the_content_is_published(settings: Settings, tmp_path: Path) -> None:
    app = create_app(replace(settings, index=tmp_path / "index", publish_poll=0.0), clock=lambda: MORNING)
    client = app.test_client()
    page = Visit(client.get("/"))
    assert (page.status, page.headers["Retry-After"]) == (503, "5")
    assert "Le site ouvre dans un instant" in page.main
    assert client.get("/style-0.css").status_code == 200
    app.extensions["guichet"].mender.thread.join(60)
    assert client.get("/").status_code == 200


def test_broken_content_is_shown_in_development_only(settings: Settings, tmp_path: Path) -> None:
    index = tmp_path / "index"
    shutil.copytree(settings.index, index)
    problem = {"file": "fr/cartes/x.md", "line": 3, "severity": "error", "code": "x", "message": "Titre <b>absent</b>."}
    development = create_app(replace(settings, index=index), clock=lambda: MORNING).test_client()
    production = create_app(replace(settings, index=index, env="production"), clock=lambda: MORNING).test_client()
    assert "Titre" not in development.get("/").get_data(as_text=True)
    (index / "problems.json").write_text(json.dumps({"errors": 1, "warnings": 0, "problems": [problem]}))
    again = create_app(replace(settings, index=index), clock=lambda: MORNING).test_client()
    page = Visit(again.get("/"))
    assert "fr/cartes/x.md, ligne 3" in page.texts(".development li")[0]
    assert "<b>absent" not in page.html
    assert "Titre" not in production.get("/").get_data(as_text=True)


def explode() -> None:
    raise RuntimeError("secret detail")


def refuse(error: Exception) -> Callable[..., None]:
    def view(**values: str) -> None:
        raise error

    return view
