"""Settings: frozen, typed, read once at the edge from ``GUICHET_*`` variables.

Each option carries its unit, default and one line of help; ``docs/settings.md`` is generated from them
(``flask settings --markdown``) and a test compares the two. A secret may come from a file instead
(``GUICHET_X_FILE``), as container platforms mount them.

``GUICHET_ENV=production`` refuses to start on a missing, default or short secret, a public address that is not
HTTPS, or a data folder that cannot be written; development creates its secrets once under ``GUICHET_DATA``.

A process that must not open what customers wrote (the web server) reads its settings with ``opens=False``: it then
holds no key that could, and in production refuses to start when it was given one.
"""

import math
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
MINIMUM_SECRET = 32  # characters: 32 hexadecimal digits are the 128 bits that ASVS 11.5.1 asks for
_DEVELOPMENT_SECRETS = "development-secrets.env"
_DEVELOPMENT_OPENING = "development-opening-key.env"  # apart, so that the web server has no reason to read it
_DEVELOPMENT_SEALING = "development-sealing-key.env"
OPENING = ("opening_keys", "encryption_keys")
"""The settings that open what customers wrote: for the delivery worker and the command line alone."""
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
    sealing_key: str = option(
        "", "public half of the safe's key, for every process: what customers write is sealed to it", unit="id:base64"
    )
    opening_keys: str = option(
        "",
        "private halves, comma-separated, older ones after it; for the delivery worker and the command line alone",
        unit="list of id:base64",
        secret=True,
    )
    encryption_keys: str = option(
        "",
        "symmetric keys of before there were halves, until `flask rotate-keys` has run; where the opening keys are",
        unit="list of id:base64",
        secret=True,
    )
    lookup_key: str = option(
        "", "keys the digests (idempotency, limits) so that they cannot be guessed", unit="≥ 32 characters", secret=True
    )

    destination: str = option(
        "maildir",
        "where requests go that no route sends elsewhere: `maildir`, `smtp` or a name of GUICHET_DESTINATIONS",
    )
    destinations: Path = option(
        Path(), "TOML file of further destinations (docs/destinations.md); empty: none", unit="path"
    )
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
    iban: Literal["mask", "encrypt", "keep"] = option(
        "mask",
        "account numbers (IBAN, RIB) that customers write: `mask` (country and last four kept), `encrypt` (whole in the"
        " sealed text and for the agent, masked wherever a page shows it) or `keep` (left alone)",
    )
    limit_per_network: int = option(20, "requests accepted from one network prefix (/24, /48)", unit="per hour")
    limit_per_address: int = option(5, "requests accepted for one e-mail address", unit="per hour")
    limit_overall: int = option(2_000, "requests accepted altogether", unit="per hour")
    feedback_per_network: int = option(60, "opinions on articles accepted from one network prefix", unit="per hour")

    payment_themes: str = option(
        "cartes,virements,cheques-especes",
        "themes whose complaints are about payment services: answered within 15 working days (L133-45)",
        unit="list of theme ids",
    )
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
    def letters_by(self) -> str:
        """How letters to customers travel: ``smtp`` or ``maildir``. Requests may go elsewhere, letters are mail."""
        if self.destination in ("maildir", "smtp"):
            return self.destination
        return "smtp" if self.smtp_host else "maildir"

    @property
    def facebook_page_ids(self) -> frozenset[str]:
        return frozenset(each.strip() for each in self.facebook_pages.split(",") if each.strip())

    @property
    def payment_theme_ids(self) -> frozenset[str]:
        return frozenset(each.strip() for each in self.payment_themes.split(",") if each.strip())

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None, *, opens: bool = True) -> "Settings":
        """Read and check every option. `opens`: whether this process may open what customers wrote.

        Errors: ``SettingsError`` naming the variable. In development missing secrets are created under the data
        folder (mode 0600); production never writes one.
        """
        source = dict(os.environ if environ is None else environ)
        if not opens:
            source = _without_opening(source)
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
        else:
            settings = _with_development_secrets(settings, opens=opens)
        _check_keys(settings)
        return settings


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
        "smtp_security": ("starttls", "tls", "none"),
        "iban": ("mask", "encrypt", "keep"),
        "log_level": ("DEBUG", "INFO", "WARNING", "ERROR"),
    }
    for name, allowed in choices.items():
        value = getattr(settings, name)
        if value not in allowed:
            raise SettingsError(f"{variable(name)}: {value!r} is unknown; choose one of {', '.join(allowed)}.")
    if settings.destination not in ("maildir", "smtp") and settings.destinations == Path():
        raise SettingsError(
            f"GUICHET_DESTINATION: {settings.destination!r} is unknown; choose maildir, smtp, or declare it in the"
            " file of GUICHET_DESTINATIONS."
        )
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


def _check_keys(settings: Settings) -> None:
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


def _without_opening(source: dict[str, str]) -> dict[str, str]:
    """The environment of a process that must not open anything. Errors: ``SettingsError`` in production."""
    given = [key for name in OPENING for key in (variable(name), f"{variable(name)}_FILE") if source.get(key)]
    if given and source.get(variable("env")) == "production":
        raise SettingsError(
            f"{given[0]} was given to the web server, which must not be able to open what customers wrote. Give it to"
            " the delivery worker and the command line alone (docs/operations.md, Secrets)."
        )
    return {key: value for key, value in source.items() if key not in given}


def _with_development_secrets(settings: Settings, *, opens: bool) -> Settings:
    """Fill in what is missing from the data folder's own secrets, made on the first start."""
    wanted = ("secret_key", "lookup_key")
    if not all(getattr(settings, name) for name in wanted):
        stored = _kept(settings.data / _DEVELOPMENT_SECRETS, lambda: {name: secrets.token_hex(32) for name in wanted})
        former = stored.get(variable("encryption_keys"), "") if opens else ""  # of a folder older than the halves
        settings = replace(
            settings,
            secret_key=settings.secret_key or stored.get(variable("secret_key"), ""),
            lookup_key=settings.lookup_key or stored.get(variable("lookup_key"), ""),
            encryption_keys=settings.encryption_keys or former,
        )
    for name in wanted:
        if not getattr(settings, name):
            path = settings.data / _DEVELOPMENT_SECRETS
            raise SettingsError(f"{path} holds no {variable(name)}: delete the file to have new secrets made.")
    return _with_development_keys(settings, opens=opens)


def _with_development_keys(settings: Settings, *, opens: bool) -> Settings:
    """The two halves, each in a file of its own; the private one is only read by who opens, or to make the other."""
    if settings.sealing_key and (settings.opening_keys or not opens):
        return settings
    from webapp.confidential.keys import new_key, public_half

    def private() -> str:
        if settings.opening_keys or settings.sealing_key:  # whoever gave one half has the other
            return settings.opening_keys
        path = settings.data / _DEVELOPMENT_OPENING
        return _kept(path, lambda: {"opening_keys": new_key("dev2")}).get(variable("opening_keys"), "")

    sealing = settings.sealing_key
    if not sealing and settings.opening_keys:
        sealing = public_half(settings.opening_keys)
    elif not sealing:
        stored = _kept(settings.data / _DEVELOPMENT_SEALING, lambda: {"sealing_key": public_half(private())})
        sealing = stored.get(variable("sealing_key"), "")
    return replace(settings, sealing_key=sealing, opening_keys=private() if opens else "")


def _kept(path: Path, make: Callable[[], dict[str, str]]) -> dict[str, str]:
    """The variables kept in `path`, written there (mode 0600) the first time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_once(path, "".join(f"{variable(name)}={value}\n" for name, value in make().items()))
    return dict(line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines() if "=" in line)


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
