"""File names: what may be shown, stored and sent."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.inspection.names import LONGEST, cleaned
from webapp.inspection.rules import JPEG, KINDS, PDF, PNG, Kind


@pytest.mark.parametrize(
    ("typed", "kind", "shown"),
    [
        ("relevé de compte.pdf", PDF, "relevé de compte.pdf"),
        ("../../etc/passwd.pdf", PDF, "passwd.pdf"),
        ("C:\\Users\\Zoé\\scan.JPG", JPEG, "scan.jpg"),
        ("a\x00b.pdf", PDF, "ab.pdf"),
        ("CON.pdf", PDF, "_CON.pdf"),
        ("nul", None, "_nul"),
        ("COM1.tar.pdf", PDF, "_COM1.tar.pdf"),
        ("facture\u202efdp.exe.pdf", PDF, "facturefdp.exe.pdf"),
        ("facture\u202e\u200bgpj.png", PNG, "facturegpj.png"),
        ("", PDF, "document.pdf"),
        ("...", PDF, "document.pdf"),
        (".pdf", PDF, "document.pdf"),
        ("a\r\nContent-Type: text\r\n.pdf", PDF, "a Content-Type_ text.pdf"),
        ('"><script>.pdf', PDF, "_script_.pdf"),
        ("photo.exe", JPEG, "photo.exe.jpg"),
        ("e\u0301te\u0301.pdf", PDF, "été.pdf"),
    ],
)
def test_a_name_is_cleaned(typed: str, kind: Kind | None, shown: str) -> None:
    assert cleaned(typed, kind) == shown


def test_a_long_name_keeps_its_ending() -> None:
    shown = cleaned("x" * 300 + ".jpeg", JPEG)
    assert (len(shown), shown[-5:]) == (LONGEST, ".jpeg")


@given(st.text(max_size=400), st.sampled_from(KINDS))
def test_whatever_is_typed_a_name_is_one_visible_line_of_its_kind(typed: str, kind: Kind) -> None:
    shown = cleaned(typed, kind)
    assert 0 < len(shown) <= LONGEST
    assert shown.rpartition(".")[2] in kind.endings
    assert not set("/\\\r\n\x00") & set(shown)
    assert all(unicodedata.category(each)[0] != "C" or each == "\u200d" for each in shown)
    assert cleaned(shown, kind) == shown
