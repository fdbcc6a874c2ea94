"""The page for owners of other sites: the code it gives is code that works; the widget's script and its versions."""

import base64
import hashlib
from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup

from tests.web.conftest import SITE, Visit
from webapp.web.assets import PLAIN, widget_scripts


def pasted(page: Visit) -> BeautifulSoup:
    """The first block of code, as a browser would read it in the owner's page."""
    return BeautifulSoup(page.soup.select_one("pre code").get_text(), "html5lib")


def test_without_a_choice_the_code_is_a_link_to_the_hub_and_one_script(visit: Callable[..., Visit]) -> None:
    code = pasted(visit("/integration/"))
    link, script = code.select_one("a[data-guichet]"), code.find("script")
    assert link["href"] == f"{SITE}/"
    assert link["data-partner"] == "votre-identifiant"
    assert (script["src"], script.has_attr("async")) == (f"{SITE}/widget.js", True)


def test_the_form_makes_the_code_without_javascript(visit: Callable[..., Visit]) -> None:
    page = visit("/integration/?partner=rivage&mode=button&language=en&theme=cards&side=start&label=Need help?")
    link = pasted(page).select_one("a")
    assert link["href"] == f"{SITE}/en/themes/cards"
    assert {name: value for name, value in link.attrs.items() if name.startswith("data-")} == {
        "data-guichet": "",
        "data-partner": "rivage",
        "data-language": "en",
        "data-theme": "cards",
        "data-side": "start",
        "data-label": "Need help?",
    }
    assert page.soup.select_one("#theme option[selected]")["value"] == "cards"
    inline = pasted(visit("/en/integration/?partner=rivage&mode=inline&language=fr&article=carte-perdue-ou-volee"))
    assert inline.select_one("div[data-guichet] > a")["href"] == f"{SITE}/questions/carte-perdue-ou-volee"


def test_what_an_owner_types_stays_text(visit: Callable[..., Visit]) -> None:
    hostile = '"><script>alert(1)</script>'
    page = visit("/integration/", query_string={"label": hostile, "question": hostile, "theme": hostile, "mode": "x"})
    assert [each.get("src") for each in page.soup.find_all("script") if not each.get("src")] == []
    link = pasted(page).select_one("a")
    assert (link["data-label"], link.get_text()) == (hostile, hostile)
    assert [each["src"] for each in pasted(page).find_all("script")] == [f"{SITE}/widget.js"]
    assert "data-theme" not in link.attrs


@pytest.mark.parametrize("path", ["/integration/", "/en/integration/"])
def test_the_pinned_version_is_the_bytes_that_its_digest_names(visit: Callable[..., Visit], path: str) -> None:
    page = visit(path)
    code = next(each for each in page.texts("pre code") if "integrity" in each)
    script = BeautifulSoup(code, "html5lib").script
    served = visit(script["src"].removeprefix(SITE))
    assert served.status == 200
    digest = base64.b64encode(hashlib.sha384(served.html.encode()).digest()).decode()
    assert script["integrity"] == f"sha384-{digest}"
    assert script["crossorigin"] == "anonymous"
    assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert served.headers["Access-Control-Allow-Origin"] == "*"


def test_the_present_script_is_kept_for_an_hour_and_an_unknown_version_is_refused(visit: Callable[..., Visit]) -> None:
    for _ in range(2):
        assert visit("/widget.js").headers["Cache-Control"] == "public, max-age=3600"
    assert visit("/widget-000000000000.js").status == 404


def test_the_served_script_has_the_colours_of_the_bank_and_no_comment() -> None:
    script = widget_scripts(PLAIN)[""].decode()
    assert PLAIN.accent in script
    assert "ACCENT" not in script
    assert "\n//" not in script


def test_the_preview_is_a_real_widget_that_the_policy_of_the_page_lets_in(visit: Callable[..., Visit]) -> None:
    page = visit("/integration/")
    assert page.soup.select_one(".owners-preview [data-guichet]")["data-partner"] == "apercu"
    assert "frame-src 'self';" in page.headers["Content-Security-Policy"]
    assert page.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
