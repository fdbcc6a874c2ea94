"""The embedded mailbox: any mail client reads it, a repeated sending never doubles, nobody else may look."""

import mailbox
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.delivery.conftest import NOON
from webapp.delivery.destinations.base import DeliveryError
from webapp.delivery.destinations.maildir import Maildir
from webapp.delivery.parcel import Parcel
from webapp.tickets.model import StoredRequest

KEY = "7K4M-29XQ-C:request:maildir"
ACK = "7K4M-29XQ-C:acknowledgement"


def mail(text: str = "Bonjour") -> EmailMessage:
    made = EmailMessage()
    made["Date"] = format_datetime(NOON)
    made["To"] = "guichet@banque-rivage.example"
    made["Subject"] = "Réclamation"
    made.set_content(text)
    return made


def parcel(key: str, letter: EmailMessage) -> Parcel:
    """A sending of which a mailbox sees the key, the kind and the letter."""
    request = StoredRequest(
        **{name: "" for name in ("nature", "theme", "language", "surface", "partner", "name", "email", "phone")},
        reference="7K4M-29XQ-C",
        created_at=NOON,
        fields={},
        message="",
    )
    kind = key.split(":")[1]
    return Parcel(key=key, kind=kind, request=request, text="", written_at=NOON, letter=lambda _parcel, _to: letter)


@contextmanager
def reading(folder: Path) -> Iterator[mailbox.Maildir]:
    box = mailbox.Maildir(folder, create=False)
    try:
        yield box
    finally:
        box.close()


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "maildirfolder")


def test_the_standard_library_reads_it(tmp_path: Path) -> None:
    box = Maildir(tmp_path / "mail")
    box.send(parcel(KEY, mail("Bonjour é")))
    box.send(parcel(ACK, mail("Accusé")))
    with reading(tmp_path / "mail") as read:
        (message,) = read
        assert message["Subject"]
        assert message.get_subdir() == "new"
        assert read.list_folders() == ["Accuses"]
        assert len(read.get_folder("Accuses")) == 1


def test_only_the_owner_may_look(tmp_path: Path) -> None:
    old = os.umask(0o000)
    try:
        box = Maildir(tmp_path / "mail")
        box.send(parcel(KEY, mail()))
        box.send(parcel(ACK, mail()))
    finally:
        os.umask(old)
    for path in [tmp_path / "mail", *(tmp_path / "mail").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_repeated_sending_finds_itself(tmp_path: Path) -> None:
    for _ in range(3):
        Maildir(tmp_path / "mail").send(parcel(KEY, mail()))
    assert len(files(tmp_path / "mail")) == 1


@pytest.mark.parametrize("flags", ["", ":2,", ":2,S", ":2,FRS"])
def test_a_repeated_sending_finds_itself_after_an_agent_has_read_it(tmp_path: Path, flags: str) -> None:
    box = Maildir(tmp_path / "mail")
    box.send(parcel(KEY, mail()))
    (sent,) = files(tmp_path / "mail")
    sent.rename(tmp_path / "mail" / "cur" / f"{sent.name}{flags}")
    box.send(parcel(KEY, mail()))
    assert len(files(tmp_path / "mail")) == 1


def test_a_longer_key_is_another_message(tmp_path: Path) -> None:
    box = Maildir(tmp_path / "mail")
    for key in ("7K4M:request", "7K4M:request2", "7K4M:reques"):
        box.send(parcel(key, mail()))
    assert len(files(tmp_path / "mail")) == 3


def test_a_writer_killed_before_the_end_leaves_nothing_in_the_inbox(tmp_path: Path) -> None:
    box = Maildir(tmp_path / "mail")
    box.send(parcel("other:request", mail()))
    left = tmp_path / "mail" / "tmp" / "1.x.guichet.1-dead"
    left.write_text("half a mess")
    with reading(tmp_path / "mail") as read:
        assert len(read) == 1
    Maildir(tmp_path / "mail").send(parcel(KEY, mail()))
    assert left.exists()  # perhaps another worker is still writing it
    os.utime(left, (0, 0))
    Maildir(tmp_path / "mail").send(parcel(KEY, mail()))
    assert not left.exists()
    assert list((tmp_path / "mail" / "tmp").iterdir()) == []


def test_a_mailbox_that_cannot_be_written_is_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")
    with pytest.raises(DeliveryError) as refused:
        Maildir(tmp_path / "mail").send(parcel(KEY, mail()))
    assert (refused.value.permanent, refused.value.everybody) == (False, True)
    assert refused.value.reason in ("maildir-enotdir", "maildir-eexist")


def test_a_mailbox_removed_by_hand_is_made_again(tmp_path: Path) -> None:
    import shutil

    box = Maildir(tmp_path / "mail")
    box.send(parcel(KEY, mail()))
    shutil.rmtree(tmp_path / "mail")
    with pytest.raises(DeliveryError):
        box.send(parcel(KEY, mail()))
    box.send(parcel(KEY, mail()))
    assert len(files(tmp_path / "mail")) == 1
