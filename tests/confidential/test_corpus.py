"""What is masked of the messages that customers write, and what is wrongly masked: figures, and the targets.

Targets of issue 5: card numbers and codes of cards 100 %, other secrets at least 95 %, and at most 1 % of the clean
messages touched. The figures are printed (``pytest -s``); those of the first reading stand in ``docs/masking.md``.
"""

import json
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from webapp.confidential.redaction import redact
from webapp.settings import ROOT

CORPUS = Path(__file__).parent / "corpus"
MARKED = re.compile(r"⟦(\w+)\|([^⟧]*)⟧")
MASK = re.compile(r"\[[^\]]*(?:masqué|masked)e?\]")
ESCAPES = {"\\n": "\n", "\\u200b": "\u200b", "\\u202f": "\u202f", "\\u00a0": "\u00a0"}
OF_CARDS = {"card", "security_code", "expiry"}
SETS = (
    "settled",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
)


class Message(NamedTuple):
    """A message with its secrets marked."""

    marked: str

    @property
    def text(self) -> str:
        return MARKED.sub(lambda found: found[2], self.marked)

    @property
    def secrets(self) -> list[tuple[str, str]]:
        return [(found[1], found[2]) for found in MARKED.finditer(self.marked)]

    @property
    def around(self) -> str:
        """What is no secret, without the signs that may go with a secret."""
        return re.sub(r"[\s!?.:,]", "", MARKED.sub("·", self.marked))


def messages(name: str) -> list[Message]:
    """The messages of one reading, or of all of them under the name ``all_…``."""
    if name.startswith("all_"):
        return [each for one in SETS for each in messages(one + name.removeprefix("all"))]
    found = []
    for line in (CORPUS / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        for escape, character in ESCAPES.items():
            line = line.replace(escape, character)
        found.append(Message(line))
    return found


def share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f} %)"


@pytest.mark.parametrize("name", [*SETS, "all"])
def test_secrets_are_masked(name: str) -> None:
    whole, masked, missed = Counter[str](), Counter[str](), []
    for message in messages(f"{name}_secrets"):
        left = redact(message.text).text
        assert message.secrets, message.marked
        for kind, value in message.secrets:
            whole[kind] += 1
            masked[kind] += value.strip() not in left
            if value.strip() in left:
                missed.append((kind, left))
    for kind in whole:
        print(f"{name}: {kind} {share(masked[kind], whole[kind])}")
    for kind in OF_CARDS:
        assert masked[kind] == whole[kind], missed
    others = sum(whole[kind] for kind in whole.keys() - OF_CARDS)
    kept = sum(masked[kind] for kind in whole.keys() - OF_CARDS)
    print(f"{name}: secrets that are not of a card {share(kept, others)}")
    assert kept >= 0.95 * others, missed


@pytest.mark.parametrize("name", [*SETS, "all"])
def test_clean_messages_stay_as_they_are(name: str) -> None:
    clean = messages(f"{name}_clean")
    touched = [(message.text, redact(message.text).text) for message in clean if redact(message.text).masked]
    print(f"{name}: clean messages touched {share(len(touched), len(clean))}")
    assert len(touched) <= 0.01 * len(clean), touched


@pytest.mark.parametrize("name", [*SETS, "all"])
def test_the_words_around_a_secret_stay(name: str) -> None:
    """Counted apart from the clean messages: what is masked beside a secret is lost to the agent too."""
    lost = []
    for message in messages(f"{name}_secrets"):
        left = redact(message.text).text
        if any(value.strip() in left for _, value in message.secrets):
            continue
        if re.sub(r"[\s!?.:,]", "", MASK.sub("·", left)) != message.around:
            lost.append(left)
    print(f"{name}: messages that lost more than their secrets {len(lost)}")
    assert len(lost) <= 0.01 * len(messages(f"{name}_secrets")), lost


def test_what_the_bank_and_its_customers_wrote_for_other_purposes_stays() -> None:
    """Every line of the content, and the questions of the search's own benchmark: nobody wrote them for this."""
    lines = [
        line for path in (ROOT / "content").rglob("*.md") for line in path.read_text(encoding="utf-8").splitlines()
    ]
    for path in (ROOT / "benchmarks" / "french").glob("*.jsonl"):
        lines += [json.loads(line)["query"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) > 3000
    assert [line for line in lines if redact(line).masked] == []


def test_the_corpus_is_large_and_varied() -> None:
    """At least half as many shapes as messages: a shape is a message without its figures and its secrets."""
    every = [*messages("all_secrets"), *messages("all_clean")]
    shapes = {re.sub(r"[\W\d_]+", " ", MARKED.sub(" ", each.marked)).strip().lower() for each in every}
    print(f"{len(every)} messages, {len(shapes)} shapes")
    assert len(every) >= 600
    assert len(messages("all_clean")) >= len(every) // 2
    assert len(shapes) >= len(every) // 2
