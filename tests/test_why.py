"""`flask why`: what an editor reads, on the real content published once."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchmarks import why_page
from webapp import cli
from webapp.settings import ROOT


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("why")
    environment = {
        "GUICHET_DATA": str(folder / "var"),
        "GUICHET_CONTENT": str(ROOT / "content"),
        "GUICHET_INDEX": str(folder / "index"),
        "GUICHET_ENV": "development",
    }
    assert run(environment, "publish").exit_code == 0
    return environment


def run(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner(env=environment).invoke(cli.main, list(arguments))


def test_an_editor_reads_which_words_met_which_fields(environment: dict[str, str]) -> None:
    told = run(environment, "why", "on ma chourré mon tel dans le tram").output
    assert "1er · On m'a volé mon téléphone avec l'application de la banque : que faire ?" in told
    assert "content/fr/acces/telephone-perdu-ou-vole.md" in told
    assert "« chourré » par le synonyme « voler » est dans le titre" in told
    assert "ne dit pas : « tram »" in told
    assert "formulation la plus proche" in told
    assert "content/synonyms.yaml" in told


def test_what_comes_before_the_articles_is_told_with_the_phrase_that_raised_it(environment: dict[str, str]) -> None:
    told = run(environment, "why", "on ma chourré mon tel dans le tram").output
    assert (
        "- un contact urgent : « Fraude et compte piraté », à cause de « volé téléphone » dans content/contacts.yaml"
        in told
    )
    own = run(environment, "why", "mon dossier de pret n'avance pas depuis 3 semaines").output
    assert "- le formulaire" in own
    assert "de content/orientation.yaml, les mots « dossier" in own
    assert "- le premier article comme réponse" not in own


def test_a_correction_is_told(environment: dict[str, str]) -> None:
    assert "« prelevmeent » lu « prelevement »" in run(environment, "why", "arreter un prelevmeent").output


def test_an_editor_asks_why_an_article_is_not_first(environment: dict[str, str]) -> None:
    told = run(environment, "why", "ma carte est partie à la laverie", "--article", "carte-avalee")
    assert told.exit_code == 0
    assert "Le distributeur a avalé ma carte : que faire ?" in told.output
    assert "content/fr/cartes/carte-avalee.md" in told.output
    assert "Pour aider" in told.output


def test_an_article_that_does_not_exist_is_named(environment: dict[str, str]) -> None:
    refused = run(environment, "why", "rib", "--article", "trouver-son-ribb")
    assert refused.exit_code == 1
    assert "Aucun article ne s'appelle « trouver-son-ribb » dans cette langue." in refused.output


def test_a_machine_reads_the_same(environment: dict[str, str]) -> None:
    found = json.loads(run(environment, "why", "agios", "--json").output)
    assert found["sights"][0]["article"] == "comprendre-les-agios"
    assert found["answers"]["answered"] is True


def test_english_content_is_explained_too(environment: dict[str, str]) -> None:
    told = run(environment, "why", "I lost my card", "--language", "en").output
    assert "content/en/" in told


def test_nothing_published_is_said(tmp_path: Path) -> None:
    refused = run(
        {"GUICHET_INDEX": str(tmp_path / "none"), "GUICHET_DATA": str(tmp_path), "GUICHET_ENV": "development"},
        "why",
        "rib",
    )
    assert refused.exit_code == 1
    assert "flask publish" in refused.output


def test_the_page_for_editors_shows_ten_questions_as_they_are_answered_today(environment: dict[str, str]) -> None:
    """Places and orientation; figures may be those of the day when the page was written (`make why-doc`)."""
    examples = why_page.examples()
    assert len(examples) >= 10
    for command, shown in examples:
        told = run(environment, *why_page.arguments(command)).output
        assert why_page.gist(told) == why_page.gist(shown), command
