"""What a first visit costs: bytes on the wire and requests, as Chromium counts them with an empty cache."""

from typing import Any

import pytest

from tests.browser.conftest import PHONE, NewPage
from tests.product import Product

MOST_BYTES, MOST_REQUESTS = 45_000, 6


@pytest.mark.parametrize("path", ["/", "/questions/carte-perdue-ou-volee", "/ecrire/demande"])
def test_a_first_visit_is_light(new_page: NewPage, product: Product, path: str) -> None:
    page = new_page(viewport=PHONE)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    wire: list[float] = []
    asked: list[str] = []

    def finished(event: dict[str, Any]) -> None:
        wire.append(event["encodedDataLength"])

    def sent(event: dict[str, Any]) -> None:
        asked.append(event["request"]["url"])

    session.on("Network.loadingFinished", finished)
    session.on("Network.requestWillBeSent", sent)
    page.goto(product.url + path, wait_until="networkidle")
    print(f"{path}: {len(asked)} requests, {sum(wire) / 1000:.1f} kB on the wire")
    assert len(wire) == len(asked)
    assert sum(wire) <= MOST_BYTES
    assert len(asked) <= MOST_REQUESTS
    assert [each for each in asked if not each.startswith(product.url)] == []
