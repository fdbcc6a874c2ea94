"""What replaces the Page tab: the same content, ready to be put where Facebook still lets a Page put something.

Custom tabs can no longer be added to most Pages (docs/facebook.md). Left are the Page's button, Messenger's first
questions and menu, replies with the exact link, and the list of official accounts.
"""

import re
from collections.abc import Callable

import msgspec

from webapp.knowledge import links
from webapp.knowledge.articles import Article, said
from webapp.knowledge.catalog import Catalog
from webapp.knowledge.typography import typography
from webapp.social import app_data
from webapp.social.messenger_profile import (
    LONGEST_QUESTION,
    LONGEST_TITLE,
    MOST_ICE_BREAKERS,
    Profile,
    faults,
    shortened,
)

GET_STARTED = "accueil"
LOCALES = {"fr": "fr_FR", "en": "en_GB"}
_COLON = re.compile(r"\s*:\s")
Say = Callable[..., str]
"""Language, key, values → the words of `templates/words`."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A reply ready to be posted under a public question. `link`: the short link that stands in `text`."""

    question: str
    link: str
    text: str


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in one language; `messenger_profile` speaks every language, `language` being its default.

    `faults`: why Meta would refuse the profile (see ``messenger_profile.faults``).
    """

    language: str
    page_button: str
    messenger_profile: Profile
    replies: tuple[Reply, ...]
    official_accounts: str
    faults: tuple[str, ...]


def kit(catalog: Catalog, public_url: str, language: str, say: Say) -> Kit:
    """The kit of what is online. `public_url`: without a path; Messenger only takes https."""
    site = public_url.rstrip("/")
    profile = _profile(catalog, site, language, say)
    return Kit(
        language=language,
        page_button=f"{site}{links.page(language, 'home')}",
        messenger_profile=profile,
        replies=tuple(_reply(catalog, each, site, say) for each in _most_asked(catalog, language)),
        official_accounts=_official(catalog, site, language, say),
        faults=tuple(faults(profile)),
    )


def _most_asked(catalog: Catalog, language: str) -> list[Article]:
    slugs = catalog.site.most_asked.get(language, ())
    return [each for each in (catalog.article(language, slug) for slug in slugs) if each]


def _profile(catalog: Catalog, site: str, language: str, say: Say) -> Profile:
    """`language` under the locale "default", which Meta requires, and every other language under its own."""
    others = [each for each in catalog.site.languages if each in LOCALES and each != language]
    groups = [("default", language), *((LOCALES[each], each) for each in others)]
    return {
        "get_started": {"payload": GET_STARTED},
        "ice_breakers": [
            {"locale": locale, "call_to_actions": _ice_breakers(catalog, spoken)} for locale, spoken in groups
        ],
        "persistent_menu": [
            {"locale": locale, "composer_input_disabled": False, "call_to_actions": _menu(site, spoken, say)}
            for locale, spoken in groups
        ],
    }


def _ice_breakers(catalog: Catalog, language: str) -> list[Profile]:
    asked = [each for each in _most_asked(catalog, language) if app_data.read(f"faq:{each.slug}")]
    return [
        {"question": _short_question(each), "payload": app_data.write("faq", each.slug)}
        for each in asked[:MOST_ICE_BREAKERS]
    ]


def _short_question(article: Article) -> str:
    """Of a question that is too long, what comes before its colon says enough."""
    question = typography(article.question, article.language)
    if len(question) > LONGEST_QUESTION:
        question = _COLON.split(question)[0]
    return shortened(question, LONGEST_QUESTION)


def _menu(site: str, language: str, say: Say) -> list[Profile]:
    pages = (
        ("facebook.kit.urgent", "contact"),
        ("facebook.kit.answer", "home"),
        ("facebook.kit.write", "write"),
        ("facebook.kit.branches", "branches"),
        ("facebook.kit.official", "official-accounts"),
    )
    return [
        {
            "type": "web_url",
            "title": shortened(say(language, key), LONGEST_TITLE),
            "url": f"{site}{links.page(language, name)}",
            "webview_height_ratio": "full",
        }
        for key, name in pages
    ]


def _reply(catalog: Catalog, article: Article, site: str, say: Say) -> Reply:
    """An urgent question gets the telephone number first."""
    link = site + links.short_article(article.language, article.slug, "facebook")
    step = article.next_step
    point = catalog.contact(step.id) if article.urgent and step and step.kind == "contact" else None
    if point and point.phone:
        text = say(article.language, "facebook.kit.reply_urgent", phone=point.phone, link=link)
    else:
        text = say(article.language, "facebook.kit.reply", link=link)
    return Reply(question=typography(article.question, article.language), link=link, text=text)


def _official(catalog: Catalog, site: str, language: str, say: Say) -> str:
    """The official accounts, and the urgent numbers that stand on every page."""
    urgent = [point for point in map(catalog.contact, catalog.site.urgent_strip) if point and point.phone]
    numbers = [(said(point.name, language), point.phone) for point in urgent]
    numbers += [(said(each.label, language), each.value) for each in catalog.site.official_accounts]
    colon = " : " if language == "fr" else ": "
    return "\n".join(
        (
            say(language, "facebook.kit.official_intro", bank=catalog.site.bank.name),
            *(f"- {typography(name + colon, language)}{value}" for name, value in numbers),
            say(language, "facebook.kit.official_never", link=site + links.page(language, "official-accounts")),
        )
    )
