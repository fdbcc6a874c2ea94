"""The customer's link: found by a hash, opened by a secret, and nothing of the one in the other."""

import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.confidential.link import NO_LOCK, Link, SafeError, close_for, open_closed, read_code, unlock
from webapp.confidential.safe import Safe, new_key
from webapp.confidential.views import LASTS, LONGEST, Views

PLACE = "message/1/2/sealed_body"
NOW = 1_800_000_000_000


def test_a_link_is_read_as_it_was_written_and_no_other_writing_passes() -> None:
    link = Link.new()
    again = Link.read(link.text)
    assert again is not None
    assert (again.secret, again.hash, again.public, again.code) == (link.secret, link.hash, link.public, link.code)
    for wrong in (link.text[:-1], link.text + "A", link.text + "=", " " + link.text, "é" * 43, "", "A" * 42 + "B"):
        assert Link.read(wrong) is None
    passing = [
        each
        for each in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        if Link.read("A" * 42 + each)
    ]
    assert len(passing) == 16  # the last character holds four bits of the secret and two that must be zero


@given(st.text(max_size=60))
def test_nothing_that_is_typed_raises(text: str) -> None:
    Link.read(text)
    read_code(text)


def test_what_is_kept_of_a_link_gives_nothing_of_its_secret() -> None:
    link = Link.new()
    kept = [link.hash, link.public.hex(), link.code.replace("-", "")]
    assert not any(link.secret.hex() in each or link.text in each for each in kept)
    assert "secret" not in repr(link)
    assert link.text not in repr(link)
    assert len({Link.new().hash for _ in range(200)}) == 200


def test_a_link_opens_what_was_sealed_for_it_and_nothing_else() -> None:
    safe, link = Safe.from_setting(new_key()), Link.new()
    sealed, link_key = safe.seal_shared(b"Bonjour", PLACE, link.public)
    assert link.open(sealed, link_key, PLACE) == b"Bonjour"
    for other in (Link.new(), Link(bytes(32))):
        with pytest.raises(SafeError):
            other.open(sealed, link_key, PLACE)
    with pytest.raises(SafeError):
        link.open(sealed, link_key, "message/1/3/sealed_body")
    closed = close_for(b"{}", PLACE, link.public)
    assert open_closed(link, closed, PLACE) == b"{}"
    for place in range(len(closed)):
        changed = bytearray(closed)
        changed[place] ^= 1 << (place % 8)
        with pytest.raises(SafeError):
            open_closed(link, bytes(changed), PLACE)


class TestACode:
    def test_unlocks_its_link_however_it_is_typed(self) -> None:
        link = Link.new()
        lock, code = link.lock(), link.code
        assert len(code) == 14
        for typed in (code, code.lower(), code.replace("-", " "), f"  {code.replace('-', '')} "):
            unlocked = unlock(typed, lock)
            assert unlocked is not None
            assert unlocked.secret == link.secret

    def test_does_not_unlock_another_link_nor_a_changed_lock(self) -> None:
        link = Link.new()
        lock = bytearray(link.lock())
        assert unlock(Link.new().code, bytes(lock)) is None
        assert unlock("", bytes(lock)) is None
        lock[-1] ^= 1
        assert unlock(link.code, bytes(lock)) is None

    def test_costs_as_much_when_there_is_nothing_to_unlock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from webapp.confidential import link as module

        stretched, real = [], module._stretched
        monkeypatch.setattr(module, "_stretched", lambda code, salt: stretched.append(len(salt)) or real(code, salt))
        unlock("0000-0000-0000", NO_LOCK)
        unlock("0000-0000-0000", Link.new().lock())
        assert stretched == [16, 16, 16]  # one for each try, one to make the lock


class TestAView:
    def test_lasts_a_quarter_of_an_hour_and_may_go_on_for_three_hours(self) -> None:
        views, link = Views("s" * 32), Link.new()
        text, until = views.write(link, NOW)
        assert until == NOW + LASTS
        read = views.read(text, NOW + LASTS - 1)
        assert read is not None
        assert (read.link.secret, read.opened) == (link.secret, NOW)
        assert views.read(text, NOW + LASTS) is None
        _, last = views.write(link, NOW + LONGEST - 60_000, opened=NOW)
        assert last == NOW + LONGEST

    def test_shows_nothing_of_the_link_and_opens_with_its_own_secret_alone(self) -> None:
        link = Link.new()
        text, _ = Views("s" * 32).write(link, NOW)
        assert link.secret not in base64.urlsafe_b64decode(text + "==")
        assert Views("t" * 32).read(text, NOW) is None

    def test_no_changed_character_passes(self) -> None:
        views = Views("s" * 32)
        text, _ = views.write(Link.new(), NOW)
        for place, character in enumerate(text):
            other = "A" if character != "A" else "B"
            assert views.read(text[:place] + other + text[place + 1 :], NOW) is None
        for wrong in ("", "é", text[:-1], text + "A", text + "=", secrets.token_urlsafe(90)):
            assert views.read(wrong, NOW) is None

    def test_of_a_host_whose_clock_is_ahead_is_read(self) -> None:
        views = Views("s" * 32)
        text, _ = views.write(Link.new(), NOW + 60_000)
        assert views.read(text, NOW) is not None
        assert views.read(text, NOW - 10 * 60_000) is None
