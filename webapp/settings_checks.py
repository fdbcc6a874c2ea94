"""What no single choice shows: settings that do not go together, and what production refuses."""

import os
from urllib.parse import urlsplit

from webapp.settings import OPENING, Settings, SettingsError, variable

MINIMUM_SECRET = 32  # characters: 32 hexadecimal digits are the 128 bits that ASVS 11.5.1 asks for
_PLACEHOLDERS = ("changeme", "change-me", "secret", "default", "example", "development", "password")


def check(settings: Settings) -> None:
    """Errors: ``SettingsError`` naming the variable. In production the data folder is made and tried."""
    _check_retention(settings)
    _check_facebook(settings)
    _check_clamd(settings.clamd)
    if settings.production:
        _check_production(settings)


def check_keys(settings: Settings) -> None:
    """Refuse keys that cannot be read, that somebody typed, or whose halves do not belong together."""
    from webapp.confidential import keys  # here: the commands that open nothing load no cryptography

    name = "sealing_key"
    try:
        if settings.sealing_key:
            keys.read_sealing(settings.sealing_key)
        for name in OPENING:
            keys.require_random(getattr(settings, name))
        name = "opening_keys"
        if settings.opening_keys:
            keys.require_pair(settings.sealing_key, settings.opening_keys)
    except keys.KeysSettingError as error:
        raise SettingsError(f"{variable(name)}: {error}.") from None


def _check_retention(settings: Settings) -> None:
    words = ("retention_body_days", "retention_open_days", "retention_complaint_days")
    for name in (*words, "retention_ticket_months", "retention_opinion_months"):
        if getattr(settings, name) < 1:
            raise SettingsError(f"{variable(name)} must be at least 1.")
    for name in words:
        if getattr(settings, name) > 28 * settings.retention_ticket_months:
            raise SettingsError(f"{variable(name)} is longer than GUICHET_RETENTION_TICKET_MONTHS.")


def _check_facebook(settings: Settings) -> None:
    secret, pages = settings.facebook_app_secret, settings.facebook_page_ids
    if not all(each.isascii() and each.isdigit() for each in pages):
        raise SettingsError("GUICHET_FACEBOOK_PAGES: the id of a Page is a number; separate several with commas.")
    if secret and not pages:
        raise SettingsError("GUICHET_FACEBOOK_PAGES is missing: one app secret serves every Page, so name yours.")
    if secret and settings.production and len(secret) < MINIMUM_SECRET:
        raise SettingsError("GUICHET_FACEBOOK_APP_SECRET is too short: Facebook's have 32 characters.")


def _check_clamd(address: str) -> None:
    host, _, port = address.rpartition(":")
    if address and not address.startswith("/") and not (host and port.isdigit() and 0 < int(port) < 65536):
        raise SettingsError("GUICHET_CLAMD must be host:port, or the path of a socket, starting with /.")


def _check_production(settings: Settings) -> None:
    for name in ("secret_key", "lookup_key"):
        value = getattr(settings, name)
        if not value:
            raise SettingsError(f"{variable(name)} is missing: give it {MINIMUM_SECRET} random characters or more.")
        if len(value) < MINIMUM_SECRET or len(set(value)) < 10:
            raise SettingsError(f"{variable(name)} is too short or too simple: {MINIMUM_SECRET} random characters.")
        if any(word in value.lower() for word in _PLACEHOLDERS):
            raise SettingsError(f"{variable(name)} still holds a default value: choose a random one.")
    if settings.secret_key == settings.lookup_key:
        raise SettingsError("GUICHET_LOOKUP_KEY must differ from GUICHET_SECRET_KEY.")
    if not settings.sealing_key:
        raise SettingsError("GUICHET_SEALING_KEY is missing: `flask new-key` prints one with its private half.")
    if urlsplit(settings.public_url).scheme != "https":
        raise SettingsError(f"GUICHET_PUBLIC_URL: {settings.public_url} must start with https:// in production.")
    if settings.smtp_security == "none" and settings.smtp_host not in ("", "127.0.0.1", "localhost", "::1"):
        raise SettingsError("GUICHET_SMTP_SECURITY=none is only accepted towards this very machine.")
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        probe = settings.data / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(f"GUICHET_DATA: {settings.data} cannot be written ({error.strerror}).") from error
