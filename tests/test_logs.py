"""Logs: a customer's words have no way in, neither through our events nor through a library's."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from webapp import logs

CANARY = "Martin-4970-canary"
Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """Production logs; the function gives what was printed so far."""
    printed = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    monkeypatch.setattr("sys.stderr", printed)
    logs.configure(production=True)
    yield lambda: [json.loads(line) for line in printed.getvalue().splitlines()]
    root.handlers[:], _ = before
    root.setLevel(before[1])
    structlog.reset_defaults()


def test_an_event_keeps_its_allowed_keys_and_loses_the_others(lines: Lines) -> None:
    logs.logger("guichet").info("delivered", key="7K4M-29XQ-C:request", body=CANARY, email=CANARY, attempts=2)
    (line,) = lines()
    assert line.pop("timestamp")
    assert line == {"event": "delivered", "level": "info", "key": "7K4M-29XQ-C:request", "attempts": 2}


def test_one_event_is_one_line(lines: Lines) -> None:
    logs.logger("guichet").warning("failed", reason="a\r\nb\u2028c\x00d" + "e" * 5000)
    (line,) = lines()
    assert str(line["reason"]).startswith("a b c de")
    assert len(str(line["reason"])) == 300


@pytest.mark.parametrize("name", ["guichet", "webapp.web.errors"])
def test_an_exception_is_told_by_type_and_place_without_its_message(lines: Lines, name: str) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        logs.logger(name).exception("unexpected")
        logging.getLogger(name).exception("unexpected")
    for line in lines():
        assert line["error"] == "ValueError"
        assert "in test_an_exception_is_told" in str(line["where"])
    assert CANARY not in json.dumps(lines())


def test_a_library_s_line_loses_the_question_in_an_address(lines: Lines) -> None:
    log = logging.getLogger("gunicorn.error")
    log.info("GET %s done", f"/recherche?q={CANARY}")
    log.error("Error handling request %s", f"/recherche?q=je suis {CANARY}", exc_info=ValueError(CANARY))
    log.warning("Invalid request from ip=%s: %s", "192.0.2.7", f"GET /recherche?q= {CANARY}")
    printed = json.dumps(lines())
    assert CANARY not in printed
    assert "192.0.2.7" not in printed
    assert [line["logger"] for line in lines()] == ["gunicorn.error"] * 3


def test_lines_below_the_level_are_not_printed(lines: Lines) -> None:
    logs.logger("guichet").debug("detail")
    assert lines() == []
