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
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
OPENING = ("opening_keys", "encryption_keys")
"""The settings that open what customers wrote: for the delivery worker and the command line alone."""
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

    files: Path = option(
        Path(),
        "folder of customers' files, sealed; one folder for all hosts; empty: `files` in the data folder",
        unit="path",
    )
    files_group: str = option(
        "", "group of the web server's and the worker's users, when they differ; empty: files are their owner's alone"
    )
    files_quota_mb: int = option(10_000, "no file is taken once the folder holds so much", unit="MB")
    files_per_network: int = option(60, "messages with files examined for one network prefix", unit="per hour")
    erasures: Path = option(
        Path(),
        "list of erased tickets (random ids), by which `flask restore` erases them again; best on another disk than the"
        " database; empty: `erasures.txt` in the data folder",
        unit="path",
    )
    clamd: str = option("", "antivirus: `host:port` or the path of clamd's socket; empty: none", unit="address")
    mail_largest_mb: int = option(
        20, "a letter to the helpdesk with larger files names them instead of carrying them", unit="MB"
    )

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
    limit_acknowledgements: int = option(
        3, "acknowledgements sent to one e-mail address, which nobody has verified; requests are kept", unit="per day"
    )
    limit_followup: int = option(
        120, "follow-up pages opened, links asked for and codes tried from one network prefix", unit="per hour"
    )
    feedback_per_network: int = option(60, "opinions on articles accepted from one network prefix", unit="per hour")

    payment_themes: str = option(
        "cartes,virements,cheques-especes",
        "themes whose complaints are about payment services: answered within 15 working days (L133-45)",
        unit="list of theme ids",
    )
    retention_body_days: int = option(
        30, "a closed or withdrawn ticket's words and person are deleted so long after its last event", unit="days"
    )
    retention_open_days: int = option(
        90, "the same of a ticket that nobody has closed; its follow-up page ends with it", unit="days"
    )
    retention_complaint_days: int = option(180, "the same of a complaint, in any state", unit="days")
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
    delivery_listen: float = option(30.0, "how often a helpdesk is asked for answers and states", unit="seconds")
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
    def files_folder(self) -> Path:
        return self.files if self.files != Path() else self.data / "files"

    @property
    def erasures_file(self) -> Path:
        return self.erasures if self.erasures != Path() else self.data / "erasures.txt"

    @property
    def files_quota(self) -> int:
        return self.files_quota_mb * 1_000_000

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
        from webapp import development, settings_checks  # here: they know this module

        _check_choices(settings)
        settings_checks.check(settings)
        if not settings.production:
            settings = development.with_secrets(settings, opens=opens)
        settings_checks.check_keys(settings)
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


def _without_opening(source: dict[str, str]) -> dict[str, str]:
    """The environment of a process that must not open anything. Errors: ``SettingsError`` in production."""
    given = [key for name in OPENING for key in (variable(name), f"{variable(name)}_FILE") if source.get(key)]
    if given and source.get(variable("env")) == "production":
        raise SettingsError(
            f"{given[0]} was given to the web server, which must not be able to open what customers wrote. Give it to"
            " the delivery worker and the command line alone (docs/operations.md, Secrets)."
        )
    return {key: value for key, value in source.items() if key not in given}


def describe() -> list[tuple[str, str, str, str]]:
    """Rows (variable, default, unit, help) for the documentation, in the order of the class."""
    rows = []
    for each in fields(Settings):
        default = "" if each.default in (MISSING, Path()) else str(each.default)
        rows.append((variable(each.name), default, each.metadata["unit"], each.metadata["help"]))
    return rows
