"""Settings that refuse a start: here, those of Facebook."""

from pathlib import Path

import pytest

from webapp.settings import Settings, SettingsError

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    return {
        "GUICHET_ENV": "production",
        "GUICHET_PUBLIC_URL": "https://contact.banque-rivage.example",
        "GUICHET_DATA": str(tmp_path),
        "GUICHET_SECRET_KEY": "f3c1b5e07da49628b8f1c35e07da4962",
        "GUICHET_LOOKUP_KEY": "b8f1c35e07da4962f3c1b5e07da49628",
        "GUICHET_ENCRYPTION_KEYS": "k1:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=",
    }


def test_facebook_is_off_until_it_is_configured(production: dict[str, str]) -> None:
    settings = Settings.from_environ(production)
    assert (settings.facebook_app_secret, settings.facebook_page_ids) == ("", frozenset())


def test_pages_are_a_list_of_numbers(production: dict[str, str]) -> None:
    given = production | {"GUICHET_FACEBOOK_APP_SECRET": SECRET, "GUICHET_FACEBOOK_PAGES": "1234567890, 42,"}
    assert Settings.from_environ(given).facebook_page_ids == {"1234567890", "42"}


@pytest.mark.parametrize(
    ("secret", "pages", "words"),
    [
        (SECRET, "", "GUICHET_FACEBOOK_PAGES is missing"),
        (SECRET, "banquerivage", "the id of a Page is a number"),
        (SECRET, "١٢٣", "the id of a Page is a number"),
        (SECRET[:31], "42", "GUICHET_FACEBOOK_APP_SECRET is too short"),
    ],
)
def test_a_half_configured_facebook_refuses_to_start(
    production: dict[str, str], secret: str, pages: str, words: str
) -> None:
    given = production | {"GUICHET_FACEBOOK_APP_SECRET": secret, "GUICHET_FACEBOOK_PAGES": pages}
    with pytest.raises(SettingsError, match=words):
        Settings.from_environ(given)
