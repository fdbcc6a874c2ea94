"""Nothing a visitor types raises, hangs, or reaches a wildcard."""

import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webapp.search import Answers, Ear

HOSTILE = [
    "\x00",
    "\ud800",
    "\ud83d carte",
    "a" * 10_000,
    "carte " * 2_000,
    "(" * 500 + "a" * 500,
    "(a+)+$" * 50,
    "*",
    "?",
    "car* AND NOT (vol OR [a TO b])",
    "NOT",
    "[a TO b]",
    "title:*",
    "'" * 200,
    "’" * 200,
    "l'l'l'l'l'l'l'l'l'l'l'l'l'l'l'carte",
    "R.I.B." * 40,
    "\u202eetrac\u202c",
    "بطاقة مفقودة",
    "丢了卡",
    "🙂" * 100,
    "e\u0301" * 100,
    "\u0301" * 200,
    "ﬁ" * 200,
    "İ" * 200,
    "𝓬𝓪𝓻𝓽𝓮",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "^", "$", "__", "_", "^a", "car_te",
    "\n\r\t\v\f\x1c\x85\u2028",
]  # fmt: skip

_texts = st.one_of(
    st.text(alphabet=st.characters(), max_size=400),
    st.text(alphabet="abcdeoirtv '’.*?[]()~^\"\\:/-_", max_size=300),
    st.lists(
        st.sampled_from(["carte", "perdu", "vol", "NOT", "AND", "*", "l'", "’", "œ", "é", "\x00"]), max_size=80
    ).map(" ".join),
)


def test_known_attacks_are_plain_words(ear: Ear) -> None:
    for text in HOSTILE:
        assert isinstance(ear.ask(text, "fr"), Answers)
        assert isinstance(ear.ask(text, "en", theme=text), Answers)
        assert isinstance(ear.ask_message(text, "fr"), Answers)
        ear.suggest(text, "fr")


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=_texts)
def test_anything_typed_is_answered(ear: Ear, text: str) -> None:
    answers = ear.ask(text, "fr")
    assert 0 <= answers.confidence <= 1
    assert len(answers.hits) <= 10
    assert [hit.score for hit in answers.hits] == sorted((hit.score for hit in answers.hits), reverse=True)
    for hit in answers.hits:
        assert all(piece.text for piece in hit.excerpt)
    ear.suggest(text, "fr")
    ear.ask_message(text, "en")


def test_the_cost_is_bounded(rivage: Ear) -> None:
    """Well under the patience of anybody, even for words made to be near many others; the benchmark says how much."""
    words = " ".join(f"prelevmant{chr(97 + i)}z" for i in range(20))
    for text in (
        words,
        "virementt" * 20,
        " ".join(f"{chr(97 + i % 26)}{chr(97 + i // 26)}a" for i in range(66)),
        *HOSTILE,
    ):
        before = time.process_time()
        rivage.ask(text, "fr")
        assert time.process_time() - before < 0.3, text[:40]
