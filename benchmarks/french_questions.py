"""Our own French questions put to the content of Banque Rivage: the score by kind, beside the recorded one.

    python -m benchmarks.french_questions              # print the score, and say what is below the record
    python -m benchmarks.french_questions --record     # write the record again; refuses a worse figure…
    python -m benchmarks.french_questions --record --worse "reason"   # …unless told why, and keeps the reason in it
    python -m benchmarks.french_questions --show development   # the questions of that half that were missed
    python -m benchmarks.french_questions --confusion          # where each kind of question was led, development half

A question of more than 200 characters goes where the product sends it: to the reading of a whole message. The page
`benchmarks/french/README.md` says how the questions were written. Kept-apart questions are scored, never shown.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from webapp.indexing import build_index
from webapp.knowledge.check import check
from webapp.search.ear import LONGEST_QUESTION, Ear
from webapp.search.model import Answers

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "benchmarks" / "french"
RECORD = FOLDER / "record.json"
PAGE = FOLDER / "README.md"
SCORE = "<!-- score: written by `python -m benchmarks.french_questions --record` -->"
HALVES = ("development", "kept_apart")
LATER = ("third", "fourth")
"""Questions of another day, mostly urgent ones and what looks like them: scored on their own, never in "all"."""
SHOWN_FIRST = 3
PRESSING = ("urgent", "distress")


class Asked(msgspec.Struct, frozen=True):
    """One line of a half: see the page."""

    query: str
    expected: tuple[str, ...]
    kind: tuple[str, ...] = ()
    orientation: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    asked: Asked
    answers: Answers

    @property
    def rank(self) -> int:
        """Place of the first acceptable article, from 1; a thousand when it is not among the hits."""
        ids = [hit.id for hit in self.answers.hits]
        return next((place for place, each in enumerate(ids, 1) if each in self.asked.expected), 1_000)

    @property
    def sure(self) -> bool:
        """Whether the first article is shown as an answer, not as something that may help."""
        return self.answers.settled

    @property
    def led(self) -> str:
        """Where the question led first. Articles shown as something that may help are an answer, but a shy one."""
        kind = self.answers.orientation.kind
        return "answer" if kind == "guess" else kind

    @property
    def pressing(self) -> bool:
        """Whether the customer is in danger: a telephone number comes first."""
        return self.asked.orientation in PRESSING


def read(half: str) -> list[Asked]:
    lines = (FOLDER / f"{half}.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Asked) for line in lines]


def put(ear: Ear, asked: Iterable[Asked]) -> list[Outcome]:
    """Ask everything in French, as the product would."""
    outcomes = []
    for each in asked:
        ask = ear.ask if len(each.query) <= LONGEST_QUESTION else ear.ask_message
        outcomes.append(Outcome(each, ask(each.query, "fr", limit=10)))
    return outcomes


def score(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Percent, and numbers of questions.

    `top1`, `top3`: of the questions that an article answers, those where one stands first or among the first three.
    `answered`: of the same, those where the first article is shown as an answer. `false`: of the questions that no
    article answers, those where one is shown as an answer all the same. `raised`: of the pressing ones, those where an
    urgent contact or a public number comes first. `alarms`: of the others with a known destination, those where one
    comes too. `led`: of all those with a known destination, those that were led there first.
    """
    inside = [each for each in outcomes if each.asked.expected]
    outside = [each for each in outcomes if not each.asked.expected]
    pressing = [each for each in outcomes if each.pressing]
    known = [each for each in outcomes if each.asked.orientation]
    calm = [each for each in outcomes if each.asked.orientation and not each.pressing]
    figures: dict[str, float] = {}
    groups = {"inside": inside, "outside": outside, "pressing": pressing, "calm": calm, "known": known}
    for name, among, right in _MEASURES:
        chosen = groups[among]
        if chosen:
            figures[name] = round(100 * sum(map(right, chosen)) / len(chosen), 1)
    return figures | {"n": len(outcomes), "inside": len(inside)}


_MEASURES: tuple[tuple[str, str, Callable[[Outcome], bool]], ...] = (
    ("top1", "inside", lambda each: each.rank == 1),
    ("top3", "inside", lambda each: each.rank <= SHOWN_FIRST),
    ("answered", "inside", lambda each: each.sure),
    ("false", "outside", lambda each: each.sure),
    ("raised", "pressing", lambda each: each.answers.orientation.kind in PRESSING),
    ("alarms", "calm", lambda each: each.answers.orientation.kind in PRESSING),
    ("led", "known", lambda each: each.led == each.asked.orientation),
)
GATED = {
    "top3": True,
    "answered": True,
    "false": False,
    "raised": True,
    "led": True,
}  # figure of all questions → more is better


def measure(content: Path, folder: Path, today: date) -> dict[str, list[Outcome]]:
    """Index `content` in `folder` as publishing does, and ask everything. Raises `ValueError` when it has errors."""
    report = check(content, today)
    if report.catalog is None:
        raise ValueError(report.as_text(colour=False))
    build_index(report.catalog, folder)
    ear = Ear(folder)
    try:
        return answered_by(ear)
    finally:
        ear.close()


def answered_by(ear: Ear) -> dict[str, list[Outcome]]:
    """Both halves and the later files put to an ear of the content."""
    return {half: put(ear, read(half)) for half in (*HALVES, *LATER)}


def figures_of(outcomes: Mapping[str, Sequence[Outcome]]) -> dict[str, dict[str, float]]:
    """The score of both halves together ("all"), of each file, and of each kind (both halves together)."""
    everything = [each for half in HALVES for each in outcomes[half]]
    kinds = sorted({kind for each in everything for kind in each.asked.kind})
    return {
        "all": score(everything),
        **{half: score(each) for half, each in outcomes.items()},
        **{kind: score([each for each in everything if kind in each.asked.kind]) for kind in kinds},
    }


def all_falls(now: Mapping[str, Mapping[str, float]], record: Mapping[str, Mapping[str, float]]) -> list[str]:
    """`falls` of both halves together, then of the later files, named."""
    later = [f"{name}: {each}" for name in LATER for each in falls(now.get(name, {}), record.get(name, {}))]
    return [*falls(now["all"], record["all"]), *later]


def falls(now: Mapping[str, float], record: Mapping[str, float]) -> list[str]:
    """The gated figures that are worse than recorded, each in words."""
    return [
        f"{name}: {now[name]} %, {record[name]} % recorded"
        for name, more_is_better in GATED.items()
        if name in now and name in record
        if (now[name] < record[name] if more_is_better else now[name] > record[name])
    ]


def recorded() -> dict[str, Any]:
    """What was recorded last: `figures` as `figures_of` gives them, `given_up`: the reasons why a figure once fell."""
    found: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def table(figures: Mapping[str, Mapping[str, float]], record: Mapping[str, Mapping[str, float]]) -> str:
    """One line a half or kind; under the gated lines, what was recorded."""
    names = [name for name, _, _ in _MEASURES]
    lines = [f"{'':14}{'n':>5}" + "".join(f"{name:>10}" for name in names)]
    for row, each in figures.items():
        lines.append(f"{row:14}{each['n']:>5}" + "".join(f"{each.get(name, '–'):>10}" for name in names))
        if row in ("all", *HALVES, *LATER) and row in record:
            lines.append(f"{'  recorded':19}" + "".join(f"{record[row].get(name, '–'):>10}" for name in names))
    return "\n".join(lines)


def page_table(figures: Mapping[str, Mapping[str, float]]) -> str:
    """The same for the page, in Markdown."""
    names = [name for name, _, _ in _MEASURES]
    lines = [f"| | n | {' | '.join(names)} |", f"|---|{'---|' * (len(names) + 1)}"]
    lines += [
        f"| {row} | {each['n']} | {' | '.join(str(each.get(name, '–')) for name in names)} |"
        for row, each in figures.items()
    ]
    return "\n".join(lines)


def missed(outcomes: Sequence[Outcome]) -> str:
    """What an editor looks at: the questions answered wrongly, with what came first."""
    lines = []
    for each in outcomes:
        first = [hit.id for hit in each.answers.hits[:SHOWN_FIRST]]
        asked = each.asked.query.replace("\n", " ")
        if each.asked.expected and each.rank > SHOWN_FIRST:
            lines.append(f"missed  {asked}\n        wanted {', '.join(each.asked.expected)}; got {', '.join(first)}")
        if not each.asked.expected and each.sure:
            lines.append(f"false   {asked}\n        answered by {first[0]} ({each.answers.confidence:.2f})")
        if each.asked.orientation not in ("", each.led):
            by = each.answers.orientation.rule or "no rule"
            lines.append(f"led     {asked}\n        to {each.led} ({by}), wanted {each.asked.orientation}")
    return "\n".join(lines)


def confusion(outcomes: Sequence[Outcome]) -> str:
    """Wanted destinations down, given ones across, in questions."""
    known = [each for each in outcomes if each.asked.orientation]
    given = sorted({each.led for each in known} | {each.asked.orientation for each in known})
    counts = Counter((each.asked.orientation, each.led) for each in known)
    lines = [f"{'wanted':10}" + "".join(f"{name:>10}" for name in given) + f"{'right':>8}"]
    for wanted in given:
        total = sum(counts[wanted, name] for name in given)
        share = f"{100 * counts[wanted, wanted] / total:.0f} %" if total else "–"
        lines.append(f"{wanted:10}" + "".join(f"{counts[wanted, name] or '·':>10}" for name in given) + f"{share:>8}")
    return "\n".join(lines)


def write_record(figures: Mapping[str, Mapping[str, float]], reason: str, today: date) -> None:
    """Errors: `ValueError` naming the figures that are worse than recorded, when no reason is given for that."""
    before = recorded() if RECORD.exists() else {"figures": {"all": figures["all"]}, "given_up": []}
    lower = all_falls(figures, before["figures"])
    if lower and not reason:
        raise ValueError("worse than recorded: " + "; ".join(lower))
    given_up = [*before["given_up"], *([f"{today}: {'; '.join(lower)}. {reason}"] if lower else [])]
    text = json.dumps({"recorded": str(today), "figures": figures, "given_up": given_up}, ensure_ascii=False, indent=1)
    RECORD.write_text(text + "\n", encoding="utf-8")
    above, _, below = PAGE.read_text(encoding="utf-8").partition(SCORE)
    after = below[below.index("\n## ") :]
    PAGE.write_text(f"{above}{SCORE}\n\n{page_table(figures)}\n{after}", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true", help="write the record again")
    parser.add_argument("--worse", default="", metavar="REASON", help="record a worse figure, and why")
    parser.add_argument("--show", choices=HALVES[:1], help="the missed questions of the development half")
    parser.add_argument("--confusion", action="store_true", help="where each kind was led, development half")
    options = parser.parse_args(arguments)
    today = datetime.now(UTC).date()
    with TemporaryDirectory() as temporary:
        outcomes = measure(ROOT / "content", Path(temporary) / "index", today)
    figures = figures_of(outcomes)
    record = recorded()["figures"] if RECORD.exists() else {}
    print(table(figures, record))
    if options.show:
        print(missed(outcomes[options.show]))
    if options.confusion:
        print(confusion(outcomes["development"]))
    if options.record:
        try:
            write_record(figures, options.worse, today)
        except ValueError as error:
            print(f'Not recorded: {error}. If that is wanted: --worse "reason".', file=sys.stderr)
            return 1
    elif record:
        for each in all_falls(figures, record):
            print(f"WORSE  {each}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
