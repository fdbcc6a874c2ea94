"""Files of the bank's answers: examined like anybody's, kept once, named when they are not taken, never in the way."""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.delivery.conftest import NOON, Clock
from tests.delivery.test_listening import AllAtOnce, ByCase, kept
from tests.inspection import samples
from tests.test_canaries import WRITINGS, read_as_people_do
from tests.test_canaries import _numbers as canaries
from tests.tickets.conftest import Counter
from webapp.confidential.link import Link
from webapp.db import Database
from webapp.delivery import cases
from webapp.delivery.failing import DeliveryError
from webapp.delivery.keeping import Office
from webapp.delivery.listening import Listening
from webapp.delivery.news import Brought, News
from webapp.delivery.receiving import MOST, Receiving
from webapp.inspection.antivirus import Antivirus
from webapp.inspection.examiner import Examiner
from webapp.inspection.rules import LARGEST_FILE
from webapp.tables import attachment, delivery_mark, ticket
from webapp.tickets.admission import Admission
from webapp.tickets.enclosures import Enclosure
from webapp.tickets.filestore import Store
from webapp.tickets.followup import open_case

CARD = "4970 1012 3456 7893"


class Bench:
    """One case at the helpdesk `rt`, and a worker that listens to it."""

    def __init__(self, counter: Counter, store: Store, clock: Clock) -> None:
        self.counter, self.store, self.clock = counter, store, clock
        receipt = counter.submit()
        link = Link.read(receipt.link)
        assert link is not None
        self.link = link
        with counter.database.transaction() as connection:
            self.ticket_id = str(connection.execute(select(ticket.c.id)).scalar_one())
            cases.opened(counter.database, connection, self.ticket_id, "rt", "7", NOON)
        self.desk: Any = AllAtOnce()
        receiving = Receiving(Admission(store, Examiner(), Antivirus("")))
        office = Office(database=counter.database, safe=counter.safe, files=receiving)
        self.listening = lambda: Listening(office, {"rt": self.desk}, every=30, clock=clock, random=Random(3))

    def look(self, times: int = 1) -> None:
        for _ in range(times):
            self.listening().step()
            self.clock.advance(hours=1)

    def files(self) -> list[Enclosure]:
        held = self.counter
        case = open_case(held.database, held.digester, self.link, now=NOON, network="192.0.2.0/24", per_network=1000)
        return [each for turn in case.turns for each in turn.files]


@pytest.fixture
def bench(database: Database, tmp_path: Path, clock: Clock) -> Bench:
    return Bench(Counter(database), Store(tmp_path / "files", 100_000_000, 0), clock)


def brought(name: str, body: bytes | Callable[[], bytes], media_type: str = "") -> Brought:
    return Brought(name=name, media_type=media_type, fetch=body if callable(body) else lambda: body)


def answer(*files: Brought, number: int = 1, text: str = "Voici.") -> News:
    at = NOON + timedelta(minutes=number)
    return News(at=at, case="7", text=text, origin=f"rt:transaction:{number}", files=files)


def test_good_files_are_the_customer_s_to_read_and_the_others_are_named(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    bench.desk.news = [
        answer(
            brought("lettre.pdf", samples.pdf(), "application/pdf"),
            brought("contrat.docx", samples.docx()),
            brought("vide.pdf", b""),
            brought("fausse.png", samples.pdf(), "image/png"),
            brought("lourde.pdf", b"%PDF" + bytes(LARGEST_FILE)),
            brought(f"carte {CARD}.png", samples.png()),
        )
    ]
    bench.look()
    found = bench.files()
    assert [(each.name, each.trouble) for each in found[:5]] == [
        ("lettre.pdf", ""),
        ("contrat.docx", "refused"),
        ("vide.pdf", "refused"),
        ("fausse.png", "refused"),
        ("lourde.pdf", "refused"),
    ]
    assert found[5].trouble == ""
    assert CARD[:4] not in found[5].name
    assert "contrat" not in caplog.text
    assert len(bench.store.ids()) == 2


def test_no_number_that_a_helpdesk_sends_back_is_kept(bench: Bench) -> None:
    """Mail, Request Tracker, Zammad and webhooks all end in `keeping.keep`: what it keeps is opened again and read."""
    numbers = canaries()[:40]
    bench.desk.news = [
        answer(
            *([brought(f"carte {number}.png", samples.png())] if place < 5 else []),  # each is examined by a process
            number=place,
            text=f"Votre carte {WRITINGS[place % len(WRITINGS)](number)} part demain, code {number[:4]}.",
        )
        for place, number in enumerate(numbers)
    ]
    bench.look(len(numbers))
    held = bench.counter
    case = open_case(held.database, held.digester, bench.link, now=NOON, network="192.0.2.0/24", per_network=1000)
    answers = [each for each in case.turns if each.author == "bank"]
    assert len(answers) == len(numbers)
    kept = [read_as_people_do((each.text or "").encode()) for each in answers]
    kept += [read_as_people_do(each.name.encode()) for turn in answers for each in turn.files]
    assert len(kept) == len(numbers) + 5
    assert [number for number in numbers if any(number in text for text in kept)] == []
    assert all("masqué" in (each.text or "") for each in answers)


def test_what_is_told_again_is_not_fetched_again(bench: Bench) -> None:
    fetched: list[int] = []

    def fetch() -> bytes:
        fetched.append(1)
        return samples.png()

    bench.desk.news = [answer(brought("photo.png", fetch))]
    bench.look()
    with bench.counter.database.transaction() as connection:
        connection.execute(update(delivery_mark).values(cursor="0", due_at=0))
    bench.look()
    assert len(fetched) == len(bench.files()) == 1
    assert kept(bench.counter.database, bench.ticket_id) == ("answered", 1, 1)


@pytest.mark.parametrize("by_case", [False, True], ids=["all at once", "case by case"])
def test_a_far_end_that_gives_no_file_now_is_asked_again_and_nothing_is_lost(bench: Bench, by_case: bool) -> None:
    trouble = [DeliveryError("timeout"), DeliveryError("connection-lost")]

    def fetch() -> bytes:
        if trouble:
            raise trouble.pop()
        return samples.png()

    news = [answer(brought("photo.png", fetch)), answer(number=2, text="Puis ceci.")]
    bench.desk = ByCase(news={"7": news}) if by_case else AllAtOnce(news=news)
    bench.look(2)
    assert kept(bench.counter.database, bench.ticket_id)[1] == 0
    bench.look(2)
    assert [each.trouble for each in bench.files()] == [""]
    assert kept(bench.counter.database, bench.ticket_id)[1] == 2


@pytest.mark.parametrize("permanent", [False, True])
def test_a_file_that_never_comes_is_named_and_the_answer_arrives(bench: Bench, permanent: bool) -> None:
    def fetch() -> bytes:
        raise DeliveryError("http-404" if permanent else "timeout", permanent)

    bench.desk.news = [answer(brought("photo.png", fetch))]
    listening = bench.listening()
    for _ in range(1 if permanent else 5):
        listening.step()
        bench.clock.advance(hours=1)
    assert [(each.name, each.trouble) for each in bench.files()] == [("photo.png", "refused")]


def test_a_full_disk_keeps_no_answer_waiting(bench: Bench) -> None:
    bench.store._quota = 0
    bench.desk.news = [answer(brought("photo.png", samples.png()))]
    bench.look()
    assert [each.trouble for each in bench.files()] == ["refused"]


def test_more_files_than_ten_are_named(bench: Bench) -> None:
    bench.desk.news = [answer(*(brought(f"{n}.docx", b"PK") for n in range(MOST + 1)))]
    bench.look()
    assert len(bench.files()) == MOST + 1
    with bench.counter.database.reading() as connection:
        assert {row.scan for row in connection.execute(select(attachment))} == {"refused"}
