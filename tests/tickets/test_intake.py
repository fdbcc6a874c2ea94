"""Intake: one ticket or nothing, once whatever the visitor clicks, sealed, without a card number anywhere."""

import random
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, select, text

from tests import luhn
from tests.tickets.conftest import NOON, Counter, request_of
from webapp.db import Database, DatabaseBusy, DatabaseFull
from webapp.tables import allowance, delivery, message, milliseconds, ticket
from webapp.tickets import reading, reference
from webapp.tickets.model import Limits, Receipt, RequestChanged, StoredRequest, TooManyRequests


def rows(database: Database, table: Table) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def stored(counter: Counter) -> StoredRequest:
    """The only ticket, as the delivery worker reads it."""
    with counter.database.reading() as connection:
        ticket_id = connection.execute(select(ticket.c.id)).scalar_one()
        return reading.load(connection, counter.safe, ticket_id)


def test_a_request_is_kept_whole_and_its_deliveries_are_owed(counter: Counter) -> None:
    receipt = counter.submit()
    assert receipt == Receipt(reference=receipt.reference, received_at=NOON, nature="question", link=receipt.link)
    assert len(receipt.link) == 43
    assert stored(counter) == StoredRequest(
        reference=receipt.reference,
        nature="question",
        theme="cartes",
        language="fr",
        surface="hub",
        partner="",
        created_at=NOON,
        name="Zoé Müller",
        email="zoe@customer.example",
        phone="06 12 34 56 78",
        fields={"event_date": "2026-11-02"},
        message="Bonjour,\nma carte est refusée.",
        state_at=NOON,
        link=receipt.link,
    )
    with counter.database.reading() as connection:
        owed = connection.execute(select(delivery).order_by(delivery.c.id)).all()
    assert [(each.key, each.kind, each.destination, each.state, each.due_at) for each in owed] == [
        (f"{receipt.reference}:request:maildir", "request", "maildir", "due", milliseconds(NOON)),
        (f"{receipt.reference}:acknowledgement", "acknowledgement", "maildir", "due", milliseconds(NOON)),
    ]


def test_the_same_form_sent_again_gives_the_same_receipt(counter: Counter) -> None:
    first = counter.submit()
    counter.advance(minutes=5)
    second = counter.submit()
    assert second.repeated
    assert (second.reference, second.received_at) == (first.reference, first.received_at)
    assert (rows(counter.database, ticket), rows(counter.database, delivery)) == (1, 2)


def test_another_body_in_the_same_form_is_refused_with_the_first_reference(counter: Counter) -> None:
    first = counter.submit()
    with pytest.raises(RequestChanged) as caught:
        counter.submit(message="Autre chose.")
    assert caught.value.reference == first.reference
    assert "Autre" not in str(caught.value)
    assert rows(counter.database, ticket) == 1


@pytest.mark.parametrize("change", [{"name": "Zoe"}, {"fields": {}}, {"nature": "complaint"}, {"email": "z@x.example"}])
def test_every_part_of_the_body_counts(counter: Counter, change: dict[str, Any]) -> None:
    counter.submit()
    with pytest.raises(RequestChanged):
        counter.submit(**change)


def test_line_ends_of_another_browser_are_no_change(counter: Counter) -> None:
    counter.submit(message="a\nb")
    assert counter.submit(message="a\r\nb").repeated


def test_fifty_clicks_at_once_make_one_ticket(counter: Counter) -> None:
    receipts: list[Receipt] = []
    ready = threading.Barrier(10)

    def click() -> None:
        ready.wait()
        receipts.extend(counter.submit() for _ in range(5))

    clicks = [threading.Thread(target=click) for _ in range(10)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert len(receipts) == 50
    assert len({receipt.reference for receipt in receipts}) == 1
    assert [receipt.repeated for receipt in receipts].count(False) == 1
    assert (rows(counter.database, ticket), rows(counter.database, message), rows(counter.database, delivery)) == (
        1,
        1,
        2,
    )


def test_a_reference_in_use_is_not_given_twice(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["AAAA-AAAA-A", "AAAA-AAAA-A", "AAAA-AAAA-A", "BBBB-BBBB-B"])
    monkeypatch.setattr(reference, "new", lambda: next(drawn))
    assert counter.submit(form_key="one").reference == "AAAA-AAAA-A"
    assert counter.submit(form_key="two").reference == "BBBB-BBBB-B"


def test_a_card_number_is_masked_wherever_it_is_typed(counter: Counter) -> None:
    card = "4970 1012 3456 7893"
    assert luhn.is_valid(card.replace(" ", ""))
    receipt = counter.submit(
        name=f"Zoé {card}", phone=card, fields={"event_date": card}, message=f"Ma carte {card}, cvv 737, exp 09/27"
    )
    assert receipt.masked == ("card", "security_code", "expiry")
    kept = stored(counter)
    written = " ".join([kept.name, kept.phone, *kept.fields.values(), kept.message])
    assert written.count("[carte •••• 7893 masquée]") == 4
    assert "737" not in written
    assert "09/27" not in written


def test_an_address_made_of_a_card_number_is_not_kept_and_not_written_to(counter: Counter) -> None:
    receipt = counter.submit(email="4970101234567893@customer.example")
    assert receipt.masked == ("card",)
    assert stored(counter).email == ""
    assert rows(counter.database, delivery) == 1


def test_an_address_written_in_several_ways_is_one_address_for_the_limit(counter: Counter) -> None:
    counter.limits = Limits(per_network=1000, per_address=2, overall=1000)
    counter.submit(form_key="1", email="zoe.muller@customer.example")
    counter.submit(form_key="2", email="ZoeMuller+bank@Customer.Example")
    with pytest.raises(TooManyRequests) as refused:
        counter.submit(form_key="3", email="z.o.e.muller+2@customer.example")
    assert refused.value.limit == "address"
    counter.submit(form_key="4", email="zoe.muller@another.example")


def test_without_an_address_no_acknowledgement_is_owed(counter: Counter) -> None:
    counter.submit(email="")
    assert rows(counter.database, delivery) == 1


def test_a_message_that_no_encoding_holds_is_kept_all_the_same(counter: Counter) -> None:
    counter.submit(message="half a pair \ud83d, a zero \x00, done")
    assert stored(counter).message == "half a pair ?, a zero \x00, done"


def canaries(count: int) -> list[str]:
    """Random card numbers of several issuers, from a fixed seed."""
    drawn = random.Random(20261122)
    bodies = ["4" + "".join(drawn.choices("0123456789", k=14)) for _ in range(count - 10)]
    bodies += ["34" + "".join(drawn.choices("0123456789", k=12)) for _ in range(10)]
    return [body + luhn.check_digit(body) for body in bodies]


def test_no_card_number_reaches_a_file_of_the_data_folder(sqlite: Database, tmp_path: Path) -> None:
    counter = Counter(sqlite)
    numbers = canaries(50)
    for number in numbers:
        grouped = " ".join(number[start : start + 4] for start in range(0, len(number), 4))
        words = f"Ma carte {grouped} ou {number}, nom {number}"
        receipt = counter.submit(form_key=number[::-1], message=words, name=number, phone=grouped)
        assert receipt.masked == ("card",)
    found = [path.read_bytes() for path in tmp_path.iterdir()]
    assert any(b"SQLite" in content for content in found)
    assert any(path.name.endswith("-wal") and path.stat().st_size for path in tmp_path.iterdir())
    for number in numbers:
        grouped = " ".join(number[start : start + 4] for start in range(0, len(number), 4))
        assert not any(number.encode() in content or grouped.encode() in content for content in found)


def test_what_a_customer_wrote_lies_sealed_on_the_disk(sqlite: Database, tmp_path: Path) -> None:
    counter = Counter(sqlite)
    counter.submit(message="mon secret de famille", name="Anatole Bizarre")
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for word in ("secret de famille", "Anatole", "zoe@customer.example", "06 12 34", "2026-11-02"):
        assert word.encode() not in content


def test_a_refused_request_leaves_nothing_and_changes_no_count(counter: Counter) -> None:
    counter.limits = Limits(per_network=2, per_address=1000, overall=1000)
    counter.submit(form_key="a")
    counter.submit(form_key="b")
    with counter.database.reading() as connection:
        before = connection.execute(select(allowance).order_by(allowance.c.bucket)).all()
    with pytest.raises(TooManyRequests) as caught:
        counter.submit(form_key="c")
    assert caught.value.limit == "network"
    with counter.database.reading() as connection:
        assert connection.execute(select(allowance).order_by(allowance.c.bucket)).all() == before
    assert rows(counter.database, ticket) == 2


def test_a_repeated_request_passes_whatever_the_limits(counter: Counter) -> None:
    counter.limits = Limits(per_network=1, per_address=1, overall=1)
    counter.submit()
    assert counter.submit().repeated


def test_one_mailbox_has_one_limit_however_it_is_written(counter: Counter) -> None:
    counter.limits = Limits(per_network=1000, per_address=2, overall=1000)
    counter.submit(form_key="a", email="zoe@customer.example")
    counter.submit(form_key="b", email="Zoe+bank@Customer.example")
    with pytest.raises(TooManyRequests) as caught:
        counter.submit(form_key="c", email="ZOE@customer.example")
    assert caught.value.limit == "address"
    counter.submit(form_key="d", email="leo@customer.example")


def test_everybody_together_has_a_limit(counter: Counter) -> None:
    counter.limits = Limits(per_network=1000, per_address=1000, overall=2)
    for key in ("a", "b"):
        counter.submit(form_key=key, email=f"{key}@customer.example", network=f"{key}/24")
    with pytest.raises(TooManyRequests) as caught:
        counter.submit(form_key="c", email="c@customer.example", network="c/24")
    assert caught.value.limit == "overall"
    assert 0 < caught.value.retry_after <= 3600


def test_a_full_disk_refuses_cleanly_and_the_first_request_after_it_passes(sqlite: Database) -> None:
    counter = Counter(sqlite)
    kept = [counter.submit(form_key=f"before {number}").reference for number in range(5)]
    with sqlite.transaction() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count={pages}"))
    with pytest.raises(DatabaseFull):
        counter.submit(form_key="during", message="long " * 4000)
    for number in range(5):  # the connection of the full disk is gone, and with it the limit: there is space again
        kept.append(counter.submit(form_key=f"after {number}", message="long " * 4000).reference)
    with sqlite.reading() as connection:
        assert set(connection.execute(select(ticket.c.reference)).scalars()) == set(kept)
        assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"


def test_a_lock_held_for_too_long_refuses_and_keeps_nothing(sqlite: Database, tmp_path: Path) -> None:
    hasty = Database(f"sqlite:///{tmp_path / 'guichet.sqlite3'}", busy_seconds=0.2)
    counter = Counter(hasty)
    with sqlite.transaction(), pytest.raises(DatabaseBusy):
        counter.submit()
    assert not counter.submit().repeated
    hasty.dispose()


def test_nobody_sees_a_customers_words_in_a_representation() -> None:
    request = request_of(message="mon secret", name="Zoé")
    assert repr(request) == str(request) == "<Request question>"
