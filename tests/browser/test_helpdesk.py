"""The product as operators run it, with a real helpdesk: nothing is faked between the form and the answer."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.axe import check
from tests.browser.conftest import PHONE, NewPage
from tests.browser.test_followup import link_in, sent
from tests.delivery.destinations.test_request_tracker import toml
from tests.inspection import samples
from tests.product import Product, running
from tests.request_tracker import RequestTracker

PDF = samples.pdf()
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_from_the_form_to_an_agent_of_request_tracker_and_back_to_the_customer(
    request_tracker: RequestTracker, new_page: NewPage, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(request_tracker.token, encoding="ascii")
    table = {"kind": "request-tracker", "url": request_tracker.url, "queue": "Contact"}
    (tmp_path / "d.toml").write_text(toml("rt", table | {"token_file": str(tmp_path / "token")}), encoding="utf-8")
    settings = {"GUICHET_DESTINATIONS": str(tmp_path / "d.toml"), "GUICHET_DESTINATION": "rt"}
    command = [sys.executable, "-m", "webapp.run"]
    with running(command, tmp_path, tmp_path / "index", GUICHET_DELIVERY_LISTEN="0.3", **settings) as product:
        page = new_page(viewport=PHONE)
        reference = sent(page, product, files=[{"name": "relevé.pdf", "mimeType": "application/pdf", "buffer": PDF}])
        (ticket,) = until(lambda: request_tracker.tickets(reference))
        case = ticket["id"]
        assert [*request_tracker.turns(case)[0]["files"]] == ["releve.pdf"]

        request_tracker.comment(case, "Note interne : client difficile.")
        letter_of_the_bank = ("attestation.pdf", "application/pdf", samples.pdf(2))
        contract = ("contrat.docx", "application/msword", samples.docx())
        request_tracker.answer(case, "Bonjour,\n\nVotre virement est parti.", files=(letter_of_the_bank, contract))
        letter = until(lambda: news_of(product, reference))[0]
        assert "virement est parti" not in letter.as_string()  # a letter announces, it does not tell
        opened(page, product.url + link_in(letter))
        assert "Votre virement est parti." in page.locator(".turn.is-bank").inner_text()
        assert "Note interne" not in page.content()
        assert "contrat.docx" in page.locator(".turn.is-bank").inner_text()
        assert "Demandez-le" in page.locator(".turn.is-bank").inner_text()
        check(page, "light")
        check(page, "dark")
        assert taken(page, "attestation.pdf") == letter_of_the_bank[2]
        assert taken(page, "relevé.pdf") == PDF
        assert page.context.cookies() == []

        page.get_by_label("Votre message").fill("Merci, je le vois.")
        page.set_input_files("#files", [{"name": "capture.png", "mimeType": "image/png", "buffer": samples.png()}])
        page.get_by_role("button", name="Envoyer mon message").click()
        until(lambda: "Merci, je le vois." in request_tracker.turns(case)[-1]["text"])
        assert [*request_tracker.turns(case)[-1]["files"]] == ["capture.png"]
        assert taken(page, "capture.png").startswith(b"\x89PNG")
        request_tracker.set_status(case, "resolved")
        until(lambda: closed(page, product.url + link_in(letter)))
        assert f"rt #{case}" in deliveries(product, settings, reference)


def taken(page: Page, name: str) -> bytes:
    """A file of the case, as Chromium saves it."""
    with page.expect_download() as coming:
        page.get_by_role("button", name=f"Télécharger {name}").click()
    assert coming.value.suggested_filename == name
    return Path(coming.value.path()).read_bytes()


def news_of(product: Product, reference: str) -> list[Any]:
    """The letters that say that there is something to read."""
    return [each for each in product.acknowledgements(reference) if "nouveau" in str(each["Subject"])]


def opened(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Voir ma demande").click()


def closed(page: Page, link: str) -> bool:
    opened(page, link)
    return "Terminée" in page.locator(".standing").inner_text()


def deliveries(product: Product, settings: dict[str, str], reference: str) -> str:
    """What ``flask deliveries --reference`` shows an operator."""
    return subprocess.run(
        [sys.executable, "-m", "webapp.cli", "deliveries", "--reference", reference],
        env=os.environ | settings | {"GUICHET_DATA": str(product.data)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def until(look: Callable[[], Any]) -> Any:
    """What `look` finds, waited for: other processes are at work."""
    deadline = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found
