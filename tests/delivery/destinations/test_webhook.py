"""The signed webhook: what is sent keeps to its published description, and only we could have sent it."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.delivery.conftest import parcel_of
from tests.delivery.destinations.http_servers import Asked, Told, serving
from webapp.delivery.composition import Composer
from webapp.delivery.destinations import configured
from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.destinations.webhook import Webhook
from webapp.delivery.parcel import Sent
from webapp.delivery.signing import NotSigned, SecretError, key_of, signed, verified
from webapp.settings import ROOT, Settings, SettingsError
from webapp.tickets.model import StoredRequest

Make = Callable[..., StoredRequest]
SECRET = "whsec_" + b64encode(bytes(range(32))).decode()
KEY = bytes(range(32))
OPENAPI = yaml.safe_load((ROOT / "docs" / "openapi" / "webhook.yaml").read_text(encoding="utf-8"))


def described(name: str) -> Draft202012Validator:
    """The published shape `name`: OpenAPI 3.1's schemas are JSON Schema 2020-12."""
    return Draft202012Validator(OPENAPI["components"]["schemas"][name])


class Helpdesk:
    """A receiver as the documentation shows it: checks the signature first, knows each id once."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.stored: dict[str, Any] = {}
        self.told = Told(200, b'{"id": "T-7"}')

    def __call__(self, asked: Asked) -> Told:
        self.asked.append(asked)
        try:
            id = verified(KEY, asked.headers, asked.body, 1_000_000)
        except NotSigned as error:
            return Told(401, error.reason.encode())
        self.stored.setdefault(id, json.loads(asked.body))
        return self.told


@pytest.fixture
def helpdesk() -> Helpdesk:
    return Helpdesk()


@pytest.fixture
def webhook(helpdesk: Helpdesk, tmp_path: Path) -> Iterator[Webhook]:
    (tmp_path / "secret").write_text(SECRET, encoding="ascii")
    with serving(helpdesk) as url:
        table = f'[hook]\nkind = "webhook"\nurl = "{url}/requests"\nsecret_file = "{tmp_path}/secret"\n'
        (tmp_path / "d.toml").write_text(table, encoding="utf-8")
        made = cast(Webhook, configured(Settings(data=tmp_path, destinations=tmp_path / "d.toml"))["hook"])
        made._now = lambda: 1_000_000
        yield made
        made.close()


def test_a_request_arrives_signed_and_as_described(
    webhook: Webhook, helpdesk: Helpdesk, composer: Composer, request_of: Make
) -> None:
    assert webhook.send(parcel_of(request_of(), composer, destination="hook")) == Sent("T-7")
    (asked,) = helpdesk.asked
    assert (asked.method, asked.path, asked.headers["content-type"]) == ("POST", "/requests", "application/json")
    sent = helpdesk.stored["7K4M-29XQ-C:request:hook"]
    assert [error.message for error in described("Sending").iter_errors(sent)] == []
    assert (sent["type"], sent["data"]["nature"], sent["data"]["theme"]) == ("request.created", "complaint", "cartes")
    assert sent["data"]["message"] == "Bonjour,\nje conteste 12,50 €."
    assert sent["data"]["person"]["email"] == "zoe@customer.example"


def test_a_further_message_names_the_case(
    webhook: Webhook, helpdesk: Helpdesk, composer: Composer, request_of: Make
) -> None:
    further = parcel_of(
        request_of(), composer, kind="message", destination="hook", text="J'ajoute une date.", case="T-7"
    )
    assert webhook.send(further) == Sent("T-7")
    (sent,) = helpdesk.stored.values()
    assert [error.message for error in described("Sending").iter_errors(sent)] == []
    assert (sent["type"], sent["data"]["case"], sent["data"]["message"]) == (
        "message.created",
        "T-7",
        "J'ajoute une date.",
    )


def test_a_repetition_carries_the_same_id_so_that_it_is_known(
    webhook: Webhook, helpdesk: Helpdesk, composer: Composer, request_of: Make
) -> None:
    helpdesk.told = Told(drop=True)
    with pytest.raises(DeliveryError):
        webhook.send(parcel_of(request_of(), composer, destination="hook"))
    helpdesk.told = Told(204, b"")
    sent = webhook.send(parcel_of(request_of(), composer, destination="hook", repeated=True))
    assert sent == Sent("7K4M-29XQ-C")
    assert len(helpdesk.asked) == 2
    assert len(helpdesk.stored) == 1


@pytest.mark.parametrize("said", [b"", b"thanks", b'{"id": null}', b'{"id": "<script>"}', b'{"id": {"a": 1}}', b"[]"])
def test_a_receiver_that_gives_no_name_is_called_by_our_reference(
    webhook: Webhook, helpdesk: Helpdesk, composer: Composer, request_of: Make, said: bytes
) -> None:
    helpdesk.told = Told(200, said)
    assert webhook.send(parcel_of(request_of(), composer)) == Sent("7K4M-29XQ-C")


def test_letters_to_customers_are_no_webhooks(webhook: Webhook, composer: Composer, request_of: Make) -> None:
    with pytest.raises(DeliveryError) as refused:
        webhook.send(parcel_of(request_of(), composer, kind="acknowledgement"))
    assert refused.value.permanent


def test_the_example_of_standard_webhooks_holds() -> None:
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


BODY = b'{"a": 1}'
GOOD = signed(KEY, "e1", 1000, BODY)


@pytest.mark.parametrize("now", [1000, 700, 1300])
def test_a_good_signature_holds_for_five_minutes_either_way(now: float) -> None:
    assert verified(KEY, GOOD, BODY, now) == "e1"


@pytest.mark.parametrize(
    ("changes", "body", "now", "reason"),
    [
        ({}, BODY, 1301, "old"),
        ({}, BODY, 699, "old"),
        ({}, BODY + b" ", 1000, "signature"),
        ({"webhook-id": "e2"}, BODY, 1000, "signature"),
        ({"webhook-timestamp": "1001"}, BODY, 1000, "signature"),
        ({"webhook-timestamp": "1000 "}, BODY, 1000, "headers"),
        ({"webhook-timestamp": "١٠٠٠"}, BODY, 1000, "headers"),
        ({"webhook-timestamp": "-1000"}, BODY, 1000, "headers"),
        ({"webhook-timestamp": "9" * 400}, BODY, 1000, "headers"),
        ({"webhook-id": ""}, BODY, 1000, "headers"),
        ({"webhook-id": "e" * 81}, BODY, 1000, "headers"),
        ({"webhook-signature": ""}, BODY, 1000, "signature"),
        ({"webhook-signature": "v1,"}, BODY, 1000, "signature"),
        ({"webhook-signature": "v1,é"}, BODY, 1000, "signature"),
        ({"webhook-signature": GOOD["webhook-signature"].replace("v1", "v0")}, BODY, 1000, "signature"),
    ],
)
def test_anything_else_is_refused(changes: dict[str, str], body: bytes, now: float, reason: str) -> None:
    with pytest.raises(NotSigned) as refused:
        verified(KEY, GOOD | changes, body, now)
    assert refused.value.reason == reason


def test_two_signatures_hold_while_a_secret_is_changed() -> None:
    other = signed(b"x" * 32, "e1", 1000, BODY)["webhook-signature"]
    assert verified(KEY, GOOD | {"webhook-signature": f"{other} {GOOD['webhook-signature']}"}, BODY, 1000) == "e1"


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_é", SECRET.removeprefix("whsec_")])
def test_a_weak_secret_is_refused_and_not_shown(secret: str, tmp_path: Path) -> None:
    with pytest.raises(SecretError):
        key_of(secret)
    (tmp_path / "secret").write_text(secret, encoding="utf-8")
    table = f'[hook]\nkind = "webhook"\nurl = "https://helpdesk.example"\nsecret_file = "{tmp_path}/secret"\n'
    (tmp_path / "d.toml").write_text(table, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"\[hook\].*whsec_") as refused:
        configured(Settings(data=tmp_path, destinations=tmp_path / "d.toml"))
    assert "c2hvcnQ" not in str(refused.value)


def test_the_description_is_valid_and_closed() -> None:
    assert OPENAPI["openapi"] == "3.1.0"
    for shape in OPENAPI["components"]["schemas"].values():
        Draft202012Validator.check_schema(shape)
    pointers = [each for each in _strings(OPENAPI, "$ref")]
    for pointer in pointers:
        found: Any = OPENAPI
        for part in pointer.removeprefix("#/").split("/"):
            found = found[part]
    assert pointers


def _strings(node: Any, key: str) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield str(value)
            yield from _strings(value, key)
    elif isinstance(node, list):
        for each in node:
            yield from _strings(each, key)
