"""Files at rest: what was cut, moved, reordered or changed does not open; nothing in clear is on the disk."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.confidential.passes import PassError, Passes
from webapp.confidential.safe import Tampered
from webapp.confidential.spool import IN_MEMORY, Spool
from webapp.confidential.streams import PIECE, Sealer, new_file_key, open_stream

KEY = bytes(range(32))
SEALED = PIECE + 16
MAGIC = 4


def sealed(plain: bytes, place: str = "here", key: bytes = KEY, portion: int = 10_000) -> bytes:
    out = io.BytesIO()
    sealer = Sealer(key, place, out.write)
    for first in range(0, len(plain), portion):
        sealer.feed(plain[first : first + portion])
    sealer.close()
    assert sealer.size == len(plain)
    return out.getvalue()


def opened(body: bytes, place: str = "here", key: bytes = KEY) -> bytes:
    return b"".join(open_stream(key, place, io.BytesIO(body)))


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 5])
def test_what_was_sealed_opens_whatever_its_size(size: int) -> None:
    plain = os.urandom(size)
    body = sealed(plain)
    assert opened(body) == plain
    assert size < 32 or plain[:32] not in body


@given(st.binary(max_size=300), st.integers(1, 50))
def test_portions_make_no_difference(plain: bytes, portion: int) -> None:
    assert sealed(plain, portion=portion) == sealed(plain, portion=1000)


def _cut(body: bytes) -> list[bytes]:
    first, second, third = (body[MAGIC + SEALED * n : MAGIC + SEALED * (n + 1)] for n in range(3))
    magic = body[:MAGIC]
    return [
        magic + first + second,  # the end is missing
        magic + first,
        magic,
        b"",
        magic + second + first + third,  # reordered
        magic + first + third,
        magic + first + first + third,  # repeated
        body + third,  # extended
        body[:-1],
        body + b"x",
        b"GS2\n" + body[MAGIC:],
    ]


@pytest.mark.parametrize("number", range(11))
def test_a_file_that_was_cut_extended_or_reordered_does_not_open(number: int) -> None:
    altered = _cut(sealed(os.urandom(2 * PIECE + 100)))[number]
    with pytest.raises(Tampered):
        opened(altered)


def test_no_changed_bit_passes() -> None:
    body = sealed(b"a small file")
    for place in range(len(body)):
        altered = bytearray(body)
        altered[place] ^= 1
        with pytest.raises(Tampered):
            opened(bytes(altered))


def test_another_place_or_another_key_does_not_open() -> None:
    body = sealed(b"content")
    for place, key in (("there", KEY), ("here", new_file_key())):
        with pytest.raises(Tampered):
            opened(body, place, key)


def test_an_upload_on_the_disk_is_encrypted_nameless_and_gone_at_the_end(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 1_000_000)
    plain = b"in clear " * 50_000
    for first in range(0, len(plain), 7_000):
        spool.write(plain[first : first + 7_000])
    assert spool._disk is not None
    assert list(tmp_path.iterdir()) == []
    with open(f"/proc/self/fd/{spool._disk.fileno()}", "rb") as file:
        assert b"in clear" not in file.read()
    for _ in range(2):
        spool.seek(0)
        assert b"".join(iter(lambda: spool.read(60_000), b"")) == plain
    spool.close()


def test_a_small_upload_touches_no_disk(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "never made", 1_000_000)
    spool.write(bytes(IN_MEMORY))
    spool.seek(0)
    assert len(spool.read()) == IN_MEMORY
    assert not (tmp_path / "never made").exists()


def test_more_than_is_kept_is_counted_and_thrown_away(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 200_000)
    for _ in range(100):
        spool.write(bytes(10_000))
    spool.seek(0)
    assert (spool.size, spool.overflowed, spool.read()) == (1_000_000, True, b"")
    assert spool._disk is None


def test_a_disk_that_takes_no_more_is_a_failed_upload_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    spool = Spool(tmp_path / "file" / "below", 1_000_000)
    spool.write(bytes(500_000))
    spool.seek(0)
    assert (spool.failed, spool.read()) == (True, b"")


def test_a_pass_is_read_by_its_own_purpose_and_key_alone() -> None:
    passes = Passes("secret" * 8, "kept file")
    text = passes.write(b"content", 1234)
    assert passes.read(text) == (b"content", 1234)
    assert b"content" not in text.encode()
    for other in (Passes("secret" * 8, "another"), Passes("another" * 8, "kept file")):
        with pytest.raises(PassError):
            other.read(text)


@given(st.text(max_size=200))
def test_nothing_made_up_is_a_pass(text: str) -> None:
    with pytest.raises(PassError):
        Passes("secret" * 8, "kept file").read(text)


def test_no_altered_character_of_a_pass_is_accepted() -> None:
    passes = Passes("secret" * 8, "kept file")
    text = passes.write(b"content", 1234)
    for place, character in enumerate(text):
        altered = text[:place] + ("A" if character != "A" else "B") + text[place + 1 :]
        with pytest.raises(PassError):
            passes.read(altered)
