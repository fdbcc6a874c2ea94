"""What an attacker tries on the counters: poisoned copies, made-up addresses, grown memories, markup in every field."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask import Flask

from tests.web.conftest import Visit
from webapp.web.pages import PageCache

BAIT = "Appelez vite le 08 99 00 00 00"
MARKUP = "'\"></textarea></title></script><img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}}"
OURS = {"Sec-Fetch-Site": "same-origin"}


def kept(app: Flask) -> set[str]:
    """The paths in the page cache."""
    cache = app.wsgi_app
    assert isinstance(cache, PageCache)
    return set(cache._entries)


@pytest.mark.parametrize("path", ["/ecrire", "/en/write"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("query", ["", "?x=1"])
def test_a_form_sent_with_a_get_is_shown_to_nobody(
    visit: Callable[..., Visit], path: str, method: str, query: str
) -> None:
    """Werkzeug parses the body of any method: the stranger's words would be on everybody's page until midnight."""
    assert BAIT not in visit(path + query, method, data={"message": BAIT, "theme": "cartes"}).html
    assert BAIT not in visit(path).html


def test_a_copy_is_kept_for_the_address_of_a_file_and_for_no_other(app: Flask, visit: Callable[..., Visit]) -> None:
    """Else anybody fills the cache, ours and a CDN's, with as many addresses of the logo as he can make up."""
    home = visit("/").soup
    true = {str(home.select_one("link[rel=icon]")["href"]), str(home.select_one(".brand img")["src"])}  # type: ignore[index]
    made_up = ("/logo-0123456789ab.svg", "/logo-x.html", "/favicon-x.svg", "/style-x.css", "/static/x/js/search.js")
    for path in made_up:
        answer = visit(path)
        assert answer.status == 200, path
        assert answer.headers["Cache-Control"] == "no-cache", path
    for path in true:
        assert "immutable" in visit(path).headers["Cache-Control"], path
    assert true <= kept(app)
    assert kept(app).isdisjoint(made_up)


def test_names_of_scripts_that_do_not_exist_leave_nothing_in_memory(visit: Callable[..., Visit]) -> None:
    from webapp.web import assets

    for number in range(50):
        assert visit(f"/static/x/js/{'a' * number}.js").status == 404
    for name in ("..%2f..%2fwsgi.py", "%2e%2e/search.js", "..", "search.js%00", "request.js/", "SEARCH.JS"):
        assert visit(f"/static/x/js/{name}").status in (200, 404)
        assert "create_app" not in visit(f"/static/x/js/{name}").html
    assert not hasattr(assets.script, "cache_info")


@pytest.mark.parametrize(
    "path",
    [
        "/recherche?q={}",
        "/recherche?q=carte&theme={}",
        "/recherche/suggestions?q={}",
        "/agences?q={}",
        "/ecrire/question?theme={}",
        "/{}",
        "/questions/{}",
        "/ecrire/recu/{}",
    ],
)
def test_markup_in_an_address_stays_text(visit: Callable[..., Visit], path: str) -> None:
    answer = visit(path.format(quote(MARKUP, safe="")))
    assert answer.status in (200, 404)
    inert(answer)


@pytest.mark.parametrize(
    "path", ["/ecrire", "/ecrire/demande", "/ecrire/reponses", "/questions/delai-virement/avis", "/en/write/question"]
)
@pytest.mark.parametrize("step", ["start", "check", "send"])
def test_markup_in_a_field_stays_text(visit: Callable[..., Visit], path: str, step: str) -> None:
    names = ("message", "name", "email", "phone", "theme", "stamp", "website", "x_subject", "x_branch", "answer")
    inert(visit(path, "POST", data={name: MARKUP for name in names} | {"step": step}, headers=OURS))


def inert(answer: Visit) -> None:
    assert not answer.soup.select("img[onerror]")
    assert [each for each in answer.soup.select("script") if not each.get("src") and each.get("type") is None] == []
    assert not [name for tag in answer.soup.find_all(True) for name in tag.attrs if name.startswith("on")]


@pytest.mark.parametrize("host", ["a b", "évil", "[::1", "a:99999999", "", "evil.example@", "x" * 3000])
def test_no_host_makes_the_counter_fail(visit: Callable[..., Visit], host: str) -> None:
    for path in ("/", "/ecrire/question", "/nope", "/questions/opposition-carte", "/sitemap.xml"):
        answer = visit(path, headers={"Host": host})
        assert answer.status < 500, path
        assert "evil" not in str(answer.headers), path


@pytest.mark.parametrize(
    "path", ["//evil.example", "//evil.example/%2e%2e", "/\\evil.example", "/en//evil.example", "/themes//", "/%2f/x"]
)
def test_no_address_redirects_to_another_site(visit: Callable[..., Visit], path: str) -> None:
    answer = visit("/", environ_overrides={"PATH_INFO": path})
    assert answer.status == 404 or "Location" not in answer.headers
