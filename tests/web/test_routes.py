"""The list of addresses: removing one is a decision, and articles link to the addresses that exist."""

from flask import Flask

from webapp.knowledge import links
from webapp.web.routes import SPOKEN, UNFRAMED

LISTED = """
/                           /en/
/agences                    /en/branches
/agences/<branch_id>        /en/branches/<branch_id>
/comptes-officiels          /en/official-accounts
/contact                    /en/contact
/donnees-personnelles       /en/privacy
/accessibilite              /en/accessibility
/mentions-legales           /en/legal
/ecrire                     /en/write
/ecrire/<nature>            /en/write/<nature>
/ecrire/recu/<token>        /en/write/receipt/<token>
/ecrire/reponses            /en/write/answers
/suivi                      /en/follow-up
/suivi/<secret>             /en/follow-up/<secret>
/suivi/ouvrir               /en/follow-up/open
/suivi/demande              /en/follow-up/case
/suivi/lien                 /en/follow-up/link
/suivi/fichier              /en/follow-up/file
/questions/<slug>           /en/questions/<slug>
/questions/<slug>/avis      /en/questions/<slug>/opinion
/recherche                  /en/search
/recherche/suggestions      /en/search/suggestions
/themes/                    /en/themes/
/themes/<slug>              /en/themes/<slug>
/integration/               /en/integration/
/a/<slug>                   /en/a/<slug>
/t/<slug>                   /en/t/<slug>
"""
MACHINES = {
    "/widget.js",
    "/widget-<digest>.js",
    "/facebook/tab",
    "/facebook/data-deletion",
    "/facebook/data-deletion/<code>",
    "/facebook/deauthorise",
    "/sitemap.xml",
    "/robots.txt",
    "/health",
    "/crochets/<destination>",
    "/style-<digest>.css",
    "/static/<digest>/js/<name>",
    "/logo-<digest>.<kind>",
    "/favicon-<digest>.svg",
    "/images/<name>",
}


def test_the_addresses_are_these_and_no_others(app: Flask) -> None:
    assert {rule.rule for rule in app.url_map.iter_rules()} == set(LISTED.split()) | MACHINES


def test_every_french_page_has_its_english_one() -> None:
    pairs = {tuple(line.split()) for line in LISTED.strip().splitlines()}
    assert {(route.fr, route.en) for route in (*SPOKEN, *UNFRAMED)} == pairs


def test_links_in_articles_lead_to_routes(app: Flask) -> None:
    routes = app.url_map.bind("localhost")
    for language in ("fr", "en"):
        for name in links.PAGES:
            assert routes.match(links.page(language, name))[1]["language"] == language
        for made, endpoint in (
            (links.article(language, "x"), "public.article"),
            (links.theme(language, "x"), "public.theme"),
            (links.branch(language, "x"), "public.branch"),
            (links.form(language, "x"), "contact.form"),
        ):
            assert routes.match(made)[0] == endpoint
    assert routes.match(links.image("a.svg"))[0] == "public.image"
