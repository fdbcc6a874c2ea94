"""Publishing: all or nothing, whatever dies, breaks or vanishes; running processes follow within their poll."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.knowledge.small_bank import TODAY, Content
from webapp.knowledge import check as checking
from webapp.knowledge import publish as publishing
from webapp.knowledge.catalog import Catalog
from webapp.knowledge.publish import ContentRefused, NothingPublished, Published, Shelf, ensure, publish, watch
from webapp.knowledge.rendering import Memory
from webapp.knowledge.report import Report
from webapp.knowledge.shelf import Edition, read_edition, read_pointer

CARD = "fr/cartes/carte-perdue.md"


def build_index(catalog: Catalog, folder: Path) -> None:
    """Stands for the search engine: a file whose content follows from the catalog."""
    (folder / "index").write_text(f"index of {catalog.version}", encoding="ascii")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def put(content: Content, index: Path) -> Callable[[], Published]:
    return lambda: publish(content.root, index, today=TODAY, build_index=build_index)


@pytest.fixture
def mend(content: Content, index: Path) -> Callable[[], Published]:
    return lambda: ensure(content.root, index, today=TODAY, build_index=build_index)


def online(index: Path) -> Edition:
    return read_edition(index, read_pointer(index))


def change(content: Content, number: int) -> None:
    path = content.root / CARD
    lines = path.read_text(encoding="utf-8").split("\n")
    content.write(CARD, "\n".join([lines[0], f'question: "Question {number} ?"', *lines[2:]]))


def test_publishing_puts_everything_in_one_private_folder(
    content: Content, index: Path, put: Callable[[], Published]
) -> None:
    content.write("assets/plan.png", b"\x89PNG\r\n\x1a\n")
    done = put()
    assert done.changed
    edition = online(index)
    assert edition.version == done.version == edition.catalog.version
    assert (edition.search / "index").read_text() == f"index of {done.version}"
    assert (edition.assets / "logo.svg").read_bytes() == (content.root / "assets/logo.svg").read_bytes()
    assert (edition.assets / edition.catalog.images["plan.png"]).exists()
    for folder in (edition.folder, edition.search, edition.assets):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_publishing_the_same_content_again_changes_nothing(put: Callable[[], Published]) -> None:
    first, again = put(), put()
    assert (again.version, again.changed) == (first.version, False)


def test_content_with_errors_is_refused_and_what_is_online_stays(
    content: Content, index: Path, put: Callable[[], Published]
) -> None:
    before = put().version
    content.change(CARD, "contact: opposition", "contact: oposition")
    with pytest.raises(ContentRefused) as refused:
        put()
    assert [each.code for each in refused.value.report.errors] == ["unknown-contact"]
    assert read_pointer(index) == before


def test_going_back_to_earlier_content_only_moves_the_pointer(
    content: Content, index: Path, put: Callable[[], Published]
) -> None:
    first = put()
    good = (content.root / CARD).read_text(encoding="utf-8")
    change(content, 1)
    put()
    content.write(CARD, good)
    built = (index / first.version).stat().st_mtime_ns
    assert put() == Published(version=first.version, changed=True, report=content.check())
    assert (index / first.version).stat().st_mtime_ns == built


def test_the_last_two_versions_are_kept_and_foreign_folders_left_alone(
    content: Content, index: Path, put: Callable[[], Published]
) -> None:
    index.mkdir()
    (index / "photos").mkdir()
    (index / ".gitkeep").touch()
    versions = []
    for number in range(5):
        change(content, number)
        versions.append(put().version)
        os.utime(index / versions[-1], (number, number))
    kept = {each.name for each in index.iterdir() if each.is_dir()}
    assert kept == {*versions[-3:], "photos"}
    assert (index / ".gitkeep").exists()


def test_an_index_that_cannot_be_built_changes_nothing(
    content: Content, index: Path, put: Callable[[], Published]
) -> None:
    before = put().version
    change(content, 1)

    def fails(catalog: Catalog, folder: Path) -> None:
        (folder / "half").touch()
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        publish(content.root, index, today=TODAY, build_index=fails)
    assert read_pointer(index) == before
    assert not list(index.glob(".building-*"))
    assert put().changed


def test_a_file_saved_while_publishing_is_published_in_its_last_state(content: Content, index: Path) -> None:
    saved = threading.Event()

    def check_then_save(root: Path, today: object) -> Report:
        report = content.check()
        if not saved.is_set():
            saved.set()
            content.change("assets/logo.svg", "0b5c7a", "000000")
        return report

    original = checking.check
    checking.check = check_then_save  # type: ignore[assignment]
    try:
        publish(content.root, index, today=TODAY, build_index=build_index)
    finally:
        checking.check = original
    assert b"000000" in (online(index).assets / "logo.svg").read_bytes()


PUBLISHER = """
import sys, time
from datetime import date
from pathlib import Path
from webapp.knowledge.publish import publish

def build_index(catalog, folder):
    (folder / "index").write_text("half")
    if len(sys.argv) > 3:
        print("building", flush=True)
        time.sleep(60)

print("start", flush=True)
publish(Path(sys.argv[1]), Path(sys.argv[2]), today=date(2026, 11, 22), build_index=build_index)
"""


def publisher(content: Content, index: Path, *more: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PUBLISHER, str(content.root), str(index), *more]
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)


def test_a_publisher_killed_while_building_leaves_the_old_version_and_its_remains_are_removed(
    content: Content, index: Path, put: Callable[[], Published]
) -> None:
    before = put().version
    change(content, 1)
    with publisher(content, index, "slowly") as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["start\n", "building\n"]
        process.send_signal(signal.SIGKILL)
    assert online(index).version == before
    assert len(list(index.glob(".building-*"))) == 1
    assert put().changed
    assert not list(index.glob(".building-*"))


@pytest.mark.slow
def test_twenty_kills_at_any_moment_never_leave_anything_but_a_whole_version(
    content: Content, index: Path, put: Callable[[], Published]
) -> None:
    moments = random.Random(7)
    put()
    for number in range(20):
        change(content, number)
        with publisher(content, index) as process:
            assert process.stdout is not None
            process.stdout.readline()
            try:
                process.wait(moments.uniform(0, 0.4))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
        assert online(index).catalog.article("fr", "carte-perdue") is not None
    assert put().version == online(index).version


def _publish_number(root: str, index: str, number: int) -> None:
    publish(Path(root), Path(index), today=TODAY, build_index=build_index)


def test_two_publishers_at_once_wait_for_each_other(content: Content, index: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_publish_number, args=(str(content.root), str(index), n)) for n in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert online(index).version


# --- Shelf -----------------------------------------------------------------------------------------------------------


def test_an_empty_shelf_says_so_and_looks_again_at_once(index: Path, put: Callable[[], Published]) -> None:
    shelf = Shelf(index, 0.5, Clock())
    with pytest.raises(NothingPublished):
        shelf.current()
    done = put()
    assert shelf.current().version == done.version


def test_a_new_version_is_served_after_the_poll_and_not_looked_for_before(
    content: Content, index: Path, put: Callable[[], Published]
) -> None:
    clock = Clock()
    first = put().version
    shelf = Shelf(index, 0.5, clock)
    assert shelf.current().version == first
    change(content, 1)
    second = put().version
    clock.now = 0.4
    assert shelf.current().version == first
    clock.now = 0.6
    assert shelf.current().version == second


def test_an_edition_survives_the_loss_of_its_files(index: Path, put: Callable[[], Published]) -> None:
    import shutil

    clock = Clock()
    first = put().version
    shelf = Shelf(index, 0.5, clock)
    shelf.current()
    shutil.rmtree(index)
    clock.now = 10
    edition = shelf.current()
    assert edition.version == first
    assert edition.catalog.article("fr", "carte-perdue") is not None


def test_a_damaged_new_version_leaves_the_old_one_and_is_told_once(
    content: Content, index: Path, put: Callable[[], Published], caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    first = put().version
    shelf = Shelf(index, 0.5, clock)
    shelf.current()
    change(content, 1)
    second = put().version
    (index / second / "catalog.json").write_bytes(b"{}")
    for clock.now in (1, 2, 3, 20, 40):
        assert shelf.current().version == first
    assert [each.message for each in caplog.records] == [f"published version {second} refused: catalog.json is damaged"]


def test_a_shelf_works_in_a_child_forked_while_another_thread_held_its_lock(
    index: Path, put: Callable[[], Published]
) -> None:
    put()
    shelf = Shelf(index, 0.0)
    shelf.current()
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with shelf._lock:
            held.set()
            release.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    shelf._edition = None
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        signal.alarm(20)
        os._exit(0 if shelf.current().version else 1)
    release.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_many_threads_see_one_edition_after_another(
    content: Content, index: Path, put: Callable[[], Published]
) -> None:
    put()
    shelf = Shelf(index, 0.0)
    seen: list[list[str]] = []
    stop = threading.Event()

    def look() -> None:
        own: list[str] = []
        while not stop.is_set():
            version = shelf.current().version
            if not own or own[-1] != version:
                own.append(version)
        seen.append(own)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    versions = [read_pointer(index)]
    for number in range(4):
        change(content, number)
        versions.append(put().version)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(seen) == 4
    for own in seen:
        assert [each for each in versions if each in own] == own


# --- damage ----------------------------------------------------------------------------------------------------------


def damage(path: Path, chance: random.Random) -> None:
    """Truncate, flip, zero or delete a file."""
    data = bytearray(path.read_bytes())
    kind = chance.choice(["cut", "flip", "zero", "delete"])
    if kind == "delete":
        path.unlink()
        return
    at = chance.randrange(len(data))
    if kind == "cut":
        data = data[:at]
    elif kind == "flip":
        data[at] ^= 1 << chance.randrange(8)
    else:
        data[at : at + 16] = bytes(min(16, len(data) - at)) if any(data[at : at + 16]) else b"\xff"
    path.write_bytes(data)


def test_400_random_damages_are_all_seen_before_anything_is_used(
    content: Content, index: Path, put: Callable[[], Published]
) -> None:
    chance = random.Random(12)
    put()
    edition = online(index)
    files = [each for each in edition.folder.rglob("*") if each.is_file()]
    good = {each: each.read_bytes() for each in files}
    for _ in range(400):
        victim = chance.choice(files)
        damage(victim, chance)
        found = publishing.current_edition(index)
        # the manifest's own white space and unknown fields may change without harm; its words may not
        assert found is None or (victim.name == "manifest.json" and found.catalog == edition.catalog)
        victim.write_bytes(good[victim])
    assert publishing.current_edition(index) is not None


@pytest.mark.parametrize("pointer", [b"", b"../../etc\n", b"zzz", b"\xff\xfe", b"000000000000\n", b"a" * 5000])
def test_a_damaged_pointer_names_nothing(index: Path, put: Callable[[], Published], pointer: bytes) -> None:
    put()
    (index / "current").write_bytes(pointer)
    with pytest.raises(NothingPublished):
        Shelf(index, 0.5).current()


def test_a_damaged_version_is_rebuilt_beside_itself_and_running_processes_change_over(
    index: Path, put: Callable[[], Published], mend: Callable[[], Published]
) -> None:
    clock = Clock()
    first = put().version
    shelf = Shelf(index, 0.5, clock)
    shelf.current()
    (index / first / "search" / "index").write_bytes(b"nonsense")
    done = mend()
    assert (done.version, done.changed) == (f"{first}-1", True)
    clock.now = 1
    assert shelf.current().version == f"{first}-1"
    assert shelf.current().catalog.version == f"{first}-1"
    assert mend().changed is False


def test_nothing_is_rebuilt_when_all_is_well(put: Callable[[], Published], mend: Callable[[], Published]) -> None:
    first = put()
    assert mend() == Published(version=first.version, changed=False, report=None)


def test_a_version_of_older_code_is_rebuilt(
    index: Path, put: Callable[[], Published], mend: Callable[[], Published], monkeypatch: pytest.MonkeyPatch
) -> None:
    put()
    for module in (publishing, checking):
        monkeypatch.setattr(module, "code_revision", lambda: "0123456789ab")
    assert mend().changed
    assert online(index).revision == "0123456789ab"


def test_broken_content_and_a_damaged_version_bring_back_the_latest_whole_one(
    content: Content, index: Path, put: Callable[[], Published], mend: Callable[[], Published]
) -> None:
    first = put().version
    change(content, 1)
    second = put().version
    (index / second / "catalog.json").unlink()
    content.write("site.yaml", "bank: [")
    assert mend() == Published(version=first, changed=True, report=None)
    assert online(index).version == first


def test_broken_content_and_nothing_published_is_an_error(content: Content, mend: Callable[[], Published]) -> None:
    content.write("site.yaml", "bank: [")
    with pytest.raises(ContentRefused):
        mend()


def test_a_version_that_others_may_open_or_own_is_refused(index: Path, put: Callable[[], Published]) -> None:
    version = put().version
    (index / version).chmod(0o755)
    with pytest.raises(NothingPublished):
        Shelf(index, 0.5).current()
    (index / version).chmod(0o700)
    if os.geteuid() == 0:
        os.chown(index / version, 12345, -1)
        with pytest.raises(NothingPublished):
            Shelf(index, 0.5).current()


def test_a_version_that_is_a_symbolic_link_is_refused(index: Path, put: Callable[[], Published]) -> None:
    version = put().version
    (index / version).rename(index / "elsewhere")
    (index / version).symlink_to(index / "elsewhere")
    with pytest.raises(NothingPublished):
        Shelf(index, 0.5).current()


def test_a_process_that_only_serves_loads_no_markdown_yaml_schema_or_holidays_library(
    index: Path, put: Callable[[], Published]
) -> None:
    put()
    program = (
        "import sys; from pathlib import Path; from datetime import datetime, UTC\n"
        "from webapp.knowledge.shelf import Shelf; from webapp.knowledge import opening_words, typography, links\n"
        "catalog = Shelf(Path(sys.argv[1]), 0.5).current().catalog\n"
        "print(opening_words.say(catalog.contact('service').hours, datetime(2026, 11, 23, 9, tzinfo=UTC), 'fr'))\n"
        "heavy = {'markdown_it', 'nh3', 'yaml', 'jsonschema', 'holidays', 'watchfiles', 'whoosh'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", program, str(index)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.replace("\u00a0", " ") == "Ouvert, ferme à 19 h\n[]\n"


# --- pages first ----------------------------------------------------------------------------------------------------


def test_at_each_save_the_pages_are_online_before_the_new_index_is_built(content: Content, index: Path) -> None:
    seen: list[tuple[str, str]] = []
    memory = Memory()

    def build(catalog: Catalog, folder: Path) -> None:
        edition = online(index) if read_pointer(index) else None
        if edition:
            article = edition.catalog.article("fr", "carte-perdue")
            assert article is not None
            seen.append((article.question, (edition.search / "index").read_text()))
        build_index(catalog, folder)

    def save() -> Published:
        return publish(content.root, index, today=TODAY, build_index=build, memory=memory)

    first = save()
    assert seen == []
    change(content, 1)
    second = save()
    assert seen == [("Question 1 ?", f"index of {first.version}")]
    assert (online(index).search / "index").read_text() == f"index of {second.version}"
    assert second.changed
    assert read_pointer(index) == second.version
    assert not save().changed
    assert len(seen) == 1


def test_a_publisher_that_dies_after_the_pages_leaves_a_whole_version_and_the_next_finishes(
    content: Content, index: Path, put: Callable[[], Published], mend: Callable[[], Published]
) -> None:
    first = put()
    change(content, 1)

    def die(catalog: Catalog, folder: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(content.root, index, today=TODAY, build_index=die, memory=Memory())
    left = online(index)
    finished = left.version.removesuffix("-0")
    assert finished not in (left.version, first.version)
    assert (left.search / "index").read_text() == f"index of {first.version}"
    assert not mend().changed  # whole: a start does not wait for it
    assert put().version == finished
    assert (online(index).search / "index").read_text() == f"index of {finished}"


# --- watch -----------------------------------------------------------------------------------------------------------


def test_saving_a_file_publishes_it_and_a_mistake_is_left_for_the_banner(content: Content, index: Path) -> None:
    import queue

    told: queue.Queue[str] = queue.Queue()
    stop = threading.Event()
    thread = threading.Thread(
        target=watch,
        args=(content.root, index),
        kwargs={"build_index": build_index, "today": lambda: TODAY, "echo": told.put, "stop": stop},
    )
    thread.start()
    try:
        assert told.get(timeout=30).startswith("En ligne : version ")
        first = read_pointer(index)
        content.change(CARD, "contact: opposition", "contact: oposition")
        said = told.get(timeout=30)
        assert "Vouliez-vous dire « opposition » ?" in said
        assert said.endswith("Rien n'a changé en ligne.")
        assert "unknown-contact" in (index / "problems.json").read_text(encoding="utf-8")
        assert read_pointer(index) == first
        content.change(CARD, "contact: oposition", "contact: service")
        assert told.get(timeout=30).startswith("En ligne : version ")
        assert read_pointer(index) != first
        assert not (index / "problems.json").exists()
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()
