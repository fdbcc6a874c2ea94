"""Finding things in a catalog, and keeping it as JSON."""

import msgspec
import pytest

from tests.knowledge.small_bank import Content
from webapp.knowledge.catalog import Catalog, decode, encode


@pytest.fixture
def catalog(content: Content) -> Catalog:
    found = content.check().catalog
    assert found is not None
    return found


def test_a_catalog_comes_back_from_json_the_same(catalog: Catalog) -> None:
    assert decode(encode(catalog)) == catalog
    assert encode(decode(encode(catalog))) == encode(catalog)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"version": 1}', b"[" * 100_000])
def test_what_is_no_catalog_is_refused(data: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, RecursionError)):
        decode(data)


def test_articles_by_language_and_slug(catalog: Catalog) -> None:
    article = catalog.article("fr", "carte-perdue")
    assert article is not None
    assert article.question == "J'ai perdu ma carte : que faire ?"
    assert catalog.article("en", "carte-perdue") is None
    assert catalog.redirect("fr", "opposition-carte") == "carte-perdue"
    assert catalog.redirect("en", "opposition-carte") is None


def test_themes_and_their_articles(catalog: Catalog) -> None:
    theme = catalog.theme("en", "cards")
    assert theme is not None
    assert theme.id == "cartes"
    assert catalog.theme("fr", "cards") is None
    assert [each.slug for each in catalog.articles_of("cartes", "en")] == ["lost-card"]
    assert catalog.articles_of("frais", "en") == ()


def test_translations_both_ways(catalog: Catalog) -> None:
    french, english = catalog.article("fr", "carte-perdue"), catalog.article("en", "lost-card")
    other = catalog.article("fr", "frais-carte")
    assert french is not None
    assert english is not None
    assert other is not None
    assert catalog.translation(french, "en") == english
    assert catalog.translation(english, "fr") == french
    assert catalog.translation(french, "fr") == french
    assert catalog.translation(other, "en") is None


def test_pages_contacts_branches_and_natures(catalog: Catalog) -> None:
    page, contact, branch = catalog.page("en", "legal"), catalog.contact("opposition"), catalog.branch("saint-etienne")
    nature = catalog.nature_by_slug("fr", "demande")
    assert page is not None
    assert page.title == "Legal notice"
    assert contact is not None
    assert contact.urgent_when == {"fr": ("volé carte",)}
    assert branch is not None
    assert branch.town == "Saint-Étienne"
    assert nature is not None
    assert nature == catalog.nature("request")
    assert [each.id for each in nature.fields[1].choices] == ["a", "b"]
    assert catalog.page("fr", "privacy") is None


def test_a_branch_of_alsace_knows_its_holidays(catalog: Catalog) -> None:
    east, west = catalog.branch("strasbourg-kleber"), catalog.branch("saint-etienne")
    assert east is not None
    assert west is not None
    assert east.hours.alsace_moselle
    assert not west.hours.alsace_moselle


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["saint-etienne", "strasbourg-kleber"]),
        ("stras", ["strasbourg-kleber"]),
        ("STRASBOURG kléber", ["strasbourg-kleber"]),
        ("st etienne", ["saint-etienne"]),
        ("St-Étienne", ["saint-etienne"]),
        ("saint étienne", ["saint-etienne"]),
        ("42", ["saint-etienne"]),
        ("42000", ["saint-etienne"]),
        ("67370", ["strasbourg-kleber"]),  # no branch there: those of the department
        ("67000 strasbourg", ["strasbourg-kleber"]),
        ("lyon", []),
        ("69001", []),
        ("*", ["saint-etienne", "strasbourg-kleber"]),
        ("%_'\"<", ["saint-etienne", "strasbourg-kleber"]),
        ("é" * 10_000, []),
    ],
)
def test_branches_by_town_or_postcode(catalog: Catalog, typed: str, found: list[str]) -> None:
    assert [each.id for each in catalog.find_branches(typed)] == found
