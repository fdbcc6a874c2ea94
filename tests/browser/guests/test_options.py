"""What an owner can say to the widget: attributes of the element and of the script, the API, events; and the page that
writes them."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.guests.conftest import TEXT, Guest, HostMaker
from tests.browser.guests.test_widget import frame_of


def src_of(page: Page) -> str:
    return page.locator("dialog iframe").get_attribute("src") or ""


@pytest.mark.parametrize(
    ("attributes", "path"),
    [
        ("", "/"),
        ('data-theme="cartes"', "/themes/cartes"),
        ('data-article="delai-virement"', "/questions/delai-virement"),
        ('data-question="plafond de carte"', "/recherche?q=plafond%20de%20carte"),
        ('data-question="plafond" data-theme="cartes"', "/recherche?q=plafond&theme=cartes"),
        ('data-article="delai-virement" data-theme="cartes" data-question="x"', "/questions/delai-virement"),
        ('data-language="en"', "/en/"),
        ('data-language="en" data-question="lost card"', "/en/search?q=lost%20card"),
        ('data-language="xx"', "/"),
    ],
)
def test_attributes_choose_what_is_shown(guest: Guest, host: HostMaker, attributes: str, path: str) -> None:
    page = host().page
    page.goto(guest.put("/attributes", TEXT + guest.link(f'data-mode="link" {attributes}') + guest.script))
    page.wait_for_function("() => window.Guichet")
    page.locator("#help").click()
    assert src_of(page) == f"{guest.product.url}/integration/rivage{path}"
    expect(frame_of(page).locator("h1")).to_be_visible()
    link = page.get_by_role("dialog").get_by_role("link", name=re.compile("Nouvel onglet|New tab"))
    assert link.get_attribute("href") == guest.product.url + path


def test_attributes_of_the_script_count_for_the_whole_page(guest: Guest, host: HostMaker) -> None:
    page = host().page
    script = guest.script.replace("async", 'async data-partner="rivage" data-side="start" data-label="Une question ?"')
    body = f'<p><a id="help" href="{guest.product.url}/" data-guichet>Aide</a></p>' + OPENER + script
    page.goto(guest.put("/defaults", TEXT + body))
    button = page.get_by_role("button", name="Une question ?")
    expect(button).to_be_visible()
    assert button.bounding_box()["x"] < 100  # type: ignore[index]
    button.click()
    expect(page.get_by_role("dialog", name="Une question ?")).to_be_visible()
    assert page.locator("dialog").bounding_box()["x"] < 40  # type: ignore[index]
    page.keyboard.press("Escape")
    page.locator("#opener").click()  # what the element says itself comes first
    expect(page.get_by_role("dialog", name="Frais")).to_be_visible()
    assert src_of(page).endswith("/integration/rivage/themes/frais")


OPENER = '<button id="opener" data-guichet-open data-theme="frais" data-label="Frais">Les frais</button>'


def test_any_element_opens_it_even_one_made_later_and_leaves_other_clicks_alone(guest: Guest, host: HostMaker) -> None:
    page = host().page
    page.goto(guest.put("/later", TEXT + guest.link('data-mode="link"') + guest.script))
    page.wait_for_function("() => window.Guichet")
    page.evaluate(
        """() => {
          const later = Object.assign(document.createElement("span"), { id: "later", tabIndex: 0, textContent: "Ici" });
          Object.assign(later.dataset, { guichetOpen: "", partner: "rivage", article: "delai-virement" });
          document.querySelector("main").append(later);
        }"""
    )
    page.locator("#later").click()
    assert src_of(page).endswith("/questions/delai-virement")
    page.keyboard.press("Escape")
    with page.context.expect_page() as tab:  # a new tab was asked for: the link does what links do
        page.locator("#help").click(modifiers=["ControlOrMeta"])
    assert tab.value.url == f"{guest.product.url}/"
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.evaluate("() => help.addEventListener('click', (event) => event.preventDefault(), { capture: true })")
    page.locator("#help").click()  # the host's own handler has dealt with it
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_api_opens_closes_and_tells_without_saying_what(guest: Guest, host: HostMaker) -> None:
    page = host().page
    script = guest.script.replace("async", 'async data-partner="rivage"')
    page.goto(guest.put("/api", TEXT + script))
    page.wait_for_function("() => window.Guichet")
    page.evaluate(
        """() => {
          window.details = [];
          for (const name of ["ready", "open", "close", "answered", "sent"])
            document.addEventListener(`guichet:${name}`, (event) => details.push([event.detail, event.bubbles]));
        }"""
    )
    assert page.evaluate("() => Object.isFrozen(Guichet) && Object.keys(Guichet).join()") == "open,close"
    assert page.evaluate("() => Guichet.open({ question: 'mon code secret est bloqué' })") is True
    page.wait_for_function("() => said.some(([name]) => name === 'ready')")
    assert src_of(page).endswith("/recherche?q=mon%20code%20secret%20est%20bloqu%C3%A9")
    page.evaluate("() => Guichet.open({ article: 'delai-virement' })")  # open already: the other page, once
    page.wait_for_function("() => said.some(([name]) => name === 'answered')")
    expect(page.get_by_role("dialog")).to_have_count(1)
    page.evaluate("() => Guichet.close()")
    page.wait_for_function("() => said.some(([name]) => name === 'close')")
    page.evaluate("() => Guichet.close()")  # closed already: nothing
    names = [name for name, _ in page.evaluate("() => said")]
    assert names == ["open", "ready", "open", "ready", "answered", "close"]
    assert page.evaluate("() => details") == [[None, True]] * len(names)


@pytest.mark.parametrize(
    "given", ["null", "7", "'x'", "{ partner: 'nobody' }", "{ theme: {} }", "{ get theme() { throw 1 } }"]
)
def test_a_mistake_of_the_host_is_never_an_exception(guest: Guest, host: HostMaker, given: str) -> None:
    page = host().page
    page.goto(guest.put("/mistakes", TEXT + guest.script.replace("async", 'async data-partner="rivage"')))
    page.wait_for_function("() => window.Guichet")
    page.evaluate(f"() => {{ Guichet.open({given}); Guichet.close(); }}")
    assert page.evaluate("() => thrown") == []


def test_a_script_in_the_head_finds_what_comes_after_it(guest: Guest, host: HostMaker) -> None:
    page = host().page
    page.goto(guest.put("/head", TEXT + guest.link(), head=guest.script.replace(" async", "")))
    page.get_by_role("button", name="Aide et contact").click()
    expect(frame_of(page).locator("h1")).to_be_visible()
    assert page.evaluate("() => thrown") == []


def test_without_a_partner_nothing_happens_but_the_link(guest: Guest, host: HostMaker) -> None:
    page = host().page
    page.goto(
        guest.put("/none", TEXT + f'<a id="help" href="{guest.product.url}/" data-guichet>Aide</a>' + guest.script)
    )
    page.wait_for_function("() => window.Guichet")
    assert page.evaluate("() => Guichet.open({})") is False
    expect(page.get_by_role("button")).to_have_count(0)
    page.locator("#help").click()
    page.wait_for_url(f"{guest.product.url}/")


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves(guest: Guest, host: HostMaker, motion: str) -> None:
    page = host(reduced_motion=motion).page
    page.goto(guest.put("/still", TEXT + guest.link() + guest.script))
    page.get_by_role("button", name="Aide et contact").click()
    assert page.evaluate("() => document.getAnimations().length") == 0
    page.wait_for_function("() => said.some(([name]) => name === 'ready')")
    assert page.evaluate("() => document.getAnimations().length") == 0


@pytest.mark.parametrize("change", ["version", "bytes"])
def test_a_pinned_script_runs_only_as_it_was_published(guest: Guest, host: HostMaker, change: str) -> None:
    page = host().page
    page.goto(f"{guest.product.url}/integration/")
    code = next(each for each in page.locator("pre code").all_inner_texts() if "integrity" in each)
    script = re.search(r"<script.*</script>", code, re.DOTALL)
    assert script
    tag = script[0] if change == "version" else script[0].replace("sha384-", "sha384-AAAA")
    page.goto(guest.put("/pinned", TEXT + guest.link() + tag), wait_until="networkidle")
    assert page.evaluate("() => 'Guichet' in window") is (change == "version")
    page.locator("#help").click()
    if change == "version":
        expect(frame_of(page).locator("h1")).to_be_visible()
    else:
        page.wait_for_url(f"{guest.product.url}/")


def test_the_owners_page_writes_the_code_and_shows_it_at_work(guest: Guest, host: HostMaker) -> None:
    page = host().page
    page.goto(f"{guest.product.url}/integration/")
    page.get_by_role("button", name="Aide et contact").click()
    expect(frame_of(page).locator("h1")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Votre site").select_option("rivage")
    page.get_by_label("Présentation").select_option("inline")
    page.get_by_label("Ouvrir sur un thème").select_option("cartes")
    code = page.locator("pre code").first
    expect(code).to_contain_text('<div data-guichet data-partner="rivage" data-mode="inline"')
    expect(code).to_contain_text('data-theme="cartes"')
    expect(page.frame_locator(".owners-preview iframe").locator("h1")).to_have_text("Cartes bancaires")
    expect(page.get_by_role("button", name="Aide et contact", exact=True)).to_have_count(0)
    assert page.evaluate("() => [thrown, probes.violations()]") == [[], []]


def test_the_code_of_the_owners_page_works_when_pasted(guest: Guest, host: HostMaker) -> None:
    page = host().page
    page.goto(
        f"{guest.product.url}/integration/?partner=rivage&mode=link&question=plafond de carte&label=Une question ?"
    )
    code = page.locator("pre code").first.inner_text()
    page.goto(guest.put("/pasted", TEXT + code))
    page.wait_for_function("() => window.Guichet")
    page.get_by_role("link", name="Une question ?").click()
    expect(frame_of(page).locator("h1")).to_contain_text("plafond de carte")
