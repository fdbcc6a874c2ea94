"""The operator's file of destinations: names, kinds, secrets kept elsewhere; each mistake is named."""

from pathlib import Path

import pytest

from tests.delivery.conftest import parcel_of
from webapp.delivery.composition import Composer
from webapp.delivery.declared import declared, known, secret
from webapp.delivery.destinations import configured
from webapp.settings import Settings, SettingsError
from webapp.tickets.model import StoredRequest

TWO = """
[reclamations]
kind = "mail"
to = "reclamations@banque-rivage.example"

[agents]
kind = "mail"
to = "agents@banque-rivage.example"
"""


RT = "[a]\nkind = 'request-tracker'\nurl = 'https://rt.example'\nqueue = 'Q'\n"


def settings(tmp_path: Path, text: str = "", **changes: object) -> Settings:
    if text:
        (tmp_path / "destinations.toml").write_text(text, encoding="utf-8")
        changes["destinations"] = tmp_path / "destinations.toml"
    return Settings(data=tmp_path, **changes)  # type: ignore[arg-type]


def test_two_mailboxes_beside_the_built_in_one(tmp_path: Path) -> None:
    ours = settings(tmp_path, TWO)
    assert list(declared(ours)) == ["reclamations", "agents"]
    assert known(ours) == {"maildir", "reclamations", "agents"}
    assert sorted(configured(ours)) == ["agents", "maildir", "reclamations"]


def test_without_a_file_nothing_changes(tmp_path: Path) -> None:
    assert known(settings(tmp_path)) == {"maildir"}
    assert known(settings(tmp_path, destination="smtp", smtp_host="relay")) == {"maildir", "smtp"}


def test_a_mailbox_of_a_route_gets_the_letter_under_its_own_address(
    tmp_path: Path, composer: Composer, request_of: "type[StoredRequest]"
) -> None:
    configured(settings(tmp_path, TWO))["reclamations"].send(
        parcel_of(request_of(), composer, destination="reclamations")
    )
    (letter,) = (tmp_path / "mail" / "new").iterdir()
    assert b"To: reclamations@banque-rivage.example" in letter.read_bytes()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[reclamations", "not TOML"),
        ('["Réclamations"]\nkind = "mail"', "small letters"),
        ('[smtp]\nkind = "mail"', "small letters"),
        ('["a-name-that-is-much-too-long"]\nkind = "mail"', "small letters"),
        ("[a]\nto = 'x@y.example'", "kind"),
        ("a = 1", "kind"),
        ("[a]\nkind = 'fax'", "'fax' is unknown"),
        ("[a]\nkind = 'mail'", "to"),
        ("[a]\nkind = 'mail'\nto = 'nobody'", "not an e-mail address"),
        ("[a]\nkind = 'mail'\nto = 'x@y.example'\ncolour = 'blue'", "colour"),
        (RT, "token_file"),
        (
            "[a]\nkind = 'request-tracker'\nurl = 'https://rt.example'\nqueue = 'Q'\ntoken_env = 'NOT_SET_1'",
            "NOT_SET_1",
        ),
        (f"{RT}token_file = '/none'", "/none"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError, match="GUICHET_DESTINATIONS") as refused:
        configured(settings(tmp_path, text))
    assert told in str(refused.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        declared(settings(tmp_path, destinations=tmp_path / "none.toml"))
    (tmp_path / "latin.toml").write_bytes(b"# \xe9\n")
    with pytest.raises(SettingsError, match="not TOML"):
        declared(settings(tmp_path, destinations=tmp_path / "latin.toml"))


def test_secrets_come_from_a_file_or_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(" one \n", encoding="ascii")
    monkeypatch.setenv("RT_TOKEN", "two")
    assert secret("token", {"token_file": str(tmp_path / "token")}) == "one"
    assert secret("token", {"token_env": "RT_TOKEN"}) == "two"
    assert secret("token", {}) == ""


@pytest.mark.parametrize(
    ("destination", "smtp_host", "by"),
    [("maildir", "relay", "maildir"), ("smtp", "relay", "smtp"), ("rt", "relay", "smtp"), ("rt", "", "maildir")],
)
def test_letters_to_customers_are_mail_wherever_requests_go(destination: str, smtp_host: str, by: str) -> None:
    assert Settings(destination=destination, smtp_host=smtp_host).letters_by == by
