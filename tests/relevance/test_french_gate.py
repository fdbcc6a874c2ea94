"""The gate: a change of content or engine may not serve the French questions worse than recorded."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import french_questions
from benchmarks.french_questions import (
    RECORD,
    Asked,
    Outcome,
    all_falls,
    answered_by,
    confusion,
    falls,
    figures_of,
    page_table,
    recorded,
    score,
    table,
    write_record,
)
from tests.relevance.conftest import TODAY
from webapp.search import Ear
from webapp.search.model import Answers, Hit


@pytest.fixture(scope="session")
def figures(ear: Ear) -> dict[str, dict[str, float]]:
    return figures_of(answered_by(ear))


def test_nothing_is_served_worse_than_recorded(figures: dict[str, dict[str, float]]) -> None:
    lower = all_falls(figures, recorded()["figures"])
    assert lower == [], "see `python -m benchmarks.french_questions`, and benchmarks/french/README.md for what to do"


def outcome(expected: Sequence[str], hits: Sequence[str], *, answered: bool = False, orientation: str = "") -> Outcome:
    asked = Asked(query="?", expected=tuple(expected), orientation=orientation)
    return Outcome(asked, Answers(hits=tuple(Hit(id=each, score=1.0) for each in hits), answered=answered))


def test_any_acceptable_article_counts_and_a_sure_answer_where_there_is_none_is_false() -> None:
    found = score(
        [
            outcome(["a", "b"], ["b", "c"], answered=True),
            outcome(["a"], ["x", "y", "a"]),
            outcome(["a"], ["x", "y", "z", "a"], answered=True),
            outcome([], ["x"], answered=True),
            outcome([], ["x"]),
            outcome(["a"], [], orientation="urgent"),
        ]
    )
    shares = {"top1": 25.0, "top3": 50.0, "answered": 50.0, "false": 50.0, "raised": 0.0, "led": 0.0}
    assert found == shares | {"n": 6, "inside": 4}


def test_a_fall_is_named_and_a_gain_is_not() -> None:
    record = {"top3": 90.0, "answered": 80.0, "false": 5.0, "raised": 90.0}
    assert falls(record, record) == []
    assert falls({**record, "top3": 91.0, "false": 4.0}, record) == []
    assert falls({**record, "top3": 89.9, "false": 5.1}, record) == [
        "top3: 89.9 %, 90.0 % recorded",
        "false: 5.1 %, 5.0 % recorded",
    ]


def test_a_worse_figure_is_recorded_only_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(french_questions, "RECORD", tmp_path / "record.json")
    monkeypatch.setattr(french_questions, "PAGE", tmp_path / "page.md")
    (tmp_path / "page.md").write_text(f"# Page\n\n{french_questions.SCORE}\n\n## After\n", encoding="utf-8")
    good = {"all": {"n": 1, "top3": 90.0, "answered": 80.0, "false": 5.0, "raised": 90.0}}
    write_record(good, "", TODAY)
    worse = {"all": {**good["all"], "top3": 70.0}}
    with pytest.raises(ValueError, match="worse than recorded: top3: 70"):
        write_record(worse, "", TODAY)
    assert recorded()["figures"] == good
    write_record(worse, "an article was withdrawn", TODAY)
    assert recorded()["figures"] == worse
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| all | 1 | – | 70.0 | 80.0 | 5.0 | 90.0 | – | – |\n\n## After" in page
    assert recorded()["given_up"] == ["2026-11-25: top3: 70.0 %, 90.0 % recorded. an article was withdrawn"]


def test_a_fall_in_the_third_file_counts_too() -> None:
    record = {"all": {"top3": 90.0}, "third": {"raised": 90.0}}
    assert all_falls({"all": {"top3": 90.0}, "third": {"raised": 80.0}}, record) == [
        "third: raised: 80.0 %, 90.0 % recorded"
    ]
    assert all_falls({"all": {"top3": 90.0}}, record) == []


def test_the_table_shows_every_kind_beside_what_was_recorded(figures: dict[str, dict[str, float]]) -> None:
    lines = table(figures, recorded()["figures"]).splitlines()
    assert {line.split()[0] for line in lines[1:]} == {"recorded", *figures}
    assert sum("recorded" in line for line in lines) == 5


def test_the_page_publishes_the_record() -> None:
    assert page_table(recorded()["figures"]) in french_questions.PAGE.read_text(encoding="utf-8")


def test_looking_never_writes_the_record(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = RECORD.read_bytes()
    monkeypatch.setattr(french_questions, "measure", lambda *_: {})
    monkeypatch.setattr(french_questions, "figures_of", lambda _: recorded()["figures"])
    assert french_questions.main([]) == 0
    assert RECORD.read_bytes() == before
    assert "WORSE" not in capsys.readouterr().out


def test_the_confusion_says_where_each_kind_was_led() -> None:
    led = [outcome(["a"], ["a"], orientation="answer"), outcome([], [], orientation="form")]
    assert confusion(led).splitlines()[1].split() == ["answer", "·", "·", "1", "0", "%"]


def test_kept_apart_questions_are_never_shown() -> None:
    with pytest.raises(SystemExit):
        french_questions.main(["--show", "kept_apart"])
