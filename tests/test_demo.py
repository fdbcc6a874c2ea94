"""``make demo`` starts everything and stops everything; nothing of it can be opened in production."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.product import free_port, running
from webapp.settings import ROOT

DEMO = [sys.executable, "-m", "tests.demo"]


def test_ctrl_c_stops_the_product_and_the_sites(tmp_path: Path) -> None:
    sites = free_port()
    with running(DEMO, tmp_path, tmp_path / "index", DEMO_PORT=str(sites)) as product:
        ours = [each for each in psutil.Process().children() if "tests.demo" in each.cmdline()]
        (demo,) = ours
        family = demo.children(recursive=True)
        assert any("tests.demo.sites" in each.cmdline() for each in family)
        assert product.port != sites
        demo.send_signal(signal.SIGINT)
        assert demo.wait(20) in (130, None)
        assert psutil.wait_procs(family, timeout=5)[1] == []
    said = product.log.read_text()
    assert f"Guichet is open: http://demo.localhost:{sites}/" in said
    assert "Stopped." in said


@pytest.mark.parametrize("what", ["-m tests.demo", "-m tests.demo.sites", "-c import tests.demo.product"])
def test_production_refuses_the_demonstration(tmp_path: Path, what: str) -> None:
    environment = {**os.environ, "GUICHET_ENV": "production", "GUICHET_DATA": str(tmp_path / "var")}
    ended = subprocess.run(
        [sys.executable, *what.split(" ", 1)], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert ended.returncode != 0
    assert "does not start with GUICHET_ENV=production" in ended.stderr
    assert not (tmp_path / "var").exists()


def test_the_product_knows_nothing_of_the_demonstration() -> None:
    """Nor of any test: what is installed and served never reaches into ``tests/``."""
    product = [ROOT / "wsgi.py", ROOT / "gunicorn.conf.py", *(ROOT / "webapp").rglob("*.py")]
    product += [each for name in ("templates", "static", "content") for each in (ROOT / name).rglob("*.*")]
    read = [each.read_text(encoding="utf-8") for each in product if each.suffix != ".png"]
    assert len(read) > 200
    assert [
        text for text in read if re.search(r"tests[./]demo|demo\.localhost|^\s*(from|import) tests", text, re.M)
    ] == []
