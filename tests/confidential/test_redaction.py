"""Redaction: no card number, security code or expiry survives, however written; other numbers stay."""

import random
import re
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import luhn
from webapp.confidential import cards
from webapp.confidential.redaction import redact

# Public test numbers of the schemes and payment services.
KNOWN_CARDS = {
    "Visa": "4111111111111111",
    "Visa, 13 digits": "4222222222222",
    "Visa, 19 digits": "4000000000000000006",
    "Mastercard": "5555555555554444",
    "Mastercard, 2-series": "2223003122003222",
    "Mastercard, last of the 2-series": "2720999999999996",
    "American Express": "378282246310005",
    "American Express, 34": "343434343434343",
    "Discover": "6011111111111117",
    "Diners Club": "30569309025904",
    "Diners Club, 38": "38520000023237",
    "Diners Club, 36": "36227206271667",
    "Diners Club, 16 digits": "3056930009020004",
    "JCB": "3566002020360505",
    "UnionPay": "6200000000000005",
    "UnionPay, 19 digits": "6205500000000000004",
    "Maestro": "6759649826438453",
    "Maestro, UK": "6759411100000008",
    "Maestro, 50": "5018000000000009",
}
GROUPINGS = (
    "",
    " ",
    "-",
    ".",
    "\n",
    "  ",
    " - ",
    "\u00a0",
    "\u202f",
    "\u2009",
    "\u200b",
    "–",
    "‑",
    "−",
    "_",
    "·",
    "/",
    ", ",
)
ZEROES = "0０٠۰०০𝟎𝟘𝟬🯰⓪⁰₀"
DIGIT_FORMS = [
    "".join(chr(ord(zero) + value) for value in range(10))
    for zero in ZEROES
    if all(unicodedata.digit(chr(ord(zero) + value), -1) == value for value in range(10))
] + ["⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉", "⓪①②③④⑤⑥⑦⑧⑨", "⓿❶❷❸❹❺❻❼❽❾", "〇一二三四五六七八九"]


def plain(text: str) -> str:
    """An independent reading of a text: every digit of any form, separators and all that is unseen left out."""
    read = []
    for character in unicodedata.normalize("NFKC", text):
        value = unicodedata.numeric(character, None)
        if value is not None and 0 <= value <= 9:
            read.append(str(int(value)))
        elif character.isalpha() or character in "•[]":
            read.append("x")
    return "".join(read)


@pytest.mark.parametrize("number", KNOWN_CARDS.values(), ids=KNOWN_CARDS)
@pytest.mark.parametrize("separator", GROUPINGS, ids=[repr(each) for each in GROUPINGS])
def test_known_cards_in_usual_groups(number: str, separator: str) -> None:
    written = separator.join(number[start : start + 4] for start in range(0, len(number), 4))
    assert redact(f"Ma carte {written} est bloquée.") == (
        f"Ma carte [carte •••• {number[-4:]} masquée] est bloquée.",
        ("card",),
    )


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 8])
@pytest.mark.parametrize("separator", [" ", "-", ".", "\n", "/", ", "])
def test_groups_of_any_size(size: int, separator: str) -> None:
    for number in KNOWN_CARDS.values():
        written = separator.join(number[start : start + size] for start in range(0, len(number), size))
        assert redact(f"n° {written}.").masked == ("card",)


@pytest.mark.parametrize("digits", DIGIT_FORMS)
def test_digits_of_any_script(digits: str) -> None:
    written = "".join(digits[int(digit)] for digit in "4111111111111111")
    assert redact(f"carte : {written} !").text == "carte : [carte •••• 1111 masquée] !"


def test_digits_that_are_keys_struck_through_or_two_in_one() -> None:
    keys = "".join(f"{digit}\ufe0f\u20e3" for digit in "4111111111111111")
    struck = "".join(f"{digit}\u0336" for digit in "4111111111111111")
    assert redact(f"a{keys}b").text.startswith("a[carte •••• 1111 masquée]")
    assert redact(f"a{struck}b").text.startswith("a[carte •••• 1111 masquée]")
    assert redact("4⑪⑪⑪⑪⑪⑪⑪1 et…").text == "[carte •••• 1111 masquée] et…"


def test_the_places_are_right_after_characters_that_become_several() -> None:
    text = "Voilà… ﬁn ½ ㎏… 4111 1111 1111 1111 … merci…"
    assert redact(text).text == "Voilà… ﬁn ½ ㎏… [carte •••• 1111 masquée] … merci…"


def test_an_amex_in_its_own_groups() -> None:
    assert redact("3782 822463 10005").text == "[carte •••• 0005 masquée]"
    assert redact("3782/822463/10005").text == "[carte •••• 0005 masquée]"


def test_two_cards_in_a_row_are_two() -> None:
    assert redact("4111 1111 1111 1111 5555 5555 5555 4444").text.count("masquée]") == 2


def test_a_card_glued_to_letters_is_found() -> None:
    assert redact("CB4111111111111111exp").text == "CB[carte •••• 1111 masquée]exp"


def test_masking_twice_changes_nothing() -> None:
    once = redact("4111 1111 1111 1111, cvv 123, exp 09/27, cryptogramme au dos").text
    assert redact(once) == (once, ())


separators = st.text(" -.\u00a0\u202f\u200b\n–_·", max_size=3)
bodies = st.sampled_from([number[:6] for number in KNOWN_CARDS.values()])


@st.composite
def written_cards(draw: st.DrawFn) -> tuple[str, str]:
    """A card number of a known issuer, and one way to write it: any digits, any groups, any separators."""
    model = draw(st.sampled_from(list(KNOWN_CARDS.values())))
    body = model[:6] + draw(st.text("0123456789", min_size=len(model) - 7, max_size=len(model) - 7))
    number = body + luhn.check_digit(body)
    pieces = []
    for digit in number:
        form = draw(st.sampled_from(DIGIT_FORMS))
        pieces += [form[int(digit)], draw(st.one_of(st.just(""), separators))]
    return number, "".join(pieces).rstrip()


words = st.text(st.characters(codec="utf-8", exclude_categories=("Nd", "No", "Nl", "Lo")), max_size=30)


@settings(max_examples=400, deadline=None)
@given(words, written_cards(), words)
def test_no_card_survives_in_any_writing(before: str, card: tuple[str, str], after: str) -> None:
    number, written = card
    result = redact(f"{before} a{written}z {after}")
    assert "card" in result.masked
    assert number not in plain(result.text)
    assert cards.find(result.text) == []


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789", max_size=6), written_cards(), st.text("0123456789", max_size=6))
def test_no_card_survives_between_other_numbers(before: str, card: tuple[str, str], after: str) -> None:
    number, written = card
    result = redact(f"{before} {written} {after}")
    assert number not in plain(result.text)


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_nothing_typed_is_an_error_and_nothing_is_found_twice(text: str) -> None:
    once = redact(text)
    assert redact(once.text).masked == ()
    if not once.masked:
        assert once.text == text


UNTOUCHED = [
    "01 99 00 10 10",
    "06 12 34 56 78 - 01 99 00 10 10",
    "06 12 34 56 78\n01 43 76 12 48\n0652637489",
    "+33 6 12 34 56 78 / +33 1 99 00 10 10",
    "0033 6 12 34 56 78",
    "FR76 3000 6000 0112 3456 7890 189",
    "fr7630006000011234567890189",
    "DE89 3704 0044 0532 0130 00",
    "GB82 WEST 1234 5698 7654 32",
    "BE71 0961 2345 6769",
    "NL91ABNA0417164300",
    "RIB : 30006 00001 12345678901 89",
    "7K4M-29XQ-C",
    "SIREN 732 829 320",
    "le 12/05/2026 à 14 h 30, 1 245,90 € puis 45,90 €",
    "30-03-2026 01-04-2026",
    "1 85 05 78 006 084 36",
    "commande 123456789012",
    "IMEI 490154203237518",
    "2026-11-22 2026-11-23 2026-11-24",
    "3 chiffres",
    "j'ai payé 250 euros, le cryptogramme est refusé depuis le 12 mars 2026",
    "appelez le 0 800 123 456, le numéro est au dos de la carte",
    "le numéro 01 99 00 10 10 est écrit au dos de ma carte",
    "mon code postal est 67000 et mon agence la 00412",
    "un virement de 1 500 € le 3 du mois, référence 2026-000123",
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_other_numbers_stay(text: str) -> None:
    assert redact(text, iban="keep") == (text, ())


def test_a_card_next_to_an_iban_is_still_found() -> None:
    text = "FR76 3000 6000 0112 3456 7890 189 4111 1111 1111 1111"
    assert redact(text, iban="keep").text == "FR76 3000 6000 0112 3456 7890 189 [carte •••• 1111 masquée]"
    assert redact(text).text == "[IBAN FR •••• 0189 masqué] [carte •••• 1111 masquée]"


def rate(numbers: list[str]) -> float:
    return sum(bool(redact(f"voici {number} voilà").masked) for number in numbers) / len(numbers)


def test_few_random_numbers_are_taken_for_cards() -> None:
    """SIRET are Luhn numbers of 14 digits; only issuer ranges tell them apart from a Diners card."""
    drawn = random.Random(7)

    def digits(count: int) -> str:
        return "".join(drawn.choices("0123456789", k=count))

    def siret() -> str:
        body = digits(8)
        start = body + luhn.check_digit(body) + digits(4)
        assert luhn.is_valid(start[:9])
        return start + luhn.check_digit(start)

    def phones() -> str:
        return "\n".join(" ".join([f"0{drawn.randint(1, 9)}", *(digits(2) for _ in range(4))]) for _ in range(3))

    assert rate([siret() for _ in range(5000)]) <= 0.03
    assert rate([digits(16) for _ in range(5000)]) <= 0.035
    assert rate([digits(15) for _ in range(5000)]) <= 0.01
    assert rate([digits(12) for _ in range(2000)]) == 0
    assert rate([phones() for _ in range(2000)]) == 0


CODES = [
    ("cvv 123", "cvv [code de la carte masqué]"),
    ("CVC: 0456.", "CVC: [code de la carte masqué]."),
    ("mon cryptogramme est le 987", "mon cryptogramme est le [code de la carte masqué]"),
    ("mon cryptogramme (3 chiffres) : 123", "mon cryptogramme (3 chiffres) : [code de la carte masqué]"),
    ("les trois chiffres au dos sont 1 2 3", "les trois chiffres au dos sont [code de la carte masqué]"),
    ("j'ai 737 au dos", "j'ai [code de la carte masqué] au dos"),
    ("code de sécurité 4321", "code de sécurité [code de la carte masqué]"),
    ("code de securite=4321", "code de securite=[code de la carte masqué]"),
    ("cvv 123 06 12 34 56 78", "cvv [code de la carte masqué] 06 12 34 56 78"),
    ("cvv １２３", "cvv [code de la carte masqué]"),
    ("security code is 999", "security code is [code de la carte masqué]"),
]


@pytest.mark.parametrize(("text", "expected"), CODES, ids=[text for text, _ in CODES])
def test_security_codes_near_the_word(text: str, expected: str) -> None:
    assert redact(text) == (expected, ("security_code",))


AFTER_A_CARD = [
    " 123",
    " / 123",
    ", 123",
    " 09/27 123",
    " exp 09/27 - 123",
    " 0927 123",
    " 09 27 123",
    " 09/2027, 123",
    " expire fin septembre 2027, 123",
    " valable jusqu'au 9/27. Le code : 123",
    " au nom de M. Martin 09-27 123",
]


@pytest.mark.parametrize("rest", AFTER_A_CARD)
def test_codes_and_expiries_after_a_card(rest: str) -> None:
    result = redact(f"Ma carte 4970 1012 3456 7893{rest}")
    assert "[carte •••• 7893 masquée]" in result.text
    assert "[code de la carte masqué]" in result.text
    left = re.sub(r"\[[^]]*\]", "", result.text)
    assert not re.search(r"\d", left), left
    assert ("27" in rest) == ("expiry" in result.masked)


def test_the_code_glued_to_a_card_goes_with_it_and_is_not_what_is_shown() -> None:
    assert redact("4970101234567893737").text == "[carte •••• 7893 masquée]"
    for code in range(1000):
        shown = redact(f"4970 1012 3456 7893 {code:03}").text
        assert shown.startswith("[carte •••• 7893 masquée]")
        assert f"{code:03}" not in shown.replace("[carte •••• 7893 masquée]", "")


def test_an_amount_after_a_card_stays() -> None:
    text = "Ma carte 4970 1012 3456 7893 a été débitée de 250 euros, 45,90 € et 300 € en 2026."
    assert redact(text).text == (
        "Ma carte [carte •••• 7893 masquée] a été débitée de 250 euros, 45,90 € et 300 € en 2026."
    )


def test_a_date_far_from_any_card_is_no_expiry() -> None:
    assert redact("rendez-vous le 09/27").masked == ()


ADVERSARIAL = {
    "digits": "4" * 60_000,
    "digits apart": "4 " * 30_000,
    "zeroes apart": "4 0 " * 15_000,
    "cards": "4111111111111111 " * 3500,
    "cards apart": "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 " * 1800,
    "separators": "4" + " " * 60_000 + "1",
    "separators and letters": "4 - . - x" * 6500,
    "slashes": "4/" * 30_000,
    "two slashes": "4/1/1,1/1/1," * 5000,
    "ibans": "FR76 3000 6000 0112 3456 7890 189 " * 1750,
    "almost ibans": "FR76" * 15_000,
    "almost ribs": "30006 00001 " * 5000,
    "words": "cvv " * 15_000,
    "words and codes": "cvv 123 " * 7500,
    "spaced codes": "cvv 1 2 " * 7500,
    "expiries": "4111111111111111 09/27 " * 2600,
    "months": "exp exp exp exp " * 3750,
    "phones": "01 99 00 10 10 " * 4000,
    "exotic": "４…" * 20_000,
    "zero width": "4\u200b" * 30_000,
}


@pytest.mark.parametrize("text", ADVERSARIAL.values(), ids=ADVERSARIAL)
def test_time_grows_with_the_length_and_not_faster(text: str) -> None:
    def cost(part: str) -> float:
        start = time.process_time()
        redact(part)
        return time.process_time() - start

    whole = min(cost(text) for _ in range(2))
    assert whole < 1.0
    quarter = max(min(cost(text[: len(text) // 4]) for _ in range(2)), 0.002)
    assert whole / quarter < 9  # four times the length: sixteen would be quadratic
