"""Where each thing lives on the site: the one table of root-relative addresses (docs/architecture.md, web/).

French pages stand at the root, every other language under its code. The HTML of articles is made when the content is
published, so links in it are complete paths; `webapp.web` has the same addresses as routes and a test compares them.
"""

from urllib.parse import quote

_PATHS = {
    "fr": {
        "home": "/",
        "themes": "/themes/",
        "search": "/recherche",
        "contact": "/contact",
        "branches": "/agences",
        "write": "/ecrire",
        "follow-up": "/suivi",
        "official-accounts": "/comptes-officiels",
        "legal": "/mentions-legales",
        "privacy": "/donnees-personnelles",
        "accessibility": "/accessibilite",
    },
    "": {
        "home": "/",
        "themes": "/themes/",
        "search": "/search",
        "contact": "/contact",
        "branches": "/branches",
        "write": "/write",
        "follow-up": "/follow-up",
        "official-accounts": "/official-accounts",
        "legal": "/legal",
        "privacy": "/privacy",
        "accessibility": "/accessibility",
    },
}
PAGES = tuple(_PATHS["fr"])
"""What may follow `page:` in an article's link."""
FIXED_PAGES = ("legal", "privacy", "accessibility", "official-accounts")
"""Pages whose text is a file of `content/<language>/pages/`."""


def page(language: str, name: str) -> str:
    """The address of a page that every site has. Errors: ``KeyError`` on a name out of `PAGES`."""
    if language == "fr":
        return _PATHS["fr"][name]
    return f"/{language}{_PATHS[''][name]}"


def article(language: str, slug: str) -> str:
    return f"{_prefix(language)}/questions/{quote(slug)}"


def theme(language: str, slug: str) -> str:
    return f"{page(language, 'themes')}{quote(slug)}"


def contact_point(language: str, contact_id: str) -> str:
    return f"{page(language, 'contact')}#{quote(contact_id)}"


def branch(language: str, branch_id: str) -> str:
    return f"{page(language, 'branches')}/{quote(branch_id)}"


def form(language: str, nature_slug: str) -> str:
    return f"{page(language, 'write')}/{quote(nature_slug)}"


def image(name: str) -> str:
    """An image of an article; the name holds a digest of the file, so it can be kept for ever."""
    return f"/images/{quote(name)}"


def short_article(language: str, slug: str, source: str = "") -> str:
    """The stable address of an article for a public reply; `source`: one of ``web.short_links.SOURCES``."""
    return f"{_prefix(language)}/a/{quote(slug)}{_from(source)}"


def short_theme(language: str, theme: str, source: str = "") -> str:
    """The same for a theme, by its slug or its id."""
    return f"{_prefix(language)}/t/{quote(theme)}{_from(source)}"


def _from(source: str) -> str:
    return f"?de={quote(source)}" if source else ""


def _prefix(language: str) -> str:
    return "" if language == "fr" else f"/{language}"
