"""Short links of public replies: they lead to the exact answer for years, and carry nothing further."""

from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from tests.web.conftest import SITE, Visit
from webapp.knowledge import links
from webapp.knowledge.shelf import Edition
from webapp.logs import ALLOWED
from webapp.web.short_links import SOURCES


@pytest.mark.parametrize(
    ("short", "target"),
    [
        ("/a/carte-perdue-ou-volee", "/questions/carte-perdue-ou-volee"),
        ("/a/opposition-carte", "/questions/carte-perdue-ou-volee"),
        ("/a/carte-perdue-ou-volee?de=facebook", "/questions/carte-perdue-ou-volee"),
        ("/a/carte-perdue-ou-volee?de=nulle-part&x=1", "/questions/carte-perdue-ou-volee"),
        ("/en/a/lost-or-stolen-card?de=x", "/en/questions/lost-or-stolen-card"),
        ("/t/cartes", "/themes/cartes"),
        ("/en/t/cards?de=qr", "/en/themes/cards"),
        ("/en/t/cartes", "/en/themes/cards"),
    ],
)
def test_a_short_link_leads_to_the_page_without_its_source(
    visit: Callable[..., Visit], short: str, target: str
) -> None:
    answer = visit(short)
    assert (answer.status, answer.headers["Location"]) == (302, target)
    assert answer.headers["Cache-Control"] == "no-store"
    assert visit(target).status == 200


@pytest.mark.parametrize("short", ["/a/nulle-part", "/en/a/carte-perdue-ou-volee", "/t/nulle-part", "/a/", "/a"])
def test_what_does_not_exist_is_said_so(visit: Callable[..., Visit], short: str) -> None:
    assert visit(short).status == 404


def test_every_article_and_theme_has_one(visit: Callable[..., Visit], edition: Edition) -> None:
    catalog = edition.catalog
    for article in catalog.articles:
        answer = visit(links.short_article(article.language, article.slug, "facebook"))
        assert answer.headers["Location"] == links.article(article.language, article.slug)
    for theme in catalog.site.themes:
        assert visit(links.short_theme("fr", theme.id)).status == 302


def test_the_source_is_told_to_the_log_and_nothing_of_the_visitor(visit: Callable[..., Visit]) -> None:
    with capture_logs() as told:
        visit(
            "/a/opposition-carte?de=facebook", headers={"User-Agent": "Somebody", "Referer": "https://m.facebook.com/"}
        )
        visit("/a/opposition-carte?de=jean.dupont@example.org")
        visit("/a/opposition-carte")
    expected = {"kind": "article", "slug": "carte-perdue-ou-volee", "source": "facebook"}
    assert told == [{"event": "a short link was followed", "log_level": "info", **expected}]
    assert set(expected) <= ALLOWED  # they do reach the operator


def test_a_preview_shows_the_question_and_the_summary(visit: Callable[..., Visit], edition: Edition) -> None:
    """What Facebook, Messenger and X read after the redirect (Open Graph)."""
    for language, slug in (("fr", "carte-perdue-ou-volee"), ("en", "lost-or-stolen-card")):
        article = edition.catalog.article(language, slug)
        assert article is not None
        page = visit(visit(links.short_article(language, slug, "facebook")).headers["Location"])
        shown = {str(each["property"]): str(each["content"]) for each in page.soup.select("meta[property^='og:']")}
        assert plain(shown["og:title"]) == article.question
        assert plain(shown["og:description"]) == article.summary
        assert shown["og:url"] == f"{SITE}{links.article(language, slug)}"
        assert page.soup.select_one("link[rel=canonical]")["href"] == shown["og:url"]  # type: ignore[index]


def test_sources_are_a_closed_list() -> None:
    assert {"facebook", "messenger", "x", "email", "courrier", "sms", "qr"} <= SOURCES


def plain(text: str) -> str:
    """Every kind of space made ordinary, curly apostrophes straight."""
    return " ".join(text.split()).replace("’", "'")
