"""The antivirus: a real clamd, and what happens when there is none, or one that misbehaves."""

import io
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.inspection import clamd, samples
from webapp.inspection.antivirus import Antivirus
from webapp.inspection.rules import Refused


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with clamd.running() as found:
        yield found


def test_the_test_string_of_antivirus_makers_is_refused_in_a_file_that_is_a_pdf(address: str) -> None:
    with pytest.raises(Refused) as caught:
        Antivirus(address).scan(io.BytesIO(samples.pdf_with_eicar()))
    assert caught.value.reason == "virus"


def test_an_ordinary_file_is_clean(address: str) -> None:
    assert Antivirus(address).scan(io.BytesIO(samples.jpeg())) == "clean"
    assert Antivirus(address).scan(io.BytesIO(samples.large_photograph())) == "clean"


def test_it_says_when_it_is_there(address: str, tmp_path: Path) -> None:
    assert Antivirus(address).answers()
    assert not Antivirus("").answers()
    assert not Antivirus(str(tmp_path / "nothing")).answers()


def test_more_than_the_antivirus_takes_is_not_called_clean(address: str) -> None:
    assert Antivirus(address).scan(io.BytesIO(bytes(7_000_000))) == "unscanned"


def test_without_an_address_nothing_is_claimed() -> None:
    assert Antivirus("").scan(io.BytesIO(samples.jpeg())) == "off"


def test_an_antivirus_that_is_away_refuses_nobody(tmp_path: Path) -> None:
    assert Antivirus(str(tmp_path / "nothing")).scan(io.BytesIO(samples.jpeg())) == "unscanned"
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    assert Antivirus(f"127.0.0.1:{port}").scan(io.BytesIO(samples.jpeg())) == "unscanned"


@pytest.fixture
def answering() -> Iterator[Callable[[bytes], str]]:
    """A server on TCP that reads a whole INSTREAM command, as clamd(8) defines it, and gives one answer."""
    listener = socket.create_server(("127.0.0.1", 0))
    answers: list[bytes] = []

    def exactly(connection: socket.socket, count: int) -> bytes:
        found = b""
        while len(found) < count:
            piece = connection.recv(count - len(found))
            assert piece, "the command was cut"
            found += piece
        return found

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            assert exactly(connection, 10) == b"zINSTREAM\0"
            while length := int.from_bytes(exactly(connection, 4)):
                exactly(connection, length)
            connection.sendall(answers[0])

    thread = threading.Thread(target=serve, daemon=True)

    def start(answer: bytes) -> str:
        answers.append(answer)
        thread.start()
        return f"127.0.0.1:{listener.getsockname()[1]}"

    yield start
    thread.join(10)
    listener.close()


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (b"stream: OK\0", "clean"),
        (b"", "unscanned"),
        (b"stream: lstat() failed. ERROR\0", "unscanned"),
        (b"UNKNOWN COMMAND\0", "unscanned"),
        (b"stream: OK but not quite\0", "unscanned"),
    ],
)
def test_only_its_own_word_makes_a_file_clean(answering: Callable[[bytes], str], answer: bytes, word: str) -> None:
    assert Antivirus(answering(answer)).scan(io.BytesIO(samples.jpeg())) == word
