"""The widget in a page of another site: journeys, manners, and what happens when the frame cannot be shown."""

import re

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.axe import RULES, RUN
from tests.browser.conftest import AXE
from tests.browser.guests.conftest import TEXT, Guest, HostMaker


def frame_of(page: Page) -> FrameLocator:
    return page.frame_locator("dialog iframe")


def opened(page: Page, address: str) -> FrameLocator:
    """The page with its panel open and heard."""
    page.goto(address)
    page.locator("#help").click()
    expect(frame_of(page).locator("h1")).to_be_visible()
    page.wait_for_function("() => said.some(([name]) => name === 'ready')")
    return frame_of(page)


def test_from_a_question_to_a_receipt_in_a_frame_without_any_cookie(guest: Guest, host: HostMaker) -> None:
    shown = host()
    page = shown.page
    frame = opened(page, guest.put("/journey", TEXT + guest.link() + guest.script))
    frame.locator("#q").fill("mon virement est refusé")
    frame.locator("#q").press("Enter")
    expect(frame.locator("h1")).to_contain_text("mon virement est refusé")
    frame.locator(".results a").first.click()
    expect(frame.locator(".summary")).to_be_visible()
    page.wait_for_function("() => said.some(([name]) => name === 'answered')")
    frame.get_by_role("link", name="Contact", exact=True).click()
    frame.locator("a[href$='/ecrire/demande']").first.click()
    frame.locator("#x_subject").select_option(index=1)
    frame.get_by_label("Votre message").fill("Mon virement vers un nouveau bénéficiaire est refusé depuis hier matin.")
    frame.locator("#name").fill("Camille Durand")
    frame.locator("#email").fill("camille.durand@example.org")
    frame.get_by_role("button", name="Envoyer ma demande").click()
    expect(frame.locator(".reference, .before-sending")).to_be_visible()
    if frame.locator(".before-sending").count():  # the answers had not come yet while typing: they are shown now
        frame.get_by_role("button", name="Envoyer quand même").click()
    expect(frame.locator(".reference")).to_be_visible()
    reference = frame.locator(".reference").inner_text().strip()
    page.wait_for_function("() => said.some(([name]) => name === 'sent')")
    letter = guest.product.arrived(reference)
    assert "rivage" in letter.as_string()
    assert page.context.cookies() == []
    assert page.evaluate("() => [thrown, probes.violations()]") == [[], []]
    assert [each for each in shown.watch.console if "status" not in each] == []


def test_without_javascript_the_link_leads_to_the_hub(guest: Guest, host: HostMaker) -> None:
    page = host(java_script_enabled=False).page
    page.goto(guest.put("/plain", TEXT + guest.link() + guest.script))
    page.locator("#help").click()
    expect(page.locator("h1")).to_have_text(re.compile("Quelle est votre question"))
    assert page.url == f"{guest.product.url}/"


@pytest.mark.parametrize("how", ["key", "frame", "button", "backdrop", "api"])
def test_the_focus_enters_a_titled_dialog_and_comes_back(guest: Guest, host: HostMaker, how: str) -> None:
    page = host().page
    page.goto(guest.put("/focus", TEXT + guest.link('data-mode="link"') + guest.script))
    page.wait_for_function("() => window.Guichet")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Aide et contact")
    expect(dialog).to_be_visible()
    page.wait_for_function("() => said.some(([name]) => name === 'ready')")
    if how == "key":
        page.keyboard.press("Escape")
    elif how == "frame":
        frame_of(page).get_by_role("link", name="Contact", exact=True).focus()
        page.keyboard.press("Escape")
    elif how == "button":
        page.get_by_role("button", name="Fermer").click()
    elif how == "backdrop":
        page.mouse.click(20, 20)
    else:
        page.evaluate("() => Guichet.close()")
    expect(dialog).to_have_count(0)
    assert page.evaluate("() => document.activeElement.id") == "help"
    page.wait_for_function("() => said.some(([name]) => name === 'close')")
    assert page.evaluate("() => said.map(([name]) => name)") == ["open", "ready", "close"]


def test_the_keyboard_alone_goes_in_round_and_out(guest: Guest, host: HostMaker) -> None:
    page = host().page
    page.goto(guest.put("/keys", TEXT + guest.link('data-mode="link"') + guest.script))
    page.wait_for_function("() => window.Guichet")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("() => said.some(([name]) => name === 'ready')")
    for _ in range(12):  # title, two buttons, then the frame's strip, ways and search field
        page.keyboard.press("Tab")
        inside = page.frames[-1].evaluate("() => document.activeElement?.id")
        if inside == "q":
            break
    assert inside == "q"
    page.keyboard.type("carte volée")
    page.keyboard.press("Escape")  # first the suggestions, then the text, then the panel
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("() => document.activeElement.id") == "help"


def test_what_was_being_written_is_still_there_when_the_panel_opens_again(guest: Guest, host: HostMaker) -> None:
    page = host().page
    frame = opened(page, guest.put("/again", TEXT + guest.link() + guest.script))
    frame.locator("#q").fill("j'ai perdu")
    page.get_by_role("button", name="Fermer").click()
    page.locator("#help").click()
    assert frame_of(page).locator("#q").input_value() == "j'ai perdu"


def test_on_a_phone_the_panel_takes_the_whole_screen(guest: Guest, host: HostMaker) -> None:
    page = host(viewport={"width": 390, "height": 844}, has_touch=True).page
    opened(page, guest.put("/phone", TEXT + guest.link() + guest.script))
    box = page.locator("dialog").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert page.frames[-1].evaluate("() => document.scrollingElement.scrollWidth") == 390


def test_every_option_leads_where_it_says(guest: Guest, host: HostMaker) -> None:
    page = host().page
    page.goto(guest.put("/options", TEXT + guest.link('data-mode="link"') + guest.script))
    page.wait_for_function("() => window.Guichet")
    base = f"{guest.product.url}/integration/rivage"
    for options, address in (
        ({}, "/"),
        ({"language": "en"}, "/en/"),
        ({"theme": "cartes"}, "/themes/cartes"),
        ({"article": "carte-perdue-ou-volee"}, "/questions/carte-perdue-ou-volee"),
        ({"question": "carte avalée & code"}, "/recherche?q=carte%20aval%C3%A9e%20%26%20code"),
        ({"question": "card", "language": "en", "theme": "cards"}, "/en/search?q=card&theme=cards"),
        ({"article": "../../health"}, "/questions/..%2F..%2Fhealth"),
    ):
        page.evaluate("(given) => Guichet.open({ partner: 'rivage', ...given })", options)
        assert page.locator("dialog iframe").get_attribute("src") == base + address
        page.evaluate("() => Guichet.close()")
    page.evaluate("() => Guichet.open({ partner: 'rivage', label: 'Une question ?', side: 'start' })")
    expect(page.get_by_role("dialog", name="Une question ?")).to_be_visible()
    assert page.locator("dialog").bounding_box()["x"] < 40


def test_a_page_may_hold_several_and_the_script_twice(guest: Guest, host: HostMaker) -> None:
    page = host().page
    inline = f'<div id="{{}}" data-guichet data-mode="inline" data-partner="rivage" data-theme="{{}}">{TEXT}</div>'
    body = guest.link('data-side="start"') + inline.format("one", "cartes") + inline.format("two", "fraude")
    page.goto(guest.put("/several", body + guest.script * 2))
    expect(page.locator("#one").frame_locator("iframe").locator("h1")).to_have_text("Cartes bancaires")
    page.locator("#two").scroll_into_view_if_needed()
    expect(page.locator("#two").frame_locator("iframe").locator("h1")).to_have_text("Fraude et sécurité")
    expect(page.get_by_role("button", name="Aide et contact")).to_have_count(1)
    page.wait_for_function("() => said.filter(([name]) => name === 'ready').length === 2")
    assert sorted(page.evaluate("() => said.map(([, id]) => id)")) == ["one", "two"]
    heights = page.evaluate("() => ['one', 'two'].map((id) => document.getElementById(id).offsetHeight)")
    inner = [frame.evaluate("() => document.body.offsetHeight") for frame in page.frames[1:3]]
    assert [abs(a - b) <= 2 for a, b in zip(sorted(heights), sorted(inner), strict=True)] == [True, True]


def test_a_single_page_application_may_mount_and_unmount_it(guest: Guest, host: HostMaker) -> None:
    page = host().page
    page.goto(guest.put("/spa", '<div id="app"></div>' + guest.script))
    page.wait_for_function("() => window.Guichet")
    before = page.evaluate("() => document.querySelectorAll('*').length")
    mount = """() => {
      const place = Object.assign(document.createElement("div"), { id: "place" });
      Object.assign(place.dataset, { guichet: "", partner: "rivage" });
      document.getElementById("app").append(place);
    }"""
    for _ in range(20):
        page.evaluate(mount)
        expect(page.get_by_role("button", name="Aide et contact")).to_have_count(1)
        page.evaluate("() => document.getElementById('place').remove()")
        expect(page.get_by_role("button", name="Aide et contact")).to_have_count(0)
    assert page.evaluate("() => document.querySelectorAll('*').length") == before
    page.evaluate(mount)
    page.get_by_role("button", name="Aide et contact").click()
    expect(frame_of(page).locator("h1")).to_be_visible()
    page.evaluate("() => document.getElementById('place').remove()")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("() => thrown") == []


def test_an_english_page_gets_the_english_pages(guest: Guest, host: HostMaker) -> None:
    page = host().page
    page.goto(guest.put("/english", TEXT + guest.link() + guest.script, lang="en-GB"))
    page.get_by_role("button", name="Help and contact").click()
    expect(page.get_by_role("dialog", name="Help and contact")).to_be_visible()
    expect(frame_of(page).locator("html")).to_have_attribute("lang", "en")


def test_forms_of_another_site_open_in_a_tab_of_their_own(guest: Guest, host: HostMaker) -> None:
    page = host().page
    body = f'<a id="help" href="{guest.product.url}/" data-guichet data-partner="maison-des-aidants">Aide</a>'
    guest.put("/other", TEXT + body + guest.script)
    frame = opened(page, f"{guest.other}/other")
    frame.locator("#q").fill("mon virement est refusé")
    frame.locator("#q").press("Enter")
    with page.context.expect_page() as tab:
        frame.get_by_role("button", name=re.compile("conseiller")).click()
    expect(tab.value.locator("textarea[name=message]")).to_have_value("mon virement est refusé")
    assert tab.value.url == f"{guest.product.url}/ecrire/question?depuis=widget.maison-des-aidants"


def test_a_site_that_is_not_a_partner_gets_the_link(guest: Guest, host: HostMaker) -> None:
    shown = host()
    page = shown.page
    guest.put("/stranger", TEXT + guest.link() + guest.script)
    page.goto(f"{guest.stranger}/stranger")
    page.locator("#help").click()
    link = page.get_by_role("dialog").get_by_role("status").get_by_role("link")
    expect(link).to_be_visible(timeout=15_000)
    assert link.get_attribute("href") == f"{guest.product.url}/"
    assert page.evaluate("() => said.map(([name]) => name)") == ["open"]
    assert any("frame-ancestors" in each for each in shown.watch.console)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_product_out_of_reach_leaves_the_link(guest: Guest, host: HostMaker) -> None:
    page = host().page
    page.route("**/integration/**", lambda route: route.abort())
    page.goto(guest.put("/away", TEXT + guest.link() + guest.script))
    page.locator("#help").click()
    expect(page.get_by_role("dialog").get_by_role("status").get_by_role("link")).to_be_visible(timeout=15_000)


def test_without_the_script_the_page_is_whole(guest: Guest, host: HostMaker) -> None:
    page = host().page
    page.route("**/widget.js", lambda route: route.abort())
    page.goto(guest.put("/lost", TEXT + guest.link() + guest.script))
    page.locator("#help").click()
    assert page.url == f"{guest.product.url}/"


def test_a_sandbox_without_an_origin_of_ours_shows_a_clear_way_out(guest: Guest, host: HostMaker) -> None:
    page = host().page
    address = f"{guest.product.url}/integration/rivage/ecrire/demande"
    sandbox = "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox"
    page.goto(guest.put("/sandbox", f'<iframe src="{address}" width="600" height="800" sandbox="{sandbox}"></iframe>'))
    frame = page.frame_locator("iframe")
    notice = frame.locator("[data-boxed]")
    expect(notice).to_be_visible()
    expect(notice).to_contain_text(f"{guest.product.url}/ecrire/demande")
    assert frame.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor") != "rgba(0, 0, 0, 0)"
    with page.context.expect_page() as tab:
        notice.get_by_role("link").click()
    assert tab.value.url == f"{guest.product.url}/ecrire/demande"


def test_nothing_is_left_in_the_browser(guest: Guest, host: HostMaker) -> None:
    page = host().page
    opened(page, guest.put("/traces", TEXT + guest.link() + guest.script))
    empty = {"cookies": "", "local": 0, "session": 0, "databases": 0, "caches": 0}
    for frame in page.frames:
        assert frame.evaluate("() => probes.storage()") | {"cookies": ""} == empty
    assert page.context.cookies() == []
    assert page.evaluate("() => Object.keys(window).filter((name) => /guichet/i.test(name))") == ["Guichet"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_open_panel(guest: Guest, host: HostMaker, scheme: str) -> None:
    page = host(color_scheme=scheme, reduced_motion="reduce", bypass_csp=True).page
    opened(page, guest.put("/axe", TEXT + guest.link() + guest.script))
    for frame in page.frames:
        frame.evaluate(AXE.read_text(encoding="utf-8"))
        found = frame.evaluate(RUN, RULES)
        assert found["violations"] == []
        assert found["passes"] > 5
