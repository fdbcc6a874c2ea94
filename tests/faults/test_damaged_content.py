"""Content or index broken: what a visitor sees meanwhile, and that the product mends itself."""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.breakage import EVERYTHING, PRODUCTION, ROOT, WEB, copied, damage, upgrade, web
from tests.faults.fleet import until
from tests.faults.looking import PAGES, SOON, first_answer, open_pages
from tests.product import Product, running
from tests.visitor import Visitor

pytestmark = pytest.mark.slow

ARTICLE = "fr/cartes/carte-perdue-ou-volee.md"


class TestDamagedIndex:
    def test_under_a_running_product_the_search_comes_back_by_itself(self, tmp_path: Path, published: Path) -> None:
        index = copied(published, tmp_path)
        upgrade(tmp_path / "var")
        with web(tmp_path, index) as product:
            visitor = Visitor(product.url)
            assert first_answer(visitor, "rib")
            damage(index / version(index) / "search")
            until_found(visitor, product)
            open_pages(visitor)
        log = product.log.read_text()
        assert log.count("search is out of order") == 1
        assert log.count("is online") == 1
        assert "Traceback" not in log

    def test_found_at_the_start_it_closes_no_page(self, tmp_path: Path, published: Path) -> None:
        index = copied(published, tmp_path)
        upgrade(tmp_path / "var")
        damage(index / version(index) / "search")
        with web(tmp_path, index) as product:
            visitor = Visitor(product.url)
            assert visitor.get("/").status == 200
            assert first_answer(visitor, "carte+perdue") == ""
            open_pages(visitor)
            until_found(visitor, product)
        log = product.log.read_text()
        assert log.count("search is out of order") == 1
        assert log.count("is online") == 1

    def test_deleted_while_serving_it_is_built_again(self, tmp_path: Path, published: Path) -> None:
        index = copied(published, tmp_path)
        upgrade(tmp_path / "var")
        with web(tmp_path, index) as product:
            visitor = Visitor(product.url)
            before = version(index)
            assert first_answer(visitor, "rib")  # what is open goes on: nobody would notice until the next start
            for path in index.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            open_pages(visitor)
            until(lambda: bool(first_answer(visitor, "rib")) and version(index) == before, product.log, SOON)
            open_pages(visitor)


def version(index: Path) -> str:
    pointer = index / "current"
    return pointer.read_text().strip() if pointer.exists() else ""


def until_found(visitor: Visitor, product: Product) -> None:
    """Ask other questions again and again, as visitors do, until the search has the right answer first."""
    questions = ("cheque+vole", "livret+a", "pret+immobilier", "virement+retard")
    began = time.monotonic()

    def back() -> bool:
        right = first_answer(visitor, "j'ai+perdu+ma+carte") == "/questions/carte-perdue-ou-volee"
        return right and all([first_answer(visitor, each) for each in questions])

    until(back, product.log, SOON)
    print(f"the search was back after {time.monotonic() - began:.1f} s")


class TestMalformedContent:
    def test_the_old_version_stays_and_development_shows_the_mistakes(self, tmp_path: Path, published: Path) -> None:
        content = Path(shutil.copytree(ROOT / "content", tmp_path / "content"))
        index = copied(published, tmp_path)
        with (
            running(EVERYTHING, tmp_path, index, GUICHET_CONTENT=str(content), GUICHET_WORKERS="1") as product,
            web_in_production(tmp_path, index) as closed,
        ):
            visitor, outside = Visitor(product.url), Visitor(closed.url)
            assert banner(visitor) == ""
            article, contacts = content / ARTICLE, content / "contacts.yaml"
            before = article.read_text(encoding="utf-8"), contacts.read_text(encoding="utf-8")
            summary = re.search(r"^summary: (.*)$", before[0], re.MULTILINE)
            assert summary is not None
            article.write_text(before[0].replace("question:", "qestion:", 1), encoding="utf-8")
            contacts.write_text(before[1] + "  - {id: [\n", encoding="utf-8")
            lines = before[1].count("\n") + 1
            until(lambda: ARTICLE in banner(visitor) and "contacts.yaml" in banner(visitor), product.log, SOON)
            shown = banner(visitor)
            assert f"{ARTICLE}, ligne 2" in shown
            assert re.search(rf"contacts\.yaml, ligne ({lines}|{lines + 1})\b", shown), shown
            open_pages(visitor)
            assert first_answer(visitor, "carte+perdue") == "/questions/carte-perdue-ou-volee"
            terminal = product.log.read_text()
            assert re.search(rf"^{ARTICLE}\n +ligne 2  erreur ", terminal, re.MULTILINE)
            assert re.search(r"^contacts\.yaml\n +ligne \d+  erreur ", terminal, re.MULTILINE)
            assert "Rien n'a changé en ligne" in terminal
            open_pages(outside)
            assert {banner(outside, path) for path in PAGES} == {""}

            contacts.write_text(before[1], encoding="utf-8")
            new = "Faites opposition sans attendre, de jour comme de nuit, puis confirmez par écrit à votre agence."
            article.write_text(before[0].replace(summary[1], new), encoding="utf-8")
            page = "/questions/carte-perdue-ou-volee"
            until(lambda: new in visitor.get(page).text and new in outside.get(page).text, product.log, SOON)
            assert banner(visitor) == ""
            assert banner(visitor, page) == ""


@contextmanager
def web_in_production(folder: Path, index: Path) -> Iterator[Product]:
    (folder / "production").mkdir()
    upgrade(folder / "production" / "var")
    with web(folder / "production", index, **PRODUCTION) as product:
        yield product


def banner(visitor: Visitor, path: str = "/") -> str:
    """What the development banner says; "" when there is none."""
    found = visitor.get(path).soup.select_one(".development")
    return " ".join(found.get_text(" ").split()) if found else ""


class TestNothingPublished:
    def test_a_page_says_so_and_the_mended_content_opens_the_site(self, tmp_path: Path) -> None:
        content = Path(shutil.copytree(ROOT / "content", tmp_path / "content"))
        (content / "site.yaml").write_text("bank: [", encoding="utf-8")
        upgrade(tmp_path / "var")
        settings = {"GUICHET_CONTENT": str(content), "GUICHET_WORKERS": "1"}
        with running(WEB, tmp_path, tmp_path / "index", health=503, **settings) as product:
            visitor = Visitor(product.url)
            for path in (*PAGES, "/en/", "/sitemap.xml"):
                page = visitor.get(path)
                assert page.status == 503, path
                assert int(page.headers["Retry-After"]) > 0
                assert ("The site opens in a moment" if "/en" in path else "Le site ouvre dans un instant") in page.text
            health = visitor.get("/health")
            assert health.status == 503
            assert '"version":""' in health.html
            until(lambda: "could not be rebuilt: ContentRefused" in product.log.read_text(), product.log, SOON)
            shutil.copy(ROOT / "content" / "site.yaml", content / "site.yaml")
            until(lambda: visitor.get("/").status == 200, product.log, SOON)
            open_pages(visitor)
            assert visitor.get("/health").status == 200
        assert product.log.read_text().count("could not be rebuilt") == 1
