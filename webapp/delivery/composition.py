"""Ticket → letter: what the agent reads, and the letters that the customer gets.

The agent's letter carries the customer's words; every header value is cleaned first, so that none can end a header,
add a recipient or hide text. Letters to the customer go to an address that anybody may have typed into the form: they
hold not one word of the visitor, or the bank's server would post strangers' messages under the bank's name, and not
one word of the bank's answer, which is read on the follow-up page.
"""

from collections.abc import Sequence
from datetime import date
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.enclosing import Enclosed, attach, enclosed, line_of
from webapp.delivery.letterhead import Drawer
from webapp.delivery.parcel import Parcel, Sheet
from webapp.delivery.wording import address, one_line, several_lines, spoken, spoken_day
from webapp.settings import ROOT, Settings
from webapp.tickets.deadlines import Deadlines, deadlines
from webapp.tickets.model import StoredRequest
from webapp.tickets.owing import LETTERS

_NATURES = {
    "question": "Question",
    "request": "Demande",
    "complaint": "Réclamation",
    "urgent": "URGENT, fraude ou vol",
}
_SUBJECTS = {
    "acknowledgement": {"fr": "Nous avons bien reçu votre message", "en": "We have received your message"},
    "notice": {"fr": "Du nouveau pour votre demande", "en": "There is news about your request"},
    "link": {"fr": "Votre nouveau lien de suivi", "en": "Your new follow-up link"},
}
_FOLLOW_UP = {"fr": "/suivi", "en": "/en/follow-up"}  # a test compares them with the pages' own table
_SURFACES = {"hub": "site de la banque", "widget": "site d'un partenaire", "tab": "page Facebook"}
_SEEN = {
    "shown": "Proposé",
    "opened": "Lu",
    "useful": "Lu, jugé utile",
    "useless": "Lu, jugé insuffisant",
}
_LANGUAGES = {"fr": "français", "en": "anglais"}


class Composer:
    """Writes the letters of one bank. `templates` is the folder that holds ``mail/``."""

    def __init__(self, settings: Settings, drawer: Drawer, templates: Path = ROOT / "templates") -> None:
        self._settings = settings
        self._largest = settings.mail_largest_mb * 1_000_000
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

    def compose(self, parcel: Parcel, to: str = "") -> EmailMessage:
        """The letter of a parcel; `to` is the helpdesk's mailbox, "" for the usual one.

        The same delivery gives the same headers at each attempt. Errors: ``DeliveryError``, permanent, when there is
        no address to write to.
        """
        if parcel.kind == "request":
            return self._request(parcel, to or self._settings.mail_to)
        if parcel.kind == "message":
            return self._message(parcel, to or self._settings.mail_to)
        if parcel.kind in LETTERS:
            return self._letter(parcel)
        raise DeliveryError("kind", permanent=True)

    def _request(self, parcel: Parcel, to: str) -> EmailMessage:
        request = parcel.request
        mail = self._to_helpdesk(parcel, to)
        files = enclosed(parcel.files, self._largest)
        text = self._account(request, _answer_by(mail, parcel), [each.line for each in files])
        return _filled(mail, text, files)

    def _message(self, parcel: Parcel, to: str) -> EmailMessage:
        """What the customer added: the same thread for whoever sorts by subject or by References."""
        request = parcel.request
        mail = self._to_helpdesk(parcel, to)
        # The request's own key ends with the mailbox it went to; this one's with the same.
        first = f"{request.reference}:request:{parcel.key.rpartition(':')[2]}"
        mail["In-Reply-To"] = mail["References"] = self._message_id(first)
        files = enclosed(parcel.files, self._largest)
        text = self._addition(parcel, _answer_by(mail, parcel), [each.line for each in files])
        return _filled(mail, text, files)

    def sheet(self, parcel: Parcel) -> Sheet:
        """What an agent reads in a helpdesk that is no mailbox. Errors: ``DeliveryError`` for a customer's letter."""
        subject, files = self._subject(parcel.request), [line_of(each) for each in parcel.files]
        if parcel.kind == "request":
            return Sheet(subject, self._account(parcel.request, "helpdesk", files))
        if parcel.kind == "message":
            return Sheet(subject, self._addition(parcel, "helpdesk", files))
        raise DeliveryError("kind", permanent=True)

    def _addition(self, parcel: Parcel, answer_by: str, files: Sequence[str]) -> str:
        return self._templates.get_template("message.txt").render(
            reference=parcel.request.reference,
            written=spoken(parcel.written_at, "fr"),
            name=one_line(parcel.request.name),
            email=one_line(parcel.request.email),
            message=several_lines(parcel.text),
            files=files,
            answer_by=answer_by,
        )

    def _subject(self, request: StoredRequest) -> str:
        """One line that sorts: ``[7K4M-29XQ-C] Réclamation · Cartes bancaires``."""
        nature = one_line(_NATURES.get(request.nature, request.nature))
        theme = one_line(self._drawer.current().theme(request.theme, "fr"))
        return one_line(f"[{request.reference}] " + " · ".join(filter(None, (nature, theme))))

    def _to_helpdesk(self, parcel: Parcel, to: str) -> EmailMessage:
        request = parcel.request
        mail = self._envelope(parcel, to=to)
        mail["Subject"] = self._subject(request)
        for name in ("reference", "nature", "theme", "language", "surface"):
            mail[f"X-Guichet-{name.title()}"] = one_line(getattr(request, name)) or "-"
        if parcel.answers_to:
            mail["Reply-To"] = Address("", addr_spec=parcel.answers_to)
            return mail
        # A Reply-To outside ASCII would need SMTPUTF8 on the whole way to the agent (RFC 6531): the request must
        # arrive through any relay, so the agent then finds the address in the text only.
        customer = address(request.email)
        if customer and customer.isascii():
            mail["Reply-To"] = Address(one_line(request.name), addr_spec=customer)
        return mail

    def _account(self, request: StoredRequest, answer_by: str, files: Sequence[str]) -> str:
        """The request as an agent reads it, in French: marks, person, answers to the form's questions, message.

        `answer_by` says how an answer reaches the customer: ``mail`` (of which the text warns), ``address`` (by hand),
        ``mailbox`` and ``helpdesk`` (the answer is read back and shown on the follow-up page). `files`: their lines.
        """
        letterhead = self._drawer.current()
        answers = letterhead.answers(request.nature, request.fields, "fr")
        return self._templates.get_template("request.txt").render(
            reference=request.reference,
            received=spoken(request.created_at, "fr"),
            nature=one_line(_NATURES.get(request.nature, request.nature)),
            theme=one_line(letterhead.theme(request.theme, "fr")),
            language=one_line(_LANGUAGES.get(request.language, request.language)),
            surface=one_line(_SURFACES.get(request.surface, request.surface)),
            partner=one_line(request.partner),
            name=one_line(request.name),
            email=one_line(request.email),
            phone=one_line(request.phone),
            answers=[(label, several_lines(value)) for label, value in answers],
            seen=self._seen(request),
            message=several_lines(request.message),
            due=[(label, spoken_day(day, "fr")) for label, day in self._due(request)],
            files=files,
            answer_by=answer_by,
        )

    def _seen(self, request: StoredRequest) -> list[str]:
        """What the customer saw on the site before writing, what was opened first: no need to send it again."""
        order = sorted(request.trail, key=lambda each: each.how == "shown")
        question = self._drawer.current().question
        return [f"{_SEEN[each.how]} : {one_line(question(each.article, request.language))}" for each in order]

    def _due(self, request: StoredRequest) -> list[tuple[str, date]]:
        """What the bank owes whoever complains, for the agent: what to do, by when."""
        due = self._deadlines(request)
        if due is None:
            return []
        rows = [("Accuser réception au plus tard", due.acknowledge), ("Répondre au plus tard", due.answer)]
        return rows + ([("Répondre, si une raison a été donnée avant, au plus tard", due.latest)] if due.latest else [])

    def _letter(self, parcel: Parcel) -> EmailMessage:
        """What goes to the customer: it announces and never tells. Not one word that the visitor typed."""
        request = parcel.request
        customer = address(request.email)
        if not customer:
            raise DeliveryError("address", permanent=True)
        if parcel.kind != "acknowledgement" and not request.link:
            raise DeliveryError("link", permanent=True)
        language = request.language if request.language in _FOLLOW_UP else "fr"
        mail = self._envelope(parcel, to=customer)
        words = self._letter_words(parcel, language)
        mail["Subject"] = f"{words['subject']} ({request.reference})"
        # RFC 3834, and Exchange's own header: no out-of-office may answer this letter.
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
        name = f"{parcel.kind}.{language}"
        mail.set_content(self._templates.get_template(f"{name}.txt").render(words), cte="quoted-printable")
        html = self._templates.get_template(f"{name}.html").render(words)
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
        mail["Content-Language"] = language
        return mail

    def _letter_words(self, parcel: Parcel, language: str) -> dict[str, Any]:
        """Everything that a letter may say: from the bank's content and the ticket's own marks."""
        request, letterhead, site = parcel.request, self._drawer.current(), self._settings.public_url.rstrip("/")
        due = self._deadlines(request)
        return {
            "reference": request.reference,
            "subject": _SUBJECTS[parcel.kind][language],
            "bank": letterhead.bank() or self._settings.mail_from.rpartition("@")[2],
            "received": spoken(request.created_at, language),
            "nature": letterhead.nature(request.nature, language),
            "delay": letterhead.delay(request.nature, language),
            "next_steps": letterhead.next_steps(request.nature, language),
            "numbers": letterhead.numbers(language),
            "site": site,
            "link": f"{site}{_FOLLOW_UP[language]}/{request.link}" if request.link else "",
            "follow_up": f"{site}{_FOLLOW_UP[language]}",
            "code": request.code if parcel.kind == "link" else "",
            "answer_by": spoken_day(due.answer, language) if due else "",
        }

    def _deadlines(self, request: StoredRequest) -> Deadlines | None:
        return deadlines(request.nature, request.theme, request.created_at, self._settings.payment_theme_ids)

    def _message_id(self, key: str) -> str:
        return f"<{key.replace(':', '.')}@{self._host}>"

    def _envelope(self, parcel: Parcel, *, to: str) -> EmailMessage:
        """Sender, one recipient, and what makes a repetition recognisable: Date and Message-ID."""
        mail = EmailMessage(policy=SMTP if to.isascii() else SMTPUTF8)
        mail["Date"] = format_datetime(parcel.written_at)
        mail["Message-ID"] = self._message_id(parcel.key)
        mail["From"] = Address(self._drawer.current().bank(), addr_spec=self._settings.mail_from)
        local, _, domain = to.rpartition("@")
        mail["To"] = Address(username=local, domain=domain)  # its parser would refuse a local part outside ASCII
        return mail


def _answer_by(mail: EmailMessage, parcel: Parcel) -> str:
    """How an answer to this letter reaches the customer."""
    if parcel.answers_to:
        return "mailbox"
    return "mail" if "Reply-To" in mail else "address"


def _filled(mail: EmailMessage, text: str, files: Sequence[Enclosed]) -> EmailMessage:
    mail.set_content(text, cte="quoted-printable")
    attach(mail, files)
    return mail
