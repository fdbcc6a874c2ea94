"""Settings: frozen, typed, read once at the edge from ``GUICHET_*`` variables.

Each option carries its unit, default and one line of help; ``docs/settings.md`` is generated from them
(``flask settings --markdown``) and a test compares the two. A secret may come from a file instead
(``GUICHET_X_FILE``), as container platforms mount them.

``GUICHET_ENV=production`` refuses to start on a missing, default or short secret, a public address that is not
HTTPS, or a data folder that cannot be written; development creates its secrets once under ``GUICHET_DATA``.
"""

import base64
import binascii
import math
import os
import secrets
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
MINIMUM_SECRET = 32  # characters: 32 hexadecimal digits are the 128 bits that ASVS 11.5.1 asks for
_DEVELOPMENT_SECRETS = "development-secrets.env"
_PLACEHOLDERS = ("changeme", "change-me", "secret", "default", "example", "development", "password")
_DATABASES = ("sqlite", "postgresql+psycopg")


class SettingsError(Exception):
    """A setting is missing, unreadable or unsafe; the message names it and says what to do."""


def option(default: Any, text: str, *, unit: str = "", secret: bool = False) -> Any:
    # A secret is left out of the repr: a traceback or a debugger shows settings whole.
    return field(default=default, repr=not secret, metadata={"help": text, "unit": unit, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator can set. The environment variable is ``GUICHET_`` + the name in capitals."""

    env: str = option("development", "`development` or `production`; only decides how strict the start is")
    public_url: str = option(
        "http://127.0.0.1:8000", "address the customers use, without a path; HTTPS in production", unit="URL"
    )
    data: Path = option(
        Path("var"), "folder of the database, the embedded mailbox and development secrets", unit="path"
    )
    content: Path = option(Path("content"), "folder that the editors keep", unit="path")
    index: Path = option(Path("search_index"), "folder of published versions; a cache, may be deleted", unit="path")
    database_url: str = option("", "SQLAlchemy address; empty: SQLite in the data folder", unit="URL", secret=True)

    secret_key: str = option("", "signs stamps, receipts and staff sessions", unit="≥ 32 characters", secret=True)
    encryption_keys: str = option(
        "",
        "keys of the safe, `id:base64 of 32 bytes`, comma-separated; the first one encrypts, all decrypt",
        unit="list",
        secret=True,
    )
    lookup_key: str = option(
        "", "keys the digests (idempotency, limits) so that they cannot be guessed", unit="≥ 32 characters", secret=True
    )

    destination: str = option("maildir", "where requests go: `maildir` or `smtp`")
    mail_from: str = option("ne-pas-repondre@banque-rivage.example", "sender of every e-mail", unit="address")
    mail_to: str = option("guichet@banque-rivage.example", "mailbox of the helpdesk", unit="address")
    maildir: Path = option(
        Path(), "Maildir of the `maildir` destination; empty: `mail` in the data folder", unit="path"
    )
    smtp_host: str = option("", "SMTP relay, required by `smtp`", unit="host")
    smtp_port: int = option(587, "SMTP port", unit="port")
    smtp_security: str = option("starttls", "`starttls`, `tls` or `none` (refused in production off the loopback)")
    smtp_user: str = option("", "SMTP user; empty: no authentication")
    smtp_password: str = option("", "SMTP password", secret=True)
    smtp_ca_file: str = option("", "certificate authorities to trust instead of the system's", unit="path")
    smtp_timeout: int = option(30, "longest wait for the relay", unit="seconds")

    trusted_proxies: int = option(0, "reverse proxies in front whose X-Forwarded-* headers are believed", unit="count")
    stamp_minimum_age: float = option(3.0, "a form sent sooner is asked to be sent again", unit="seconds")
    stamp_maximum_age: int = option(86_400, "a form older than this gets a new stamp, its text kept", unit="seconds")
    limit_per_network: int = option(20, "requests accepted from one network prefix (/24, /48)", unit="per hour")
    limit_per_address: int = option(5, "requests accepted for one e-mail address", unit="per hour")
    limit_overall: int = option(2_000, "requests accepted altogether", unit="per hour")
    feedback_per_network: int = option(60, "opinions on articles accepted from one network prefix", unit="per hour")

    retention_body_days: int = option(
        30, "a ticket's words and person are deleted so long after its last delivery", unit="days"
    )
    retention_ticket_months: int = option(
        13, "what is left of a ticket is deleted so long after its sending", unit="months"
    )
    retention_opinion_months: int = option(25, "counts of opinions are deleted before they are older", unit="months")
    facebook_app_secret: str = option(
        "", "secret of the Facebook app; empty: the Page tab and Facebook's callbacks answer 404", secret=True
    )
    facebook_pages: str = option("", "ids of the Pages whose tab we serve, comma-separated", unit="list")

    publish_poll: float = option(0.5, "how often a web worker looks for a newly published version", unit="seconds")
    delivery_poll: float = option(0.5, "how often the idle delivery worker looks for work", unit="seconds")
    delivery_lease: int = option(60, "a sending not finished by then is offered again", unit="seconds")
    delivery_longest_wait: int = option(900, "ceiling of the back-off between two attempts", unit="seconds")
    log_level: str = option("INFO", "`DEBUG`, `INFO`, `WARNING` or `ERROR`")

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{(self.data / 'guichet.sqlite3').as_posix()}"

    @property
    def maildir_folder(self) -> Path:
        return self.maildir if self.maildir != Path() else self.data / "mail"

    @property
    def facebook_page_ids(self) -> frozenset[str]:
        return frozenset(each.strip() for each in self.facebook_pages.split(",") if each.strip())

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read and check every option.

        Errors: ``SettingsError`` naming the variable. In development missing secrets are created under the data
        folder (mode 0600); production never writes one.
        """
        source = dict(os.environ if environ is None else environ)
        values: dict[str, Any] = {}
        for each in fields(cls):
            raw = _raw(each.name, source)
            if raw is not None:
                values[each.name] = _convert(each, raw)
        settings = cls(**values)
        _check_choices(settings)
        _check_facebook(settings)
        if settings.production:
            _check_production(settings)
            return settings
        return _with_development_secrets(settings)


def variable(name: str) -> str:
    return f"GUICHET_{name.upper()}"


def _raw(name: str, source: Mapping[str, str]) -> str | None:
    key = variable(name)
    path = source.get(f"{key}_FILE")
    if path is None:
        return source.get(key)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{key}_FILE: {path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError:  # not chained: the exception holds the bytes of the secret
        raise SettingsError(f"{key}_FILE: {path} is not a text in UTF-8.") from None


def _convert(each: "Field[Any]", raw: str) -> Any:
    kind = each.type if isinstance(each.type, type) else type(each.default)
    try:
        if kind is Path:
            return Path(raw).expanduser()
        return kind(raw)
    except ValueError as error:
        raise SettingsError(f"{variable(each.name)}: {raw!r} is not a {kind.__name__}.") from error


def _check_choices(settings: Settings) -> None:
    choices = {
        "env": ("development", "production"),
        "destination": ("maildir", "smtp"),
        "smtp_security": ("starttls", "tls", "none"),
        "log_level": ("DEBUG", "INFO", "WARNING", "ERROR"),
    }
    for name, allowed in choices.items():
        value = getattr(settings, name)
        if value not in allowed:
            raise SettingsError(f"{variable(name)}: {value!r} is unknown; choose one of {', '.join(allowed)}.")
    if settings.destination == "smtp" and not settings.smtp_host:
        raise SettingsError("GUICHET_SMTP_HOST is missing: GUICHET_DESTINATION=smtp needs the name of a relay.")
    _check_numbers(settings)
    _check_retention(settings)
    if settings.database_url and urlsplit(settings.database_url).scheme not in _DATABASES:  # not shown: a password
        raise SettingsError("GUICHET_DATABASE_URL must start with sqlite:/// or postgresql+psycopg://.")
    url = urlsplit(settings.public_url)
    # Browsers' word of our origin is compared with it letter by letter, and they say it in small letters.
    bare = url.path in ("", "/") and not url.query and not url.fragment and "@" not in url.netloc
    if url.scheme not in ("http", "https") or not url.hostname or not bare or url.netloc != url.netloc.lower():
        raise SettingsError("GUICHET_PUBLIC_URL must look like https://contact.bank.example, in small letters.")


def _check_numbers(settings: Settings) -> None:
    """No number below zero, none that is not a number: -1 proxies would believe what visitors say of themselves."""
    for each in fields(settings):
        value = getattr(settings, each.name)
        if isinstance(value, int | float) and not (math.isfinite(value) and value >= 0):
            raise SettingsError(f"{variable(each.name)}: {value} must be zero or more.")


def _check_retention(settings: Settings) -> None:
    for name in ("retention_body_days", "retention_ticket_months", "retention_opinion_months"):
        if getattr(settings, name) < 1:
            raise SettingsError(f"{variable(name)} must be at least 1.")
    if settings.retention_body_days > 28 * settings.retention_ticket_months:
        raise SettingsError("GUICHET_RETENTION_BODY_DAYS is longer than GUICHET_RETENTION_TICKET_MONTHS.")


def _check_facebook(settings: Settings) -> None:
    secret, pages = settings.facebook_app_secret, settings.facebook_page_ids
    if not all(each.isascii() and each.isdigit() for each in pages):
        raise SettingsError("GUICHET_FACEBOOK_PAGES: the id of a Page is a number; separate several with commas.")
    if secret and not pages:
        raise SettingsError("GUICHET_FACEBOOK_PAGES is missing: one app secret serves every Page, so name yours.")
    if secret and settings.production and len(secret) < MINIMUM_SECRET:
        raise SettingsError("GUICHET_FACEBOOK_APP_SECRET is too short: Facebook's have 32 characters.")


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
    if not settings.encryption_keys:
        raise SettingsError("GUICHET_ENCRYPTION_KEYS is missing: `flask new-key` prints one.")
    _check_keys(settings.encryption_keys)
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


def _check_keys(keys: str) -> None:
    """Refuse a short key, and one that somebody typed: 32 random bytes never hold fewer than 16 different ones."""
    for entry in filter(None, (part.strip() for part in keys.split(","))):
        try:
            key = base64.b64decode(entry.partition(":")[2].strip(), validate=True)
        except binascii.Error:
            key = b""
        if len(key) != 32 or len(set(key)) < 16:
            raise SettingsError(
                "GUICHET_ENCRYPTION_KEYS holds a key that is not 32 random bytes: `flask new-key` prints one."
            )


def _with_development_secrets(settings: Settings) -> Settings:
    """Fill in what is missing from the data folder's own secrets, made on the first start."""
    from dataclasses import replace

    wanted = ("secret_key", "lookup_key", "encryption_keys")
    if all(getattr(settings, name) for name in wanted):
        return settings
    path = settings.data / _DEVELOPMENT_SECRETS
    if not path.exists():
        settings.data.mkdir(parents=True, exist_ok=True)
        made = {
            "secret_key": secrets.token_hex(32),
            "lookup_key": secrets.token_hex(32),
            "encryption_keys": "dev1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        text = "".join(f"{variable(name)}={value}\n" for name, value in made.items())
        _write_once(path, text)
    stored = dict(line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines() if "=" in line)
    missing: dict[str, Any] = {name: stored.get(variable(name), "") for name in wanted if not getattr(settings, name)}
    for name, value in missing.items():
        if not value:
            raise SettingsError(f"{path} holds no {variable(name)}: delete the file to have new secrets made.")
    return replace(settings, **missing)


def _write_once(path: Path, text: str) -> None:
    """Create `path` whole with mode 0600; of two processes that start together, the first one wins."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)


def describe() -> list[tuple[str, str, str, str]]:
    """Rows (variable, default, unit, help) for the documentation, in the order of the class."""
    rows = []
    for each in fields(Settings):
        default = "" if each.default in (MISSING, Path()) else str(each.default)
        rows.append((variable(each.name), default, each.metadata["unit"], each.metadata["help"]))
    return rows
