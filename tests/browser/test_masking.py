"""What will be masked is said while typing, without a request that holds it, and on the page without scripts."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import check
from tests.browser.conftest import DESK, PHONE, NewPage
from tests.browser.pages import fill, press_send
from tests.confidential.test_corpus import messages
from tests.product import Product
from webapp.confidential.for_browsers import script
from webapp.confidential.redaction import redact
from webapp.settings import ROOT

FORM = "/ecrire/demande"
CARD = "4970 1012 3456 7893"
SECRETS = f"Ma carte {CARD} est avalée, mon code c'est 7391 et mon mot de passe est Toulouse31."


@pytest.fixture
def page(new_page: NewPage, product: Product) -> Page:
    opened = new_page(viewport=PHONE)
    opened.goto(product.url + FORM)
    return opened


def test_the_script_has_the_rules_of_the_server() -> None:
    """When it fails: make masking-rules."""
    assert (ROOT / "static" / "js" / "masking-rules.js").read_text(encoding="utf-8") == script()


def test_the_script_finds_what_the_server_finds(page: Page) -> None:
    texts = [each.text for half in ("secrets", "clean") for each in messages(f"all_{half}")]
    source = page.locator("script[src*='request.js']").get_attribute("src")
    assert source
    found = page.evaluate(
        """async ([address, texts]) => {
            const { secrets } = await import(address);
            return texts.map((text) => [...new Set(secrets(text).map((each) => each.kind))]);
        }""",
        [source.replace("request.js", "masking.js"), texts],
    )
    different = [(text, kinds) for text, kinds in zip(texts, found, strict=True) if list(redact(text).masked) != kinds]
    assert different == []


def test_a_notice_beside_the_field_says_what_and_what_to_do(page: Page) -> None:
    message = page.locator("textarea[name=message]")
    place = page.locator("#message-masked")
    expect(place).to_have_attribute("role", "status")
    expect(place).to_be_empty()
    message.press_sequentially(SECRETS, delay=1)
    expect(place).to_contain_text(
        "Nous avons reconnu un numéro de carte, un code secret et un mot de passe. Cette partie sera masquée avant"
        " l’enregistrement : personne ne la lira. Vous pouvez aussi l’effacer.",
        use_inner_text=True,
    )
    expect(message).to_be_focused()
    expect(message).to_have_value(SECRETS)  # nothing typed is lost
    assert "message-masked" in str(message.get_attribute("aria-describedby")).split()
    message.fill("Ma carte est avalée.")
    expect(place).to_be_empty()
    assert "message-masked" not in str(message.get_attribute("aria-describedby"))


def test_every_text_of_the_form_is_watched(page: Page) -> None:
    page.locator("input[name=name]").fill(f"Jeanne {CARD}")
    expect(page.locator("#name-masked")).to_contain_text("un numéro de carte")
    expect(page.locator("#message-masked")).to_be_empty()


def test_a_clean_message_is_left_in_peace(page: Page) -> None:
    message = page.locator("textarea[name=message]")
    message.fill("J'ai oublié mon mot de passe, mon code postal est 44000 et j'ai payé 1 245,90 € le 3 novembre 2026.")
    expect(page.locator("[data-answers-here] a").first).to_be_visible()
    expect(page.locator("#message-masked")).to_be_empty()


def test_no_secret_leaves_before_the_person_sends(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url + (request.post_data or "")))
    page.locator("textarea[name=message]").press_sequentially(SECRETS, delay=2)
    expect(page.locator("[data-answers-here] a").first).to_be_visible()
    assert [each for each in asked if "/ecrire/reponses" in each]
    for secret in ("4970", "1012", "7893", "7391", "Toulouse31"):
        assert [each for each in asked if secret in each] == []


def test_without_scripts_the_page_before_sending_and_the_receipt_say_it(new_page: NewPage, product: Product) -> None:
    page = new_page(java_script_enabled=False, viewport=PHONE)
    page.goto(product.url + FORM)
    fill(page, message=SECRETS)
    page.locator("form.request button[type=submit]").last.click()
    expect(page.locator(".before-sending")).to_contain_text("un numéro de carte, un code secret et un mot de passe")
    expect(page.locator("#message-masked")).to_contain_text("sera masquée")
    expect(page.locator("textarea[name=message]")).to_have_value(SECRETS)
    page.get_by_role("button", name="Envoyer quand même").click()
    page.wait_for_url("**/ecrire/recu/*")
    receipt = page.locator("main")
    expect(receipt).to_contain_text("nous avons masqué un numéro de carte, un code secret et un mot de passe")
    expect(receipt).to_contain_text("changez-le")
    assert "Toulouse31" not in page.content()


def test_without_scripts_a_refusal_says_it_beside_the_field(new_page: NewPage, product: Product) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(product.url + FORM)
    fill(page, message=SECRETS, email="melusine@", x_branch=f"Nantes, carte {CARD}")
    page.locator("form.request button[type=submit]").last.click()
    expect(page.locator(".error-summary")).to_be_visible()
    expect(page.locator("#message-masked")).to_contain_text("un mot de passe")
    expect(page.locator("#x_branch-masked")).to_contain_text("un numéro de carte")
    described = page.locator("#x_branch").get_attribute("aria-describedby")
    assert "x_branch-masked" in str(described).split()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_notice_is_accessible(new_page: NewPage, product: Product, size: dict[str, int], scheme: str) -> None:
    page = new_page(viewport=size)
    page.goto(product.url + FORM)
    page.locator("textarea[name=message]").fill(SECRETS)
    expect(page.locator("#message-masked p")).to_be_visible()
    check(page, scheme)


def test_the_words_of_the_script_are_those_of_the_page(page: Page) -> None:
    said = json.loads(str(page.locator("form.request").get_attribute("data-masking")))
    assert set(said["kinds"]) == {
        "card",
        "security_code",
        "expiry",
        "pin",
        "password",
        "access_code",
        "identifier",
        "iban",
    }
    assert "{kinds}" in said["before"]
    assert said["ibans"] is True


def test_pressing_send_once_is_enough_after_the_notice(page: Page) -> None:
    fill(page, message=SECRETS)
    expect(page.locator("#message-masked p")).to_be_visible()
    expect(page.locator("[data-answers-here] a").first).to_be_visible()
    press_send(page)
    page.wait_for_url("**/ecrire/recu/*")
