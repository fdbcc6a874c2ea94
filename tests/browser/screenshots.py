"""``python -m tests.browser.screenshots FOLDER [NAME…]``: pictures of every type of page, to be looked at by a person.

390 and 1280 px wide, light and dark. With names, only the pages whose name holds one of them.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, sync_playwright

from tests.browser.conftest import CHROMIUM, DESK, PHONE, QUIET, context
from tests.browser.pages import PAGES
from tests.product import running


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [kind for kind in PAGES if not names or any(name in kind.name for name in names)]
    with tempfile.TemporaryDirectory(prefix="guichet-pictures-") as place, sync_playwright() as driver:
        home = Path(place)
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        with running([sys.executable, "-m", "webapp.run"], home, home / "index") as product:
            for size in (PHONE, DESK):
                made = context(browser, viewport=size, reduced_motion="reduce")
                for kind in wanted:
                    _take(made.new_page(), kind, product.url, folder, size["width"])
                made.close()
        browser.close()
    print(f"{4 * len(wanted)} pictures in {folder}")
    return 0


def _take(page: Any, kind: Any, url: str, folder: Path, width: int) -> None:
    name = kind.name.replace(", ", "-").replace(" ", "_")
    try:
        kind.open(page, url)
    except Error as error:
        print(f"{kind.name}: {error.message.splitlines()[0]}")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
    page.close()


if __name__ == "__main__":
    sys.exit(main())
