"""Reads the editors' files: bounded, UTF-8, never through a symbolic link; a digest of everything read."""

import hashlib
import os
import stat
from pathlib import Path

from webapp.knowledge.report import Problem

LARGEST_MARKDOWN = 200_000  # bytes: fifty times the longest article
LARGEST_YAML = 1_000_000
LARGEST_ASSET = 2_000_000
_CONTROL = {chr(code) for code in range(32)} - set("\n\t") | {"\x7f"}


class Reader:
    """The content folder. Mistakes are added to `problems`; `digest` covers name and bytes of all that was read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Problem] = []
        self.digest = hashlib.sha256()
        self.assets: dict[str, str] = {}

    def read_text(self, path: Path, largest: int) -> str | None:
        """The text of a file with its line ends made \\n, or None after adding the problem."""
        data = self._read(path, largest)
        if data is None:
            return None
        name = self.name(path)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            if b"\0" in data:
                self._refuse(
                    name, "binary", "Ce fichier n'est pas un texte.", "Remplacez-le par un fichier texte.", line
                )
            else:
                hint = "Enregistrez le fichier en UTF-8 dans votre éditeur de texte."
                self._refuse(
                    name, "encoding", "Ce fichier n'est pas en UTF-8 : les accents sont illisibles.", hint, line
                )
            return None
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        position = next((place for place, letter in enumerate(text) if letter in _CONTROL), None)
        if position is not None:
            line = text.count("\n", 0, position) + 1
            hint = "Supprimez-le : il est souvent invisible, retapez la ligne au clavier."
            self._refuse(name, "control-character", "Un caractère de commande se cache dans le texte.", hint, line)
            return None
        return text

    def read_asset(self, path: Path) -> bytes | None:
        """The bytes of a file of `assets/`, remembered with its digest as one to publish."""
        data = self._read(path, LARGEST_ASSET)
        if data is not None:
            self.assets[path.name] = hashlib.sha256(data).hexdigest()
        return data

    def folder(self, path: Path) -> list[Path]:
        """What a folder holds, sorted, without hidden files and editors' backups; nothing when it cannot be read."""
        try:
            found = sorted(path.iterdir())
        except OSError:
            return []
        return [each for each in found if not each.name.startswith((".", "#")) and not each.name.endswith("~")]

    def name(self, path: Path) -> str:
        """The path as messages show it: relative to the content folder."""
        text = path.relative_to(self.root).as_posix()
        return text.encode("utf-8", "replace").decode("utf-8")

    def _read(self, path: Path, largest: int) -> bytes | None:
        name = self.name(path)
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            self._refuse(name, "missing-file", "Ce fichier manque.", "Créez-le (voir docs/redaction.md).")
            return None
        except OSError as error:
            hint = "Un lien symbolique n'est pas admis ; sinon, vérifiez les droits du fichier."
            self._refuse(name, "unreadable", f"Ce fichier ne peut pas être lu ({error.strerror}).", hint)
            return None
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                self._refuse(name, "unreadable", "Ce n'est pas un fichier ordinaire.", "Supprimez-le.")
                return None
            if found.st_size > largest:
                message = f"Ce fichier est trop gros : {found.st_size // 1000} Ko, {largest // 1000} Ko au plus."
                self._refuse(name, "too-big", message, "Raccourcissez-le ou découpez-le.")
                return None
            data = file.read(largest + 1)
        self.digest.update(os.fsencode(name) + b"\0" + len(data).to_bytes(8) + data)
        return data[:largest]

    def _refuse(self, name: str, code: str, message: str, hint: str, line: int = 0) -> None:
        self.problems.append(Problem(file=name, line=line, code=code, message=message, hint=hint))
