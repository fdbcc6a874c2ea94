"""Defences: every route, every kind of answer. The policy is readable here."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask

from tests.web.conftest import MORNING, OPENING, SITE, Visit
from webapp import create_app
from webapp.confidential.safe import CannotOpen, Safe
from webapp.settings import Settings
from webapp.web.security import LARGEST_BODY, PERMISSIONS, POLICIES, policy_for

VALUES = {
    "slug": "cartes",
    "branch_id": "paris-opera",
    "nature": "question",
    "token": "forged",
    "secret": "A" * 43,
    "digest": "0",
    "name": "search.js",
    "kind": "svg",
}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FRAMED_BY = {
    "": "'none'",
    "/integration/nobody": "'none'",
    "/integration/rivage": "https://www.banque-rivage.example https://espace-client.banque-rivage.example",
    "/integration/maison-des-aidants": "https://www.maison-des-aidants.example",
    "/integration/apercu": SITE,
}
"""Prefix of a surface → who may frame it. Everything else is framed by nobody."""
FILES = ("/style-", "/static/", "/logo-", "/favicon-", "/images/", "/widget")


def csp_of(path: str, ancestors: str) -> str:
    own_frames = path.startswith(("/integration", "/en/integration")) and ancestors == "'none'"
    shown = CSP.replace("form-action", "frame-src 'self'; form-action") if own_frames else CSP
    return shown.replace("frame-ancestors 'none'", f"frame-ancestors {ancestors}")


def addresses(app: Flask) -> Iterator[tuple[str, set[str]]]:
    """Every address with its methods; the answer may be 200 or an error page, the defences are the same."""
    methods: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", VALUES.get(name, "x"))
        methods.setdefault(path, set()).update(rule.methods or ())
    yield from methods.items()


def test_every_answer_carries_the_defences(app: Flask, visit: Callable[..., Visit]) -> None:
    seen = set()
    strays = [("/nope", {"GET"}), ("/en/nope", {"GET"}), ("/questions/nope", {"GET"})]
    walked = itertools.product([*addresses(app), *strays], FRAMED_BY.items())
    for (path, methods), (prefix, ancestors) in walked:
        for method in ({"GET", "HEAD", "POST"} & methods) | {"DELETE"}:
            answer = visit(prefix + path, method)
            headers = answer.headers
            seen.add(answer.status)
            framed = ancestors != "'none'"
            open_to_all = framed or (not prefix and answer.status == 200 and path.startswith(FILES))
            assert headers["Content-Security-Policy"] == csp_of(prefix + path, ancestors), prefix + path
            assert headers["Cross-Origin-Resource-Policy"] == ("cross-origin" if open_to_all else "same-origin"), path
            assert ("Access-Control-Allow-Origin" in headers) == (open_to_all and not framed), path
            assert headers["X-Content-Type-Options"] == "nosniff", path
            assert headers["Permissions-Policy"] == PERMISSIONS, path
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
            assert headers["Referrer-Policy"] == policy_for(path if framed else prefix + path).referrer, path
            assert headers["Content-Type"].split(";")[0], path
            assert "charset=utf-8" in headers["Content-Type"] or "json" in headers["Content-Type"], path
            assert "Cache-Control" in headers, path
            assert "Server" not in headers, path
            assert "Set-Cookie" not in headers, path
    assert {200, 404, 405} <= seen


def test_unlisted_methods_are_refused(app: Flask, visit: Callable[..., Visit]) -> None:
    for path, methods in addresses(app):
        for method in {"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - methods:
            answer = visit(path, method)
            assert answer.status == 405, (method, path)
            assert answer.headers["Allow"], path


def test_policies_say_what_caches_may_keep(visit: Callable[..., Visit]) -> None:
    assert visit("/").headers["Cache-Control"] == "public, max-age=60"
    assert visit("/recherche?q=carte").headers["Cache-Control"] == "private, max-age=60"
    assert visit("/agences?q=nantes").headers["Cache-Control"] == "no-cache"
    assert visit("/ecrire/question").headers["Cache-Control"] == "private, no-cache"  # for the Back button
    assert visit("/health").headers["Cache-Control"] == "no-store"
    assert visit("/nope").headers["Cache-Control"] == "no-store"


def test_form_pages_keep_the_origin_of_their_post() -> None:
    for path in ("/ecrire", "/ecrire/question", "/en/write", "/en/write/complaint"):
        assert policy_for(path).referrer == "same-origin"
    assert policy_for("/ecrire-autre").audience == "public"
    assert not any(policy.referrer == "no-referrer" for _, policy in POLICIES)


def test_production_adds_transport_security(settings: Settings) -> None:
    client = create_app(replace(settings, env="production"), clock=lambda: MORNING).test_client()
    for path in ("/", "/nope", "/health"):
        headers = client.get(path).headers
        assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
        assert headers["Content-Security-Policy"] == f"{CSP}; upgrade-insecure-requests"


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}])
def test_a_forged_host_appears_nowhere(visit: Callable[..., Visit], headers: dict[str, str]) -> None:
    for path in ("/", "/sitemap.xml", "/themes", "/questions/opposition-carte", "/nope", "/contact/"):
        answer = visit(path, headers=headers)
        assert "evil" not in answer.html + str(answer.headers), path
    assert SITE in visit("/", headers=headers).html


def test_proxy_headers_are_believed_from_as_many_hops_as_declared(settings: Settings) -> None:
    forged = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9", "X-Forwarded-Proto": "https"}
    for hops, expected in ((0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")):
        app = create_app(replace(settings, trusted_proxies=hops), clock=lambda: MORNING)
        heard: list[str | None] = []
        app.before_request(lambda heard=heard: heard.append(address()))
        app.test_client().get("/recherche?q=x", headers=forged)
        assert heard == [expected]


def test_a_body_that_is_too_large_is_refused_with_a_page(visit: Callable[..., Visit]) -> None:
    answer = visit("/ecrire/question", "POST", data={"message": "x" * (LARGEST_BODY + 1)})
    assert answer.status == 413
    assert "trop volumineux" in answer.main


def test_reading_never_changes_anything(app: Flask, visit: Callable[..., Visit], settings: Settings) -> None:
    before = (settings.data / "guichet.sqlite3").read_bytes()
    for (path, methods), _ in itertools.product(addresses(app), range(2)):
        if "GET" in methods:
            visit(path)
    assert (settings.data / "guichet.sqlite3").read_bytes() == before


def address() -> str | None:
    from flask import request

    return request.remote_addr


def test_the_web_process_opens_nothing_that_was_written(app: Flask) -> None:
    held = app.extensions["guichet"]
    assert (held.settings.opening_keys, held.settings.encryption_keys) == ("", "")
    sealed = held.safe.seal(b"Marie", "ticket/1/sealed_person")
    with pytest.raises(CannotOpen):
        held.safe.open(sealed, "ticket/1/sealed_person")
    assert Safe.from_setting(OPENING).open(sealed, "ticket/1/sealed_person") == b"Marie"
