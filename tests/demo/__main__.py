"""``make demo``: the product and the fictional sites around it, together; Ctrl-C stops all.

The data and a copy of the content, whose partners are the demonstration's sites, are in ``var/demo`` (or
``GUICHET_DATA``). Requests arrive in ``mail`` there, and are shown at courrier.localhost.
"""

import os
import re
import shutil
import sys
from pathlib import Path

from tests.demo.places import BANK, LIST, PARTNER, NotInProduction, Places, places
from tests.web.facebook import PAGE, SECRET
from webapp import run
from webapp.settings import ROOT, Settings, SettingsError


def main() -> int:
    """Exit status: as ``webapp.run``, 2 when it cannot start."""
    try:
        found = places()
        folder = Path(os.environ.get("GUICHET_DATA", ROOT / "var" / "demo")).resolve()
        os.environ.update(_environment(found, folder))
        _invite(folder / "content", found)
        settings = Settings.from_environ()
        for port in (found.port, found.sites_port):
            run.free("127.0.0.1", port)
        run.prepare()
    except (NotInProduction, SettingsError, run.CannotStart, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    commands = run.processes(settings, "tests.demo.product:app")
    commands["fictional sites"] = [sys.executable, "-m", "tests.demo.sites"]
    return run.Company(commands, address=f"{found.site(LIST)}/", port=found.port).run()


def _environment(found: Places, folder: Path) -> dict[str, str]:
    """What the product is told. The secret of the fictional Facebook app is the tests': it signs nothing elsewhere."""
    return {
        "PORT": str(found.port),
        "DEMO_PORT": str(found.sites_port),
        "GUICHET_PUBLIC_URL": found.product,
        "GUICHET_DATA": str(folder),
        "GUICHET_INDEX": str(folder / "index"),
        "GUICHET_CONTENT": str(folder / "content"),
        "GUICHET_FACEBOOK_APP_SECRET": SECRET,
        "GUICHET_FACEBOOK_PAGES": PAGE,
        "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "1"),
    }


def _invite(content: Path, found: Places) -> None:
    """A fresh copy of the content, in which the two partners are the demonstration's sites."""
    shutil.rmtree(content, ignore_errors=True)
    shutil.copytree(ROOT / "content", content)
    site = content / "site.yaml"
    text = site.read_text(encoding="utf-8")
    for partner, host in (("rivage", BANK), ("maison-des-aidants", PARTNER)):
        pattern = rf"(- id: {partner}\n\s+name: .*\n\s+origins: )\[.*\]"
        text, changed = re.subn(pattern, rf"\1[{found.site(host)}]", text)
        assert changed == 1, f"content/site.yaml has no partner {partner} written as expected"
    site.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
