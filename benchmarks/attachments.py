"""`python -m benchmarks.attachments`: how fast customers' files are taken, and where the time goes.

Each file goes the product's way: parsed from a multipart body into a spool, examined by a process of its own, sealed,
on the disk; in turn with what nothing can beat on this machine at this moment: the same bytes copied and synced, and
for a picture Pillow's bare decoding and encoding in this process. Quote the CPU and the ratios; MB/s move with the
neighbours. CPU: of this thread, of the mother process and of its children, in the kernel's hundredths of a second.
"""

import io
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from PIL import Image, ImageDraw, ImageFilter
from werkzeug.formparser import MultiPartParser

from benchmarks.load import RESULTS
from tests.inspection import samples
from webapp.confidential.spool import Spool
from webapp.inspection.examiner import Examiner
from webapp.inspection.rules import JPEG, LARGEST_FILE, PDF, PNG, Kind
from webapp.tickets.filestore import Store

ROUNDS = int(os.environ.get("ROUNDS", "7"))
STAGES = ("parse", "examine", "seal", "write")
Taken = dict[str, float]


def photograph(megapixels: float, quality: int) -> bytes:
    """Surfaces, edges and a little noise, as a telephone's: neither flat nor pure noise."""
    width = int((megapixels * 1e6 * 4 / 3) ** 0.5)
    height = int(width * 3 / 4)
    ground = Image.effect_noise((width // 16, height // 16), 90).resize((width, height), Image.Resampling.BICUBIC)
    grain = Image.effect_noise((width, height), 12)
    image = Image.merge("RGB", (ground, Image.blend(ground, grain, 0.3), grain.filter(ImageFilter.BLUR)))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def screenshot(width: int, height: int) -> bytes:
    """Text on flat ground, and one photograph in it."""
    image, dice = Image.new("RGB", (width, height), "white"), random.Random(7)
    draw = ImageDraw.Draw(image)
    for line in range(10, height, 18):
        draw.text((20, line), " ".join(f"{dice.randrange(10**6):06}" for _ in range(width // 60)), fill="#123456")
    inlay = Image.open(io.BytesIO(photograph(width * height / 8e6, 85)))
    image.paste(inlay, (width // 2, height // 3))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def files() -> dict[str, tuple[Kind, bytes]]:
    made = {
        "JPEG 3 Mpx": (JPEG, photograph(3, 85)),
        "JPEG 12 Mpx": (JPEG, photograph(12, 85)),
        "PNG of a telephone's screen": (PNG, screenshot(1080, 2340)),
        "PNG of a large screen": (PNG, screenshot(2560, 1440)),
        "PDF, a letter": (PDF, samples.pdf(2)),
        "PDF, a year of statements": (PDF, samples.huge_pdf(1000)),
        "PDF, a scan": (PDF, samples.scanned_pdf(4_000_000)),
    }
    assert all(len(data) <= LARGEST_FILE for _, data in made.values()), {k: len(v[1]) for k, v in made.items()}
    return made


class Way:
    """The product's own way for one file, timed by stage."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._store = Store(folder / "files", 10**12, reserve=0)
        self._examiner = Examiner()

    def take(self, kind: Kind, data: bytes) -> Taken:
        taken = dict.fromkeys((*STAGES, "cpu"), 0.0)
        began = self._cpu()
        with _timed(taken, "parse"):
            spool = self._parsed(kind, data)
        spool.seek(0)
        clean: list[bytes] = []
        with _timed(taken, "examine"), self._examiner.turn():
            self._examiner.examine(spool, kind, clean.append)
        with self._store.draft() as draft:
            with _timed(taken, "seal"):
                for piece in clean:
                    draft.feed(piece)
            with _timed(taken, "write"):
                draft.keep()
        spool.close()
        self._wait_for_child()
        taken["cpu"] = self._cpu() - began
        return taken

    def _cpu(self) -> float:
        """Seconds of processor so far: this thread's, and those of the mother with the children that have ended."""
        return time.thread_time() + sum(sum(each.cpu_times()[:4]) for each in psutil.Process().children())

    def _wait_for_child(self) -> None:
        while any(each.children() for each in psutil.Process().children()):
            time.sleep(0.001)

    def _parsed(self, kind: Kind, data: bytes) -> Spool:
        head = f'--edge\r\nContent-Disposition: form-data; name="files"; filename="f.{kind.endings[0]}"\r\n'
        body = head.encode() + f"Content-Type: {kind.media_type}\r\n\r\n".encode() + data + b"\r\n--edge--\r\n"
        parser = MultiPartParser(stream_factory=lambda **_: Spool(self._folder / "spool", LARGEST_FILE))  # type: ignore[arg-type]
        _, found = parser.parse(io.BytesIO(body), b"edge", len(body))
        stream = found["files"].stream
        assert isinstance(stream, Spool)
        return stream


@contextmanager
def _timed(taken: Taken, stage: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    taken[stage] += time.perf_counter() - began


def copy(folder: Path, data: bytes) -> float:
    """The same bytes to the same disk, synced."""
    began = time.perf_counter()
    with (folder / "copy").open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return time.perf_counter() - began


def pillow(kind: Kind, data: bytes) -> float | None:
    """Decoding and encoding alone, with Pillow's defaults; nothing for a PDF."""
    if kind is PDF:
        return None
    began = time.perf_counter()
    image = Image.open(io.BytesIO(data))
    image.load()
    image.save(io.BytesIO(), kind.name.upper(), **({"quality": "keep"} if kind is JPEG else {}))
    return time.perf_counter() - began


def measure(folder: Path) -> dict[str, dict[str, float]]:
    """Medians over the rounds, a row per file: MB/s of the whole way, ms of each stage, and beside the references."""
    way, kinds = Way(folder), files()
    runs: dict[str, list[tuple[Taken, float, float | None]]] = {name: [] for name in kinds}
    way.take(PDF, samples.pdf())  # the examiner is there before anything is timed, as after a site's first file
    for _ in range(ROUNDS):
        for name, (kind, data) in kinds.items():
            runs[name].append((way.take(kind, data), copy(folder, data), pillow(kind, data)))
    rows, whole = {}, [0.0, 0.0, 0.0]
    for name, (_, data) in kinds.items():
        mine = runs[name]
        total = statistics.median(_total(each[0]) for each in mine)
        cpu = statistics.median(each[0]["cpu"] for each in mine)
        whole = [whole[0] + len(data), whole[1] + total, whole[2] + cpu]
        rows[name] = {
            "MB": round(len(data) / 1e6, 2),
            "MB_per_second": round(len(data) / 1e6 / total, 1),
            "MB_per_cpu_second": round(len(data) / 1e6 / cpu, 1),
            **{f"{stage}_ms": _ms(each[0][stage] for each in mine) for stage in STAGES},
            "copy_ms": _ms(each[1] for each in mine),
        }
        bare = [_total(each[0]) / each[2] for each in mine if each[2]]
        if bare:
            rows[name] |= {
                "pillow_ms": _ms(each[2] or 0 for each in mine),
                "to_pillow": round(statistics.median(bare), 2),
            }
    rows["all of them"] = {
        "MB": round(whole[0] / 1e6, 2),
        "MB_per_second": round(whole[0] / 1e6 / whole[1], 1),
        "MB_per_cpu_second": round(whole[0] / 1e6 / whole[2], 1),
    }
    return rows


def _total(taken: Taken) -> float:
    return sum(taken[stage] for stage in STAGES)


def _ms(seconds: Iterator[float]) -> float:
    return round(statistics.median(seconds) * 1000, 1)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="guichet-files-", dir=os.environ.get("FOLDER")) as folder:
        rows = measure(Path(folder))
    names = (
        "MB",
        "MB_per_second",
        "MB_per_cpu_second",
        *(f"{each}_ms" for each in STAGES),
        "copy_ms",
        "pillow_ms",
        "to_pillow",
    )
    print(
        f"{'file':28}"
        + "".join(f"{each.removesuffix('_ms').replace('_per_', '/').replace('_second', ' s'):>14}" for each in names)
    )
    for name, row in rows.items():
        print(f"{name:28}" + "".join(f"{row.get(each, ''):>14}" for each in names))
    RESULTS.mkdir(exist_ok=True)
    figures = {"files": rows, "load average": {"1 min": round(os.getloadavg()[0], 1)}}
    (RESULTS / "attachments.json").write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
