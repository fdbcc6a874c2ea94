"""The content of this repository, indexed once as publishing does."""

from collections.abc import Iterator
from datetime import date

import pytest

from webapp.indexing import build_index
from webapp.knowledge.check import check
from webapp.search import Ear
from webapp.settings import ROOT

TODAY = date(2026, 11, 25)


@pytest.fixture(scope="session")
def ear(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ear]:
    catalog = check(ROOT / "content", TODAY).catalog
    assert catalog is not None, "content/ has errors: run `flask check-content`"
    folder = tmp_path_factory.mktemp("relevance") / "index"
    build_index(catalog, folder)
    opened = Ear(folder)
    yield opened
    opened.close()
