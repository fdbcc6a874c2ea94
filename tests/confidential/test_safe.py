"""The safe: opens only what it sealed, whole, in the place it was sealed for."""

import base64
import secrets

import pytest

from webapp.confidential.safe import KeysSettingError, Safe, SafeError, Tampered, UnknownKey, key_of, new_key

PLACE = "ticket/0123/sealed_person"


@pytest.fixture
def safe() -> Safe:
    return Safe.from_setting("k1:" + base64.b64encode(bytes(range(32))).decode())


@pytest.mark.parametrize("plain", [b"", b"x", "é" * 10_000, bytes(range(256))], ids=["empty", "one", "long", "any"])
def test_what_is_sealed_opens(safe: Safe, plain: bytes | str) -> None:
    value = plain.encode() if isinstance(plain, str) else plain
    assert safe.open(safe.seal(value, PLACE), PLACE) == value


def test_nothing_of_the_content_shows_and_nothing_repeats(safe: Safe) -> None:
    sealed = [safe.seal(b"Marie Curie", PLACE) for _ in range(2000)]
    assert not any(b"Marie" in each for each in sealed)
    assert len({each[4:16] for each in sealed}) == 2000  # nonces
    assert all(each.startswith(b"\x01\x02k1") for each in sealed)


@pytest.mark.parametrize(
    "other", ["ticket/0124/sealed_person", "ticket/0123/sealed_body", "", "message/0123/sealed_person"]
)
def test_another_row_or_column_does_not_open(safe: Safe, other: str) -> None:
    with pytest.raises(Tampered):
        safe.open(safe.seal(b"x", PLACE), other)


def test_no_changed_bit_passes(safe: Safe) -> None:
    sealed = safe.seal(b"Marie Curie", PLACE)
    for place in range(len(sealed)):
        for bit in range(8):
            changed = bytearray(sealed)
            changed[place] ^= 1 << bit
            with pytest.raises(SafeError):
                safe.open(bytes(changed), PLACE)


def test_no_cut_value_passes(safe: Safe) -> None:
    sealed = safe.seal(b"Marie Curie", PLACE)
    for length in range(len(sealed)):
        with pytest.raises(SafeError):
            safe.open(sealed[:length], PLACE)
    with pytest.raises(Tampered):
        safe.open(sealed + b"\0", PLACE)


def test_an_unknown_key_is_named_as_such() -> None:
    sealed = Safe.from_setting(new_key("gone")).seal(b"x", PLACE)
    with pytest.raises(UnknownKey):
        Safe.from_setting(new_key("here")).open(sealed, PLACE)


def test_the_same_id_with_another_key_does_not_open() -> None:
    sealed = Safe.from_setting(new_key("k")).seal(b"x", PLACE)
    with pytest.raises(Tampered):
        Safe.from_setting(new_key("k")).open(sealed, PLACE)


def test_the_first_key_seals_and_every_key_opens() -> None:
    old, new = new_key("old"), new_key("new")
    earlier = Safe.from_setting(old).seal(b"x", PLACE)
    both = Safe.from_setting(f" {new} , {old} ")
    assert both.open(earlier, PLACE) == b"x"
    assert (key_of(earlier), key_of(both.seal(b"x", PLACE)), key_of(b"")) == ("old", "new", "")


def test_new_keys_differ_and_are_settings_by_themselves() -> None:
    keys = [new_key() for _ in range(50)]
    assert len(set(keys)) == 50
    for each in keys:
        Safe.from_setting(each)


@pytest.mark.parametrize(
    "setting",
    [
        "",
        " , ",
        "k1",
        "k1:",
        "k1:not base64!",
        "k1:" + base64.b64encode(b"short").decode(),
        "k 1:" + base64.b64encode(bytes(32)).decode(),
        ":" + base64.b64encode(bytes(32)).decode(),
        f"k1:{base64.b64encode(bytes(32)).decode()},k1:{base64.b64encode(bytes(32)).decode()}",
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(setting: str) -> None:
    with pytest.raises(KeysSettingError):
        Safe.from_setting(setting)


def test_an_error_shows_neither_key_nor_content(safe: Safe) -> None:
    secret = base64.b64encode(secrets.token_bytes(31)).decode()
    with pytest.raises(KeysSettingError) as refused:
        Safe.from_setting(f"k1:{secret}")
    with pytest.raises(Tampered) as tampered:
        safe.open(safe.seal(b"Marie", PLACE), "elsewhere")
    assert secret not in str(refused.value)
    assert "Marie" not in str(tampered.value)
