"""The deep link of a tab: a small closed grammar."""

import pytest

from webapp.social.app_data import read, write


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("faq:carte-perdue", ("faq", "carte-perdue")),
        ("motif:reclamation", ("motif", "reclamation")),
        ("ref:7k4m29xqc", ("ref", "7k4m29xqc")),
        ("faq:" + "a" * 64, ("faq", "a" * 64)),
    ],
)
def test_three_kinds_are_read(text: str, expected: tuple[str, str]) -> None:
    assert read(text) == expected
    assert write(*expected) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "faq",
            "faq:",
            ":x",
            "faq:A",
            "faq:é",
            "faq: x",
            "faq:x ",
            "faq:x\n",
            "FAQ:x",
            "x:y",
            "faq:a:b",
            "faq:../x",
        ),
        *("faq:" + "a" * 65, "https://evil.example", "javascript:alert(1)", "faq:%61", "faq:a\0", "\nfaq:x"),
    ],
)
def test_everything_else_is_nothing(text: str) -> None:
    assert read(text) is None


def test_a_name_out_of_the_grammar_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="1 to 64"):
        write("faq", "Carte perdue")
