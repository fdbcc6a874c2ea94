"""Keyed digests: stable, apart by key, purpose and part."""

import pytest

from webapp.confidential.digest import Digester


def test_the_same_question_has_the_same_digest() -> None:
    digest = Digester("k" * 32).hex("limit", "zoe@customer.example")
    assert digest == Digester(b"k" * 32).hex("limit", "zoe@customer.example")
    assert len(digest) == 64
    assert int(digest, 16)


def test_key_purpose_and_parts_all_count() -> None:
    one, two = Digester("k" * 32), Digester("l" * 32)
    digests = [one.hex("a", "b"), two.hex("a", "b"), one.hex("ab"), one.hex("a", "b", ""), one.hex("", "ab")]
    assert len({*digests, one.hex("x", "ab", "c"), one.hex("x", "a", "bc")}) == 7


def test_a_digest_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="guessed"):
        Digester("")
