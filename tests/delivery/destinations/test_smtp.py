"""The SMTP relay: what is tried again, what is set aside, what TLS refuses. Real relays on real ports."""

import socket
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.conftest import parcel_of
from tests.delivery.destinations.relays import Certificate, Rules, RunningRelay, only_ada
from webapp.delivery.composition import Composer
from webapp.delivery.destinations import configured
from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.destinations.smtp import Relay
from webapp.settings import Settings
from webapp.tickets.model import StoredRequest

Start = Callable[..., RunningRelay]


def mail(to: str = "guichet@banque-rivage.example") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "ne-pas-repondre@banque-rivage.example"
    made["To"] = to
    made["Subject"] = "Réclamation"
    made["Message-ID"] = "<K.request@contact.rivage.example>"
    made.set_content("Bonjour\n.\n.. points en début de ligne\n", cte="quoted-printable")
    return made


def to(running: RunningRelay, **options: Any) -> Relay:
    values = {"host": "127.0.0.1", "port": running.port, "security": "none", "timeout": 5.0} | options
    return Relay(**values)


def refusal(relay: Relay, letter: EmailMessage | None = None) -> tuple[str, bool, bool]:
    with pytest.raises(DeliveryError) as refused:
        relay.hand_over(letter or mail())
    assert refused.value.__cause__ is None  # the far end's words travel no further
    return refused.value.reason, refused.value.permanent, refused.value.everybody


def test_the_relay_takes_the_letter_as_it_was_written(relay: Start) -> None:
    running = relay()
    to(running).hand_over(mail())
    (taken,) = running.rules.taken
    assert taken.rcpt_tos == ["guichet@banque-rivage.example"]
    assert taken.mail_from == "ne-pas-repondre@banque-rivage.example"
    assert isinstance(taken.content, bytes)
    read = message_from_bytes(taken.content, policy=policy.default)
    assert isinstance(read, EmailMessage)
    assert read.get_content().splitlines() == ["Bonjour", ".", ".. points en début de ligne"]


TEMPORARY, PERMANENT = False, True


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        ("421 closing", TEMPORARY),
        ("450 mailbox busy: greylisted", TEMPORARY),
        ("451 local error", TEMPORARY),
        ("452 insufficient storage", TEMPORARY),
        ("550 no such user", PERMANENT),
        ("552 mailbox full", PERMANENT),
    ],
)
@pytest.mark.parametrize("step", ["rcpt", "data"])
def test_4xx_is_tried_again_and_5xx_is_set_aside(relay: Start, step: str, answer: str, permanent: bool) -> None:
    rules = Rules(**{step: answer})
    assert refusal(to(relay(rules))) == (f"smtp-{answer[:3]}", permanent, False)
    assert rules.taken == []


@pytest.mark.parametrize("answer", ["421 closing", "451 try later", "550 sender unknown", "530 authenticate first"])
def test_a_refusal_of_ourselves_gives_no_request_up(relay: Start, answer: str) -> None:
    assert refusal(to(relay(Rules(mail=answer)))) == (f"smtp-{answer[:3]}", False, True)


def test_an_answer_lost_after_data_is_tried_again_with_the_same_message_id(relay: Start) -> None:
    rules = Rules(drop_after_data=True)
    running = relay(rules)
    assert refusal(to(running)) == ("connection", False, False)
    rules.drop_after_data = False
    to(running).hand_over(mail())
    first, second = (message_from_bytes(bytes(each.content or b"")) for each in (*rules.dropped, *rules.taken))
    assert first["Message-ID"] == second["Message-ID"] == "<K.request@contact.rivage.example>"


def test_a_relay_that_is_away_is_tried_again_and_everybody_waits() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        assert refusal(Relay(host="127.0.0.1", port=port, security="none", timeout=2)) == ("connection", False, True)


def test_a_name_that_does_not_resolve_is_tried_again() -> None:
    relay = Relay(host="relay.invalid", port=25, security="none", timeout=2)
    assert refusal(relay) == ("connection", False, True)


def test_a_relay_that_says_nothing_is_left_after_the_timeout(mute: int) -> None:
    assert refusal(Relay(host="127.0.0.1", port=mute, security="none", timeout=0.2)) == ("connection", False, True)


def test_a_conversation_that_drags_on_ends_before_the_message_is_given(relay: Start) -> None:
    running = relay()
    assert refusal(to(running, patience=0.0)) == ("slow", False, False)
    assert "DATA" not in running.rules.commands


class TestTls:
    def test_a_self_signed_certificate_is_refused(self, relay: Start, self_signed: Certificate) -> None:
        running = relay(certificate=self_signed)
        assert refusal(to(running, security="starttls")) == ("tls", False, True)
        assert running.rules.commands == []

    def test_a_self_signed_certificate_is_refused_on_the_tls_port(self, relay: Start, self_signed: Certificate) -> None:
        running = relay(certificate=self_signed, implicit=True)
        assert refusal(to(running, security="tls")) == ("tls", False, True)

    def test_another_authority_is_refused(
        self, relay: Start, self_signed: Certificate, authority: tuple[Path, Certificate]
    ) -> None:
        running = relay(certificate=self_signed)
        assert refusal(to(running, security="starttls", ca_file=str(authority[0])))[0] == "tls"

    def test_a_certificate_for_another_name_is_refused(self, relay: Start, authority: tuple[Path, Certificate]) -> None:
        running = relay(certificate=authority[1])
        assert refusal(to(running, host="localhost", security="starttls", ca_file=str(authority[0])))[0] == "tls"

    @pytest.mark.parametrize("security", ["starttls", "tls"])
    def test_a_trusted_authority_is_accepted(
        self, relay: Start, authority: tuple[Path, Certificate], security: str
    ) -> None:
        running = relay(certificate=authority[1], implicit=security == "tls")
        to(running, security=security, ca_file=str(authority[0])).hand_over(mail())
        assert len(running.rules.taken) == 1

    def test_a_relay_without_starttls_gets_nothing(self, relay: Start) -> None:
        running = relay()
        assert refusal(to(running, security="starttls")) == ("tls-or-auth-missing", False, True)
        assert running.rules.commands == []

    def test_the_right_password_opens_and_the_wrong_one_waits_for_an_operator(
        self, relay: Start, authority: tuple[Path, Certificate]
    ) -> None:
        running = relay(certificate=authority[1], authenticator=only_ada, auth_required=True)
        ours = {"security": "starttls", "ca_file": str(authority[0]), "user": "ada"}
        assert refusal(to(running, **ours, password="wrong")) == ("smtp-535", False, True)
        to(running, **ours, password="open sesame").hand_over(mail())
        assert len(running.rules.taken) == 1


class TestAddresses:
    def test_a_local_part_outside_ascii_goes_through_a_relay_that_knows_smtputf8(self, relay: Start) -> None:
        running = relay(enable_SMTPUTF8=True)
        to(running).hand_over(mail_to_zoe())
        assert running.rules.taken[0].rcpt_tos == ["zoé@exemple.example"]
        assert running.rules.commands[0] == "MAIL SMTPUTF8 BODY=8BITMIME"

    def test_and_is_set_aside_by_one_that_does_not(self, relay: Start) -> None:
        assert refusal(to(relay(enable_SMTPUTF8=False)), mail_to_zoe()) == ("smtputf8", True, False)

    def test_two_recipients_are_one_too_many(self, relay: Start) -> None:
        running = relay()
        assert refusal(to(running), mail("a@b.example, c@d.example")) == ("recipients", True, False)
        assert running.rules.commands == []


def mail_to_zoe() -> EmailMessage:
    made = mail()
    del made["To"]
    from email.headerregistry import Address

    made["To"] = Address(username="zoé", domain="exemple.example")
    return made


HOSTILE = [
    "x\r\nBcc: victim@evil.example",
    "x\r\nRCPT TO:<victim@evil.example>",
    "x\u2028\u2029y",
    "x\r\n.\r\nMAIL FROM:<>",
]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("field", ["name", "email", "phone", "theme", "message"])
def test_the_relay_sees_one_recipient_and_no_extra_header_whatever_was_typed(
    relay: Start, composer: Composer, request_of: Callable[..., StoredRequest], field: str, hostile: str
) -> None:
    running = relay()
    to(running).send(parcel_of(request_of(**{field: hostile}), composer))
    (taken,) = running.rules.taken
    assert taken.rcpt_tos == ["guichet@banque-rivage.example"]
    assert len(running.rules.commands) == 3  # MAIL, RCPT, DATA, once each
    read = message_from_bytes(bytes(taken.content or b""), policy=policy.default)
    known = {"date", "message-id", "from", "to", "subject", "reply-to", "content-type", "content-transfer-encoding"}
    known |= {"mime-version", "x-peer", "x-mailfrom", "x-rcptto"}
    assert {each.lower() for each in read if not each.startswith("X-Guichet-")} <= known


def test_the_settings_choose_the_destination(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, destination="smtp", smtp_host="relay.bank.example", smtp_timeout=90)
    found = configured(settings)
    assert sorted(found) == ["maildir", "smtp"]
    relay = found["smtp"]
    assert isinstance(relay, Relay)
    assert relay.timeout + relay.patience < settings.delivery_lease
    assert sorted(configured(Settings(data=tmp_path))) == ["maildir"]
