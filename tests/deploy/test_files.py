"""What cannot be started here is read: every path, module, command and setting that deploy/ names exists."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.product import ROOT
from webapp.cli import COMMANDS
from webapp.settings import describe

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
TEXTS = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
READ_ELSEWHERE = {"GUICHET_BIND", "GUICHET_WORKERS", "PORT"}  # gunicorn.conf.py


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_setting_exists(path: Path) -> None:
    known = {name for name, *_ in describe()} | READ_ELSEWHERE
    named = set(re.findall(r"\bGUICHET_[A-Z_]+\b", path.read_text(encoding="utf-8")))
    assert {name.removesuffix("_FILE") for name in named} <= known


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_command_exists(path: Path) -> None:
    named = set(re.findall(r"flask --app wsgi ([a-z-]+)", path.read_text(encoding="utf-8")))
    assert named <= {each.name for each in COMMANDS}


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_accepts_the_unit(unit: Path, tmp_path: Path) -> None:
    """With this environment's programs in the place of /srv/guichet, which does not exist here."""
    assert _complaints(unit, tmp_path) == []


def test_systemd_would_notice_a_word_it_does_not_know(tmp_path: Path) -> None:
    assert _complaints(UNITS[0], tmp_path, extra="[Service]\nRestartSeconds=1\n") != []


def _complaints(unit: Path, folder: Path, extra: str = "") -> list[str]:
    (folder / "opt").symlink_to(Path(sys.executable).parent.parent)
    text = unit.read_text(encoding="utf-8").replace("/srv/guichet/.venv", str(folder / "opt"))
    copy = folder / unit.name.replace("@.", "@guichet.")
    copy.write_text(f"{text}\n{extra}", encoding="utf-8")
    found = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True)
    return [line for line in found.stderr.splitlines() if "guichet" in line]


def test_only_the_delivery_worker_is_given_private_keys() -> None:
    with_keys = {unit.name for unit in UNITS if "OPENING_KEYS" in unit.read_text(encoding="utf-8")}
    assert with_keys == {"guichet-delivery.service"}
    services = _compose()["services"]
    assert [name for name, each in services.items() if "opening_keys" in each.get("secrets", ())] == ["delivery"]


def test_the_image_takes_what_exists_and_what_the_product_needs() -> None:
    text = (DEPLOY / "container" / "Dockerfile").read_text(encoding="utf-8")
    taken = [word for line in re.findall(r"^COPY (?!--)(.+)$", text, re.MULTILINE) for word in line.split()[:-1]]
    assert [each for each in taken if not (ROOT / each).exists()] == []
    needed = {"webapp", "templates", "static", "migrations", "content", "docs/schemas", "wsgi.py", "gunicorn.conf.py"}
    assert needed <= set(taken)


def test_the_product_publishes_from_what_the_image_takes(tmp_path: Path) -> None:
    """The folders of the Dockerfile, copied alone, are enough to upgrade and to publish."""
    text = (DEPLOY / "container" / "Dockerfile").read_text(encoding="utf-8")
    for line in re.findall(r"^COPY (?!--)(.+)$", text, re.MULTILINE):
        for each in line.split()[:-1]:
            place = tmp_path / "app" / each
            place.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / each).is_dir():
                shutil.copytree(ROOT / each, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / each, place)
    environment = {
        "PATH": "/usr/bin:/bin",
        "GUICHET_DATA": str(tmp_path / "data"),
        "GUICHET_INDEX": str(tmp_path / "i"),
    }
    for command in ("upgrade", "publish"):
        done = subprocess.run(
            [sys.executable, "-m", "webapp.cli", command],
            cwd=tmp_path / "app",
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "i" / "current").exists()


def test_the_compose_file_holds_together() -> None:
    compose = _compose()
    for name, service in compose["services"].items():
        assert set(service.get("secrets", ())) <= set(compose["secrets"]), name
        assert set(service.get("depends_on", ())) <= set(compose["services"]), name
        named = [each.partition(":")[0] for each in service.get("volumes", ()) if not each.startswith(".")]
        assert set(named) <= set(compose["volumes"]), name
        given = {name for name in service.get("environment", {}) if name.endswith("_FILE") and "GUICHET" in name}
        files = {service["environment"][each].removeprefix("/run/secrets/") for each in given}
        assert files <= set(service.get("secrets", ())), name
    published = [name for name, service in compose["services"].items() if "ports" in service]
    assert published == ["proxy"]


def _compose() -> dict[str, dict[str, dict[str, object]]]:
    text = (DEPLOY / "container" / "compose.yaml").read_text(encoding="utf-8")
    found: dict[str, dict[str, dict[str, object]]] = yaml.safe_load(text)
    return found
