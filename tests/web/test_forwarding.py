"""From the form to the destinations of its route: one sending each, in the ticket's own transaction."""

from dataclasses import replace
from pathlib import Path

import msgspec
from flask import Flask
from sqlalchemy import select

from tests.web.test_contact import post
from webapp.knowledge.routes import Marks, Routes, Rule
from webapp.settings import Settings
from webapp.tables import delivery
from webapp.web import forwarding

__all__ = ["post"]
MAILBOXES = "".join(f'[{name}]\nkind = "mail"\nto = "{name}@bank.example"\n' for name in ("rt", "reclamations"))
ROUTES = Routes(rules=(Rule(name="Demandes", nature=("request",), to=("rt", "reclamations")),), default=("rt",))


def settings_with(tmp_path: Path, text: str = MAILBOXES) -> Settings:
    path = tmp_path / "destinations.toml"
    path.write_text(text, encoding="utf-8")
    return Settings(data=tmp_path, destinations=path)


def test_a_request_is_owed_to_every_destination_of_its_route_and_the_letter_once(tmp_path: Path) -> None:
    owed = forwarding.deliveries(ROUTES, Marks(nature="request"), settings_with(tmp_path))
    assert owed == (("request", "rt"), ("request", "reclamations"), ("acknowledgement", "maildir"))


def test_a_name_that_nothing_answers_to_never_loses_a_request(tmp_path: Path, caplog) -> None:
    lost = Routes(default=("gone",))
    assert forwarding.deliveries(lost, Marks(nature="request"), settings_with(tmp_path))[0] == ("request", "maildir")
    assert "does not exist here" in caplog.text
    half = Routes(default=("gone", "rt"))
    assert forwarding.helpdesks_of(half, Marks(nature="request"), settings_with(tmp_path)) == (("rt",), ("gone",))


def test_a_broken_file_of_destinations_never_loses_a_request(tmp_path: Path) -> None:
    owed = forwarding.deliveries(ROUTES, Marks(nature="request"), settings_with(tmp_path, "[broken"))
    assert owed == (("request", "maildir"), ("acknowledgement", "maildir"))


def test_the_form_writes_what_the_published_routes_say(app: Flask, post, tmp_path: Path, monkeypatch) -> None:
    held = app.extensions["guichet"]
    shown = held.shelf.current()
    routed = msgspec.structs.replace(shown, catalog=msgspec.structs.replace(shown.catalog, routes=ROUTES))
    monkeypatch.setattr("webapp.web.submission.edition", lambda: routed)
    settings = replace(held.settings, destinations=settings_with(tmp_path).destinations)
    monkeypatch.setitem(app.extensions, "guichet", replace(held, settings=settings))
    assert post().status == 303
    with held.database.reading() as connection:
        rows = connection.execute(select(delivery.c.key, delivery.c.destination).order_by(delivery.c.id)).all()
    assert [(key.partition(":")[2], destination) for key, destination in rows] == [
        ("request:rt", "rt"),
        ("request:reclamations", "reclamations"),
        ("acknowledgement", "maildir"),
    ]
