"""What customers send comes through as it should look; what nobody sends in good faith does not."""

import ast
import gc
import io
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from pypdf import PdfReader

from tests.inspection import samples
from webapp.inspection import documents, images
from webapp.inspection.examiner import Examiner, Verdict
from webapp.inspection.rules import JPEG, KINDS, LARGEST_FILE, PDF, PNG, Kind, Refused, Unavailable, claimed
from webapp.settings import ROOT


def examined(data: bytes, kind: Kind) -> tuple[Verdict, bytes]:
    """As in the product: by a process of its own."""
    pieces: list[bytes] = []
    verdict = Examiner().examine(io.BytesIO(data), kind, pieces.append)
    return verdict, b"".join(pieces)


def cleaned(data: bytes, kind: Kind) -> bytes:
    """The same decoding, in this process: quicker, for what cannot hurt it."""
    return documents.clean(data)[0] if kind is PDF else images.clean(data, kind)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(("kind", "make"), [(JPEG, samples.jpeg), (PNG, samples.png), (PDF, samples.pdf)])
def test_an_honest_file_comes_through(kind: Kind, make: Callable[[], bytes]) -> None:
    verdict, body = examined(make(), kind)
    assert (verdict.ok, verdict.size, verdict.cleaned) == (True, len(body), False)
    if kind is PDF:
        assert body == make(), "byte for byte: an electronic signature stays good"
    else:
        assert opened(body).size == opened(make()).size


@pytest.mark.parametrize(
    ("name", "typed", "declared", "data", "reason"), samples.REFUSED, ids=[case[0] for case in samples.REFUSED]
)
def test_what_is_not_taken_is_refused_for_its_own_reason(
    name: str, typed: str, declared: str, data: bytes, reason: str
) -> None:
    with pytest.raises(Refused) as caught:
        cleaned(data, claimed(typed, declared, data[:64]))
    assert caught.value.reason == reason, name


@pytest.mark.parametrize(
    ("typed", "declared"),
    [
        ("a.pdf", "application/pdf"),
        ("A.PDF", ""),
        ("a.pdf", "application/octet-stream"),
        ("a.pdf", "application/x-pdf"),
    ],
)
def test_a_browser_may_say_nothing_of_the_type(typed: str, declared: str) -> None:
    assert claimed(typed, declared, samples.pdf()[:64]) is PDF


def test_a_photograph_gives_up_position_camera_thumbnail_and_tail_and_stands_upright() -> None:
    sent = samples.photograph(6)
    assert samples.SECRET in sent
    assert b"Exif" in sent
    _, body = examined(sent, JPEG)
    for hidden in (samples.SECRET, b"Exif", b"GPS", b"xmpmeta", b"JFXX", b"ICC_PROFILE"):
        assert hidden not in body
    image = opened(body)
    assert dict(image.getexif()) == {}
    assert image.size == (400, 640)
    red, _, blue = image.convert("RGB").getpixel((395, 5))  # type: ignore[misc]
    assert red > 200 > blue, "the mark of the top left corner is now at the top right"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_applied(orientation: int) -> None:
    expected = ImageOps.exif_transpose(opened(samples.photograph(orientation)))
    assert expected is not None
    assert opened(cleaned(samples.photograph(orientation), JPEG)).size == expected.size


def test_a_photograph_keeps_its_quality_and_about_its_size() -> None:
    sent = samples.large_photograph()
    body = cleaned(sent, JPEG)
    assert 0.9 < len(body) / len(sent) < 1.1
    assert opened(body).quantization == opened(sent).quantization  # type: ignore[attr-defined]


@pytest.mark.parametrize("make", [samples.png_with_php, samples.png_with_texts])
def test_what_hides_in_a_picture_is_gone(make: Callable[[], bytes]) -> None:
    assert samples.SECRET in make()
    body = cleaned(make(), PNG)
    assert samples.SECRET not in body
    assert opened(body).tobytes() == opened(samples.png()).tobytes()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_stays_what_it_was(mode: str) -> None:
    source = Image.new(mode if mode != "I;16" else "I;16", (40, 30), 0)
    out = io.BytesIO()
    source.save(out, "PNG")
    assert opened(cleaned(out.getvalue(), PNG)).size == (40, 30)


def test_a_printer_s_jpeg_in_four_colours_can_be_seen_by_everybody() -> None:
    out = io.BytesIO()
    Image.new("CMYK", (40, 30), (0, 200, 200, 0)).save(out, "JPEG")
    assert opened(cleaned(out.getvalue(), JPEG)).mode == "RGB"


ACTING = [
    samples.pdf_with_javascript,
    samples.pdf_with_named_javascript,
    samples.pdf_that_launches,
    samples.pdf_with_a_file_inside,
    samples.pdf_with_a_scripted_field,
    samples.pdf_with_hidden_names,
]


@pytest.mark.parametrize("make", ACTING, ids=[each.__name__ for each in ACTING])
def test_what_acts_in_a_pdf_is_taken_out_and_the_pages_stay(make: Callable[[], bytes]) -> None:
    body, told = documents.clean(make())
    assert told
    text = re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), body)
    for acting in (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/EF", samples.SECRET):
        assert acting not in text
    assert len(PdfReader(io.BytesIO(body)).pages) == 1
    assert documents.clean(body) == (body, False), "nothing is left to take out"


def test_a_link_acts_only_when_followed_and_stays() -> None:
    assert documents.clean(samples.pdf_with_a_link()) == (samples.pdf_with_a_link(), False)


def test_what_follows_the_end_of_a_pdf_is_gone() -> None:
    body, told = documents.clean(samples.pdf() + samples.zipped())
    assert (b"PK\x03\x04" in body, told) == (False, False)


def test_a_pdf_that_anybody_can_open_is_taken_although_it_forbids_printing() -> None:
    restricted = samples.pdf_with_a_password("")
    assert documents.clean(restricted) == (restricted, False)


@pytest.mark.parametrize(
    ("kind", "make", "reasons"),
    [
        (PNG, samples.png_flood, {"pixels"}),
        (PDF, samples.pdf_bomb, {"damaged", "complex"}),
        (PDF, samples.pdf_deeply_nested, {"damaged", "complex"}),
    ],
)
def test_a_bomb_ends_its_own_process_and_nothing_else(kind: Kind, make: Callable[[], bytes], reasons: set[str]) -> None:
    with pytest.raises(Refused) as caught:
        examined(make(), kind)
    assert caught.value.reason in reasons


def test_a_pdf_that_holds_itself_ends() -> None:
    assert documents.clean(samples.pdf_that_cycles())[1] is False


def test_the_largest_picture_that_is_taken_is_decoded_within_the_child_s_memory() -> None:
    verdict, _ = examined(samples.png_bomb(), PNG)
    assert verdict.ok


def test_the_child_takes_no_more_than_the_limits_it_sets_itself(tmp_path: Path) -> None:
    code = f"""
import os, sys; sys.path.insert(0, {str(ROOT)!r})
from webapp.inspection.child import _narrow
_narrow()
for name, attempt in (
    ("memory", lambda: bytearray(900 * 1024 * 1024)),
    ("file", lambda: os.write(os.open({str(tmp_path / "file")!r}, os.O_WRONLY | os.O_CREAT), b"x")),
):
    try:
        attempt()
        print(name)
    except (MemoryError, OSError):
        pass
"""
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True)
    assert done.stdout == b""


def taken_over(monkeypatch: pytest.MonkeyPatch, acts: str) -> None:
    """Children of mothers started from now on do `acts` instead of decoding."""
    code = f"""
import os, sys, time; sys.path.insert(0, {str(ROOT)!r})
from webapp.inspection import child, mother
def main(kind):
    {acts}
child.main = main
mother.main()
"""
    monkeypatch.setattr("webapp.inspection.decoders._CODE", code.replace("{", "{{").replace("}", "}}"))


@pytest.mark.parametrize("acts", ["while True: pass", "time.sleep(60)", "os.setsid(); time.sleep(60)"])
def test_a_child_that_never_answers_is_ended(monkeypatch: pytest.MonkeyPatch, acts: str) -> None:
    taken_over(monkeypatch, acts)
    others = set(psutil.Process().children(recursive=True))
    examiner = Examiner(seconds=0.5)
    with pytest.raises(Refused) as caught:
        examiner.examine(io.BytesIO(b"x"), PDF, lambda _: None)
    assert caught.value.reason == "complex"
    examiner.close()
    assert set(psutil.Process().children(recursive=True)) <= others


@pytest.mark.parametrize(
    "answer",
    ["", "nonsense", '{"ok": true, "size": 10}\nshort', '{"ok": true, "size": 99999999999}\n', '{"ok": true}\n'],
)
def test_a_child_that_was_taken_over_is_not_believed(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    taken_over(monkeypatch, f"sys.stdin.read(); os.write(1, {answer!r}.encode()); return 0")
    with pytest.raises(Refused):
        Examiner().examine(io.BytesIO(b"x"), PDF, lambda _: None)


def test_a_child_sees_nothing_but_its_file_and_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """No line to the mother or to the worker, and no environment worth reading."""
    acts = (
        "data = sys.stdin.buffer.read()"
        "; links = [f'/proc/self/fd/{n}' for n in range(9)]"
        "; names = [os.readlink(each) for each in links if os.path.exists(each)]"
        "; said = repr((names, dict(os.environ), data)).encode()"
        '; os.write(1, b\'{"ok": true, "size": %d}\\n\' % len(said) + said); return 0'
    )
    taken_over(monkeypatch, acts)
    monkeypatch.setenv("GUICHET_SECRET_KEY", "not for children")
    pieces: list[bytes] = []
    Examiner().examine(io.BytesIO(b"x"), PDF, pieces.append)
    names, environment, data = ast.literal_eval(b"".join(pieces).decode())
    assert data == b"x"
    assert [each.partition(":")[0] for each in names[:3]] == ["pipe", "pipe", "/dev/null"]
    assert not any("socket" in each for each in names)
    assert set(environment) <= {"LANG", "LC_CTYPE"}


class TestMother:
    """One process has the decoders loaded; each file still has a process of its own, with another one's memory."""

    def children(self) -> list[int]:
        return [each.pid for each in psutil.Process().children()]

    def test_it_starts_at_the_first_file_serves_the_next_and_ends_with_its_examiner(self) -> None:
        examiner, before = Examiner(), self.children()
        mothers = set()
        for kind, make in ((PDF, samples.pdf), (JPEG, samples.jpeg), (PNG, samples.png)):
            assert examiner.examine(io.BytesIO(make()), kind, lambda _: None).ok
            mothers |= set(self.children()) - set(before)
        assert len(mothers) == 1
        del examiner
        gc.collect()
        assert mothers & set(self.children()) == set()

    def test_a_crash_of_a_decoder_ends_it_and_the_next_file_has_another(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patched:
            taken_over(patched, "os.abort()")
            examiner = Examiner()
            with pytest.raises(Refused):
                examiner.examine(io.BytesIO(b"x"), PDF, lambda _: None)
        assert examiner.examine(io.BytesIO(samples.pdf()), PDF, lambda _: None).ok
        examiner.close()

    def test_one_that_was_killed_is_replaced(self) -> None:
        examiner = Examiner()
        before = set(self.children())
        examiner.examine(io.BytesIO(samples.pdf()), PDF, lambda _: None)
        (mother,) = set(self.children()) - before
        os.kill(mother, signal.SIGKILL)
        assert examiner.examine(io.BytesIO(samples.png()), PNG, lambda _: None).ok
        examiner.close()

    def test_it_ends_when_the_worker_is_killed(self) -> None:
        code = (
            "import io, psutil\n"
            "from tests.inspection import samples\n"
            "from webapp.inspection.examiner import Examiner\n"
            "from webapp.inspection.rules import PDF\n"
            "examiner = Examiner(); examiner.examine(io.BytesIO(samples.pdf()), PDF, lambda _: None)\n"
            "print(psutil.Process().children()[0].pid, flush=True); input()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        ) as worker:
            assert worker.stdout
            mother = psutil.Process(int(worker.stdout.readline()))
            worker.kill()
        mother.wait(10)
        assert not mother.is_running()

    def test_a_forked_worker_has_one_of_its_own(self) -> None:
        examiner = Examiner()
        examiner.examine(io.BytesIO(samples.pdf()), PDF, lambda _: None)
        pid = os.fork()
        if pid == 0:
            try:
                done = examiner.examine(io.BytesIO(samples.pdf()), PDF, lambda _: None).ok
                examiner.close()
                os._exit(0 if done else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert examiner.examine(io.BytesIO(samples.pdf()), PDF, lambda _: None).ok
        examiner.close()


def test_a_third_caller_is_told_to_come_back() -> None:
    examiner = Examiner(waiting=2, turn_seconds=10)
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with examiner.turn():
            inside.set()
            leave.wait(10)

    def queue() -> None:
        with examiner.turn():
            pass

    first, second = threading.Thread(target=hold), threading.Thread(target=queue)
    first.start()
    assert inside.wait(10)
    second.start()
    while examiner._crowd._value:  # type: ignore[attr-defined]  # until the second one is in the queue
        pass
    with pytest.raises(Unavailable), examiner.turn():
        pass
    leave.set()
    first.join(10)
    second.join(10)
    with examiner.turn():
        pass


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(KINDS), st.data())
def test_altered_bytes_are_refused_or_come_through_clean_and_never_surprise(kind: Kind, data: st.DataObject) -> None:
    sample = bytearray(
        {PDF: samples.pdf_with_javascript, JPEG: samples.photograph, PNG: samples.png_with_texts}[kind]()
    )
    for _ in range(data.draw(st.integers(1, 6))):
        sample[data.draw(st.integers(0, len(sample) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(sample)) | st.none())
    try:
        body = cleaned(bytes(sample[:cut]), kind)
    except Refused:
        return
    assert len(body) <= 2 * LARGEST_FILE
    assert kind is PDF or samples.SECRET not in body
