"""Answers and states by signed POST: kept once, only for tickets that the helpdesk was given, and nothing unsigned."""

import io
import json
import threading
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import yaml
from flask import Flask
from jsonschema import Draft202012Validator
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.inspection import samples
from tests.web.conftest import MORNING, Visit
from tests.web.test_contact import post
from webapp.delivery.signing import signed
from webapp.knowledge.routes import Routes
from webapp.settings import ROOT
from webapp.tables import attachment, delivery, message, ticket
from webapp.web.hooks import LARGEST, _long_one

__all__ = ["post"]
KEY = bytes(range(32))
OTHER = b"another key, of another helpdesk"
NOW = int(MORNING.timestamp())
OPENAPI = yaml.safe_load((ROOT / "docs" / "openapi" / "webhook.yaml").read_text(encoding="utf-8"))
RESPONSES = OPENAPI["paths"]["/crochets/{destination}"]["post"]["responses"]
Tell = Callable[..., TestResponse]


@pytest.fixture
def reference(app: Flask, post: Callable[..., Visit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A request that went to the webhook `hook`; `mute` takes no answers, `other` got another request."""
    table = ""
    for name, key in (("hook", KEY), ("other", OTHER)):
        (tmp_path / name).write_text("whsec_" + b64encode(key).decode(), encoding="ascii")
        table += f'[{name}]\nkind = "webhook"\nurl = "https://h.example"\nsecret_file = "{tmp_path}/{name}"\n'
        table += f'answers_secret_file = "{tmp_path}/{name}"\n'
    table += f'[mute]\nkind = "webhook"\nurl = "https://h.example"\nsecret_file = "{tmp_path}/hook"\n'
    (tmp_path / "d.toml").write_text(table, encoding="utf-8")
    held = app.extensions["guichet"]
    shown = held.shelf.current()
    catalog = msgspec.structs.replace(shown.catalog, routes=Routes(default=("hook",)))
    monkeypatch.setattr("webapp.web.submission.edition", lambda: msgspec.structs.replace(shown, catalog=catalog))
    settings = replace(held.settings, destinations=tmp_path / "d.toml")
    monkeypatch.setitem(app.extensions, "guichet", replace(held, settings=settings))
    assert post().status == 303
    with held.database.reading() as connection:
        return str(connection.execute(select(ticket.c.reference)).scalar_one())


@pytest.fixture
def tell(app: Flask) -> Tell:
    """POST `event`, signed with `key`."""
    client = app.test_client()

    def send(
        event: object,
        *,
        id: str = "event-1",
        to: str = "hook",
        key: bytes = KEY,
        timestamp: int = NOW,
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        sent = signed(key, id, timestamp, body) if headers is None else headers
        return client.post(f"/crochets/{to}", data=body, headers=sent)

    return send


def said(told: TestResponse) -> object:
    return json.loads(told.get_data())


def answer(reference: str, text: str = "Votre carte part demain.") -> dict[str, object]:
    return {"type": "answer", "data": {"reference": reference, "text": text}}


def state_of(app: Flask) -> tuple[str, int, int]:
    """(state of the ticket, answers of the bank, notices owed)"""
    with app.extensions["guichet"].database.reading() as connection:
        state = connection.execute(select(ticket.c.state)).scalar_one()
        answers = connection.execute(select(message.c.id).where(message.c.author == "bank")).all()
        notices = connection.execute(select(delivery.c.id).where(delivery.c.kind == "notice")).all()
    return str(state), len(answers), len(notices)


def test_an_answer_is_kept_and_the_customer_is_told_of_it(app: Flask, reference: str, tell: Tell) -> None:
    told = tell(answer(reference))
    assert (told.status_code, said(told)) == (200, {"kept": True})
    assert state_of(app) == ("answered", 1, 1)


def test_a_state_moves_the_ticket(app: Flask, reference: str, tell: Tell) -> None:
    event = {"type": "state", "data": {"reference": reference, "state": "in_hand"}}
    assert said(tell(event)) == {"kept": True}
    assert said(tell(event, id="event-2")) == {"kept": False}
    assert state_of(app)[0] == "in_hand"


def test_an_event_that_comes_again_is_kept_once_even_at_the_same_moment(app: Flask, reference: str, tell: Tell) -> None:
    answers: list[int] = []
    sending = [threading.Thread(target=lambda: answers.append(tell(answer(reference)).status_code)) for _ in range(8)]
    for each in sending:
        each.start()
    for each in sending:
        each.join()
    assert answers == [200] * 8
    assert state_of(app) == ("answered", 1, 1)


def test_the_longest_id_is_kept_in_the_room_that_the_table_has(app: Flask, reference: str, tell: Tell) -> None:
    assert tell(answer(reference), id="e" * 80).status_code == 200
    with app.extensions["guichet"].database.reading() as connection:
        origin = connection.execute(select(message.c.origin).where(message.c.author == "bank")).scalar_one()
    assert len(origin) <= message.c.origin.type.length


def test_the_published_description_is_what_is_taken_and_answered(app: Flask, reference: str, tell: Tell) -> None:
    event = answer(reference) | {"timestamp": "2026-11-23T09:00:00+01:00"}
    shape = Draft202012Validator(OPENAPI["components"]["schemas"]["News"])
    assert shape.is_valid(event)
    for told in (tell(event), tell(event, key=OTHER), tell({"type": "x"})):
        described = RESPONSES[str(told.status_code)]
        if "$ref" in described:
            described = OPENAPI["components"]["responses"]["Refused"]
        schema = described["content"]["application/json"]["schema"]
        assert Draft202012Validator(schema).is_valid(said(told)), said(told)


@pytest.mark.parametrize(
    "options",
    [
        {"key": OTHER},
        {"timestamp": NOW - 301},
        {"timestamp": NOW + 301},
        {"headers": {}},
        {"headers": {"webhook-id": "e", "webhook-timestamp": str(NOW), "webhook-signature": "v1,AAAA"}},
    ],
)
def test_what_is_not_signed_now_changes_nothing(app: Flask, reference: str, tell: Tell, options: dict) -> None:
    before = state_of(app)
    assert tell(answer(reference), **options).status_code == 401
    assert state_of(app) == before


@pytest.mark.parametrize(("to", "key"), [("mute", KEY), ("nobody", KEY), ("maildir", KEY), ("other", OTHER)])
def test_a_helpdesk_speaks_of_its_own_tickets_only(app: Flask, reference: str, tell: Tell, to: str, key: bytes) -> None:
    assert tell(answer(reference), to=to, key=key).status_code == 404
    assert state_of(app)[1] == 0


@pytest.mark.parametrize(
    "event",
    [
        b"",
        b"{",
        b"\xff",
        [],
        {"type": "answer"},
        {"type": "answer", "data": {"reference": "nonsense", "text": "x"}},
        {"type": "answer", "data": {"reference": "REF", "text": " "}},
        {"type": "answer", "data": {"reference": "REF", "text": "x" * 50_001}},
        {"type": "state", "data": {"reference": "REF", "state": "withdrawn"}},
        {"type": "state", "data": {"reference": "REF", "state": ""}},
        {"type": "delete", "data": {"reference": "REF"}},
        {"type": "answer", "timestamp": "yesterday", "data": {"reference": "REF", "text": "x"}},
    ],
)
def test_an_event_of_another_shape_is_refused(app: Flask, reference: str, tell: Tell, event: object) -> None:
    body = event if isinstance(event, bytes) else json.dumps(event).replace("REF", reference).encode()
    assert tell(body).status_code == 400
    assert state_of(app)[1] == 0


def test_a_body_too_large_is_not_read(reference: str, tell: Tell) -> None:
    assert tell(answer(reference, "x" * (LARGEST + 1))).status_code == 413


def test_a_long_body_is_read_one_at_a_time_and_only_after_headers_that_could_be_signed(
    app: Flask, reference: str, tell: Tell
) -> None:
    long = with_files(reference, ("lettre.pdf", samples.pdf() + b"%" * 200_000))
    asked = app.test_client().post(
        "/crochets/hook", input_stream=Unread(), headers=signed(KEY, "e", NOW - 301, b""), content_length=1_000_000
    )
    assert (asked.status_code, said(asked)) == (401, {"error": "old"})
    with _long_one:
        assert tell(long).status_code == 503
    assert said(tell(long)) == {"kept": True}


def test_an_answer_brings_files_and_one_that_is_not_taken_is_named(
    app: Flask, reference: str, tell: Tell, caplog: pytest.LogCaptureFixture
) -> None:
    given = [("attestation.pdf", samples.pdf()), ("contrat.docx", samples.docx()), ("photo.png", samples.pdf())]
    event = with_files(reference, *given, text="")
    assert Draft202012Validator(OPENAPI["components"]["schemas"]["News"]).is_valid(event)
    for _ in range(2):
        assert tell(event).status_code == 200
    held = app.extensions["guichet"]
    with held.database.reading() as connection:
        rows = connection.execute(select(attachment).order_by(attachment.c.position)).all()
    assert [row.scan for row in rows] == ["off", "refused", "refused"]
    assert [row.link_key is not None for row in rows] == [True] * 3
    assert state_of(app) == ("answered", 1, 1)
    assert len(held.store.ids()) == 1  # what comes again is not examined again
    assert "contrat" not in caplog.text


class Unread(io.BytesIO):
    def read(self, *_: object) -> bytes:
        raise AssertionError("the body was read")

    readinto = readline = read


def with_files(reference: str, *given: tuple[str, bytes], text: str = "Voici.") -> dict[str, object]:
    files = [{"name": name, "content": b64encode(body).decode()} for name, body in given]
    return {"type": "answer", "data": {"reference": reference, "text": text, "files": files}}


def test_a_reference_that_nobody_has_is_told(reference: str, tell: Tell) -> None:
    assert tell(answer("7K4M-29XQ-C")).status_code in (400, 404)


def test_an_answer_from_tomorrow_is_one_of_today(app: Flask, reference: str, tell: Tell) -> None:
    assert tell(answer(reference) | {"timestamp": "2099-01-01T00:00:00Z"}).status_code == 200
    with app.extensions["guichet"].database.reading() as connection:
        written = connection.execute(select(message.c.created_at).where(message.c.author == "bank")).scalar_one()
    assert written == NOW * 1000


def test_secrets_in_an_answer_are_masked(app: Flask, reference: str, tell: Tell) -> None:
    held = app.extensions["guichet"]
    assert tell(answer(reference, "Votre carte 4970 1012 3456 7893 part demain.")).status_code == 200
    with held.database.reading() as connection:
        sealed = connection.execute(select(message.c.sealed_body).where(message.c.author == "bank")).scalar_one()
    assert b"4970" not in sealed  # sealed, and masked before (tests/tickets/test_conversation.py)


def test_only_a_post_is_taken(visit: Callable[..., Visit]) -> None:
    assert visit("/crochets/hook").status == 405
