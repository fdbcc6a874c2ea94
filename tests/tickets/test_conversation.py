"""The conversation: one transaction for each turn, the same news twice is one message, and the link alone opens it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from tests.tickets.conftest import NOON, Counter
from webapp.confidential.link import Link
from webapp.confidential.safe import Safe, new_key, public_half
from webapp.tables import delivery, message, milestone, ticket
from webapp.tickets import reading
from webapp.tickets.conversation import (
    PER_CASE,
    Added,
    bank_wrote,
    customer_changed,
    customer_wrote,
    status_changed,
)
from webapp.tickets.followup import Case, open_case
from webapp.tickets.links import ask, by_code, replace
from webapp.tickets.model import CaseNotFound, CaseOver, TicketEmptied, TicketNotFound, TooManyRequests
from webapp.tickets.retention import Periods, purge

CODE_KEY = "7K4M-29XQ-C:link:1"


class Desk:
    """Both sides of one case: the customer with the link, the helpdesk with the ticket's id."""

    def __init__(self, counter: Counter, **changes: Any) -> None:
        self.counter = counter
        receipt = counter.submit(**changes)
        link = Link.read(receipt.link)
        assert link is not None
        self.link, self.reference = link, receipt.reference
        with counter.database.reading() as connection:
            row = connection.execute(select(ticket.c.id).where(ticket.c.reference == self.reference))
            self.ticket_id = row.scalar_one()

    def answer(self, text: str = "Votre carte est en route.", origin: str = "rt:1") -> bool:
        counter = self.counter
        return bank_wrote(counter.database, counter.safe, self.ticket_id, text, at=counter.now, origin=origin)

    def told(self, state: str) -> bool:
        return status_changed(self.counter.database, self.ticket_id, state, at=self.counter.now)

    def write(self, text: str = "Merci, mais où ?", form_key: str = "f1") -> Added:
        counter = self.counter
        web = Safe.sealing_only(public_half(KEY)) if counter.safe.writing == "k1" else counter.safe
        return customer_wrote(
            counter.database,
            web,
            counter.digester,
            self.link,
            text,
            form_key=form_key,
            now=counter.now,
            network="192.0.2.0/24",
            per_network=1000,
        )

    def change(self, change: Any) -> bool:
        held = self.counter
        return customer_changed(held.database, held.safe, held.digester, self.link, change, now=held.now)

    def seen(self, link: Link | None = None) -> Case:
        counter = self.counter
        return open_case(
            counter.database,
            counter.digester,
            link or self.link,
            now=counter.now,
            network="192.0.2.0/24",
            per_network=1000,
        )

    def owed(self, kind: str) -> list[Any]:
        with self.counter.database.reading() as connection:
            mine = (delivery.c.ticket_id == self.ticket_id) & (delivery.c.kind == kind)
            return list(connection.execute(select(delivery).where(mine).order_by(delivery.c.id)).all())


KEY = new_key("k1")


@pytest.fixture
def desk(counter: Counter) -> Desk:
    counter.safe = Safe.from_setting(KEY)
    return Desk(counter)


def test_the_customer_reads_what_was_sent_and_who_had_it_when(desk: Desk) -> None:
    case = desk.seen()
    assert (case.reference, case.state, case.state_at, case.created_at) == (desk.reference, "received", NOON, NOON)
    assert [(each.author, each.text) for each in case.turns] == [("customer", "Bonjour,\nma carte est refusée.")]
    assert case.answers == {"event_date": "2026-11-02"}
    assert [(each.state, each.by) for each in case.milestones] == [("received", "customer")]
    assert case.acknowledged_at is None


def test_a_message_that_only_asks_for_details_is_no_answer(desk: Desk) -> None:
    desk.counter.advance(hours=2)
    assert desk.answer("Quelle est la date du retrait ?")
    assert desk.seen().answered_at == desk.counter.now  # until the helpdesk says that it waits
    desk.counter.advance(minutes=1)
    assert desk.told("waiting")
    assert desk.seen().answered_at is None
    desk.counter.advance(hours=1)
    desk.write("Le 2 novembre.")
    assert desk.seen().answered_at is None
    desk.counter.advance(hours=1)
    assert desk.answer("Nous vous remboursons.", origin="rt:2")
    answered = desk.counter.now
    desk.counter.advance(hours=1)
    desk.write("Merci.", form_key="f2")
    desk.counter.advance(hours=1)
    assert desk.answer("Quel compte ?", origin="rt:3")
    assert desk.told("waiting")
    assert desk.seen().answered_at == answered


def test_an_answer_is_kept_told_and_readable_with_the_link_alone(desk: Desk) -> None:
    desk.counter.advance(hours=2)
    assert desk.answer()
    case = desk.seen()
    assert [(each.author, each.text) for each in case.turns][1:] == [("bank", "Votre carte est en route.")]
    assert (case.state, case.answered_at) == ("answered", desk.counter.now)
    (notice,) = desk.owed("notice")
    assert (notice.destination, notice.state) == ("maildir", "due")
    with pytest.raises(CaseNotFound):
        desk.seen(Link.new())


def test_the_same_news_read_twice_is_one_message(desk: Desk) -> None:
    assert [desk.answer(), desk.answer(), desk.answer("autre", "rt:2")] == [True, False, True]
    assert len(desk.seen().turns) == 3
    assert len(desk.owed("notice")) == 1  # the first has not left yet: it says it too


def test_a_notice_that_has_left_is_followed_by_another(desk: Desk) -> None:
    desk.answer()
    with desk.counter.database.transaction() as connection:
        connection.execute(update(delivery).values(state="delivered", delivered_at=1))
    desk.answer("encore", "rt:2")
    assert [each.state for each in desk.owed("notice")] == ["delivered", "due"]


def test_nobody_is_written_to_without_an_address(counter: Counter) -> None:
    desk = Desk(counter, email="")
    assert desk.answer()
    assert desk.owed("notice") == []
    assert desk.seen().state == "answered"


def test_a_card_number_in_an_answer_is_masked(desk: Desk) -> None:
    desk.answer("Carte 4111 1111 1111 1111")
    assert "4111" not in (desk.seen().turns[-1].text or "")


def test_a_further_message_goes_to_every_helpdesk_that_got_the_request(counter: Counter) -> None:
    counter.safe = Safe.from_setting(KEY)
    counter.deliveries = (("request", "rt"), ("request", "webhook"), ("acknowledgement", "maildir"))
    desk = Desk(counter)
    assert desk.write("Ma carte 4111 1111 1111 1111 ?").masked == ("card",)
    rows = desk.owed("message")
    assert [each.destination for each in rows] == ["rt", "webhook"]
    assert len({each.key for each in rows}) == 2
    with counter.database.reading() as connection:
        text, at = reading.turn(connection, counter.safe, rows[0].message_id)
    assert (text, at) == ("Ma carte [carte •••• 1111 masquée] ?", counter.now)


def test_the_same_form_is_one_message_and_another_text_is_another(desk: Desk) -> None:
    assert [desk.write().repeated, desk.write().repeated] == [False, True]
    assert not desk.write("Autre chose").repeated
    assert len(desk.seen().turns) == 3


def test_a_repeated_form_counts_against_no_limit(desk: Desk) -> None:
    for each in range(PER_CASE):
        desk.write(form_key=str(each))
    with pytest.raises(TooManyRequests) as refused:
        desk.write(form_key="one too many")
    assert refused.value.limit == "case"
    assert desk.write(form_key="1").repeated
    assert len(desk.seen().turns) == PER_CASE + 1  # what was refused is not kept


class TestStates:
    def test_follow_the_helpdesk(self, desk: Desk) -> None:
        assert [desk.told(each) for each in ("in_hand", "in_hand", "waiting", "answered", "closed")] == [
            *(True, False, True, True, True)
        ]
        assert [each.state for each in desk.seen().milestones] == [
            *("received", "in_hand", "waiting", "answered", "closed")
        ]

    def test_that_ask_for_the_customer_are_told_by_letter(self, desk: Desk) -> None:
        desk.told("in_hand")
        assert desk.owed("notice") == []
        desk.told("waiting")
        (notice,) = desk.owed("notice")
        assert notice.message_id is None

    @pytest.mark.parametrize("state", ["withdrawn", "open", ""])
    def test_that_no_helpdesk_may_tell_are_refused(self, desk: Desk, state: str) -> None:
        with pytest.raises(ValueError, match="no helpdesk"):
            desk.told(state)

    def test_older_than_the_customer_s_last_word_are_not_believed(self, desk: Desk) -> None:
        desk.told("closed")
        stale = desk.counter.now
        desk.counter.advance(minutes=5)
        desk.change("reopen")
        assert not status_changed(desk.counter.database, desk.ticket_id, "closed", at=stale)
        assert desk.seen().state == "received"

    def test_a_customer_s_message_sets_the_case_in_motion_again(self, desk: Desk) -> None:
        desk.answer()
        desk.write()
        assert desk.seen().state == "in_hand"

    def test_an_answer_to_a_closed_case_leaves_it_closed_and_is_told(self, desk: Desk) -> None:
        desk.told("closed")
        desk.answer()
        assert (desk.seen().state, len(desk.owed("notice"))) == ("closed", 1)


class TestClosing:
    def test_is_told_to_the_helpdesk_once_and_not_shown_as_a_message(self, desk: Desk) -> None:
        assert [desk.change("close"), desk.change("close")] == [True, False]
        (told,) = desk.owed("message")
        with desk.counter.database.reading() as connection:
            text, _ = reading.turn(connection, desk.counter.safe, told.message_id)
        assert text.startswith("[Guichet] Le client indique")
        assert len(desk.seen().turns) == 1

    def test_can_be_undone_for_thirty_days_and_by_writing_too(self, desk: Desk) -> None:
        desk.change("close")
        desk.counter.advance(days=30)
        assert desk.seen().reopenable
        desk.write("Cela recommence")
        assert desk.seen().state == "received"
        desk.change("close")
        desk.counter.advance(days=30, seconds=1)
        assert not desk.seen().reopenable
        for attempt in (lambda: desk.change("reopen"), lambda: desk.write("encore", "f9")):
            with pytest.raises(CaseOver):
                attempt()

    def test_only_what_is_closed_can_be_reopened(self, desk: Desk) -> None:
        assert not desk.change("reopen")


def test_opening_and_closing_again_and_again_is_limited_and_withdrawing_never_is(desk: Desk) -> None:
    for each in range(PER_CASE):
        assert desk.change("reopen" if each % 2 else "close")
    with pytest.raises(TooManyRequests):
        desk.change("close")
    assert desk.change("withdraw")


class TestThisWasNotMe:
    def test_nothing_opens_any_more_from_this_moment_on(self, desk: Desk) -> None:
        desk.answer()
        assert desk.change("withdraw")
        for attempt in (desk.seen, desk.write, lambda: desk.change("close")):
            with pytest.raises(CaseNotFound):
                attempt()
        with desk.counter.database.reading() as connection:
            row = connection.execute(select(ticket)).one()
            assert (row.state, row.link_hash, row.link_public, row.sealed_link) == ("withdrawn", None, None, None)
            assert (row.link_answers, row.code_lock) == (None, None)
            assert set(connection.scalars(select(message.c.link_key)).all()) == {None}

    def test_the_bank_is_told_and_no_letter_leaves_for_the_address(self, desk: Desk) -> None:
        desk.answer()
        desk.change("withdraw")
        (told,) = desk.owed("message")
        with desk.counter.database.reading() as connection:
            text, _ = reading.turn(connection, desk.counter.safe, told.message_id)
        assert "ne pas avoir écrit cette demande" in text
        assert {each.state for kind in ("acknowledgement", "notice") for each in desk.owed(kind)} == {"abandoned"}

    def test_the_bank_s_words_are_no_longer_taken(self, desk: Desk) -> None:
        desk.change("withdraw")
        assert not desk.answer()
        assert not desk.told("closed")
        ask(
            desk.counter.database,
            desk.counter.digester,
            desk.reference,
            now=desk.counter.now,
            network="",
            per_network=9,
        )
        assert desk.owed("link") == []


class TestALostLink:
    def asked(self, desk: Desk) -> Any:
        counter = desk.counter
        ask(counter.database, counter.digester, desk.reference, now=counter.now, network="n", per_network=1000)
        return desk.owed("link")

    def replaced(self, desk: Desk, key: str = CODE_KEY) -> Link:
        counter = desk.counter
        replace(counter.database, counter.safe, desk.ticket_id, key, now=counter.now)
        with counter.database.reading() as connection:
            link = Link.read(reading.load(connection, counter.safe, desk.ticket_id).link)
        assert link is not None
        return link

    def test_is_owed_a_letter_and_only_one_while_it_has_not_left(self, desk: Desk) -> None:
        assert len(self.asked(desk)) == 1
        assert len(self.asked(desk)) == 1

    def test_is_replaced_by_one_that_opens_everything_and_the_former_opens_nothing(self, desk: Desk) -> None:
        desk.answer()
        desk.write("Et mes frais ?")
        before = desk.seen()
        link = self.replaced(desk)
        assert link.secret != desk.link.secret
        assert desk.seen(link) == before
        with pytest.raises(CaseNotFound):
            desk.seen()
        desk.counter.advance(seconds=1)
        desk.answer("Remboursés.", "rt:2")
        assert desk.seen(link).turns[-1].text == "Remboursés."

    def test_is_the_same_one_at_each_attempt_of_its_letter(self, desk: Desk) -> None:
        assert self.replaced(desk).secret == self.replaced(desk).secret
        assert self.replaced(desk, "another").secret != self.replaced(desk).secret

    def test_opens_by_its_code_for_an_hour(self, desk: Desk) -> None:
        link = self.replaced(desk)
        counter = desk.counter

        def tried(code: str, reference: str = desk.reference) -> Link | None:
            return by_code(
                counter.database, counter.digester, reference, code, now=counter.now, network="n", per_network=1000
            )

        opened = tried(link.code)
        assert opened is not None
        assert opened.secret == link.secret
        assert tried(Link.new().code) is None
        assert tried(link.code, "7K4M-29XQ-C") is None
        counter.advance(hours=1)
        assert tried(link.code) is None

    def test_ten_codes_an_hour_may_be_tried_with_one_reference_from_anywhere(self, desk: Desk) -> None:
        counter = desk.counter
        for each in range(10):
            by_code(
                counter.database,
                counter.digester,
                desk.reference,
                "0",
                now=counter.now,
                network=str(each),
                per_network=9,
            )
        with pytest.raises(TooManyRequests):
            by_code(
                counter.database, counter.digester, desk.reference, "0", now=counter.now, network="x", per_network=9
            )

    def test_asking_runs_the_same_statements_whatever_the_reference(self, desk: Desk) -> None:
        counter = desk.counter

        def statements(reference: str) -> list[str]:
            from sqlalchemy import event

            seen: list[str] = []
            listener = lambda _c, _u, statement, *_: seen.append(statement)  # noqa: E731
            event.listen(counter.database._engine, "before_cursor_execute", listener)
            try:
                ask(counter.database, counter.digester, reference, now=counter.now, network="n", per_network=1000)
            finally:
                event.remove(counter.database._engine, "before_cursor_execute", listener)
            return seen

        statements(desk.reference)  # connections are made, statements compiled
        counter.advance(seconds=1)
        assert statements(desk.reference) == statements("7K4M-29XQ-C") == statements("anything at all")

    def test_a_ticket_of_before_there_were_links_gets_one(self, desk: Desk) -> None:
        with desk.counter.database.transaction() as connection:
            none = {"link_hash": None, "link_public": None, "sealed_link": None, "link_answers": None}
            connection.execute(update(ticket).values(**none))
            connection.execute(update(message).values(link_key=None))
        assert desk.answer()
        assert len(desk.seen(self.replaced(desk)).turns) == 2


def test_opening_asks_the_same_questions_whether_the_link_is_good_or_not(desk: Desk) -> None:
    from sqlalchemy import event

    counter = desk.counter

    def questions(link: Link | None) -> list[str]:
        seen: list[str] = []
        listener = lambda _c, _u, statement, *_: seen.append(statement)  # noqa: E731
        event.listen(counter.database._engine, "before_cursor_execute", listener)
        try:
            open_case(counter.database, counter.digester, link, now=counter.now, network="n", per_network=1000)
        except CaseNotFound:
            pass
        finally:
            event.remove(counter.database._engine, "before_cursor_execute", listener)
        return seen

    questions(desk.link)
    counter.advance(seconds=1)
    good = questions(desk.link)
    assert good == questions(Link.new()) == questions(None)
    assert len(good) >= 5


def test_a_thousand_guesses_open_nothing_and_then_wait(desk: Desk) -> None:
    counter = desk.counter
    found, refused = 0, 0
    for _ in range(200):
        try:
            open_case(counter.database, counter.digester, Link.new(), now=counter.now, network="a", per_network=60)
            found += 1
        except CaseNotFound:
            pass
        except TooManyRequests:
            refused += 1
    assert (found, refused) == (0, 140)
    assert desk.seen().reference == desk.reference  # from another network


def test_a_message_moved_to_another_case_does_not_open_there(counter: Counter) -> None:
    one, two = Desk(counter, form_key="a"), Desk(counter, form_key="b", message="secret of b")
    with counter.database.transaction() as connection:
        stolen = connection.execute(select(message).where(message.c.ticket_id == two.ticket_id)).one()
        connection.execute(
            insert(message),
            {**stolen._mapping, "id": "f" * 32, "ticket_id": one.ticket_id, "origin": "x"},
        )
        connection.execute(
            update(ticket)
            .where(ticket.c.id == one.ticket_id)
            .values(link_answers=_answers_of(connection, two.ticket_id))
        )
    case = one.seen()
    assert [each.text for each in case.turns] == ["Bonjour,\nma carte est refusée.", None]
    assert case.answers == {}


def _answers_of(connection: Any, ticket_id: str) -> bytes:
    answers = connection.execute(select(ticket.c.link_answers).where(ticket.c.id == ticket_id)).scalar_one()
    assert isinstance(answers, bytes)
    return answers


def test_an_emptied_ticket_opens_no_more_and_takes_no_answer(desk: Desk) -> None:
    with desk.counter.database.transaction() as connection:
        connection.execute(update(delivery).values(state="delivered", delivered_at=0))
    desk.counter.advance(days=40)
    assert purge(desk.counter.database, desk.counter.now, Periods()).emptied == 1
    with pytest.raises(CaseNotFound):
        desk.seen()
    with pytest.raises(TicketEmptied):
        desk.answer()


def test_an_unknown_ticket_is_said_to_be_unknown(counter: Counter) -> None:
    with pytest.raises(TicketNotFound):
        bank_wrote(counter.database, counter.safe, "0" * 32, "x", at=NOON, origin="x")
    with pytest.raises(TicketNotFound):
        status_changed(counter.database, "0" * 32, "closed", at=NOON)


def test_a_fourth_acknowledgement_of_a_day_is_not_sent_and_the_request_is_kept(counter: Counter) -> None:
    for each in range(5):
        counter.submit(form_key=str(each), email="Zoe+x@customer.example")
    with counter.database.reading() as connection:
        count = select(func.count()).select_from(delivery)
        assert connection.execute(count.where(delivery.c.kind == "acknowledgement")).scalar_one() == 3
        assert connection.execute(count.where(delivery.c.kind == "request")).scalar_one() == 5
    counter.advance(days=1, seconds=1)
    counter.submit(form_key="tomorrow", email="zoe@customer.example")
    with counter.database.reading() as connection:
        assert connection.execute(count.where(delivery.c.kind == "acknowledgement")).scalar_one() == 4


def test_two_days_leave_two_milestones_and_no_word(desk: Desk) -> None:
    desk.counter.advance(days=2)
    desk.told("closed")
    with desk.counter.database.reading() as connection:
        rows = connection.execute(select(milestone).order_by(milestone.c.id)).all()
    assert [(each.state, each.by) for each in rows] == [("received", "customer"), ("closed", "bank")]
    assert rows[1].at - rows[0].at == timedelta(days=2) // timedelta(milliseconds=1)
