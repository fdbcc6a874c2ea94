"""The one table of addresses."""

from webapp.knowledge import links


def test_french_stands_at_the_root_and_english_under_its_code() -> None:
    assert links.page("fr", "home") == "/"
    assert links.page("en", "home") == "/en/"
    assert links.page("fr", "legal") == "/mentions-legales"
    assert links.page("en", "legal") == "/en/legal"
    assert links.article("fr", "carte-perdue") == "/questions/carte-perdue"
    assert links.article("en", "lost-card") == "/en/questions/lost-card"
    assert links.theme("fr", "cartes") == "/themes/cartes"
    assert links.form("en", "complaint") == "/en/write/complaint"
    assert links.contact_point("fr", "opposition") == "/contact#opposition"
    assert links.branch("fr", "strasbourg-kleber") == "/agences/strasbourg-kleber"
    assert links.image("plan-12345678.png") == "/images/plan-12345678.png"
