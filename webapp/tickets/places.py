"""Where sealed values of a ticket belong: the text that binds each to its row and column (``Safe.seal``)."""


def person(ticket_id: str) -> str:
    return f"ticket/{ticket_id}/sealed_person"


def link(ticket_id: str) -> str:
    return f"ticket/{ticket_id}/sealed_link"


def answers(ticket_id: str) -> str:
    return f"ticket/{ticket_id}/link_answers"


def body(ticket_id: str, message_id: str) -> str:
    """A message is bound to its ticket too: under another one it does not open."""
    return f"message/{ticket_id}/{message_id}/sealed_body"


def attachment(ticket_id: str, file_id: str) -> str:
    """What describes a file: its name and its key."""
    return f"attachment/{ticket_id}/{file_id}/sealed_about"


def body_formerly(message_id: str) -> str:
    """The same in values of version 1 of the safe, which were bound to their row alone."""
    return f"message/{message_id}/sealed_body"
