"""French spaces and apostrophes, set without touching anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.knowledge.typography import typography

N, T = "\u00a0", "\u202f"  # no-break, narrow no-break


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("Que faire ?", f"Que faire{T}?"),
        ("Attention ! Lisez ; relisez", f"Attention{T}! Lisez{T}; relisez"),
        ("Important : lisez", f"Important{N}: lisez"),
        ("« Cartes »", f"«{N}Cartes{N}»"),
        ("«Cartes»", f"«{N}Cartes{N}»"),
        ("l'heure d'aujourd'hui", "l’heure d’aujourd’hui"),
        ("5 % de 50 €", f"5{N}% de 50{N}€"),
        ("à 8 h 30", f"à 8{N}h{N}30"),
        ("24 h sur 24", f"24{N}h sur 24"),
        ("10 000 € ou 1 234 567,89 €", f"10{T}000{N}€ ou 1{T}234{T}567,89{N}€"),
        ("au 01 99 00 10 10, vite", f"au 01{N}99{N}00{N}10{N}10, vite"),
        ("le +33 1 99 00 10 10", f"le +33{N}1{N}99{N}00{N}10{N}10"),
        ("n° 23", f"n°{N}23"),
        ("en 2026 300 clients", "en 2026 300 clients"),
        ("https://a.example/l'x?a=b ; fin", f"https://a.example/l'x?a=b{T}; fin"),
        ("8:30 ou a:b", "8:30 ou a:b"),
    ],
)
def test_a_french_text(typed: str, set_: str) -> None:
    assert typography(typed, "fr") == set_


def test_an_english_text_only_gets_apostrophes_and_whole_telephone_numbers() -> None:
    assert typography("Don't wait : call 01 99 00 10 10 ?", "en") == f"Don’t wait : call 01{N}99{N}00{N}10{N}10 ?"


TEXTS = st.text(alphabet=" \u00a0\u202f'’«»:;!?%€0123456789hnN°+.,abé\n/", max_size=60)


@given(TEXTS)
def test_doing_it_twice_changes_nothing_more(text: str) -> None:
    once = typography(text, "fr")
    assert typography(once, "fr") == once


@given(TEXTS)
def test_only_spaces_and_apostrophes_ever_change(text: str) -> None:
    def bare(value: str) -> str:
        return "".join(value.replace("’", "'").split())

    assert bare(typography(text, "fr")) == bare(text)
