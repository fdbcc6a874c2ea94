"""What must be true when the fire is out: of requests, tickets, deliveries and letters."""

import mailbox
import re
import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.faults.customers import Sent

_MARK = re.compile(rb"Message ([0-9a-f]{24})")


@dataclass
class Verdict:
    acknowledged: int
    tickets: int
    lost: int  # acknowledged references without a ticket, or without a letter in the agents' mailbox
    doubled: int  # marks with two tickets or two references, deliveries with two letters
    undelivered: int  # deliveries that are not `delivered`, or are so without a letter
    integrity: str

    @property
    def clean(self) -> bool:
        return (self.lost, self.doubled, self.undelivered, self.integrity) == (0, 0, 0, "ok")


def judge(data: Path, sent: Sent) -> Verdict:
    """Compare what customers were told with the database and the mailboxes, read independently of the product."""
    with sqlite3.connect(data / "guichet.sqlite3") as database:
        integrity = database.execute("PRAGMA integrity_check").fetchone()[0]
        references = [row[0] for row in database.execute("SELECT reference FROM ticket")]
        deliveries = dict(database.execute("SELECT key, state FROM delivery"))
    database.close()
    return judged(references, deliveries, integrity, data / "mail", sent)


def judged(references: list[str], deliveries: dict[str, str], integrity: str, mail: Path, sent: Sent) -> Verdict:
    """The verdict on the rows of any database (`deliveries`: key → state) and one Maildir."""
    letters, marks = _letters(mail)
    told = {mark: set(given) for mark, given in sent.acknowledged.items()}
    known = set(references)
    lost = sum(
        1 for given in told.values() for each in given if each not in known or not letters[f"{each}:request:maildir"]
    )
    doubled = (
        sum(len(given) - 1 for given in told.values())
        + sum(count - 1 for count in marks.values())
        + sum(count - 1 for count in letters.values() if count)
        + max(0, len(references) - len(sent.tried))
    )
    undelivered = sum(1 for key, state in deliveries.items() if state != "delivered" or not letters[key])
    return Verdict(len(told), len(references), lost, doubled, undelivered, integrity)


def _letters(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """Letters per delivery key, from their Message-ID, and requests per mark, from their text."""
    letters: Counter[str] = Counter()
    marks: Counter[str] = Counter()
    if not folder.exists():
        return letters, marks
    box = mailbox.Maildir(folder, create=False)
    for each in [box, *(box.get_folder(name) for name in box.list_folders())]:
        for message in each:
            letters[str(message["Message-ID"]).strip("<>").partition("@")[0].replace(".", ":")] += 1
            found = _MARK.search(message.get_payload(decode=True) or b"") if not message.is_multipart() else None
            if found:
                marks[found.group(1).decode()] += 1
        each.close()
    return letters, marks
