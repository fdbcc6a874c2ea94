"""What the documents name exists: links, paths, commands, targets, settings. No file names a machine or a registry."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from webapp import cli
from webapp.settings import ROOT, describe

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")])
PLACES = ("var", "search_index")  # made by the product: named in documents, never in the repository
LINK = re.compile(r"\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`\n]+)`")
BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"[\w.<>*-]+(?:/[\w.<>*-]+)*/?")
MACHINE = re.compile(
    r"(?<![\w./~])/(?:work|root|home|Users|opt)/|"  # folders of somebody's machine
    r"(?:registry\.npmjs|pypi|pythonhosted|npmmirror|jfrog|artifactory)\.(?:org|com|io)|"
    r"--(?:extra-)?index-url[ =]|--find-links[ =]"
)


def code(document: Path) -> list[str]:
    """Code spans, and lines of code blocks."""
    text = document.read_text(encoding="utf-8")
    blocks = [line.strip() for block in BLOCK.findall(text) for line in block.splitlines()]
    return blocks + SPAN.findall(BLOCK.sub("", text))


@cache
def tracked() -> tuple[Path, ...]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file())


@cache
def ours() -> tuple[set[str], set[str]]:
    """Names of the folders that paths begin with, and of every file."""
    folders = {path.relative_to(ROOT).parts[0] for path in tracked() if path.parent != ROOT}
    rooms = {path.name for path in (ROOT / "webapp").iterdir() if path.is_dir()}
    return folders | rooms, {path.name for path in tracked()}


def exists(name: str, document: Path) -> bool:
    """Whether `name` is there, seen from the top, from ``webapp/`` or from the document; ``<slug>`` is any name."""
    pattern = re.sub(r"<[^>]*>", "*", name).rstrip("/")
    return any(next(place.glob(pattern), None) for place in (ROOT, ROOT / "webapp", document.parent))


def looks_like_ours(name: str) -> bool:
    folders, _ = ours()
    head, slash, _ = name.partition("/")
    if slash:
        return head in folders and head not in PLACES
    return re.fullmatch(r"[\w-]+\.(md|py|yaml|toml|html|css|js)", name) is not None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.relative_to(ROOT).as_posix())
class TestDocument:
    def test_its_links_lead_somewhere(self, document: Path) -> None:
        links = [link for link in LINK.findall(BLOCK.sub("", SPAN.sub("", document.read_text(encoding="utf-8"))))]
        inside = [link.partition("#")[0] for link in links if not re.match(r"[a-z]+:|#", link)]
        assert [link for link in inside if not (document.parent / link).exists()] == []

    def test_the_paths_it_names_exist(self, document: Path) -> None:
        _, names = ours()
        named = {each for each in code(document) if PATH.fullmatch(each) and looks_like_ours(each)}
        assert {each for each in named if not exists(each, document) and each not in names} == set()

    def test_the_commands_it_names_exist(self, document: Path) -> None:
        targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
        commands = {str(each.name) for each in cli.COMMANDS}
        for each in code(document):
            assert set(re.findall(r"\bmake ([a-z][a-z-]*)", each)) <= targets, each
            assert set(re.findall(r"\bflask (?:--app \w+ )?([a-z][a-z-]*)", each)) <= commands, each
            for module in re.findall(r"\bpython -m (webapp[\w.]*)", each):
                path = ROOT / module.replace(".", "/")
                assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), each

    def test_the_settings_it_names_exist(self, document: Path) -> None:
        known = {name for name, *_ in describe()}
        server = (ROOT / "gunicorn.conf.py").read_text(encoding="utf-8")
        named = set(re.findall(r"\bGUICHET_[A-Z_]*[A-Z]\b(?![_*…])", document.read_text(encoding="utf-8")))
        unknown = {each for each in named if not {each, each.removesuffix("_FILE")} & known}
        assert {each for each in unknown if f'"{each}"' not in server} == set()


def test_the_documents_that_people_look_for_are_there() -> None:
    for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", ".ci/run", "docs/redaction.md"):
        assert (ROOT / name).stat().st_size > 0, name
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_make_help_lists_every_target_that_a_person_types() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in re.findall(r"^([a-z][a-z-]*):.*##", text, re.MULTILINE):
        assert f"make {target} " in shown
    assert {"help", "run", "test", "check", "bench", "clean"} <= set(re.findall(r"make ([a-z-]+)", shown))


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in MACHINE.finditer(text)]
        if path.name == "package-lock.json":
            assert '"resolved"' not in text, path
    assert found == []
