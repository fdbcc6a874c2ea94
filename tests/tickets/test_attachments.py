"""Files of a message: durable before their row, opened in their own place, gone with the words of their ticket."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.tickets.conftest import NOON, Counter
from tests.tickets.test_retention import PERIODS, arrive
from webapp.confidential.link import Link
from webapp.confidential.safe import Safe, Tampered, new_key
from webapp.tables import attachment, delivery, message, ticket
from webapp.tickets import attachments, followup, links, rotation
from webapp.tickets.filestore import Store, StoreFull
from webapp.tickets.model import Arrived, FilesTaken, RequestChanged
from webapp.tickets.reading import load
from webapp.tickets.retention import purge

CONTENT = b"%PDF-1.7 what the customer joined " * 9_000


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "files", 10_000_000, reserve=0)


def arrived(store: Store, name: str = "relevé.pdf", content: bytes = CONTENT, digest: str = "d" * 64) -> Arrived:
    with store.draft() as draft:
        draft.feed(content)
        size = draft.keep()
    return Arrived(
        id=draft.id, name=name, media_type="application/pdf", size=size, scan="off", digest=digest, key=draft.key
    )


def ticket_id(counter: Counter) -> str:
    with counter.database.reading() as connection:
        return str(connection.execute(select(ticket.c.id)).scalar_one())


def on_disk(store: Store) -> list[Path]:
    return sorted(each for each in store.folder.rglob("*") if each.is_file())


def test_files_come_back_as_they_were_given_in_order(counter: Counter, store: Store) -> None:
    counter.submit(files=(arrived(store, "b.pdf"), arrived(store, "a.pdf", b"small")))
    with counter.database.reading() as connection:
        files = load(connection, counter.safe, ticket_id(counter), store).files
    assert [(each.name, each.size, each.media_type, each.scan) for each in files] == [
        ("b.pdf", len(CONTENT), "application/pdf", "off"),
        ("a.pdf", 5, "application/pdf", "off"),
    ]
    assert b"".join(files[0].chunks()) == CONTENT
    assert files[0].created_at == NOON


def test_neither_name_nor_content_is_in_clear_and_only_the_owner_may_look(counter: Counter, store: Store) -> None:
    counter.submit(files=(arrived(store),))
    (path,) = on_disk(store)
    assert b"customer joined" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert all(each.stat().st_mode & 0o777 == 0o700 for each in (store.folder, path.parent))
    with counter.database.reading() as connection:
        (row,) = connection.execute(select(attachment)).all()
    assert not any("relev" in str(value) for value in row)


def test_a_row_under_another_ticket_does_not_open(counter: Counter, store: Store) -> None:
    counter.submit(form_key="a", files=(arrived(store, "a.pdf"),))
    counter.submit(form_key="b")
    with counter.database.transaction() as connection:
        other = connection.execute(select(message.c.id, message.c.ticket_id).order_by(message.c.id)).all()
        for row in other:
            connection.execute(update(attachment).values(message_id=row.id, ticket_id=row.ticket_id))
            try:
                attachments.files_of(connection, counter.safe, store, row.id)
            except Tampered:
                return
    raise AssertionError("a file opened under both tickets")


def test_a_file_under_another_id_does_not_open(counter: Counter, store: Store) -> None:
    counter.submit(files=(arrived(store, "a.pdf", b"one"), arrived(store, "b.pdf", b"two")))
    one, two = on_disk(store)
    content = one.read_bytes()
    os.replace(two, one)
    two.write_bytes(content)
    with counter.database.reading() as connection:
        files = load(connection, counter.safe, ticket_id(counter), store).files
    for each in files:
        with pytest.raises(Tampered):
            list(each.chunks())


def test_the_same_form_sent_twice_with_the_same_file_is_one_ticket(counter: Counter, store: Store) -> None:
    first = counter.submit(files=(arrived(store),))
    again = counter.submit(files=(arrived(store),))
    assert (again.reference, again.repeated) == (first.reference, True)
    with pytest.raises(RequestChanged):
        counter.submit(files=(arrived(store, digest="e" * 64),))
    with pytest.raises(RequestChanged):
        counter.submit()


def test_a_file_belongs_to_one_message(counter: Counter, store: Store) -> None:
    file = arrived(store)
    counter.submit(form_key="a", files=(file,))
    with pytest.raises(FilesTaken):
        counter.submit(form_key="b", files=(file,))
    with counter.database.reading() as connection:
        assert len(connection.execute(select(ticket.c.id)).all()) == 1


def test_a_draft_that_is_not_kept_leaves_nothing(store: Store) -> None:
    with store.draft() as draft:
        draft.feed(CONTENT)
    assert on_disk(store) == []


def test_files_go_with_the_words_of_their_ticket(counter: Counter, store: Store) -> None:
    reference = counter.submit(files=(arrived(store), arrived(store, "b.pdf"))).reference
    arrive(counter, reference, NOON)
    early = purge(counter.database, NOON + timedelta(days=29), PERIODS, store=store)
    assert (early.files, early.orphans, len(on_disk(store))) == (0, 0, 2)
    for path in on_disk(store):
        os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    done = purge(counter.database, NOON + timedelta(days=31), PERIODS, store=store)
    assert (done.emptied, done.files, done.orphans) == (1, 2, 0)
    assert on_disk(store) == []
    with counter.database.reading() as connection:
        assert attachments.count(connection) == 0


def test_a_ticket_that_has_not_arrived_keeps_its_files(counter: Counter, store: Store) -> None:
    reference = counter.submit(files=(arrived(store),)).reference
    arrive(counter, reference, NOON, kind="request", state="failed")
    purge(counter.database, NOON + timedelta(days=400), PERIODS, store=store)
    assert len(on_disk(store)) == 1


def test_what_no_row_names_is_swept_after_an_hour_and_not_before(counter: Counter, store: Store) -> None:
    counter.submit(files=(arrived(store, "kept.pdf"),))
    orphan = arrived(store)
    draft = store.draft()
    draft.__enter__().feed(b"a process was killed here")
    for path in on_disk(store):
        os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    assert attachments.sweep(counter.database, store, NOON + timedelta(minutes=59)) == 0
    assert attachments.sweep(counter.database, store, NOON + timedelta(minutes=61)) == 1
    assert not store.path(orphan.id).exists()
    assert len(on_disk(store)) == 1
    draft._file.close()
    with counter.database.reading() as connection:
        assert attachments.missing(connection, store) == []


def test_a_form_that_comes_back_keeps_its_file_from_the_sweeper(counter: Counter, store: Store) -> None:
    file = arrived(store)
    os.utime(store.path(file.id), (NOON.timestamp(), NOON.timestamp()))
    assert store.refresh(file.id)
    assert attachments.sweep(counter.database, store, NOON + timedelta(minutes=61)) == 0
    store.remove([file.id])
    assert not store.refresh(file.id)


def test_the_quota_and_the_disk_s_reserve_refuse_before_anything_is_written(tmp_path: Path) -> None:
    small = Store(tmp_path / "small", 1_000, reserve=0)
    small.require_room(900)
    arrived(small, content=bytes(600))
    with pytest.raises(StoreFull):
        small.require_room(500)
    with pytest.raises(StoreFull):
        Store(tmp_path / "other", 10**15, reserve=10**15).require_room(1)


def test_a_disk_that_fails_is_said_and_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("webapp.tickets.filestore.os.fsync", full)
    with pytest.raises(StoreFull):
        arrived(store)
    monkeypatch.undo()
    assert on_disk(store) == []


def test_an_id_never_becomes_a_path(store: Store) -> None:
    for wrong in ("../../etc/passwd", "", "a" * 33, "A" * 32):
        with pytest.raises(ValueError):
            store.path(wrong)


def test_keys_are_rotated_without_touching_a_file(counter: Counter, store: Store) -> None:
    old = new_key("old")
    counter.safe = Safe.from_setting(old)
    counter.submit(files=(arrived(store),))
    (before,) = (each.read_bytes() for each in on_disk(store))
    renewed = Safe.from_setting(f"{new_key('new')},{old}")
    assert rotation.rotate(counter.database, renewed).left == ()
    assert set(rotation.keys_in_use(counter.database)) == {"new"}
    assert [each.read_bytes() for each in on_disk(store)] == [before]
    with counter.database.reading() as connection:
        (file,) = load(connection, renewed, ticket_id(counter), store).files
    assert b"".join(file.chunks()) == CONTENT


def test_the_customer_s_link_opens_the_names_and_a_new_link_after_it(counter: Counter, store: Store) -> None:
    receipt = counter.submit(files=(arrived(store, "relevé.pdf"), arrived(store, "photo.jpg")))

    def shown(text: str) -> list[str]:
        case = followup.open_case(
            counter.database, counter.digester, Link.read(text), now=NOON, network="n", per_network=100
        )
        return [each.name for turn in case.turns for each in turn.files]

    assert shown(receipt.link) == ["relevé.pdf", "photo.jpg"]
    links.replace(counter.database, counter.safe, ticket_id(counter), "key", now=NOON)
    with counter.database.reading() as connection:
        again = load(connection, counter.safe, ticket_id(counter)).link
    assert again != receipt.link
    assert shown(again) == ["relevé.pdf", "photo.jpg"]


def test_the_delivery_of_a_message_leads_to_its_own_files(counter: Counter, store: Store) -> None:
    counter.submit(files=(arrived(store),))
    with counter.database.reading() as connection:
        (first,) = connection.scalars(select(message.c.id)).all()
        assert len(attachments.files_of(connection, counter.safe, store, first)) == 1
        assert attachments.files_of(connection, counter.safe, store, "0" * 32) == ()
        assert connection.execute(select(delivery)).all()
