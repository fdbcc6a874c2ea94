"""The factory of the web application: it assembles, it never acts."""

from datetime import datetime

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import cli
from webapp.confidential.digest import Digester
from webapp.confidential.safe import Safe
from webapp.db import Database
from webapp.inspection.antivirus import Antivirus
from webapp.inspection.examiner import Examiner
from webapp.knowledge.shelf import NothingPublished, Shelf
from webapp.knowledge.typography import typography
from webapp.search import SearchUnavailable
from webapp.settings import Settings
from webapp.tickets.filestore import Store
from webapp.web import assets, blanks, errors, facebook_tab, routes, security, submission
from webapp.web.assets import ROOT
from webapp.web.frame import lower_first, tel, trusted, typo, weight
from webapp.web.moment import Clock
from webapp.web.pages import PageCache
from webapp.web.problems import Problems
from webapp.web.repeats import Repeats
from webapp.web.resources import NAME, Ears, Mender, Resources, utc_now
from webapp.web.surfaces import HUB, Mount, Surface, widget
from webapp.web.words import Words


def assemble(settings: Settings, clock: Clock | None = None) -> Flask:
    """See ``webapp.create_app``."""
    app = Flask("webapp", root_path=str(ROOT / "webapp"), template_folder=str(ROOT / "templates"), static_folder=None)
    made = _resources(settings, clock or utc_now)
    app.extensions[NAME] = made
    app.extensions[submission.FORMS] = submission.FormClasses()
    app.extensions[blanks.EXTENSION] = blanks.Blanks()
    app.secret_key = None  # nothing of Flask's own is signed: visitors have no session
    app.jinja_env.filters.update(typo=typo, tel=tel, weight=weight, trusted=trusted, lower_first=lower_first)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    security.protect(app, production=settings.production)
    routes.register(app)
    errors.register(app)
    cli.register(app)
    _wrap(app, made)
    return app


def warm(app: Flask) -> None:
    """Open the published version, its index, words and templates, as the first visitors would; nothing online is no
    error.

    Called in the parent process before it forks: no connection is made, only memory is filled.
    """
    made: Resources = app.extensions[NAME]
    # What leaves the most behind comes first (the compiler of templates, the reader of YAML): the rest fills its room.
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
    app.url_map.update()
    try:
        edition = made.shelf.current()
        edition.catalog.article("", "")  # makes its tables
        assets.files(edition.catalog, edition)
        for language in edition.catalog.site.languages:
            made.words.table(language)
        made.ears.of(edition)
    except (NothingPublished, SearchUnavailable):
        return


def _resources(settings: Settings, clock: Clock) -> Resources:
    return Resources(
        settings=settings,
        shelf=Shelf(settings.index, settings.publish_poll),
        ears=Ears(),
        mender=Mender(settings, clock),
        database=Database(settings.database),
        safe=Safe.sealing_only(settings.sealing_key),
        digester=Digester(settings.lookup_key),
        store=Store(settings.files_folder, settings.files_quota, group=settings.files_group),
        examiner=Examiner(),
        antivirus=Antivirus(settings.clamd),
        words=Words(ROOT / "templates" / "words", typography),
        problems=Problems(None if settings.production else settings.index),
        clock=clock,
    )


def _wrap(app: Flask, made: Resources) -> None:
    """Outermost first: page cache, repeated questions, prefixes of the surfaces, the proxy's headers (as many hops as
    were declared).
    """
    hops = made.settings.trusted_proxies
    inner = app.wsgi_app
    if hops:
        inner = ProxyFix(inner, x_for=hops, x_proto=hops, x_host=0, x_port=0, x_prefix=0)

    def version() -> str:
        try:
            return made.shelf.current().version + made.problems.state()
        except NothingPublished:
            return ""

    def seconds() -> float:
        return made.clock().timestamp()

    def find(partner_id: str) -> Surface | None:
        try:
            site = made.shelf.current().catalog.site
        except NothingPublished:
            return HUB  # the page says so itself, framed by nobody
        return widget(site, partner_id, made.settings.public_url, production=made.settings.production)

    inner = Mount(inner, find)
    configured = bool(made.settings.facebook_app_secret)
    inner = Mount(inner, lambda name: facebook_tab.mounted(name, configured=configured), "/facebook")
    inner = Repeats(inner, lambda: "" if made.shelf.adrift else version(), seconds)  # else nobody would have it mended
    app.wsgi_app = PageCache(inner, version, seconds)  # type: ignore[method-assign]


def at(moment: datetime) -> Clock:
    """A clock that stands still, for tests and screenshots."""
    return lambda: moment
