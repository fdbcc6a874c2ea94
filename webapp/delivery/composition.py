"""Ticket → letter: what the agent reads, and the acknowledgement that the customer gets.

The agent's letter carries the customer's words; every header value is cleaned first, so that none can end a header,
add a recipient or hide text. The acknowledgement goes to an address that anybody may have typed into the form:
it holds not one word of the visitor, or the bank's server would post strangers' messages under the bank's name.
"""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.letterhead import Drawer
from webapp.delivery.wording import address, one_line, several_lines, spoken
from webapp.settings import ROOT, Settings
from webapp.tickets.model import StoredRequest

_NATURES = {
    "question": "Question",
    "request": "Demande",
    "complaint": "Réclamation",
    "urgent": "URGENT, fraude ou vol",
}
_RECEIVED = {"fr": "Nous avons bien reçu votre message", "en": "We have received your message"}
_SURFACES = {"hub": "site de la banque", "widget": "site d'un partenaire", "tab": "page Facebook"}
_LANGUAGES = {"fr": "français", "en": "anglais"}


class Composer:
    """Writes the letters of one bank. `templates` is the folder that holds ``mail/``."""

    def __init__(self, settings: Settings, drawer: Drawer, templates: Path = ROOT / "templates") -> None:
        self._settings = settings
        self._drawer = drawer
        self._host = urlsplit(settings.public_url).hostname or "localhost"
        self._templates = Environment(
            loader=FileSystemLoader(templates / "mail"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def compose(self, kind: str, key: str, request: StoredRequest) -> EmailMessage:
        """The letter of a delivery: `kind` is ``request`` or ``acknowledgement``.

        The same delivery gives the same headers at each attempt. Errors: ``DeliveryError``, permanent, when there is
        no address to write to.
        """
        if kind == "request":
            return self._request(key, request)
        if kind == "acknowledgement":
            return self._acknowledgement(key, request)
        raise DeliveryError("kind", permanent=True)

    def _request(self, key: str, request: StoredRequest) -> EmailMessage:
        letterhead = self._drawer.current()
        mail = self._envelope(key, request, to=self._settings.mail_to)
        nature = one_line(_NATURES.get(request.nature, request.nature))
        theme = one_line(letterhead.theme(request.theme, "fr"))
        mail["Subject"] = one_line(f"[{request.reference}] " + " · ".join(filter(None, (nature, theme))))
        for name in ("reference", "nature", "theme", "language", "surface"):
            mail[f"X-Guichet-{name.title()}"] = one_line(getattr(request, name)) or "-"
        # A Reply-To outside ASCII would need SMTPUTF8 on the whole way to the agent (RFC 6531): the request must
        # arrive through any relay, so the agent then finds the address in the text only.
        customer = address(request.email)
        if customer and customer.isascii():
            mail["Reply-To"] = Address(one_line(request.name), addr_spec=customer)
        answers = letterhead.answers(request.nature, request.fields, "fr")
        text = self._templates.get_template("request.txt").render(
            reference=request.reference,
            received=spoken(request.created_at, "fr"),
            nature=nature,
            theme=theme,
            language=one_line(_LANGUAGES.get(request.language, request.language)),
            surface=one_line(_SURFACES.get(request.surface, request.surface)),
            partner=one_line(request.partner),
            name=one_line(request.name),
            email=one_line(request.email),
            phone=one_line(request.phone),
            answers=[(label, several_lines(value)) for label, value in answers],
            message=several_lines(request.message),
            can_reply="Reply-To" in mail,
        )
        mail.set_content(text, cte="quoted-printable")
        return mail

    def _acknowledgement(self, key: str, request: StoredRequest) -> EmailMessage:
        customer = address(request.email)
        if not customer:
            raise DeliveryError("address", permanent=True)
        language = request.language if request.language in _RECEIVED else "fr"
        mail = self._envelope(key, request, to=customer)
        mail["Subject"] = f"{_RECEIVED[language]} ({request.reference})"
        # RFC 3834, and Exchange's own header: no out-of-office may answer this letter.
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
        words = self._acknowledgement_words(request, language)
        name = f"acknowledgement.{language}"
        mail.set_content(self._templates.get_template(f"{name}.txt").render(words), cte="quoted-printable")
        html = self._templates.get_template(f"{name}.html").render(words)
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
        mail["Content-Language"] = language
        return mail

    def _acknowledgement_words(self, request: StoredRequest, language: str) -> dict[str, Any]:
        """Everything the acknowledgement may say: from the bank's content and the ticket's own marks."""
        letterhead = self._drawer.current()
        return {
            "reference": request.reference,
            "subject": _RECEIVED[language],
            "bank": letterhead.bank() or self._settings.mail_from.rpartition("@")[2],
            "received": spoken(request.created_at, language),
            "nature": letterhead.nature(request.nature, language),
            "delay": letterhead.delay(request.nature, language),
            "next_steps": letterhead.next_steps(request.nature, language),
            "numbers": letterhead.numbers(language),
            "site": self._settings.public_url.rstrip("/"),
        }

    def _envelope(self, key: str, request: StoredRequest, *, to: str) -> EmailMessage:
        """Sender, one recipient, and what makes a repetition recognisable: Date and Message-ID."""
        mail = EmailMessage(policy=SMTP if to.isascii() else SMTPUTF8)
        mail["Date"] = format_datetime(request.created_at)
        mail["Message-ID"] = f"<{key.replace(':', '.')}@{self._host}>"
        mail["From"] = Address(self._drawer.current().bank(), addr_spec=self._settings.mail_from)
        local, _, domain = to.rpartition("@")
        mail["To"] = Address(username=local, domain=domain)  # its parser would refuse a local part outside ASCII
        return mail
