"""Every address of the site, in both languages: one table, read top to bottom. A view says nothing about its address.

The paths are those of ``knowledge.links`` (a test compares them).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Flask

from webapp.web import (
    case_files,
    contact,
    facebook_callbacks,
    facebook_tab,
    feedback,
    finding,
    followup,
    framing,
    hooks,
    machine,
    owners,
    public,
    reaching,
    short_links,
)


class Route(NamedTuple):
    """One page. `values` are given to the view besides the language and what the path holds."""

    endpoint: str
    view: Callable[..., Any]
    fr: str
    en: str
    methods: tuple[str, ...] = ("GET",)
    values: tuple[tuple[str, str], ...] = ()


SPOKEN = (
    Route("public.home", public.home, "/", "/en/"),
    Route("public.themes", public.themes, "/themes/", "/en/themes/"),
    Route("public.theme", public.theme, "/themes/<slug>", "/en/themes/<slug>"),
    Route("public.article", public.article, "/questions/<slug>", "/en/questions/<slug>"),
    Route("public.search", finding.search, "/recherche", "/en/search"),
    Route("public.suggestions", finding.suggestions, "/recherche/suggestions", "/en/search/suggestions"),
    Route("public.contact", reaching.contact, "/contact", "/en/contact"),
    Route("public.branches", reaching.branches, "/agences", "/en/branches"),
    Route("public.branch", reaching.branch, "/agences/<branch_id>", "/en/branches/<branch_id>"),
    Route("contact.choose", contact.choose, "/ecrire", "/en/write", ("GET", "POST")),
    Route("contact.form", contact.form, "/ecrire/<nature>", "/en/write/<nature>"),
    Route("contact.send", contact.send, "/ecrire/<nature>", "/en/write/<nature>", ("POST",)),
    Route("contact.answers", contact.answers, "/ecrire/reponses", "/en/write/answers", ("POST",)),
    Route("contact.receipt", contact.receipt, "/ecrire/recu/<token>", "/en/write/receipt/<token>"),
    Route("feedback.give", feedback.give, "/questions/<slug>/avis", "/en/questions/<slug>/opinion", ("POST",)),
    *(
        Route("public.page", public.fixed_page, french, english, values=(("name", name),))
        for name, french, english in (
            ("official-accounts", "/comptes-officiels", "/en/official-accounts"),
            ("legal", "/mentions-legales", "/en/legal"),
            ("privacy", "/donnees-personnelles", "/en/privacy"),
            ("accessibility", "/accessibilite", "/en/accessibility"),
        )
    ),
)
"""Pages that exist once a language, and stand in the frames of partners too."""

UNFRAMED = (
    Route("followup.enter", followup.enter, "/suivi", "/en/follow-up"),
    Route("followup.knock", followup.knock, "/suivi/<secret>", "/en/follow-up/<secret>"),
    Route("followup.open", followup.open_, "/suivi/ouvrir", "/en/follow-up/open", ("POST",)),
    Route("followup.act", followup.act, "/suivi/demande", "/en/follow-up/case", ("POST",)),
    Route("case_files.take_out", case_files.take_out, "/suivi/fichier", "/en/follow-up/file", ("POST",)),
    Route("followup.ask", followup.ask, "/suivi/lien", "/en/follow-up/link", ("POST",)),
    Route("owners.widget", owners.widget, "/integration/", "/en/integration/"),
    Route("short_links.article", short_links.article, "/a/<slug>", "/en/a/<slug>"),
    Route("short_links.theme", short_links.theme, "/t/<slug>", "/en/t/<slug>"),
)
"""Pages of the hub alone."""

UNSPOKEN: tuple[tuple[str, Callable[..., Any], str], ...] = (
    ("public.sitemap", machine.sitemap, "/sitemap.xml"),
    ("public.robots", machine.robots, "/robots.txt"),
    ("public.style", machine.style, "/style-<digest>.css"),
    ("public.widget", machine.widget, "/widget.js"),
    ("public.widget_version", machine.widget, "/widget-<digest>.js"),
    ("public.script", machine.script, "/static/<digest>/js/<name>"),
    ("public.logo", machine.logo, "/logo-<digest>.<kind>"),
    ("public.favicon", machine.favicon, "/favicon-<digest>.svg"),
    ("public.image", machine.image, "/images/<name>"),
    ("public.health", machine.health, "/health"),
)
"""What machines read: no language."""

FACEBOOK: tuple[tuple[str, Callable[..., Any], str, str], ...] = (
    ("facebook_tab.opened", facebook_tab.opened, "/facebook/tab", "GET"),
    ("facebook_tab.posted", facebook_tab.posted, "/facebook/tab", "POST"),
    ("facebook_callbacks.delete", facebook_callbacks.delete, "/facebook/data-deletion", "POST"),
    ("facebook_callbacks.status", facebook_callbacks.status, "/facebook/data-deletion/<code>", "GET"),
    ("facebook_callbacks.deauthorise", facebook_callbacks.deauthorise, "/facebook/deauthorise", "POST"),
)
"""What Facebook calls; 404 until an app is configured. The tab's pages are `SPOKEN`, under ``facebook_tab.PREFIX``."""


def register(app: Flask) -> None:
    """Give `app` its addresses."""
    for route in (*SPOKEN, *UNFRAMED):
        for language, path in (("fr", route.fr), ("en", route.en)):
            defaults = {"language": language, **dict(route.values)}
            app.add_url_rule(path, route.endpoint, route.view, methods=list(route.methods), defaults=defaults)
    for endpoint, view, path in UNSPOKEN:
        app.add_url_rule(path, endpoint, view, methods=["GET"])
    app.add_url_rule("/crochets/<destination>", "hooks.told", hooks.told, methods=["POST"])
    for endpoint, view, path, method in FACEBOOK:
        app.add_url_rule(path, endpoint, view, methods=[method])
    framing.guard(app, {route.endpoint for route in SPOKEN})
