"""Where a person's data are written: on the terminal, in a folder, in an archive; for their owner alone."""

import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from webapp.tickets.attachments import File
    from webapp.tickets.persons import Keep


class Giving(NamedTuple):
    """`keep` takes the bytes of a file; None: nowhere to put them. `tell` takes the JSON, last."""

    keep: "Keep | None"
    tell: Callable[[str], object]


@contextmanager
def into(output: Path | None) -> Iterator[Giving]:
    """Errors: ``ClickException`` when files of another export stand where these would go."""
    if output is None:
        yield Giving(None, lambda text: click.echo(text, nl=False))
    elif output.suffix == ".zip":
        with _private(output) as raw, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
            yield _archive(archive, output.stem)
    else:
        yield _folder(output)


def _archive(archive: zipfile.ZipFile, name: str) -> Giving:
    def keep(path: str, file: "File") -> None:
        with archive.open(f"{name}/files/{path}", "w", force_zip64=True) as place:
            for piece in file.chunks():
                place.write(piece)

    return Giving(keep, lambda text: archive.writestr(f"{name}/{name}.json", text))


def _folder(output: Path) -> Giving:
    folder = output.with_name(f"{output.stem}-files")
    if folder.exists() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} holds something already: files of two persons must not meet there.")

    def keep(path: str, file: "File") -> None:
        place = folder / path
        for each in (folder, place.parent):
            each.mkdir(mode=0o700, exist_ok=True)
        with _private(place) as raw:
            raw.writelines(file.chunks())

    def tell(text: str) -> None:
        with _private(output) as raw:
            raw.write(text.encode())

    return Giving(keep, tell)


def _private(path: Path) -> IO[bytes]:
    return open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")
