"""Answers by mail: read from a real IMAP server, matched, cut, and only those that agents really wrote."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import pytest

from tests.delivery.conftest import NOON, parcel_of
from tests.delivery.destinations.relays import Certificate
from tests.delivery.destinations.test_request_tracker import toml
from tests.dovecot import PASSWORD, Mailbox, dovecot
from webapp.delivery.composition import Composer
from webapp.delivery.destinations import configured, imap
from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.destinations.mailbox import AnsweredMailbox
from webapp.delivery.news import Listens
from webapp.delivery.replies import answer_in
from webapp.settings import Settings, SettingsError
from webapp.tickets.model import StoredRequest

Make = Callable[..., StoredRequest]
REFERENCE = "7K4M-29XQ-C"
OURS = f"<{REFERENCE}.request.agents@contact.rivage.example>"
TRUSTED = ("camille@bank.example", "@helpdesk.example")


def reply(text: str = "Votre carte part demain.", **headers: str) -> bytes:
    """An agent's letter; a header given as "" is left out."""
    letter = EmailMessage()
    usual = {
        "From": "Camille <camille@bank.example>",
        "Subject": f"RE: [{REFERENCE}] Réclamation",
        "Message-ID": "<a1@bank.example>",
        "In-Reply-To": OURS,
        "Date": "Mon, 23 Nov 2026 11:30:00 +0100",
    }
    for name, value in (usual | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        if value:
            letter[name] = value
    letter.set_content(text)
    return letter.as_bytes()


def read(raw: bytes) -> tuple[str, str] | None:
    news = answer_in(raw, TRUSTED, NOON)
    return (news.reference, news.text) if news else None


def with_files(text: str, *files: tuple[str, bytes]) -> bytes:
    letter = message_from_bytes(reply(text, Message_ID="<files@bank.example>"), policy=policy.default)
    assert isinstance(letter, EmailMessage)
    for name, body in files:
        letter.add_attachment(body, maintype="application", subtype="pdf", filename=name)
    return letter.as_bytes()


ANSWER = (REFERENCE, "Votre carte part demain.")


class TestReplies:
    def test_an_answer_finds_its_ticket_by_the_letter_that_it_answers(self) -> None:
        assert read(reply(Subject="Votre demande")) == ANSWER
        assert read(reply(Subject="Votre demande", In_Reply_To="<x@y>", References=f"<x@y> {OURS}")) == ANSWER

    def test_or_by_the_reference_in_its_subject(self) -> None:
        assert read(reply(In_Reply_To="")) == ANSWER
        assert read(reply(In_Reply_To="", Subject=f"Re: [{REFERENCE.lower()}] x")) == ANSWER
        assert read(reply(In_Reply_To="", Subject="Votre demande")) is None
        assert read(reply(In_Reply_To="", Subject="[AAAA-AAAA-A] a wrong check character")) is None

    def test_quotation_and_signature_are_cut(self) -> None:
        text = "Votre carte part demain.\n\n-- \nCamille\n\nLe lundi, Guichet <g@b.example> a écrit :\n> Ma carte\n"
        assert read(reply(text)) == ANSWER

    @pytest.mark.parametrize(
        "headers",
        [
            {"Auto-Submitted": "auto-replied"},
            {"Auto-Submitted": "auto-generated; owner-email=x"},
            {"Precedence": "bulk"},
            {"X-Autoreply": "yes"},
            {"List-Id": "<agents.bank.example>"},
            {"X-Guichet-Reference": REFERENCE},
            {"From": "MAILER-DAEMON@helpdesk.example"},
            {"From": "ne-pas-repondre@helpdesk.example"},
        ],
    )
    def test_machines_and_our_own_letters_are_no_answers(self, headers: dict[str, str]) -> None:
        assert read(reply(**headers)) is None

    @pytest.mark.parametrize(
        "writer",
        [
            "Zoé <zoe@customer.example>",
            "camille@bank.example.evil.example",
            "Camille camille@bank.example <zoe@customer.example>",
            '"camille@bank.example" <zoe@customer.example>',
            "camille@bank.example, zoe@customer.example",
            "",
        ],
    )
    def test_whom_the_operator_does_not_trust_answers_nobody(self, writer: str) -> None:
        assert read(reply(From=writer)) is None

    def test_a_trusted_domain_is_trusted_whole(self) -> None:
        assert read(reply(From="anybody@HelpDesk.example")) == ANSWER

    def test_its_documents_come_with_it_and_what_only_decorates_does_not(self) -> None:
        letter = message_from_bytes(with_files("", ("août.pdf", b"%PDF-1.7")), policy=policy.default)
        assert isinstance(letter, EmailMessage)
        letter.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png", cid="<l@b>")
        letter.get_payload()[-1].replace_header("Content-Disposition", 'inline; filename="logo.png"')  # type: ignore[union-attr]
        letter.add_attachment(b"s", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
        letter.add_attachment(message_from_bytes(reply("Une autre."), policy=policy.default))
        news = answer_in(letter.as_bytes(), TRUSTED, NOON)
        assert news is not None
        assert news.text == ""
        assert [each.name for each in news.files] == ["août.pdf", "message.eml"]
        assert news.files[0].fetch() == b"%PDF-1.7"

    def test_html_alone_becomes_plain(self) -> None:
        letter = EmailMessage()
        letter["From"], letter["In-Reply-To"] = "camille@bank.example", OURS
        letter.set_content("<p>Votre carte <b>part</b> demain.</p><script>x</script>", subtype="html")
        assert read(letter.as_bytes()) == ANSWER

    def test_an_answer_from_tomorrow_is_one_of_today(self) -> None:
        news = answer_in(reply(Date="Mon, 23 Nov 2099 11:30:00 +0100"), TRUSTED, NOON)
        assert news is not None
        assert news.at == NOON
        nonsense = answer_in(reply(Date="yesterday"), TRUSTED, NOON)
        assert nonsense is not None
        assert nonsense.at == NOON

    def test_the_same_letter_is_called_the_same_for_ever(self) -> None:
        first, again, other = (
            answer_in(raw, TRUSTED, NOON + timedelta(days=n))
            for n, raw in enumerate((reply(), reply(), reply(Message_ID="<a2@bank.example>")))
        )
        assert first is not None
        assert again is not None
        assert other is not None
        assert first.origin == again.origin != other.origin

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"\0" * 100,
            b"From: camille@bank.example\nIn-Reply-To: " + OURS.encode(),
            reply().replace(b'charset="utf-8"', b'charset="nonsense"'),
            reply().replace(b"text/plain", b"multipart/mixed"),
            b"From: " + b"a" * 100_000,
            b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n" * 1000,
            reply(Subject="=?utf-8?q?=ff=fe?=", In_Reply_To=""),
            b"From: =?utf-8?b?////?= <camille@bank.example>\nDate: \xff\n\nx",
        ],
    )
    def test_no_letter_breaks_it(self, raw: bytes) -> None:
        answer_in(raw, TRUSTED, NOON)


@pytest.fixture(scope="module")
def server(authority: tuple[Path, Certificate]) -> Iterator[Mailbox]:
    with dovecot(authority[1]) as mailbox:
        yield mailbox


@pytest.fixture
def mailbox(server: Mailbox, authority: tuple[Path, Certificate], tmp_path: Path) -> Callable[..., AnsweredMailbox]:
    def make(password: str = PASSWORD, **changes: Any) -> AnsweredMailbox:
        (tmp_path / "password").write_text(password, encoding="utf-8")
        imap = {"host": "127.0.0.1", "port": server.port, "user": "agents", "trusted": list(TRUSTED)}
        imap |= {"password_file": str(tmp_path / "password"), "ca_file": str(authority[0])} | changes
        table = {"kind": "mail", "to": "agents@bank.example", "answers_to": "answers@bank.example", "imap": imap}
        (tmp_path / "d.toml").write_text(toml("agents", table), encoding="utf-8")
        made = configured(Settings(data=tmp_path, destinations=tmp_path / "d.toml"))["agents"]
        return cast(AnsweredMailbox, made)

    return make


def texts(box: AnsweredMailbox, cursor: str) -> tuple[list[str], str]:
    """Everything heard after `cursor`, and where that ends."""
    found: list[str] = []
    while True:
        heard = box.hear(cursor, lambda _case: False)
        found += [each.text for each in heard.news]
        cursor = heard.cursor
        if not heard.more:
            return found, cursor


def test_new_letters_are_read_once_in_order_and_left_unread(
    server: Mailbox, mailbox: Callable[..., AnsweredMailbox]
) -> None:
    box = mailbox()
    assert isinstance(box, Listens)
    server.receive(reply("Avant le début."))
    nothing, cursor = texts(box, "")
    assert nothing == []
    for number in range(25):
        server.receive(reply(f"Réponse {number}.", Message_ID=f"<m{number}@bank.example>"))
    server.receive(reply("Absente.", Auto_Submitted="auto-replied"))
    found, after = texts(box, cursor)
    assert found == [f"Réponse {number}." for number in range(25)]
    assert texts(box, after) == ([], after)
    assert server.seen() == []


def test_a_folder_numbered_anew_is_read_again(server: Mailbox, mailbox: Callable[..., AnsweredMailbox]) -> None:
    server.receive(reply("La dernière."))
    validity, _, last = texts(mailbox(), "")[1].partition(":")
    found, cursor = texts(mailbox(), f"1:{last}")
    assert found[-1] == "La dernière."
    assert cursor == f"{validity}:{last}"


def test_a_letter_too_long_is_read_so_far_words_first(
    server: Mailbox, mailbox: Callable[..., AnsweredMailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "LARGEST", 20_000)
    monkeypatch.setattr(imap, "PORTION_BYTES", 20_000)  # a look ends with it, the next goes on
    _, cursor = texts(mailbox(), "")
    server.receive(with_files("Voici le scan.", ("scan.pdf", b"%PDF" + bytes(60_000))))
    server.receive(reply("Courte.", Message_ID="<short@bank.example>"))
    first = mailbox().hear(cursor, lambda _case: False)
    assert ([each.text for each in first.news], first.more) == (["Voici le scan."], True)
    assert 0 < len(first.news[0].files[0].fetch()) < 20_000
    assert texts(mailbox(), first.cursor)[0] == ["Courte."]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"password": "wrong"}, "imap-refused"),
        ({"folder": "Nulle part"}, "imap-folder"),
        ({"ca_file": ""}, "tls"),
        ({"host": "localhost"}, "tls"),
        ({"port": 9}, "connection"),
    ],
)
def test_what_an_operator_must_mend_is_said(
    mailbox: Callable[..., AnsweredMailbox], changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(DeliveryError) as refused:
        texts(mailbox(**changes), "")
    assert (refused.value.reason, refused.value.everybody, refused.value.__cause__) == (reason, True, None)


def test_an_agent_answers_to_the_mailbox_and_not_to_the_customer(
    mailbox: Callable[..., AnsweredMailbox], tmp_path: Path, composer: Composer, request_of: Make
) -> None:
    mailbox().send(parcel_of(request_of(), composer, destination="agents"))
    (letter,) = (tmp_path / "mail" / "new").iterdir()
    text = letter.read_bytes()
    assert b"Reply-To: answers@bank.example" in text
    assert b"To: agents@bank.example" in text
    assert b"le client lit votre r=C3=A9ponse sur sa page de suivi" in text.replace(b"=\n", b"")


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"trusted": []}, "trusted"), ({"trusted": ["bank.example"]}, "trusted"), ({"folder": 'a"b'}, "folder")],
)
def test_a_mistake_in_the_table_is_named(
    mailbox: Callable[..., AnsweredMailbox], changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(SettingsError, match=rf"\[agents\].*{told}"):
        mailbox(**changes)
