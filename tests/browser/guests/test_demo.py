"""The demonstration walked door by door, by a visitor whose browser blocks third-party cookies."""

import http.client
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.axe import RULES, RUN
from tests.browser.conftest import AXE
from tests.browser.guests.conftest import HostMaker
from tests.browser.guests.test_widget import frame_of
from tests.demo.places import BANK, LIST, MAILBOX, PARTNER, SOCIAL, Places
from tests.product import Product, free_port, running

FICTIONAL = [
    (LIST, "/"),
    (BANK, "/"),
    (BANK, "/cartes/"),
    (BANK, "/aide/"),
    (PARTNER, "/"),
    (PARTNER, "/demarches-bancaires/"),
    (SOCIAL, "/"),
    (SOCIAL, "/aide/"),
    (MAILBOX, "/"),
]


@dataclass(frozen=True)
class Demo:
    product: Product
    places: Places

    def at(self, host: str, path: str = "/") -> str:
        return self.places.site(host) + path

    def get(self, url: str) -> tuple[int, str, str]:
        """Status, policy and text, asked as a browser would after looking the name up on this machine."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=10)
        connection.request("GET", f"{parts.path}?{parts.query}", headers={"Host": parts.netloc})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers.get("Content-Security-Policy", ""), text


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder, sites = tmp_path_factory.mktemp("demo"), free_port()
    with running([sys.executable, "-m", "tests.demo"], folder, folder / "index", DEMO_PORT=str(sites)) as product:
        yield Demo(product, Places(product.port, sites))


def test_every_link_of_every_fictional_page_leads_somewhere(demo: Demo) -> None:
    links: set[str] = set()
    for host, path in FICTIONAL:
        status, policy, text = demo.get(demo.at(host, path))
        assert status == 200
        assert "'unsafe-" not in policy
        assert "frame-ancestors 'none'" in policy
        assert not re.search(r"\$[a-z]|lorem|style=|onclick", text, re.IGNORECASE)
        links |= {demo.at(host, each) if each.startswith("/") else each for each in re.findall(r'href="([^"]+)"', text)}
    assert {demo.at(host) for host in (BANK, PARTNER, SOCIAL, MAILBOX)} | {f"{demo.places.product}/"} <= links
    assert {each: demo.get(each)[0] for each in links if demo.get(each)[0] not in (200, 302)} == {}
    assert demo.get(demo.at("nobody.localhost"))[0] == 404
    assert demo.get(demo.at(BANK, "/../../places.py"))[0] == 404


def test_from_the_banks_site_to_the_letter_of_the_helpdesk(demo: Demo, host: HostMaker) -> None:
    shown = host()
    page = shown.page
    page.goto(demo.at(BANK))
    page.get_by_role("button", name="Aide et contact").click()
    frame = frame_of(page)
    frame.locator("#q").fill("mon virement est refusé")
    frame.locator("#q").press("Enter")
    frame.locator(".results a").first.click()
    expect(frame.locator(".summary")).to_be_visible()
    frame.get_by_role("link", name="Contact", exact=True).click()
    frame.locator("a[href$='/ecrire/demande']").first.click()
    frame.locator("#x_subject").select_option(index=1)
    frame.get_by_label("Votre message").fill("Mon virement vers un nouveau bénéficiaire est refusé depuis hier matin.")
    frame.locator("#name").fill("Camille Durand")
    frame.locator("#email").fill("camille.durand@example.org")
    frame.get_by_role("button", name="Envoyer ma demande").click()
    expect(frame.locator(".reference, .before-sending")).to_be_visible()
    if frame.locator(".before-sending").count():
        frame.get_by_role("button", name="Envoyer quand même").click()
    expect(frame.locator(".reference")).to_be_visible()
    reference = frame.locator(".reference").inner_text().strip()
    assert demo.product.arrived(reference)
    assert page.context.cookies() == []
    assert page.evaluate("() => [thrown, probes.violations()]") == [[], []]
    page.goto(demo.at(MAILBOX))
    letter = page.locator("article", has_text=reference).first
    expect(letter).to_contain_text("rivage")
    assert shown.watch.console == []


def test_the_banks_site_shows_the_counter_in_its_page_and_behind_its_own_buttons(demo: Demo, host: HostMaker) -> None:
    page = host().page
    page.goto(demo.at(BANK, "/cartes/"))
    page.wait_for_function("() => window.Guichet")
    page.get_by_role("button", name="Carte perdue ou volée").click()
    expect(frame_of(page).locator("h1")).to_contain_text("perdu")
    page.keyboard.press("Escape")
    page.goto(demo.at(BANK, "/aide/"))
    expect(page.frame_locator(".inline iframe").locator("h1")).to_contain_text("Quelle est")


def test_the_partners_site_opens_answers_in_place_and_the_form_in_a_tab(demo: Demo, host: HostMaker) -> None:
    shown = host()
    page = shown.page
    page.goto(demo.at(PARTNER))
    page.wait_for_function("() => window.Guichet")  # the pinned script: its bytes are those of its integrity
    page.get_by_role("link", name="Poser une question à la banque").click()
    frame = frame_of(page)
    frame.locator("#q").fill("procuration pour ma mère")
    frame.locator("#q").press("Enter")
    expect(frame.locator("h1")).to_contain_text("procuration")
    with page.context.expect_page() as tab:
        frame.locator(".ask button").click()
    expect(tab.value.locator("textarea[name=message]")).to_have_value("procuration pour ma mère")
    assert tab.value.url == f"{demo.places.product}/ecrire/question?depuis=widget.maison-des-aidants"
    assert shown.watch.console == []


def test_the_social_page_posts_a_signed_request_into_its_frame(demo: Demo, host: HostMaker) -> None:
    shown = host()
    page = shown.page
    page.goto(demo.at(SOCIAL, "/aide/"))
    frame = page.frame_locator("iframe[name=app_runner]")
    expect(frame.locator("h1")).to_contain_text("Quelle est")
    frame.locator("#q").fill("virement pas arrivé")
    frame.locator("#q").press("Enter")
    frame.locator(".results a").first.click()
    expect(frame.locator(".summary")).to_be_visible()
    page.goto(demo.at(SOCIAL, "/aide/?app_data=faq:carte-perdue-ou-volee&width=810"))
    expect(frame.locator("h1")).to_contain_text("perdu ma carte")
    assert page.locator("iframe").bounding_box()["width"] == 810
    assert shown.watch.console == []


def test_the_public_reply_leads_to_the_exact_answer(demo: Demo, host: HostMaker) -> None:
    page = host().page
    page.goto(demo.at(SOCIAL))
    page.get_by_role("link", name="carte perdue ou volée").click()
    page.wait_for_url(f"{demo.places.product}/questions/carte-perdue-ou-volee")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_fictional_pages_are_as_careful_as_ours(demo: Demo, host: HostMaker, scheme: str) -> None:
    page = host(color_scheme=scheme, reduced_motion="reduce", bypass_csp=True, java_script_enabled=True).page
    page.route("**/widget*.js", lambda route: route.abort())
    for where, path in FICTIONAL:
        page.goto(demo.at(where, path))
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert page.evaluate(RUN, RULES)["violations"] == [], (where, path)
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("() => document.documentElement.scrollWidth") == 320, (where, path)
        page.set_viewport_size({"width": 1280, "height": 900})
