"""Zammad, against a fake that enforces its documented API: one ticket a request, and internal notes stay inside."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from tests.delivery.conftest import parcel_of
from tests.delivery.destinations.fake_zammad import TOKEN, FakeZammad
from tests.delivery.destinations.http_servers import Told, serving
from tests.delivery.destinations.test_request_tracker import File, toml
from webapp.delivery.composition import Composer
from webapp.delivery.destinations import configured
from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.destinations.zammad import Zammad
from webapp.settings import Settings, SettingsError
from webapp.tickets.model import StoredRequest

Make = Callable[..., StoredRequest]
Open = Callable[..., Zammad]


@pytest.fixture
def fake() -> FakeZammad:
    return FakeZammad()


@pytest.fixture
def zammad(fake: FakeZammad, tmp_path: Path) -> Iterator[Open]:
    made: list[Zammad] = []
    with serving(fake) as url:

        def start(token: str = TOKEN, **options: Any) -> Zammad:
            (tmp_path / "token").write_text(token, encoding="ascii")
            table = {"kind": "zammad", "url": url, "group": "Contact", "customer": "guichet@bank.example"}
            table |= {"token_file": str(tmp_path / "token")} | options
            (tmp_path / "d.toml").write_text(toml("zammad", table), encoding="utf-8")
            made.append(cast(Zammad, configured(Settings(data=tmp_path, destinations=tmp_path / "d.toml"))["zammad"]))
            return made[-1]

        yield start
        for each in made:
            each.close()


def refusal(zammad: Zammad, parcel: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as refused:
        zammad.send(parcel)
    return refused.value


def test_a_request_becomes_a_ticket_with_tags_and_files(
    zammad: Open, fake: FakeZammad, composer: Composer, request_of: Make
) -> None:
    file = File("reçu.pdf", "application/pdf", b"%PDF-1.7")
    sent = zammad().send(parcel_of(request_of(), composer, files=(file,)))
    (ticket,) = fake.tickets.values()
    assert sent.external_id == "1"
    assert ticket["title"] == "[7K4M-29XQ-C] Réclamation · Cartes bancaires"
    assert ticket["tags"] == "guichet,complaint,cartes"
    assert ticket["customer_id"] == "guess:guichet@bank.example"  # Zammad's triggers mail customers
    (article,) = fake.articles
    assert (article["type"], article["internal"], article["sender"]) == ("note", False, "Customer")
    assert "je conteste 12,50 €." in article["body"]
    assert article["attachments"] == [
        {"filename": "reçu.pdf", "data": "JVBERi0xLjc=", "mime-type": "application/pdf"},
    ]


def test_a_file_that_the_antivirus_refused_meanwhile_is_named_and_the_words_arrive(
    zammad: Open, fake: FakeZammad, composer: Composer, request_of: Make
) -> None:
    gone = File("piège.pdf", "application/pdf", b"there are no bytes any more", scan="refused")
    zammad().send(parcel_of(request_of(), composer, files=(gone,)))
    (article,) = fake.articles
    assert article.get("attachments", []) == []
    assert "piège.pdf (PDF, 1 ko) : REFUSÉE par l'antivirus" in article["body"]


def test_a_bank_that_wants_its_customers_says_so(
    zammad: Open, fake: FakeZammad, composer: Composer, request_of: Make
) -> None:
    zammad(customer_from_form=True).send(parcel_of(request_of(), composer))
    assert fake.tickets[1]["customer_id"] == "guess:zoe@customer.example"


@pytest.mark.parametrize("lost", [Told(drop=True), Told(500, b"{}"), Told(200, b"<html>")])
def test_an_answer_lost_on_the_way_doubles_nothing(
    zammad: Open, fake: FakeZammad, composer: Composer, request_of: Make, lost: Told
) -> None:
    one = zammad()
    fake.obey_then_fail = [lost]
    error = refusal(one, parcel_of(request_of(), composer))
    assert (error.permanent, error.everybody, error.wait >= 60) == (False, False, True)  # the search must learn of it
    fake.index()
    assert one.send(parcel_of(request_of(), composer, repeated=True)).external_id == "1"
    assert len(fake.tickets) == 1


def test_a_repetition_that_never_arrived_is_created_even_beside_a_likeness(
    zammad: Open, fake: FakeZammad, composer: Composer, request_of: Make
) -> None:
    one = zammad()
    one.send(parcel_of(request_of(reference="AAAA-AAAA-A"), composer))
    fake.tickets[1]["title"] = "Re: [7K4M-29XQ-C] Réclamation"
    fake.index()
    assert one.send(parcel_of(request_of(), composer, repeated=True)).external_id == "2"


def test_each_further_message_is_an_article_once(
    zammad: Open, fake: FakeZammad, composer: Composer, request_of: Make
) -> None:
    one = zammad()
    case = one.send(parcel_of(request_of(), composer)).external_id
    further = parcel_of(request_of(), composer, kind="message", text="J'ajoute une date.", case=case)
    fake.obey_then_fail = [Told(drop=True)]
    refusal(one, further)
    one.send(replace(further, repeated=True))
    assert ["J'ajoute une date." in each["body"] for each in fake.articles] == [False, True]
    assert refusal(one, replace(further, case="")).reason == "no-case"
    assert refusal(one, replace(further, case="99")).permanent
    assert refusal(one, parcel_of(request_of(), composer, kind="notice")).permanent


@pytest.mark.parametrize(
    ("options", "told", "expected"),
    [
        ({"token": "wrong"}, None, ("http-401", False, True)),
        ({"group": "Nulle part"}, None, ("http-422", True, False)),
        ({}, Told(429, b"", {"Retry-After": "9"}), ("http-429", False, True)),
        ({}, Told(503, b""), ("http-503", False, True)),
        ({}, Told(302, b"", {"Location": "/login"}), ("http-302", False, True)),
    ],
)
def test_what_it_refuses_is_understood(
    zammad: Open,
    fake: FakeZammad,
    composer: Composer,
    request_of: Make,
    options: dict[str, str],
    told: Told | None,
    expected: tuple[str, bool, bool],
) -> None:
    fake.fail = [told] if told else []
    error = refusal(zammad(**options), parcel_of(request_of(), composer))
    assert (error.reason, error.permanent, error.everybody) == expected


def test_public_answers_of_agents_come_back_and_nothing_else(
    zammad: Open, fake: FakeZammad, composer: Composer, request_of: Make
) -> None:
    one = zammad()
    case = one.send(parcel_of(request_of(), composer)).external_id
    fake.write(1, "Note entre nous", internal=True)
    fake.write(1, "<p>Votre carte <b>part</b> demain.</p><blockquote>Ma carte</blockquote>", html=True)
    fake.write(1, "Le client a rappelé", sender="Customer")
    fake.write(1, "Automatique", sender="System")
    fake.set_state(1, "open")
    heard = one.hear_case(case, "")
    assert [each.state or each.text for each in heard.news] == ["in_hand", "Votre carte part demain."]
    assert heard.news[1].origin == "zammad:article:3"
    assert one.hear_case(case, heard.cursor).news == ()
    fake.write(1, "Elle est partie.")
    fake.set_state(1, "closed")
    again = one.hear_case(case, heard.cursor)
    assert [each.state or each.text for each in again.news] == ["Elle est partie.", "closed"]


def test_files_of_an_answer_come_with_it_but_for_pictures_in_the_text(
    zammad: Open, fake: FakeZammad, composer: Composer, request_of: Make
) -> None:
    one = zammad()
    case = one.send(parcel_of(request_of(), composer)).external_id
    logo = {"Content-Type": "image/png", "Content-ID": "<logo@bank>", "Content-Disposition": "inline"}
    letter = ("lettre.pdf", {"Content-Type": "application/pdf"}, b"%PDF-1.7 \x00\xff")
    fake.write(1, "Voici.", files=(letter, ("logo.png", logo, b"\x89PNG")))
    (news,) = [each for each in one.hear_case(case, "").news if each.text]
    assert [(each.name, each.media_type, each.fetch()) for each in news.files] == [
        ("lettre.pdf", "application/pdf", letter[2])
    ]


def test_a_ticket_that_is_gone_is_said(zammad: Open) -> None:
    with pytest.raises(DeliveryError) as gone:
        zammad().hear_case("99", "")
    assert (gone.value.reason, gone.value.everybody) == ("http-404", False)


@pytest.mark.parametrize(
    ("options", "told"),
    [({"customer": "nobody"}, "customer"), ({"states": {"closed": "withdrawn"}}, "states"), ({"token": ""}, "token")],
)
def test_a_mistake_in_the_table_is_named(zammad: Open, options: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=rf"\[zammad\].*{told}"):
        zammad(**options)
