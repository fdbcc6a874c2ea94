"""The process that decodes one file and ends: reads it from standard input, answers on standard output.

Answer: one line of JSON, ``{"ok": true, "size": n, "cleaned": bool}`` followed by n bytes, or ``{"ok": false,
"reason": …}``. It sets its own limits before it reads a byte: processor time, memory, no file written, no process
started. A file that exhausts them takes this process down and nothing else.
"""

import contextlib
import json
import resource
import sys

CPU_SECONDS = 10
MEMORY = 768 * 1024 * 1024  # bytes of address space: 40 Mpx are 160 MB decoded, twice that while they are turned
_OPEN_FILES = 16


def main(kind_name: str) -> int:
    """Exit status 0 when an answer was given."""
    _narrow()
    from webapp.inspection.rules import KINDS, LARGEST_CLEAN, LARGEST_FILE, PDF, Refused

    kind = next(each for each in KINDS if each.name == kind_name)
    try:
        data = sys.stdin.buffer.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise Refused("large")
        if kind is PDF:
            from webapp.inspection import documents

            clean, cleaned = documents.clean(data)
        else:
            from webapp.inspection import images

            clean, cleaned = images.clean(data, kind), False
        if len(clean) > LARGEST_CLEAN:
            raise Refused("complex")
    except Refused as refused:
        return _answer({"ok": False, "reason": refused.reason})
    except (MemoryError, RecursionError):
        return _answer({"ok": False, "reason": "complex"})
    return _answer({"ok": True, "size": len(clean), "cleaned": cleaned}, clean)


def _answer(verdict: dict[str, object], body: bytes = b"") -> int:
    out = sys.stdout.buffer
    out.write(json.dumps(verdict).encode() + b"\n")
    out.write(body)
    out.flush()
    return 0


def _narrow() -> None:
    limits = (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),  # root is not bound by this one: run the service as a user of its own
    )
    for what, value in limits:
        with contextlib.suppress(ValueError, OSError):  # already narrower
            resource.setrlimit(what, (value, value))
