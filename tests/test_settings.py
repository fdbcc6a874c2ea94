"""Settings: what production refuses to start with, and what never shows."""

import base64
import secrets
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from webapp import cli
from webapp.confidential.safe import new_key, public_half
from webapp.settings import ROOT, Settings, SettingsError

FACEBOOK = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    newest = new_key()
    return {
        "GUICHET_ENV": "production",
        "GUICHET_PUBLIC_URL": "https://contact.bank.example",
        "GUICHET_DATA": str(tmp_path),
        "GUICHET_SECRET_KEY": secrets.token_hex(32),
        "GUICHET_LOOKUP_KEY": secrets.token_hex(32),
        "GUICHET_SEALING_KEY": public_half(newest),
        "GUICHET_OPENING_KEYS": f"{newest},{new_key('older')}",
    }


def test_production_starts_with_everything_in_place(production: dict[str, str]) -> None:
    assert Settings.from_environ(production).production


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GUICHET_SECRET_KEY", ""),
        ("GUICHET_SECRET_KEY", "short"),
        ("GUICHET_SECRET_KEY", "a" * 64),
        ("GUICHET_SECRET_KEY", "changeme-changeme-0123456789-abcdef"),
        ("GUICHET_LOOKUP_KEY", ""),
        ("GUICHET_SEALING_KEY", ""),
        ("GUICHET_SEALING_KEY", "k1:not base64"),
        ("GUICHET_SEALING_KEY", "k1:" + base64.b64encode(bytes(32)).decode()),
        ("GUICHET_OPENING_KEYS", "k1:" + base64.b64encode(b"A" * 32).decode()),
        ("GUICHET_OPENING_KEYS", "k1:" + base64.b64encode(b"password" * 4).decode()),
        ("GUICHET_OPENING_KEYS", "k1:not base64"),
        ("GUICHET_OPENING_KEYS", "k1:" + base64.b64encode(bytes(range(16))).decode()),
        pytest.param("GUICHET_OPENING_KEYS", new_key("another"), id="the private half of another pair"),
        ("GUICHET_ENCRYPTION_KEYS", "k1:" + base64.b64encode(b"A" * 32).decode()),
        ("GUICHET_ENCRYPTION_KEYS", "k1:not base64"),
        ("GUICHET_LOOKUP_KEY", "short"),
        ("GUICHET_LOOKUP_KEY", "0123456789abcdef-development-0123"),
        ("GUICHET_DATABASE_URL", "postgres://guichet:pass@db.bank.example/guichet"),
        ("GUICHET_DATABASE_URL", "guichet.sqlite3"),
        ("GUICHET_DESTINATION", "pigeon"),
        ("GUICHET_SMTP_SECURITY", "maybe"),
        ("GUICHET_SMTP_PORT", "submission"),
        ("GUICHET_LOG_LEVEL", "CHATTY"),
        ("GUICHET_PUBLIC_URL", "http://contact.bank.example"),
        ("GUICHET_PUBLIC_URL", "https://contact.bank.example/aide"),
        ("GUICHET_PUBLIC_URL", "https://contact.bank.example?x=1"),
        ("GUICHET_PUBLIC_URL", "https://user:pass@contact.bank.example"),
        ("GUICHET_PUBLIC_URL", "https://"),
        ("GUICHET_PUBLIC_URL", "https://Contact.Bank.example"),
        ("GUICHET_TRUSTED_PROXIES", "-1"),
        ("GUICHET_TRUSTED_PROXIES", "one"),
        ("GUICHET_STAMP_MINIMUM_AGE", "nan"),
        ("GUICHET_STAMP_MINIMUM_AGE", "inf"),
        ("GUICHET_LIMIT_PER_NETWORK", "-5"),
        ("GUICHET_ENV", "prod"),
    ],
)
def test_production_refuses_what_is_missing_or_unsafe_and_names_it(
    production: dict[str, str], name: str, value: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environ(production | {name: value})
    assert name in str(refused.value)
    for secret in ("GUICHET_SECRET_KEY", "GUICHET_LOOKUP_KEY", "GUICHET_OPENING_KEYS"):
        assert production[secret] not in str(refused.value)


def test_the_two_secrets_must_differ(production: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="must differ"):
        Settings.from_environ(production | {"GUICHET_LOOKUP_KEY": production["GUICHET_SECRET_KEY"]})


def test_smtp_in_clear_is_for_this_machine_only(production: dict[str, str]) -> None:
    clear = {"GUICHET_DESTINATION": "smtp", "GUICHET_SMTP_SECURITY": "none"}
    assert Settings.from_environ(production | clear | {"GUICHET_SMTP_HOST": "127.0.0.1"})
    with pytest.raises(SettingsError, match="GUICHET_SMTP_SECURITY"):
        Settings.from_environ(production | clear | {"GUICHET_SMTP_HOST": "relay.bank.example"})


def test_smtp_needs_a_relay(production: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="GUICHET_SMTP_HOST is missing"):
        Settings.from_environ(production | {"GUICHET_DESTINATION": "smtp"})


def test_a_data_folder_that_cannot_be_written_is_refused(production: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/guichet")):
        with pytest.raises(SettingsError, match=r"^GUICHET_DATA: .* cannot be written"):
            Settings.from_environ(production | {"GUICHET_DATA": str(folder)})


class TestASecretInAFile:
    def test_is_read_without_its_line_end(self, production: dict[str, str], tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text(production.pop("GUICHET_SECRET_KEY") + "\n", encoding="utf-8")
        settings = Settings.from_environ(production | {"GUICHET_SECRET_KEY_FILE": str(file)})
        assert settings.secret_key == file.read_text(encoding="utf-8").strip()

    @pytest.mark.parametrize("name", ["GUICHET_SECRET_KEY", "GUICHET_LOOKUP_KEY", "GUICHET_SEALING_KEY"])
    @pytest.mark.parametrize("content", [b"", b"short", b"\xff\xfe a secret in another encoding"])
    def test_is_refused_as_the_variable_would_be(
        self, production: dict[str, str], tmp_path: Path, name: str, content: bytes
    ) -> None:
        file = tmp_path / "secret"
        file.write_bytes(content)
        del production[name]
        with pytest.raises(SettingsError, match=name):
            Settings.from_environ(production | {f"{name}_FILE": str(file)})

    @pytest.mark.parametrize("path", ["", "/nowhere/at/all", "/"])
    def test_that_is_not_there_is_named(self, production: dict[str, str], path: str) -> None:
        with pytest.raises(SettingsError, match=r"^GUICHET_SMTP_PASSWORD_FILE: .* cannot be read"):
            Settings.from_environ(production | {"GUICHET_SMTP_PASSWORD_FILE": path})


def test_secrets_do_not_show_when_settings_are_printed(production: dict[str, str]) -> None:
    shown = repr(Settings.from_environ(production | {"GUICHET_SMTP_PASSWORD": "hunter2-hunter2"}))
    assert "contact.bank.example" in shown
    for name in ("GUICHET_SECRET_KEY", "GUICHET_LOOKUP_KEY", "GUICHET_OPENING_KEYS"):
        assert production[name] not in shown
    assert "hunter2" not in shown


def test_development_secrets_are_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    first = Settings.from_environ({"GUICHET_DATA": str(tmp_path)})
    again = Settings.from_environ({"GUICHET_DATA": str(tmp_path)})
    assert first == again
    assert first.sealing_key == public_half(first.opening_keys)
    assert len(list(tmp_path.iterdir())) == 3
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


class TestTheWebServer:
    """Reads its settings with ``opens=False``."""

    def test_gets_the_public_half_alone_in_development(self, tmp_path: Path) -> None:
        for folder in (tmp_path / "first", tmp_path / "second"):
            if folder.name == "second":
                worker = Settings.from_environ({"GUICHET_DATA": str(folder)})
            web = Settings.from_environ({"GUICHET_DATA": str(folder)}, opens=False)
            assert (web.opening_keys, web.encryption_keys) == ("", "")
            assert web.sealing_key.startswith("dev2:")
        assert web == replace(worker, opening_keys="")

    def test_never_looks_at_the_private_half_once_there_are_two(self, tmp_path: Path) -> None:
        Settings.from_environ({"GUICHET_DATA": str(tmp_path)})
        (tmp_path / "development-opening-key.env").unlink()
        assert Settings.from_environ({"GUICHET_DATA": str(tmp_path)}, opens=False).sealing_key
        assert not (tmp_path / "development-opening-key.env").exists()

    def test_starts_in_production_with_the_public_half(self, production: dict[str, str]) -> None:
        del production["GUICHET_OPENING_KEYS"]
        assert Settings.from_environ(production, opens=False).sealing_key

    def test_is_refused_by_gunicorn_itself(self, production: dict[str, str]) -> None:
        command = [sys.executable, "-m", "gunicorn", "--check-config", "-c", "gunicorn.conf.py", "wsgi:app"]
        done = subprocess.run(command, env=production, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert done.returncode != 0
        assert "GUICHET_OPENING_KEYS was given to the web server" in done.stderr
        del production["GUICHET_OPENING_KEYS"]
        assert subprocess.run(command, env=production, cwd=ROOT, timeout=60).returncode == 0


@pytest.mark.parametrize("name", ["GUICHET_OPENING_KEYS", "GUICHET_ENCRYPTION_KEYS", "GUICHET_OPENING_KEYS_FILE"])
def test_the_web_server_refuses_a_key_that_opens(production: dict[str, str], name: str) -> None:
    secret = production.pop("GUICHET_OPENING_KEYS")
    with pytest.raises(SettingsError, match=rf"^{name} was given to the web server") as refused:
        Settings.from_environ(production | {name: secret}, opens=False)
    assert secret not in str(refused.value)


def test_a_folder_older_than_the_two_halves_keeps_its_key(tmp_path: Path) -> None:
    file = tmp_path / "development-secrets.env"
    old = f"dev1:{base64.b64encode(bytes(range(32))).decode()}"
    secret = secrets.token_hex(32)
    file.write_text(f"GUICHET_SECRET_KEY={secret}\nGUICHET_LOOKUP_KEY={secret}\nGUICHET_ENCRYPTION_KEYS={old}\n")
    worker = Settings.from_environ({"GUICHET_DATA": str(tmp_path)})
    assert worker.encryption_keys == old
    assert worker.opening_keys
    assert not Settings.from_environ({"GUICHET_DATA": str(tmp_path)}, opens=False).encryption_keys


def test_processes_that_start_together_agree_on_the_development_secrets(tmp_path: Path) -> None:
    code = "from webapp.settings import Settings; s = Settings.from_environ(); print(s.secret_key, s.opening_keys)"
    environment = {"GUICHET_DATA": str(tmp_path / "var")}
    together = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    told = {process.communicate(timeout=60)[0] for process in together}
    assert [process.returncode for process in together] == [0] * 6
    assert len(told) == 1
    assert len(told.pop()) > 100
    assert len(list((tmp_path / "var").iterdir())) == 3
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "var").iterdir()} == {0o600}


def test_production_writes_no_secret(production: dict[str, str], tmp_path: Path) -> None:
    Settings.from_environ(production)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"GUICHET_RETENTION_BODY_DAYS": "0"},
        {"GUICHET_RETENTION_TICKET_MONTHS": "0"},
        {"GUICHET_RETENTION_OPINION_MONTHS": "-1"},
        {"GUICHET_RETENTION_BODY_DAYS": "57", "GUICHET_RETENTION_TICKET_MONTHS": "2"},
    ],
)
def test_a_retention_period_that_would_purge_at_once_or_never_is_refused(
    production: dict[str, str], changes: dict[str, str]
) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environ(production | changes)
    assert next(iter(changes)) in str(refused.value)


def test_the_page_of_settings_is_that_of_the_code() -> None:
    page = CliRunner().invoke(cli.main, ["settings", "--markdown"]).output
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == page


def test_facebook_is_off_until_it_is_configured(production: dict[str, str]) -> None:
    settings = Settings.from_environ(production)
    assert (settings.facebook_app_secret, settings.facebook_page_ids) == ("", frozenset())


def test_pages_are_a_list_of_numbers(production: dict[str, str]) -> None:
    given = production | {"GUICHET_FACEBOOK_APP_SECRET": FACEBOOK, "GUICHET_FACEBOOK_PAGES": "1234567890, 42,"}
    assert Settings.from_environ(given).facebook_page_ids == {"1234567890", "42"}


@pytest.mark.parametrize(
    ("secret", "pages", "words"),
    [
        (FACEBOOK, "", "GUICHET_FACEBOOK_PAGES is missing"),
        (FACEBOOK, "banquerivage", "the id of a Page is a number"),
        (FACEBOOK, "١٢٣", "the id of a Page is a number"),
        (FACEBOOK[:31], "42", "GUICHET_FACEBOOK_APP_SECRET is too short"),
    ],
)
def test_a_half_configured_facebook_refuses_to_start(
    production: dict[str, str], secret: str, pages: str, words: str
) -> None:
    given = production | {"GUICHET_FACEBOOK_APP_SECRET": secret, "GUICHET_FACEBOOK_PAGES": pages}
    with pytest.raises(SettingsError, match=words):
        Settings.from_environ(given)
