"""Reading a ticket back: opened in its own place only."""

import pytest
from sqlalchemy import select, update

from tests.tickets.conftest import Counter
from webapp.confidential.safe import Safe, Tampered, UnknownKey, new_key
from webapp.tables import ticket
from webapp.tickets.model import TicketNotFound
from webapp.tickets.reading import load


def test_an_unknown_ticket_is_not_found(counter: Counter) -> None:
    with counter.database.reading() as connection, pytest.raises(TicketNotFound):
        load(connection, counter.safe, "0" * 32)


def test_two_exchanged_rows_do_not_open(counter: Counter) -> None:
    counter.submit(form_key="a", name="Alice")
    counter.submit(form_key="b", name="Bruno")
    with counter.database.transaction() as connection:
        (one, sealed_one), (two, sealed_two) = connection.execute(select(ticket.c.id, ticket.c.sealed_person)).all()
        connection.execute(update(ticket).where(ticket.c.id == one).values(sealed_person=sealed_two))
        connection.execute(update(ticket).where(ticket.c.id == two).values(sealed_person=sealed_one))
    with counter.database.reading() as connection, pytest.raises(Tampered) as caught:
        load(connection, counter.safe, one)
    assert "Alice" not in str(caught.value)


def test_another_safe_does_not_open_it(counter: Counter) -> None:
    counter.submit()
    with counter.database.reading() as connection:
        ticket_id = connection.execute(select(ticket.c.id)).scalar_one()
        with pytest.raises(UnknownKey):
            load(connection, Safe.from_setting(new_key("other")), ticket_id)


def test_a_rotated_safe_still_opens_it(counter: Counter) -> None:
    setting = new_key("old")
    counter.safe = Safe.from_setting(setting)
    counter.submit()
    with counter.database.reading() as connection:
        ticket_id = connection.execute(select(ticket.c.id)).scalar_one()
        assert load(connection, Safe.from_setting(f"{new_key('new')},{setting}"), ticket_id).name == "Zoé Müller"
