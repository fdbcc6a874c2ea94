"""The examples of docs/pourquoi.md, written again by the command that they show: `python -m benchmarks.why_page`.

Each block of the page that begins with `$ flask why …` is run on the content of this repository, and its output put
in the place of the former one.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "pourquoi.md"
SHOWN = "Ce que voit le client, dans l'ordre"
_BLOCK = re.compile(r"^```text\n\$ flask (why [^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples() -> list[tuple[str, str]]:
    """Each command of the page with the output shown for it."""
    return [(each[1], each[2]) for each in _BLOCK.finditer(PAGE.read_text(encoding="utf-8"))]


def arguments(command: str) -> list[str]:
    return shlex.split(command)


def gist(output: str) -> list[str]:
    """What a customer would notice: the places and what is shown first, without the figures."""
    lines = output.splitlines()
    shown = lines.index(SHOWN) + 1 if SHOWN in lines else len(lines)
    kept = [line for line in lines[shown : lines.index("", shown)] if line.startswith("- ")]
    kept += [line for line in lines if line.startswith("1er ")]
    return [re.sub(r" \(confiance.*", "", line) for line in kept]


def rewrite(run: Callable[[list[str]], str]) -> None:
    def again(block: re.Match[str]) -> str:
        return f"```text\n$ flask {block[1]}\n{run(arguments(block[1])).rstrip()}\n```"

    PAGE.write_text(_BLOCK.sub(again, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def main() -> None:
    with TemporaryDirectory() as temporary:
        environment = {
            "GUICHET_INDEX": f"{temporary}/index",
            "GUICHET_DATA": f"{temporary}/var",
            "GUICHET_ENV": "development",
            "LC_ALL": "C.UTF-8",
        }

        def run(arguments: list[str]) -> str:
            command = [sys.executable, "-m", "webapp.cli", *arguments]
            return subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True).stdout

        run(["publish"])
        rewrite(run)


if __name__ == "__main__":
    main()
