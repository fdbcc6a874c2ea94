"""One published version for every test of faults."""

import subprocess
import sys
from pathlib import Path

import pytest

from webapp.settings import ROOT


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    environment = {"GUICHET_INDEX": str(folder), "GUICHET_DATA": str(folder / "var"), "PATH": ""}
    subprocess.run(
        [sys.executable, "-m", "webapp.cli", "publish"],
        env=environment,
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return folder
