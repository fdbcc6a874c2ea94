"""What replaces the tab, made from the real content: within Meta's limits, with links that exist."""

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from webapp import cli
from webapp.indexing import build_index
from webapp.knowledge import links
from webapp.knowledge.catalog import Catalog
from webapp.knowledge.publish import publish
from webapp.knowledge.shelf import Shelf
from webapp.knowledge.typography import typography
from webapp.settings import ROOT
from webapp.social.app_data import read
from webapp.social.facebook_kit import Kit, kit
from webapp.social.messenger_profile import faults
from webapp.web.words import Words

SITE = "https://contact.banque-rivage.example"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kit") / "index"
    publish(ROOT / "content", folder, today=date(2026, 11, 24), build_index=build_index)
    return folder


@pytest.fixture(scope="module")
def catalog(index: Path) -> Catalog:
    return Shelf(index, 60).current().catalog


def made(catalog: Catalog, language: str, site: str = SITE) -> Kit:
    return kit(catalog, site, language, Words(ROOT / "templates" / "words", typography).say)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_profile_is_within_the_published_limits(catalog: Catalog, language: str) -> None:
    found = made(catalog, language)
    assert found.faults == ()
    assert faults(found.messenger_profile) == []
    assert found.messenger_profile["ice_breakers"][0]["locale"] == "default"
    for group in found.messenger_profile["ice_breakers"]:
        assert len(group["call_to_actions"]) == 4


@pytest.mark.parametrize("language", ["fr", "en"])
def test_first_questions_point_at_articles(catalog: Catalog, language: str) -> None:
    others = {"fr": "en", "en": "fr"}
    for group in made(catalog, language).messenger_profile["ice_breakers"]:
        spoken = language if group["locale"] == "default" else others[language]
        for each in group["call_to_actions"]:
            link = read(each["payload"])
            assert link is not None
            assert link.kind == "faq"
            assert catalog.article(spoken, link.name) is not None
            assert not each["question"].endswith("…")


def test_without_https_meta_would_refuse_and_the_kit_says_so(catalog: Catalog) -> None:
    assert len(made(catalog, "fr", "http://127.0.0.1:8000").faults) == 1


@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_most_asked_question_has_a_reply_with_its_link(catalog: Catalog, language: str) -> None:
    found = made(catalog, language)
    slugs = catalog.site.most_asked[language]
    assert [each.link for each in found.replies] == [
        f"{SITE}{links.short_article(language, slug, 'facebook')}" for slug in slugs
    ]
    for reply, slug in zip(found.replies, slugs, strict=True):
        article = catalog.article(language, slug)
        assert article is not None
        assert reply.text.count(reply.link) == 1
        point = catalog.contact(article.next_step.id) if article.next_step else None
        assert not article.urgent or (point and point.phone in reply.text)


def test_official_accounts_are_those_of_the_site(catalog: Catalog) -> None:
    text = made(catalog, "fr").official_accounts
    assert all(each.value in text for each in catalog.site.official_accounts)
    assert "01 99 00 10 10" in text
    assert f"{SITE}/comptes-officiels" in text


def test_the_command_prints_it_for_people_and_for_machines(index: Path, tmp_path: Path) -> None:
    environment = {"GUICHET_DATA": str(tmp_path), "GUICHET_INDEX": str(index), "GUICHET_PUBLIC_URL": SITE}
    run = CliRunner(env=environment).invoke(cli.main, ["facebook-kit"])
    assert run.exit_code == 0, run.output
    for title in ("Bouton de la Page", "Profil Messenger", "Réponses prêtes", "Comptes officiels"):
        assert f"# {title}" in run.output
    run = CliRunner(env=environment).invoke(cli.main, ["facebook-kit", "--language", "en", "--json"])
    body = json.loads(run.output)
    assert body["page_button"] == f"{SITE}/en/"
    assert faults(body["messenger_profile"]) == []


def test_the_command_says_when_meta_would_refuse_or_nothing_is_online(index: Path, tmp_path: Path) -> None:
    plain = {"GUICHET_DATA": str(tmp_path), "GUICHET_INDEX": str(index), "GUICHET_PUBLIC_URL": "http://localhost:8000"}
    refused = CliRunner(env=plain).invoke(cli.main, ["facebook-kit"])
    assert refused.exit_code == 1
    assert "https://" in refused.stderr
    empty = CliRunner(env=plain | {"GUICHET_INDEX": str(tmp_path / "none")}).invoke(cli.main, ["facebook-kit"])
    assert empty.exit_code == 1
    assert "flask publish" in empty.output
