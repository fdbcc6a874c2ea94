"""Secrets that words announce, and account numbers: marks, languages, settings, file names, hostile writing."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.confidential.test_redaction import DIGIT_FORMS
from webapp.confidential.redaction import MARKS, redact, redact_name

IBAN = "FR76 3000 6000 0112 3456 7890 189"

MARKED = [
    ("mon code c'est 1234", "mon code c'est [code secret masqué]", ("pin",)),
    ("mdp: azerty", "mdp: [mot de passe masqué]", ("password",)),
    ("le code reçu est 482913", "le code reçu est [code d’accès masqué]", ("access_code",)),
    ("482913 est votre code de validation", "[code d’accès masqué] est votre code de validation", ("access_code",)),
    (
        "identifiant 12345678, mot de passe Toulouse31",
        "identifiant [identifiant masqué], mot de passe [mot de passe masqué]",
        ("identifier", "password"),
    ),
    (
        "code secret de ma carte : quatre deux sept un",
        "code secret de ma carte : [code secret masqué]",
        ("pin",),
    ),
    (f"mon IBAN est {IBAN}.", "mon IBAN est [IBAN FR •••• 0189 masqué].", ("iban",)),
    ("RIB : 30006 00001 12345678901 89", "RIB : [RIB •••• 0189 masqué]", ("iban",)),
]


@pytest.mark.parametrize(("text", "kept", "masked"), MARKED, ids=[text for text, _, _ in MARKED])
def test_a_mark_says_what_stood_there(text: str, kept: str, masked: tuple[str, ...]) -> None:
    assert redact(text) == (kept, masked)


def test_the_marks_of_an_english_request_are_english() -> None:
    text = f"PIN 4821, password: Dublin!21, IBAN {IBAN}, my card 4111 1111 1111 1111, exp 09/27, cvv 123"
    assert redact(text, language="en").text == (
        "PIN [PIN masked], password: [password masked], IBAN [IBAN FR •••• 0189 masked],"
        " my card [card •••• 1111 masked], exp [expiry date masked], cvv [card code masked]"
    )


def test_an_unknown_language_gets_french_marks() -> None:
    assert redact("code secret 4821", language="de").text == "code secret [code secret masqué]"


@pytest.mark.parametrize("language", MARKS)
def test_what_is_masked_is_not_masked_again(language: str) -> None:
    text = f"code 4821, mdp: Dublin!21, identifiant 12345678, code sms 482913. IBAN {IBAN}. Ma carte est celle-ci : "
    text += "4111 1111 1111 1111 exp 09/27 cvv 123"
    once = redact(text, language=language)
    assert set(once.masked) == set(MARKS["fr"])
    for again in MARKS:
        assert redact(once.text, language=again) == (once.text, ())


def test_a_mark_typed_by_hand_hides_nothing() -> None:
    assert "4111" not in redact("[carte 4111111111111111 masquée]").text
    assert "azerty12" not in redact("mdp: [azerty12 masqué]").text


@pytest.mark.parametrize("into", ["safe", "open"])
@pytest.mark.parametrize("rule", ["mask", "encrypt", "keep"])
def test_account_numbers_as_the_bank_decides(rule: str, into: str) -> None:
    result = redact(f"IBAN {IBAN}, carte 4111 1111 1111 1111", iban=rule, into=into)  # type: ignore[arg-type]
    kept = rule == "keep" or (rule == "encrypt" and into == "safe")
    assert (IBAN in result.text) == kept
    assert ("iban" in result.masked) != kept
    assert "card" in result.masked


def test_a_mistyped_iban_goes_when_it_is_said_to_be_one() -> None:
    wrong = "FR76 3000 6000 0112 3456 7890 188"
    assert redact(f"mon iban {wrong}").masked == ("iban",)
    assert redact(f"pièce {wrong}").masked == ()


NAMES = [
    ("4970101234567893.jpg", "[carte •••• 7893 masquée].jpg"),
    ("carte_4970_1012_3456_7893_recto.PNG", "carte [carte •••• 7893 masquée] recto.PNG"),
    ("mon_code_4821.pdf", "mon code [code secret masqué].pdf"),
    ("mdp_Toulouse31.txt", "mdp [mot de passe masqué].txt"),
    ("rib_FR7630006000011234567890189.pdf", "rib [IBAN FR •••• 0189 masqué].pdf"),
    ("4111111111111111", "[carte •••• 1111 masquée]"),
]


@pytest.mark.parametrize(("name", "kept"), NAMES)
def test_the_name_of_a_file_is_cleaned_and_keeps_its_extension(name: str, kept: str) -> None:
    assert redact_name(name).text == kept


@pytest.mark.parametrize("name", ["releve_2026-10.pdf", "IMG_20261102_101530.jpg", "scan (3).png", "photo", ".pdf", ""])
def test_the_name_of_an_ordinary_file_stays(name: str) -> None:
    assert redact_name(name) == (name, ())


HIDDEN = [
    "m\u200bot de pa\u200bsse : Toulouse31",
    "MOT DE PASSE : Toulouse31",
    "mot\u00a0de\u00a0passe\u202f:\u202fToulouse31",
    "mot de pa\u00adsse : Toulouse31",
    "ｍｄｐ : Toulouse31",
    "m.d.p : Toulouse31",
    "mot de passe :\nToulouse31",
    "mot de passe→Toulouse31",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_a_password_however_its_announcement_is_written(text: str) -> None:
    result = redact(text)
    assert result.masked == ("password",)
    assert "Toulouse" not in result.text


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(
        ["mon code secret est {}", "code reçu : {}", "{} est mon code pin", "otp {}", "voici le code sms {} merci"]
    ),
    st.text("0123456789", min_size=4, max_size=8),
    st.sampled_from(DIGIT_FORMS),
    st.sampled_from(["", " ", "-", ".", "\u00a0", "\u200b", "\u202f"]),
)
def test_a_code_in_any_digits_and_spacing(sentence: str, code: str, digits: str, between: str) -> None:
    written = between.join(digits[int(each)] for each in code)
    result = redact(sentence.format(written))
    # 12 05 26 is read as a day and 2026 after « en » as a year: those are not codes for a reader either.
    if result.masked:
        assert written not in result.text
    else:
        assert len(code) in (6, 8)
        assert between not in ("", "\u200b")


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(
        ["mdp: {}", "mot de passe = {}", "mon mot de passe est {}", "password: {}", "j'ai mis {} comme mot de passe"]
    ),
    st.text(string.ascii_letters, min_size=3, max_size=10),
    st.text(string.digits, min_size=2, max_size=4),
)
def test_letters_with_figures_after_the_word_are_a_password(sentence: str, letters: str, figures: str) -> None:
    result = redact(sentence.format(letters + figures))
    assert "password" in result.masked
    assert letters + figures not in result.text


@settings(max_examples=300, deadline=None)
@given(st.text("code mdp passe est:=1234 «»()\n,.'àé\u200bA!", max_size=80))
def test_words_about_secrets_never_break_it_and_are_read_once(text: str) -> None:
    once = redact(text)
    assert redact(once.text).masked == ()
