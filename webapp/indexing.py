"""Building the search index of a version: the one place that knows both the catalog and the ear.

Used by whoever publishes (``cli``) and by a web worker that has a lost index rebuilt.
"""

from pathlib import Path

from webapp.knowledge.catalog import Catalog


def build_index(catalog: Catalog, folder: Path) -> None:
    """What ``publish`` calls to fill the search folder of a version."""
    from webapp.search import build  # here: naming this function must not load the index writer
    from webapp.search.from_catalog import corpus_of

    build(corpus_of(catalog), folder)
