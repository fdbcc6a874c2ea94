"""The index folder: ours alone, whole, or not used at all."""

import os
import random
import shutil
import stat
from pathlib import Path

import pytest

from tests.search.conftest import SMALL
from webapp.search import Corpus, Ear, SearchUnavailable, build

QUESTIONS = ("j'ai perdu ma CB", "ma carte ne marche pas", "rib", "vriement")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built = tmp_path / "index"
    build(SMALL, built)
    return built


def heard(folder: Path) -> list[list[str]]:
    ear = Ear(folder)
    try:
        return [[hit.id for hit in ear.ask(question, "fr").hits] for question in QUESTIONS]
    finally:
        ear.close()


def test_the_folder_is_its_owners_alone(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())


def test_a_folder_that_others_may_write_is_refused(folder: Path) -> None:
    folder.chmod(0o770)
    with pytest.raises(SearchUnavailable, match="written by others"):
        Ear(folder)


def test_a_file_that_others_may_write_is_refused(folder: Path) -> None:
    (folder / "fr.json").chmod(0o602)
    with pytest.raises(SearchUnavailable, match="written by others"):
        Ear(folder)


def test_a_folder_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    somebody_else = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody_else)
    with pytest.raises(SearchUnavailable, match="another user"):
        Ear(folder)


def test_a_link_is_refused(folder: Path) -> None:
    elsewhere = folder.parent / "elsewhere.json"
    (folder / "fr.json").rename(elsewhere)
    (folder / "fr.json").symlink_to(elsewhere)
    with pytest.raises(SearchUnavailable, match="link"):
        Ear(folder)


def test_a_missing_or_empty_folder_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(SearchUnavailable):
        Ear(tmp_path / "nowhere")
    with pytest.raises(SearchUnavailable):
        Ear(tmp_path)


def test_another_format_is_unavailable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.search.store.FORMAT", 999)
    with pytest.raises(SearchUnavailable, match="format"):
        Ear(folder)


def test_building_again_replaces_everything(folder: Path) -> None:
    build(Corpus(documents=SMALL.documents[:2]), folder)
    ear = Ear(folder)
    assert "mot-de-passe" not in [hit.id for hit in ear.ask("mot de passe", "fr").hits]
    ear.close()


def test_an_empty_corpus_is_an_ear_that_hears_nothing(tmp_path: Path) -> None:
    build(Corpus(documents=(), urgent_when={"fr": {"opposition": ("perdu carte",)}}), tmp_path / "index")
    ear = Ear(tmp_path / "index")
    assert ear.ask("ma carte est perdue", "fr").hits == ()
    assert ear.ask("ma carte est perdue", "fr").urgent == ("opposition",)
    ear.close()


def test_any_damage_is_found_when_the_index_is_opened(folder: Path, tmp_path: Path) -> None:
    """100 corruptions: cut, flipped, zeroed, deleted. Right answers or `SearchUnavailable`, nothing else."""
    right = heard(folder)
    chance = random.Random(20261122)
    refused = 0
    for number in range(100):
        damaged = tmp_path / f"damaged-{number}"
        shutil.copytree(folder, damaged)
        victim = chance.choice(sorted(damaged.iterdir()))
        _damage(victim, chance)
        try:
            assert heard(damaged) == right
        except SearchUnavailable:
            refused += 1
        shutil.rmtree(damaged)
    assert refused > 70  # the rest hit an empty lock file, or changed nothing


def _damage(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    place = chance.randrange(len(data)) if data else 0
    kind = chance.choice(["cut", "flip", "zero", "delete"])
    if kind == "delete":
        path.unlink()
        return
    if kind == "cut":
        del data[place:]
    elif kind == "flip" and data:
        data[place] ^= 1 << chance.randrange(8)
    elif data:
        data[place : place + 64] = bytes(len(data[place : place + 64]))
    path.write_bytes(data)
