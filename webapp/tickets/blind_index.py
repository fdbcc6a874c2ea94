"""The blind index: a person's tickets are found by a keyed digest of the address, which the table does not give."""

from webapp.confidential.digest import Digester


def mailbox(email: str) -> str:
    """The address as one mailbox: ``Marie+bank@…``, ``m.arie@…`` and ``marie@…`` may reach the same person.

    The largest provider ignores dots: each way of writing them would else be good for more letters to one person.
    Elsewhere they may be two persons: whoever shows or deletes something compares the whole address first.
    """
    local, _, domain = email.strip().lower().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"


def person_digest(digester: Digester, email: str) -> str:
    """What ``ticket.person_digest`` holds."""
    return digester.hex("person", mailbox(email))
