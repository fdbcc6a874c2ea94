"""Logs: one line per event, made of names from a list. What a customer typed has no way in.

Our own events go through structlog: a constant sentence and allow-listed keys, everything else is dropped. Lines of
libraries (gunicorn, Flask, SQLAlchemy) go through the same door: addresses lose their query, which holds a customer's
question, and an exception is told by its type and place, without its message, which may quote one.

JSON in production, readable in development (``configure``).
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog

ALLOWED = frozenset(
    (
        *("event", "level", "timestamp", "logger", "error", "where"),
        *("key", "kind", "destination", "reason", "attempts", "wait", "state", "age"),
        *(
            "emptied",
            "deleted",
            "counters",
            "digests",
            "opinions",
            "files",
            "orphans",
            "failed",
            "waiting",
            "unfinished",
        ),
        *("version", "articles", "errors", "warnings", "seconds", "milliseconds", "count"),
        *("endpoint", "method", "status", "limit", "nature", "surface", "language", "code", "worker", "pid", "setting"),
        *("slug", "source"),  # of our own content and lists, never what was asked for
    )
)
_LONGEST = 300  # characters of one value: an event is a sentence, not a document
_QUERY = re.compile(r"[?#]\S*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_RAW_REQUEST = re.compile(r"(Invalid request|Error handling request|Error processing).*", re.DOTALL)

Event = MutableMapping[str, Any]


def configure(*, production: bool, level: str = "INFO") -> None:
    """Send every log of this process to standard error. Called once, by the entry points."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        tell_exception,
    ]
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if not production:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, foreign],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, only_allowed, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for each in ("httpx", "httpcore"):  # a line a request, with its address: the outbox tells what became of it
        logging.getLogger(each).setLevel(logging.WARNING)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger for constant sentences: ``log.info("delivered", key=…)``."""
    made: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return made


def only_allowed(_logger: Any, _method: str, event: Event) -> Event:
    """Keep allow-listed keys with plain, short, one-line values."""
    return {key: _plain(value) for key, value in event.items() if key in ALLOWED}


def foreign(_logger: Any, _method: str, event: Event) -> Event:
    """A library's sentence, without the addresses and requests it may quote."""
    said = _QUERY.sub("?…", str(event.get("event", "")))
    event["event"] = _RAW_REQUEST.sub(r"\1", said)
    record = event.get("_record")
    if record is not None:
        event["logger"] = record.name
    return event


def tell_exception(_logger: Any, _method: str, event: Event) -> Event:
    """Type and place of an exception instead of its message."""
    told = event.pop("exc_info", None)
    record = event.get("_record")
    if told is None and record is not None:
        told = record.exc_info
    if record is not None:
        record.exc_info = record.exc_text = record.stack_info = None
    if told is True:
        told = sys.exc_info()
    if isinstance(told, BaseException):
        told = (type(told), told, told.__traceback__)
    if isinstance(told, tuple) and told[0] is not None:
        event["error"] = told[0].__name__
        event["where"] = _place(told[2])
    return event


def _place(trace: TracebackType | None) -> str:
    """The last four frames, innermost first: ``db.py:41 in transaction < …``; names of code only."""
    frames = []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} in {code.co_name}")
        trace = trace.tb_next
    return " < ".join(reversed(frames[-4:]))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return _CONTROL.sub(" ", str(value))[:_LONGEST]
