"""SECURITY.md, docs/doors.md and docs/security.md claim nothing without a test that exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMED = re.compile(r"`(tests/[a-z_/]+\.py)::(test_\w+)`")


@pytest.mark.parametrize("document", ["SECURITY.md", "docs/doors.md"])
def test_every_promise_names_tests_that_exist(document: str) -> None:
    page = (ROOT / document).read_text(encoding="utf-8")
    promises = [line for line in page.splitlines() if line.startswith("| ")][1:]
    promises = [line for line in promises if line != "| promise | shown by |"]
    assert len(promises) >= 12
    for promise in promises:
        named = NAMED.findall(promise)
        assert named, promise
        for file, test in named:
            assert re.search(rf"^def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), (file, test)


def test_every_row_of_the_standard_names_tests_that_exist_or_says_why_not() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| v5.0.0-")]
    assert len(rows) >= 45
    for row in rows:
        for file, test in NAMED.findall(row):
            assert re.search(rf"^ *def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), (file, test)
        if not NAMED.search(row):
            assert re.search(r"\bno \w+", row.rpartition("| ")[2] or row), row
