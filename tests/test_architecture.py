"""Who may import whom (docs/architecture.md). Arrows point inward; each outside library enters by one door."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp.settings import ROOT

HOUSE = ROOT / "webapp"
SOURCES = sorted(HOUSE.rglob("*.py"))

# Rooms and what they may use of the house. `web`, `cli`, `run` and the factory put things together: they may use all.
MAY_USE = {
    "settings": {"settings_checks", "development"},
    "settings_checks": {"settings", "confidential"},  # to read keys; `confidential` itself uses nothing of the house
    "development": {"settings", "confidential"},
    "logs": set[str](),
    "memory": set[str](),
    "tables": set[str](),
    "revisions": set[str](),
    "db": {"revisions"},
    "confidential": {"confidential"},
    "knowledge": {"knowledge"},
    "search": {"search", "knowledge"},
    "indexing": {"knowledge", "search"},
    "why": {"knowledge", "search"},
    "social": {"social", "knowledge"},
    "inspection": {"inspection", "settings"},
    "tickets": {"tickets", "confidential", "db", "inspection", "tables", "settings"},
    "insights": {"insights", "tickets", "confidential", "db", "tables"},
    "delivery": {"delivery", "tickets", "confidential", "db", "inspection", "tables", "settings", "logs", "memory"},
    "safekeeping": {"safekeeping", "delivery", "tickets", "confidential", "db", "revisions", "tables", "VERSION"},
}
ASSEMBLERS = {"web", "cli", "run", "__init__"}

# Outside libraries, and the standard ones that speak to the outside → the files or folders that may import them.
DOORS = {
    "flask": ("web/", "cli/", "__init__.py"),
    "werkzeug": ("web/",),
    "markupsafe": ("web/",),
    "flask_wtf": ("web/forms.py",),
    "wtforms": ("web/forms.py",),
    "phonenumbers": ("web/forms.py",),
    "email_validator": ("web/forms.py",),
    "itsdangerous": ("web/stamps.py",),
    "brotli": ("web/pages.py",),
    "whoosh": ("search/",),
    "numpy": ("search/",),
    "scipy": ("search/training.py",),
    "markdown_it": ("knowledge/rendering.py", "knowledge/inline.py", "knowledge/structure.py"),
    "nh3": ("knowledge/rendering.py",),
    "yaml": ("knowledge/yaml_reading.py", "web/words.py"),
    "jsonschema": ("knowledge/validation.py",),
    "referencing": ("knowledge/validation.py",),
    "holidays": ("knowledge/contacts.py",),
    "watchfiles": ("knowledge/publish.py",),
    "cryptography": ("confidential/",),
    "stdnum": ("confidential/accounts.py",),
    "sqlalchemy": (
        "db.py",
        "revisions.py",
        "tables.py",
        "tickets/",
        "delivery/",
        "insights/",
        "safekeeping/",
        "web/health.py",
    ),
    "sqlalchemy.dialects": ("db.py",),
    "sqlite3": ("db.py", "safekeeping/sqlite.py"),
    "alembic": ("revisions.py",),
    "jinja2": ("delivery/composition.py",),
    "imaplib": ("delivery/destinations/imap.py",),
    "PIL": ("inspection/images.py", "inspection/mother.py"),
    "pypdf": ("inspection/documents.py",),
    "smtplib": ("delivery/destinations/smtp.py",),
    "structlog": ("logs.py",),
    "click": ("cli/",),
    "msgspec": ("",),
    "httpx": ("delivery/destinations/http.py",),
    "tomllib": ("delivery/declared.py",),
    "urllib.request": (),
    "http.client": (),
    "pickle": (),
}


def modules(path: Path) -> Iterator[str]:
    """Full names that a file imports, wherever in the file: ``from webapp import db`` is ``webapp.db``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{each.name}" for each in node.names)


IMPORTS = [(path.relative_to(HOUSE).as_posix(), name) for path in SOURCES for name in modules(path)]


def room(path: str) -> str:
    return path.partition("/")[0].removesuffix(".py")


def within(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def test_arrows_point_inward() -> None:
    assert {room(path) for path, _ in IMPORTS} <= set(MAY_USE) | ASSEMBLERS, "a new room: say what it may use"
    wrong = [
        (path, name)
        for path, name in IMPORTS
        if room(path) not in ASSEMBLERS and within(name, "webapp") and name.split(".")[1] not in MAY_USE[room(path)]
    ]
    assert wrong == []


def test_knowledge_and_tickets_never_meet() -> None:
    rooms = {"knowledge": "webapp.tickets", "tickets": "webapp.knowledge"}
    assert [each for each in IMPORTS if room(each[0]) in rooms and within(each[1], rooms[room(each[0])])] == []


def test_one_module_of_the_ear_knows_the_catalog() -> None:
    assert {path for path, name in IMPORTS if room(path) == "search" and within(name, "webapp.knowledge")} == {
        "search/from_catalog.py"
    }


def test_every_library_enters_by_its_door() -> None:
    known = set(sys.stdlib_module_names) | {"webapp"} | {each.partition(".")[0] for each in DOORS}
    assert {name for _, name in IMPORTS if name.partition(".")[0] not in known} == set(), (
        "a new library: give it a door"
    )
    wrong = [
        (path, name)
        for path, name in IMPORTS
        for library, doors in DOORS.items()
        if within(name, library) and not path.startswith(doors)
    ]
    assert wrong == []


def test_every_door_is_used() -> None:
    """A door that nobody uses any more is a rule that nobody reads."""
    idle = [
        (library, door)
        for library, doors in DOORS.items()
        for door in doors
        if not any(within(name, library) and path.startswith(door) for path, name in IMPORTS)
    ]
    assert idle == []


def test_only_the_counters_know_the_current_application() -> None:
    named = [
        path.relative_to(HOUSE).as_posix()
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name | ast.alias | ast.Attribute)
        and "current_app" in (getattr(node, "id", ""), getattr(node, "name", ""), getattr(node, "attr", ""))
    ]
    assert named
    assert [each for each in named if room(each) != "web"] == []


def test_no_module_is_named_after_nothing() -> None:
    nothing = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "base_classes", "manager", "services"}
    assert [path.name for path in SOURCES if nothing & {*path.relative_to(HOUSE).parent.parts, path.stem}] == []


@pytest.mark.parametrize(
    ("module", "without"),
    [
        ("webapp.delivery.service", "flask werkzeug whoosh markdown_it nh3 holidays yaml httpx"),
        ("webapp.tickets.intake", "flask werkzeug whoosh markdown_it jinja2 smtplib"),
        ("webapp.knowledge.publish", "flask werkzeug whoosh sqlalchemy markdown_it"),
        ("webapp.search", "flask werkzeug sqlalchemy markdown_it yaml webapp.knowledge"),
        ("webapp.web.factory", "markdown_it nh3 holidays yaml jsonschema smtplib httpx alembic PIL pypdf"),
    ],
)
def test_what_a_room_does_not_need_is_not_loaded(module: str, without: str) -> None:
    code = f"import sys, {module}; print(*[name for name in {without.split()!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == []
