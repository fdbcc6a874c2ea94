"""Ways of writing code that make whole kinds of attacks possible: none of them is in the product."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp.settings import ROOT

SOURCES = sorted((ROOT / "webapp").rglob("*.py"))
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html") if path.parent.name != "mail")
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))
DOORS = {
    "Markup": {"webapp/web/frame.py"},
    "subprocess": {"webapp/run.py", "webapp/inspection/decoders.py", "webapp/safekeeping/postgresql.py"},
}
"""What may be used at one place, where its reason stands."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def test_there_is_something_to_look_at() -> None:
    assert len(SOURCES) > 50
    assert len(TEMPLATES) > 20
    assert len(SCRIPTS) > 5


def test_no_template_switches_escaping_off() -> None:
    off = re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\(")
    assert [name(path) for path in TEMPLATES if off.search(path.read_text(encoding="utf-8"))] == []
    made = {name(path) for path in SOURCES for called, _ in calls(path) if called.endswith("Markup")}
    assert made == DOORS["Markup"]


def test_no_template_writes_code_or_style_in_line() -> None:
    """The policy forbids them; here they are seen before a browser refuses them."""
    inline = re.compile(
        r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|<script(?![^>]*\bsrc=)(?![^>]*\btype=\"application/)",
        re.I,
    )
    assert [
        (name(path), found[0]) for path in TEMPLATES if (found := inline.search(path.read_text(encoding="utf-8")))
    ] == []


def test_scripts_write_text_and_never_markup() -> None:
    markup = re.compile(
        r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|srcdoc)\b"
        r"|\beval\(|new Function\("
    )
    assert [
        (name(path), found[0]) for path in SCRIPTS if (found := markup.search(path.read_text(encoding="utf-8")))
    ] == []


def test_nothing_is_evaluated_or_given_to_a_shell() -> None:
    forbidden = {
        "eval",
        "exec",
        "compile",
        "os.system",
        "os.popen",
        "yaml.load",
        "render_template_string",
        "__import__",
    }
    wrong = [(name(path), called) for path in SOURCES for called, _ in calls(path) if called in forbidden]
    assert wrong == []
    started = {name(path) for path in SOURCES for called, _ in calls(path) if called.startswith("subprocess.")}
    assert started <= DOORS["subprocess"]
    shells = [
        name(path) for path in SOURCES for _, call in calls(path) for each in call.keywords if each.arg == "shell"
    ]
    assert shells == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_dependency_is_locked_by_its_hash(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    wanted = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line, re.I)]
    assert len(wanted) > 20
    assert [line.split()[0] for line in wanted if "==" not in line or "--hash=sha256:" not in line] == []
    assert [line for line in text.splitlines() if line.startswith(("--index-url", "--extra-index-url", "-i "))] == []
