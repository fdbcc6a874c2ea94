"""Request Tracker, a real one: one ticket a request whatever happened on the way, and nobody is mailed."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest

from tests.delivery.conftest import parcel_of
from tests.delivery.destinations.http_servers import Cutter
from tests.request_tracker import RequestTracker
from webapp.delivery.composition import Composer
from webapp.delivery.destinations import configured
from webapp.delivery.destinations.base import DeliveryError, Destination
from webapp.delivery.news import Heard
from webapp.settings import Settings, SettingsError
from webapp.tickets.model import StoredRequest

Make = Callable[..., StoredRequest]
_numbers = count(1)


@dataclass(frozen=True)
class File:
    name: str
    media_type: str
    content: bytes
    scan: str = "clean"
    cleaned: bool = False

    @property
    def size(self) -> int:
        return len(self.content)

    def chunks(self) -> Iterator[bytes]:
        yield from (self.content[start : start + 4] for start in range(0, len(self.content), 4))


def toml(name: str, table: dict[str, Any]) -> str:
    def told(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key} = {told(each)}" for key, each in value.items()) + "}"
        return json.dumps(value, ensure_ascii=False)

    return f"[{name}]\n" + "".join(f"{key} = {told(value)}\n" for key, value in table.items())


@pytest.fixture
def destination(request_tracker: RequestTracker, tmp_path: Path) -> Iterator[Callable[..., Destination]]:
    made: list[Any] = []

    def make(url: str = "", token: str = "", **options: Any) -> Destination:
        (tmp_path / "token").write_text(token or request_tracker.token, encoding="ascii")
        table = {"kind": "request-tracker", "url": url or request_tracker.url, "queue": "Contact"}
        table |= {"token_file": str(tmp_path / "token")} | options
        (tmp_path / "destinations.toml").write_text(toml("rt", table), encoding="utf-8")
        made.append(configured(Settings(data=tmp_path, destinations=tmp_path / "destinations.toml"))["rt"])
        return cast(Destination, made[-1])

    yield make
    for each in made:
        each.close()


@pytest.fixture
def fresh(request_of: Make) -> Make:
    """Requests with a reference that RT has never seen: it lives as long as the session."""
    return lambda **changes: request_of(**({"reference": f"RT{next(_numbers):02}-AAAA-A"} | changes))


def test_a_request_becomes_a_ticket_with_nature_theme_reference_and_files(
    request_tracker: RequestTracker, destination: Callable[..., Destination], composer: Composer, fresh: Make
) -> None:
    request = fresh()
    file = File("reçu d'achat.pdf", "application/pdf", b"%PDF-1.7 proof")
    sent = destination().send(parcel_of(request, composer, files=(file,)))
    (ticket,) = request_tracker.tickets(request.reference)
    assert ticket["id"] == sent.external_id
    assert ticket["Subject"] == f"[{request.reference}] Réclamation · Cartes bancaires"
    assert ticket["Requestor"] == []  # RT would mail every answer to a requestor
    (opening,) = request_tracker.turns(sent.external_id)
    assert "je conteste 12,50 €." in opening["text"]
    assert "zoe@customer.example" in opening["text"]
    assert "page de suivi" in opening["text"]
    assert opening["files"] == {"recu d'achat.pdf": "%PDF-1.7 proof"}


def test_custom_fields_carry_the_marks_where_the_bank_has_them(
    request_tracker: RequestTracker, destination: Callable[..., Destination], composer: Composer, fresh: Make
) -> None:
    request = fresh()
    fields = {"reference": "Reference", "nature": "Nature", "theme": "Theme"}
    destination(fields=fields).send(parcel_of(request, composer))
    (ticket,) = request_tracker.tickets(request.reference)
    assert {each["name"]: each["values"] for each in ticket["CustomFields"]} == {
        "Reference": [request.reference],
        "Nature": ["complaint"],
        "Theme": ["cartes"],
    }


def test_a_bank_that_wants_its_requestors_says_so(
    request_tracker: RequestTracker, destination: Callable[..., Destination], composer: Composer, fresh: Make
) -> None:
    request = fresh()
    destination(requestor=True).send(parcel_of(request, composer))
    (ticket,) = request_tracker.tickets(request.reference)
    assert [each["id"] for each in ticket["Requestor"]] == ["zoe@customer.example"]


@pytest.fixture
def cutter(request_tracker: RequestTracker) -> Iterator[Cutter]:
    made = Cutter(int(request_tracker.url.rpartition(":")[2]))
    yield made
    made.close()


def test_an_answer_lost_on_the_way_doubles_nothing(
    request_tracker: RequestTracker,
    destination: Callable[..., Destination],
    composer: Composer,
    fresh: Make,
    cutter: Cutter,
) -> None:
    request = fresh()
    rt = destination(cutter.url)
    cutter.cutting = True
    with pytest.raises(DeliveryError) as lost:
        rt.send(parcel_of(request, composer))
    assert (lost.value.reason, lost.value.permanent) == ("connection-lost", False)
    cutter.cutting = False
    sent = rt.send(parcel_of(request, composer, repeated=True))
    assert [each["id"] for each in request_tracker.tickets(request.reference)] == [sent.external_id]

    further = parcel_of(request, composer, kind="message", text="J'ajoute une date.", case=sent.external_id)
    cutter.cutting = True
    with pytest.raises(DeliveryError):
        rt.send(further)
    cutter.cutting = False
    assert rt.send(replace(further, repeated=True)) == sent
    assert [each["type"] for each in request_tracker.turns(sent.external_id)] == ["Create", "Correspond"]


def test_a_repetition_that_never_arrived_is_created(
    request_tracker: RequestTracker, destination: Callable[..., Destination], composer: Composer, fresh: Make
) -> None:
    request = fresh()
    sent = destination().send(parcel_of(request, composer, repeated=True))
    assert [each["id"] for each in request_tracker.tickets(request.reference)] == [sent.external_id]


def test_what_the_customer_adds_joins_the_ticket(
    request_tracker: RequestTracker, destination: Callable[..., Destination], composer: Composer, fresh: Make
) -> None:
    request = fresh()
    rt = destination()
    case = rt.send(parcel_of(request, composer)).external_id
    rt.send(parcel_of(request, composer, kind="message", text="J'ajoute\nune date.", case=case))
    _, further = request_tracker.turns(case)
    assert further["type"] == "Correspond"
    assert "J'ajoute\nune date." in further["text"]


def test_a_message_waits_for_its_request_and_is_set_aside_when_the_ticket_is_gone(
    destination: Callable[..., Destination], composer: Composer, fresh: Make
) -> None:
    rt, request = destination(), fresh()
    with pytest.raises(DeliveryError) as early:
        rt.send(parcel_of(request, composer, kind="message", text="Trop tôt"))
    assert (early.value.reason, early.value.permanent) == ("no-case", False)
    with pytest.raises(DeliveryError) as gone:
        rt.send(parcel_of(request, composer, kind="message", text="Trop tard", case="999999"))
    assert (gone.value.reason, gone.value.permanent) == ("http-400", True)


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"token": "1-99-0123456789abcdef0123456789abcdef"}, "http-401"), ({"queue": "Nulle part"}, "http-403")],
)
def test_what_an_operator_must_mend_keeps_every_request(
    destination: Callable[..., Destination], composer: Composer, fresh: Make, options: dict[str, str], reason: str
) -> None:
    with pytest.raises(DeliveryError) as refused:
        destination(**options).send(parcel_of(fresh(), composer))
    assert (refused.value.reason, refused.value.permanent, refused.value.everybody) == (reason, False, True)


def test_a_letter_to_the_customer_is_no_business_of_a_helpdesk(
    destination: Callable[..., Destination], composer: Composer, fresh: Make
) -> None:
    with pytest.raises(DeliveryError) as refused:
        destination().send(parcel_of(fresh(), composer, kind="acknowledgement"))
    assert refused.value.permanent


HOSTILE = "x' OR Queue = 'Plaintes\\ [ % a\r\nX-Evil: 1 \u202eabc <script>"


def test_what_a_visitor_typed_stays_text(
    request_tracker: RequestTracker, destination: Callable[..., Destination], composer: Composer, fresh: Make
) -> None:
    request = fresh(name=HOSTILE, message=f"avant {HOSTILE} après", email=HOSTILE, phone=HOSTILE)
    sent = destination(requestor=True).send(parcel_of(request, composer, repeated=True))
    (opening,) = request_tracker.turns(sent.external_id)
    assert "avant" in opening["text"]
    assert "après" in opening["text"]
    assert opening["type"] == "Create"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"queue": ""}, "queue"),
        ({"url": "ftp://rt"}, "url"),
        ({"colour": "blue"}, "colour"),
        ({"fields": {"message": "Words"}}, "fields"),
        ({"timeout": "long"}, "timeout"),
    ],
)
def test_a_mistake_in_the_table_is_named(
    destination: Callable[..., Destination], table: dict[str, Any], told: str
) -> None:
    with pytest.raises(SettingsError, match=rf"GUICHET_DESTINATIONS, \[rt\].*{told}"):
        destination(**table)


def hear(rt: Any, cursor: str, *cases: str) -> Heard:
    """What is heard of `cases` after `cursor`, to the end."""
    heard = rt.hear(cursor, lambda case: case in cases)
    assert isinstance(heard, Heard)
    return heard


def test_answers_and_states_are_told_in_order_and_comments_never(
    request_tracker: RequestTracker,
    destination: Callable[..., Destination],
    composer: Composer,
    fresh: Make,
) -> None:
    rt = destination()
    start = hear(rt, "").cursor
    mine, others = (rt.send(parcel_of(fresh(), composer)).external_id for _ in range(2))
    request_tracker.comment(mine, "Note interne : client difficile.")
    request_tracker.answer(mine, "Bonjour,\n\nVotre carte part demain.\n\nLe lundi, Guichet a écrit :\n> ma carte\n")
    request_tracker.answer(others, "Pour un autre.")
    request_tracker.answer(mine, "<p>Elle est <b>partie</b>.</p><script>x</script>", html=True)
    request_tracker.set_status(mine, "stalled")
    request_tracker.set_status(mine, "resolved")
    heard = hear(rt, start, mine)
    assert [each.text or each.state for each in heard.news] == [
        "Bonjour,\n\nVotre carte part demain.",
        "Elle est partie.",
        "waiting",
        "closed",
    ]
    assert {each.case for each in heard.news} == {mine}
    assert all(each.at.tzinfo for each in heard.news)
    assert len({each.origin for each in heard.news if each.text}) == 2
    assert hear(rt, heard.cursor, mine).news == ()


def test_files_of_an_answer_come_with_it_byte_for_byte(
    request_tracker: RequestTracker,
    destination: Callable[..., Destination],
    composer: Composer,
    fresh: Make,
) -> None:
    rt = destination()
    start = hear(rt, "").cursor
    case = rt.send(parcel_of(fresh(), composer)).external_id
    letter = ("lettre.pdf", "application/pdf", bytes(range(256)) * 40)
    request_tracker.answer(case, "Voici la lettre.", files=(letter, ("notes.txt", "text/plain", b"une note")))
    request_tracker.answer(case, "", files=(letter,))
    first, alone = [each for each in hear(rt, start, case).news if not each.state]
    assert first.text == "Voici la lettre."
    assert [(each.name, each.media_type, each.fetch()) for each in first.files] == [
        letter,
        ("notes.txt", "text/plain", b"une note"),
    ]
    assert (alone.text, [each.name for each in alone.files]) == ("", ["lettre.pdf"])


def test_news_that_could_not_be_kept_are_told_again(
    request_tracker: RequestTracker,
    destination: Callable[..., Destination],
    composer: Composer,
    fresh: Make,
) -> None:
    rt = destination()
    start = hear(rt, "").cursor
    case = rt.send(parcel_of(fresh(), composer)).external_id
    request_tracker.answer(case, "Une réponse.")
    told = [hear(rt, start, case) for _ in range(2)]  # the cursor stays where it was: the database was away
    assert [[each.text for each in one.news if each.text] for one in told] == [["Une réponse."]] * 2
    assert [each for each in hear(rt, told[1].cursor, case).news if each.text] == []


def test_another_process_hears_the_end_again_and_nothing_before(
    request_tracker: RequestTracker,
    destination: Callable[..., Destination],
    composer: Composer,
    fresh: Make,
) -> None:
    rt = destination()
    case = rt.send(parcel_of(fresh(), composer)).external_id
    request_tracker.answer(case, "Une réponse.")
    cursor = hear(rt, "").cursor
    again = hear(destination(), cursor, case)
    assert [each.text for each in again.news if each.text] == ["Une réponse."]
    assert again.cursor == cursor


def test_what_we_wrote_ourselves_is_no_news(
    request_tracker: RequestTracker,
    destination: Callable[..., Destination],
    composer: Composer,
    fresh: Make,
) -> None:
    rt, request = destination(), fresh()
    start = hear(rt, "").cursor
    case = rt.send(parcel_of(request, composer)).external_id
    rt.send(parcel_of(request, composer, kind="message", text="J'ajoute une date.", case=case))
    assert [each for each in hear(rt, start, case).news if each.text] == []


def test_a_token_that_is_refused_is_said(destination: Callable[..., Destination]) -> None:
    with pytest.raises(DeliveryError) as refused:
        hear(destination(token="1-99-0123456789abcdef0123456789abcdef"), "")
    assert (refused.value.reason, refused.value.everybody) == ("http-401", True)


def test_states_are_the_banks_to_name(destination: Callable[..., Destination]) -> None:
    with pytest.raises(SettingsError, match="states"):
        destination(states={"resolved": "withdrawn"})
