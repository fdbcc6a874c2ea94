"""Letters: readable for the agent, harmless for strangers, and no door for header injection."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.delivery.conftest import parcel_of
from webapp.confidential.safe import Tampered
from webapp.delivery.composition import Composer
from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.letterhead import Drawer
from webapp.settings import Settings
from webapp.tickets.model import StoredRequest
from webapp.tickets.trail import Seen

Make = Callable[..., StoredRequest]


def sent(mail: EmailMessage) -> EmailMessage:
    """The mail as its reader parses it."""
    parsed = message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return parsed


def request_mail(composer: Composer, request: StoredRequest) -> EmailMessage:
    return sent(parcel_of(request, composer).mail())


def acknowledgement(composer: Composer, request: StoredRequest) -> EmailMessage:
    return sent(parcel_of(request, composer, kind="acknowledgement").mail())


def text(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_the_agent_sees_nature_and_theme_before_opening(composer: Composer, request_of: Make) -> None:
    mail = request_mail(composer, request_of())
    assert mail["Subject"] == "[7K4M-29XQ-C] Réclamation · Cartes bancaires"
    assert mail["X-Guichet-Reference"] == "7K4M-29XQ-C"
    assert mail["X-Guichet-Nature"] == "complaint"
    assert mail["X-Guichet-Theme"] == "cartes"
    assert mail["X-Guichet-Language"] == "fr"
    assert mail["X-Guichet-Surface"] == "hub"


def test_the_agent_answers_the_customer_with_one_click(composer: Composer, request_of: Make) -> None:
    mail = request_mail(composer, request_of())
    assert mail["To"] == "guichet@banque-rivage.example"
    (customer,) = mail["Reply-To"].addresses
    assert (customer.display_name, customer.addr_spec) == ("Zoé Müller", "zoe@customer.example")
    assert "Auto-Submitted" not in mail  # a person wrote


def test_the_agent_reads_answers_with_their_labels(composer: Composer, request_of: Make) -> None:
    read = text(request_mail(composer, request_of()))
    assert "Reçue le    lundi 23 novembre 2026 à 12 h 00 (heure de Paris)" in read
    assert "- Votre réclamation porte sur : Des frais" in read
    assert "- Qu'attendez-vous de nous ? Un remboursement\n  et des excuses" in read
    assert "Bonjour,\nje conteste 12,50 €." in read


def test_the_agent_sees_what_the_customer_has_already_read(composer: Composer, request_of: Make) -> None:
    trail = (Seen("gone-since", "shown"), Seen("plafond-carte", "useless"))
    read = text(request_mail(composer, request_of(trail=trail)))
    places = [
        read.index(each)
        for each in ("DÉJÀ VU", "Lu, jugé insuffisant : Quel est mon plafond ?", "Proposé : gone-since")
    ]
    assert places == sorted(places)
    assert "DÉJÀ VU" not in text(request_mail(composer, request_of()))


def test_a_repeated_sending_carries_the_same_message_id_and_date(composer: Composer, request_of: Make) -> None:
    first, second = (request_mail(composer, request_of()) for _ in range(2))
    assert first["Message-ID"] == second["Message-ID"] == "<7K4M-29XQ-C.request.maildir@contact.rivage.example>"
    assert first["Date"] == second["Date"] == "Mon, 23 Nov 2026 11:00:00 +0000"


def test_what_the_customer_adds_stays_in_the_thread_of_the_request(composer: Composer, request_of: Make) -> None:
    first = request_mail(composer, request_of())
    further = sent(parcel_of(request_of(), composer, kind="message", text="J'ajoute\nune date.").mail())
    assert further["Subject"] == first["Subject"]
    assert further["In-Reply-To"] == further["References"] == first["Message-ID"]
    assert further["Message-ID"] not in (None, first["Message-ID"])
    assert further["X-Guichet-Reference"] == "7K4M-29XQ-C"
    assert "J'ajoute\nune date." in text(further)
    assert "je conteste" not in text(further)  # the helpdesk has it already


def test_a_mailbox_of_its_own_may_get_the_requests_of_a_route(composer: Composer, request_of: Make) -> None:
    mail = parcel_of(request_of(), composer).mail("reclamations@banque-rivage.example")
    assert sent(mail)["To"] == "reclamations@banque-rivage.example"


def test_a_letter_goes_out_with_bare_ids_when_nothing_is_published(tmp_path: Path, request_of: Make) -> None:
    composer = Composer(Settings(data=tmp_path), Drawer(tmp_path / "nothing"))
    assert request_mail(composer, request_of())["Subject"] == "[7K4M-29XQ-C] Réclamation · cartes"
    assert "7K4M-29XQ-C" in text(acknowledgement(composer, request_of()))


def test_the_letterhead_follows_the_published_version(index: Path, tmp_path: Path, request_of: Make) -> None:
    drawer = Drawer(index)
    assert drawer.current().bank() == "Banque Rivage"
    (index / "ffffffffffff").mkdir()
    (index / "ffffffffffff" / "catalog.json").write_text('{"site": {"bank": {"name": "Autre"}}}', encoding="utf-8")
    (index / "current").write_text("ffffffffffff\n", encoding="ascii")
    assert drawer.current().bank() == "Autre"
    (index / "ffffffffffff" / "catalog.json").write_text("{broken", encoding="utf-8")
    (index / "current").write_text("eeeeeeeeeeee\n", encoding="ascii")
    assert drawer.current().bank() == "Autre"


VISITOR = {
    "name": "Visiteurnom",
    "email": "visitor.address@customer.example",
    "phone": "0600000001",
    "theme": "cartes",
    "fields": {"object": "champlibre", "expected": "attenduvisiteur"},
    "message": "Paroledevisiteur https://phishing.example",
}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_acknowledgement_holds_not_one_word_of_the_visitor(
    composer: Composer, request_of: Make, language: str
) -> None:
    mail = acknowledgement(composer, request_of(language=language, **VISITOR))
    to = str(mail["To"])
    del mail["To"]
    everything = "\n".join([*(f"{k}: {v}" for k, v in mail.items()), text(mail), text(mail, "html")])
    assert to == "visitor.address@customer.example"
    for word in ("Visiteurnom", "visitor.address", "0600000001", "champlibre", "attenduvisiteur", "Parole", "phishing"):
        assert word not in everything


def test_the_acknowledgement_says_what_comes_next_and_warns(composer: Composer, request_of: Make) -> None:
    mail = acknowledgement(composer, request_of())
    for kind in ("plain", "html"):
        read = re.sub(r"\s+", " ", BeautifulSoup(text(mail, kind), "html5lib").get_text(" ").replace("\u202f", " "))
        for expected in (
            "7K4M-29XQ-C",
            "lundi 23 novembre 2026 à 12 h 00",
            "Faire une réclamation",
            "Réponse sous 2 mois au plus",
            "Gardez la référence.",
            "01 99 00 10 10",
            "Nous ne vous demanderons jamais votre code",
        ):
            assert expected in read, (kind, expected)
    assert "Courrier" not in text(mail)  # urgent numbers only


def test_the_acknowledgement_is_marked_as_written_by_a_machine(composer: Composer, request_of: Make) -> None:
    mail = acknowledgement(composer, request_of(language="en"))
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Content-Language"] == "en"
    assert mail["Subject"] == "We have received your message (7K4M-29XQ-C)"
    assert "Reply-To" not in mail


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_html_acknowledgement_is_accessible(composer: Composer, request_of: Make, language: str) -> None:
    page = BeautifulSoup(text(acknowledgement(composer, request_of(language=language)), "html"), "html5lib")
    assert page.html is not None
    assert page.html["lang"] == language
    assert page.title is not None
    assert page.title.get_text().strip()
    assert [each.name for each in page.find_all(re.compile("^h[1-6]$"))] == ["h1", "h2", "h2", "h2"]
    assert page.find("a", href="tel:0199001010")
    assert not page.find_all(["img", "script", "link"])  # nothing is fetched, nothing tells that it was opened


INJECTIONS = [
    "a\r\nBcc: victim@evil.example",
    "a\nBcc: victim@evil.example",
    "a\rBcc: victim@evil.example",
    "a\u2028Bcc: victim@evil.example",
    "a\u2029Bcc: victim@evil.example",
    "a\x85Bcc: victim@evil.example",
    "a\x0b\x0c\x1c\x1d\x1eBcc: victim@evil.example",
    "a\r\n\r\n<html>",
    "a\x00b",
    "a\ud800b",
    "\u202ea\u2066b",
    "=?utf-8?q?a=0d=0aBcc:_victim@evil.example?=",
    '"a" <victim@evil.example>, b',
    "a" * 5000,
]


@pytest.mark.parametrize("hostile", INJECTIONS)
@pytest.mark.parametrize("field", ["name", "phone", "theme", "language", "surface", "partner", "email", "message"])
def test_nothing_typed_ends_a_header_or_adds_a_recipient(
    composer: Composer, request_of: Make, field: str, hostile: str
) -> None:
    raw = parcel_of(request_of(**{field: hostile}), composer).mail().as_bytes()
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert mail["Bcc"] is None
    assert mail["Cc"] is None
    assert [each.addr_spec for each in mail["To"].addresses] == ["guichet@banque-rivage.example"]
    assert len(mail.get_all("To")) == len(mail.get_all("Subject")) == len(mail.get_all("From")) == 1
    assert not re.search(rb"[\x0b\x0c\x1c-\x1e\x85\x00]", raw)
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)


@pytest.mark.parametrize(
    "hostile",
    [
        *INJECTIONS,
        "a@b.example\r\nRCPT TO:<victim@evil.example>",
        "a@b.example,victim@evil.example",
        "a@b.example;victim@evil.example",
        "<a@b.example> <victim@evil.example>",
        "a@b.example>",
        '"a b"@c.example',
        "a@b",
        "a@",
        "@b.example",
        "a..b@c.example",
        "a@b..example",
        "a@-b.example",
        "a\u2028@b.example",
        "a@b\u2028.example",
        "",
    ],
)
def test_no_acknowledgement_is_written_to_what_is_not_one_plain_address(
    composer: Composer, request_of: Make, hostile: str
) -> None:
    with pytest.raises(DeliveryError, match="address") as refused:
        parcel_of(request_of(email=hostile), composer, kind="acknowledgement").mail()
    assert refused.value.permanent
    mail = request_mail(composer, request_of(email=hostile))  # the request itself arrives, to be answered by phone
    assert "Reply-To" not in mail
    assert "L'adresse du client ne permet pas de répondre d'un clic" in text(mail)


def test_an_address_outside_ascii_is_kept(composer: Composer, request_of: Make) -> None:
    request = request_of(email="zoé@exämple.example")
    assert "zoé@exämple.example" in text(request_mail(composer, request))
    letter = parcel_of(request, composer, kind="acknowledgement").mail()
    assert letter["To"].addresses[0].addr_spec == "zoé@xn--exmple-cua.example"


def test_an_unknown_kind_of_delivery_is_set_aside(composer: Composer, request_of: Make) -> None:
    with pytest.raises(DeliveryError) as refused:
        parcel_of(request_of(), composer, kind="fax").mail()
    assert refused.value.permanent


@dataclass
class Scan:
    """A file as the composer sees it."""

    name: str = "relevé de compte.pdf"
    content: bytes = b"%PDF-1.7 content"
    media_type: str = "application/pdf"
    scan: str = "clean"
    cleaned: bool = False
    broken: bool = False

    @property
    def size(self) -> int:
        return len(self.content)

    def chunks(self) -> Iterator[bytes]:
        if self.broken:
            raise Tampered("attachment/x/content was changed, cut or moved")
        yield self.content[:5]
        yield self.content[5:]


def test_the_agent_gets_the_files_under_their_names(composer: Composer, request_of: Make) -> None:
    files = (Scan(), Scan("photo.jpg", b"\xff\xd8\xff picture", "image/jpeg", scan="unscanned"))
    mail = sent(parcel_of(request_of(), composer, files=files).mail())
    found = [(each.get_filename(), each.get_content_type(), each.get_content()) for each in mail.iter_attachments()]
    assert found == [
        ("relevé de compte.pdf", "application/pdf", b"%PDF-1.7 content"),
        ("photo.jpg", "image/jpeg", b"\xff\xd8\xff picture"),
    ]
    words = mail.get_body().get_content()
    assert "- relevé de compte.pdf (PDF, 1 ko) : antivirus : rien trouvé" in words
    assert "- photo.jpg (image JPEG, 1 ko) : NON ANALYSÉE" in words


def test_a_file_that_the_antivirus_refused_meanwhile_is_only_named(composer: Composer, request_of: Make) -> None:
    gone = Scan("piège.pdf", scan="refused", broken=True)
    parcel = parcel_of(request_of(), composer, files=(gone, Scan()))
    mail = sent(parcel.mail())
    assert [each.get_filename() for each in mail.iter_attachments()] == ["relevé de compte.pdf"]
    assert re.search(r"piège\.pdf .*REFUSÉE par l'antivirus", mail.get_body().get_content())
    assert "REFUSÉE par l'antivirus" in parcel.sheet().text
    assert [each.name for each in parcel.carried] == ["relevé de compte.pdf"]  # what helpdesks' destinations take


def test_a_further_message_carries_its_own_files(composer: Composer, request_of: Make) -> None:
    parcel = parcel_of(request_of(), composer, kind="message", text="La suite.", files=(Scan(cleaned=True),))
    mail = sent(parcel.mail())
    assert [each.get_filename() for each in mail.iter_attachments()] == ["relevé de compte.pdf"]
    assert "contenu actif retiré" in mail.get_body().get_content()
    assert "relevé de compte.pdf" in parcel.sheet().text


def test_the_customer_gets_no_file_back(composer: Composer, request_of: Make) -> None:
    mail = sent(parcel_of(request_of(), composer, kind="acknowledgement", files=(Scan(),)).mail())
    assert "relevé" not in str(mail)


def test_what_is_too_heavy_or_does_not_open_is_named_and_the_words_arrive(
    tmp_path: Path, index: Path, request_of: Make
) -> None:
    composer = Composer(Settings(data=tmp_path, mail_largest_mb=1), Drawer(index))
    files = (Scan("lourd.pdf", bytes(900_000)), Scan("abîmé.pdf", broken=True), Scan("bon.pdf"))
    mail = sent(parcel_of(request_of(), composer, files=files).mail())
    words = mail.get_body().get_content()
    assert [each.get_filename() for each in mail.iter_attachments()] == ["bon.pdf"]
    assert re.search(r"lourd\.pdf .*TROP LOURDE", words)
    assert re.search(r"abîmé\.pdf .*ILLISIBLE", words)
    assert "je conteste" in words


@pytest.mark.parametrize(
    "name", ['a".pdf', "a\r\nBcc: x@y.example\r\n.pdf", "a\u202efdp.pdf", "é" * 120 + ".pdf", "=?utf-8?q?x?=.pdf"]
)
def test_no_name_of_a_file_adds_a_header_or_hides_its_ending(composer: Composer, request_of: Make, name: str) -> None:
    mail = sent(parcel_of(request_of(), composer, files=(Scan(name),)).mail())
    assert mail["Bcc"] is None
    (file,) = mail.iter_attachments()
    assert set(file.keys()) == {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "MIME-Version"}
    assert "\u202e" not in str(file.get_filename())
