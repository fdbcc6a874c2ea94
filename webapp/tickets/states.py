"""The states of a ticket, and what changes them. Words for customers are in ``templates/words``.

`received` the bank has it · `in_hand` somebody at the bank is on it · `answered` there is an answer to read ·
`waiting` the bank waits for the customer · `closed` · `withdrawn` "this was not me": final, and nobody reads it here.
"""

from datetime import timedelta
from typing import Literal, get_args

State = Literal["received", "in_hand", "answered", "waiting", "closed", "withdrawn"]
STATES: tuple[State, ...] = get_args(State)
BANK_STATES: tuple[State, ...] = ("received", "in_hand", "answered", "waiting", "closed")
"""Those that a helpdesk may tell; withdrawing is the customer's."""
NEWS: tuple[State, ...] = ("waiting", "closed")
"""Those that the customer is told of by a letter, besides an answer."""
REOPENABLE = timedelta(days=30)
"""How long after its closing a customer may reopen a case."""


def after_customer_wrote(state: str) -> State:
    """A closed case is with the bank again; one that had its answer goes on with whoever answered."""
    if state == "closed":
        return "received"
    return "in_hand" if state in ("answered", "waiting") else _known(state)


def _known(state: str) -> State:
    return next(each for each in STATES if each == state)
