"""How much of a request is read, and where a file waits meanwhile: never in clear on the disk, never whole in memory.

Only the pages of `WITH_FILES` take more than a text. Their bound is above what is kept of the files, so that a customer
who joins a film by mistake gets the form back with every word, and the name of the file that is too large.
"""

from typing import IO, Any, cast

from flask import Flask, request

from webapp.confidential.spool import Spool
from webapp.inspection.rules import LARGEST_FILE, LARGEST_TOTAL, MOST_FILES
from webapp.web.reading import VisitorRequest
from webapp.web.resources import resources

LARGEST_WITH_FILES = 40 * 1024 * 1024  # bytes of a whole request; the proxy's client_max_body_size says the same
WITH_FILES = frozenset({"contact.send", "followup.act"})
"""Endpoints whose POST may carry files."""


class BoundedRequest(VisitorRequest):
    """A request whose file parts go to spools: three of them, 5 MB each, 12 MB together; the rest is counted only."""

    spools: tuple[Spool, ...] = ()

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        folder = resources().settings.files_folder / "spool"
        if self.endpoint not in WITH_FILES or (filename and self._files_so_far() >= MOST_FILES):
            return cast(IO[bytes], Spool(folder, 0))
        kept = sum(each.size for each in self.spools if not each.overflowed)
        spool = Spool(folder, min(LARGEST_FILE, LARGEST_TOTAL - kept))
        self.spools = (*self.spools, spool)
        return cast(IO[bytes], spool)

    def _files_so_far(self) -> int:
        return sum(1 for each in self.spools if each.size)


def protect(app: Flask) -> None:
    """Read requests of `app` within these bounds."""
    app.request_class = BoundedRequest

    @app.before_request
    def widen() -> Any:
        if request.endpoint in WITH_FILES and request.mimetype == "multipart/form-data":
            request.max_content_length = LARGEST_WITH_FILES
