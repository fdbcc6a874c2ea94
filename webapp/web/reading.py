"""How a request is read: Flask's own, but no address is too odd to be answered."""

from typing import Any

from flask import Request


class VisitorRequest(Request):
    """A query whose bytes are not UTF-8 is read as Windows-1252, as old French links and programs write it.

    Werkzeug would raise ``UnicodeDecodeError`` wherever the arguments are first looked at.
    """

    def __init__(self, environ: dict[str, Any], *given: Any, **more: Any) -> None:
        super().__init__(environ, *given, **more)
        try:
            self.query_string.decode()
        except UnicodeDecodeError:
            self.query_string = self.query_string.decode("cp1252", "replace").encode()
