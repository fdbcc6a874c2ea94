"""The content of a small bank, written anew for each test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.knowledge.small_bank import Content


@pytest.fixture
def content(tmp_path: Path) -> Content:
    return Content(tmp_path / "content")


@pytest.fixture
def codes(content: Content) -> Callable[[], list[str]]:
    """The codes of the problems of the content, in order."""
    return lambda: [each.code for each in content.check().problems]
