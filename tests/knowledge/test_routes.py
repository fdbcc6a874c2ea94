"""Routes: one rule wins, an editor can say which, and a mistake has its line."""

import pytest

from tests.knowledge.small_bank import Content
from webapp.knowledge.routes import Marks, Routes, Rule, covers, explain, recipients

ROUTES = """default: [agents]
rules:
  - name: Fraude et vol
    nature: [urgent]
    to: [rt-fraude, permanence]
  - name: Réclamations sur les cartes
    nature: [complaint]
    theme: [cartes, frais]
    to: [reclamations-cartes]
  - name: Réclamations
    nature: [complaint]
    to: [reclamations]
  - name: En anglais, par un partenaire
    language: [en]
    surface: [widget]
    to: [english]
"""
NATURE = "  - {{id: {id}, slug: {{fr: {slug}}}, title: {{fr: Titre}}, summary: {{fr: Résumé}}}}\n"


@pytest.fixture
def routes(content: Content) -> Routes:
    more = "".join(NATURE.format(id=each, slug=slug) for each, slug in (("complaint", "plainte"), ("urgent", "vol")))
    content.change("forms.yaml", "natures:\n", f"natures:\n{more}")
    content.write("routes.yaml", ROUTES)
    report = content.check()
    assert report.problems == ()
    assert report.catalog is not None
    return report.catalog.routes


@pytest.mark.parametrize(
    ("marks", "to"),
    [
        (Marks(nature="urgent", theme="cartes"), ("rt-fraude", "permanence")),
        (Marks(nature="complaint", theme="cartes"), ("reclamations-cartes",)),
        (Marks(nature="complaint", theme="frais"), ("reclamations-cartes",)),
        (Marks(nature="complaint"), ("reclamations",)),
        (Marks(nature="complaint", language="en", surface="widget"), ("reclamations",)),
        (Marks(nature="other", language="en", surface="widget", partner="a"), ("english",)),
        (Marks(nature="other", language="en"), ("agents",)),
        (Marks(nature="other"), ("agents",)),
    ],
)
def test_the_first_rule_that_fits_wins(routes: Routes, marks: Marks, to: tuple[str, ...]) -> None:
    assert recipients(routes, marks, "maildir") == to


def test_without_a_file_everything_goes_to_the_usual_destination(content: Content) -> None:
    report = content.check()
    assert report.catalog is not None
    assert recipients(report.catalog.routes, Marks(nature="request"), "maildir") == ("maildir",)


def test_the_explanation_names_each_rule_its_line_and_its_reason(routes: Routes) -> None:
    assert explain(routes, Marks(nature="complaint", theme="prets"), "maildir") == [
        "Règle 1 « Fraude et vol » (routes.yaml, ligne 3) : ne convient pas, la nature est « complaint »"
        " et la règle demande « urgent ».",
        "Règle 2 « Réclamations sur les cartes » (routes.yaml, ligne 6) : ne convient pas, le thème est « prets »"
        " et la règle demande « cartes » ou « frais ».",
        "Règle 3 « Réclamations » (routes.yaml, ligne 10) : elle l'emporte, la nature est « complaint ».",
        "Destinations : reclamations.",
    ]
    *_, reason, end = explain(routes, Marks(nature="other"), "maildir")
    assert reason == "Aucune règle ne convient : la destination par défaut décide (« default » de routes.yaml)."
    assert end == "Destinations : agents."
    assert "le thème n'est pas indiqué et la règle" in explain(routes, Marks(nature="complaint"), "maildir")[1]


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("nature: [urgent]", "nature: [reclamation]", "unknown-nature", 4),
        ("theme: [cartes, frais]", "theme: [cartes, prêt]", "bad-value", 8),
        ("theme: [cartes, frais]", "theme: [cartes, prets]", "unknown-theme", 8),
        ("language: [en]", "language: [de]", "unknown-language", 14),
        ("surface: [widget]", "surface: [fax]", "bad-value", 15),
        ("surface: [widget]", "partner: [inconnu]", "unknown-partner", 15),
        ("to: [english]", "to: English", "bad-type", 16),
        ("to: [english]", "to: [RT Anglais]", "bad-value", 16),
        ("to: [english]", "too: [english]", "unknown-key", 16),
        ("    theme: [cartes, frais]\n", "", "rule-never-used", 9),
        ("name: Fraude et vol", "name: Fraude : vol", "yaml", 3),
    ],
)
def test_a_mistake_has_its_line(content: Content, routes: Routes, old: str, new: str, code: str, line: int) -> None:
    content.change("routes.yaml", old, new)
    found = [(each.code, each.line) for each in content.check().errors]
    assert (code, line) in found, found


def test_a_wider_rule_covers_a_narrower_one() -> None:
    def rule(**criteria: tuple[str, ...]) -> Rule:
        return Rule(name="x", to=("a",), **criteria)

    assert covers(rule(), rule(nature=("urgent",)))
    assert covers(rule(nature=("urgent", "request")), rule(nature=("urgent",), theme=("cartes",)))
    assert not covers(rule(nature=("urgent",)), rule())
    assert not covers(rule(theme=("cartes",)), rule(nature=("urgent",)))
