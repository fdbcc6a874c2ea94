"""The safe: opens only what it sealed, whole, in the place it was sealed for; the public half opens nothing."""

import base64
import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from webapp.confidential import envelope
from webapp.confidential.safe import (
    CannotOpen,
    KeysSettingError,
    Safe,
    SafeError,
    Tampered,
    UnknownKey,
    key_of,
    new_key,
    parted,
    public_half,
    reader_bound,
)

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
    assert len({each[4:36] for each in sealed}) == 2000  # ephemeral keys
    assert len({each[84:96] for each in sealed}) == 2000  # nonces
    assert all(each.startswith(b"\x02\x02k1") for each in sealed)


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
        f"k1:{base64.b64encode(bytes(range(32))).decode()},k1:{base64.b64encode(bytes(range(32))).decode()}",
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


class TestThePublicHalf:
    def test_seals_what_the_private_half_opens_and_opens_nothing(self) -> None:
        private = new_key("k1")
        web, worker = Safe.sealing_only(public_half(private)), Safe.from_setting(private)
        sealed = web.seal(b"Marie", PLACE)
        assert worker.open(sealed, PLACE) == b"Marie"
        for value in (sealed, worker.seal(b"x", PLACE)):
            with pytest.raises(CannotOpen):
                web.open(value, PLACE)

    def test_holds_nothing_from_which_the_private_half_could_be_made(self) -> None:
        private = new_key("k1")
        raw = base64.b64decode(private.partition(":")[2])
        web = Safe.sealing_only(public_half(private))
        assert raw not in repr(vars(web)).encode()
        assert web._opening == {}
        assert web._former == {}

    def test_a_point_that_hides_nothing_is_refused(self) -> None:
        with pytest.raises(KeysSettingError, match="no public key"):
            Safe.sealing_only("k1:" + base64.b64encode(bytes(32)).decode())

    def test_one_key_seals(self) -> None:
        for setting in ("", f"{public_half(new_key('a'))},{public_half(new_key('b'))}"):
            with pytest.raises(KeysSettingError, match="exactly one"):
                Safe.sealing_only(setting)


class TestTwoHalvesThatDoNotBelongTogether:
    def test_are_refused_before_anything_is_sealed_that_nobody_could_open(self) -> None:
        with pytest.raises(KeysSettingError, match="do not belong together"):
            Safe.from_setting(new_key("k1"), sealing=public_half(new_key("k1")))

    def test_nor_may_the_private_half_be_missing(self) -> None:
        with pytest.raises(KeysSettingError, match="k2 is not among"):
            Safe.from_setting(new_key("k1"), sealing=public_half(new_key("k2")))

    def test_an_older_half_may_stay_in_front(self) -> None:
        old, new = new_key("old"), new_key("new")
        safe = Safe.from_setting(f"{old},{new}", sealing=public_half(new))
        assert key_of(safe.seal(b"x", PLACE)) == "new"


class TestASecondReader:
    """The customer's link: the same content, its data key closed once more."""

    reader = X25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = reader.public_key().public_bytes_raw()

    def opened(self, sealed: bytes, for_reader: bytes, place: str) -> bytes:
        data_key = envelope.disclose(for_reader, self.reader, reader_bound(place))
        return envelope.decrypt(data_key, parted(sealed, place)[1], place)

    def test_opens_what_was_shared_with_it(self, safe: Safe) -> None:
        sealed, for_reader = safe.seal_shared(b"Bonjour", PLACE, self.public)
        assert self.opened(sealed, for_reader, PLACE) == safe.open(sealed, PLACE) == b"Bonjour"

    def test_may_be_another_one_later(self, safe: Safe) -> None:
        sealed = safe.seal(b"Bonjour", PLACE)
        assert self.opened(sealed, safe.share(sealed, PLACE, self.public), PLACE) == b"Bonjour"

    def test_still_opens_after_a_rotation(self, safe: Safe) -> None:
        sealed, for_reader = safe.seal_shared(b"Bonjour", PLACE, self.public)
        both = Safe.from_setting(f"{new_key('k2')},k1:{base64.b64encode(bytes(range(32))).decode()}")
        assert self.opened(both.renew(sealed, PLACE), for_reader, PLACE) == b"Bonjour"

    def test_opens_nothing_elsewhere_and_nothing_changed(self, safe: Safe) -> None:
        sealed, for_reader = safe.seal_shared(b"Bonjour", PLACE, self.public)
        other, for_other = safe.seal_shared(b"Salut", PLACE, self.public)
        for value, closed, place in (
            (sealed, for_reader, "ticket/0124/sealed_person"),
            (sealed, for_other, PLACE),
            (other, for_reader, PLACE),
            (sealed, parted(sealed, PLACE)[0][-80:], PLACE),
        ):
            with pytest.raises(Tampered):
                self.opened(value, closed, place)
        for place in range(len(for_reader)):
            changed = bytearray(for_reader)
            changed[place] ^= 1 << (place % 8)
            with pytest.raises(Tampered):
                self.opened(sealed, bytes(changed), PLACE)


class TestValuesOfBeforeThereWereHalves:
    key = bytes(range(32))
    former = "dev1:" + base64.b64encode(key).decode()

    def sealed(self, place: str) -> bytes:
        head, nonce = b"\x01\x04dev1", secrets.token_bytes(12)
        return head + nonce + AESGCM(self.key).encrypt(nonce, b"Marie", head + place.encode())

    def test_open_where_their_key_is_given(self) -> None:
        safe = Safe.from_setting(new_key(), former=self.former)
        assert safe.open(self.sealed(PLACE), PLACE) == b"Marie"
        assert safe.open(
            self.sealed("message/1/sealed_body"), "message/9/1/sealed_body", formerly="message/1/sealed_body"
        )
        with pytest.raises(Tampered):
            safe.open(self.sealed(PLACE), "ticket/0124/sealed_person")
        with pytest.raises(UnknownKey):
            Safe.from_setting(new_key()).open(self.sealed(PLACE), PLACE)

    def test_become_values_of_today(self) -> None:
        safe = Safe.from_setting(new_key("k9"), former=self.former)
        renewed = safe.renew(self.sealed(PLACE), PLACE)
        assert (key_of(renewed), safe.open(renewed, PLACE)) == ("k9", b"Marie")


def test_a_damaged_value_does_not_pass_for_a_renewed_one(safe: Safe) -> None:
    sealed = bytearray(safe.seal(b"Marie", PLACE))
    sealed[-1] ^= 1
    with pytest.raises(Tampered):
        safe.renew(bytes(sealed), PLACE)
