"""A request with files, all the way: form, disk, worker, the agent's letter. Every process is the real one."""

import http.client
from email.message import EmailMessage

import pytest

from tests.inspection import samples
from tests.product import Opener, Product
from tests.visitor import OURS, Page, Visitor
from tests.web.test_uploads import Given, encoded
from tests.writing import FORM, filled, reference

STATEMENT: Given = ("relevé.pdf", samples.scanned_pdf(), "application/pdf")
PHOTOGRAPH: Given = ("IMG_2041.jpg", samples.photograph(), "image/jpeg")


@pytest.fixture
def visitor(product: Product) -> Visitor:
    return Visitor(product.url)


def sent(product: Product, fields: dict[str, object], *files: Given) -> Page:
    connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=60)
    try:
        headers = OURS | {"Content-Type": "multipart/form-data; boundary=edge"}
        connection.request("POST", FORM, encoded(fields, files), headers)
        answer = connection.getresponse()
        return Page(answer.status, dict(answer.getheaders()), answer.read().decode())
    finally:
        connection.close()


def attached(letter: EmailMessage) -> dict[str, bytes]:
    return {str(each.get_filename()): each.get_content() for each in letter.iter_attachments()}


def test_the_agent_receives_what_the_customer_joined_and_nothing_that_hid_in_it(
    product: Product, visitor: Visitor
) -> None:
    mark = reference(visitor, sent(product, dict(filled(visitor)), STATEMENT, PHOTOGRAPH))
    found = attached(product.arrived(mark))
    assert list(found) == ["relevé.pdf", "IMG_2041.jpg"]
    assert found["relevé.pdf"] == STATEMENT[1]
    assert samples.SECRET not in found["IMG_2041.jpg"]
    assert b"Exif" not in found["IMG_2041.jpg"]
    assert not list(product.acknowledged(mark).iter_attachments())
    kept = [each for each in (product.data / "files").rglob("*") if each.is_file()]
    assert kept
    assert all(each.stat().st_mode & 0o777 == 0o600 for each in kept)
    piece = STATEMENT[1][100_000:100_064]
    elsewhere = [each for each in product.data.rglob("*") if each.is_file() and "mail" not in each.parts]
    assert not any(piece in each.read_bytes() for each in elsewhere)
    assert "relev" not in product.log.read_text(errors="replace")


def test_files_survive_the_page_before_sending(product: Product, visitor: Visitor) -> None:
    typed = filled(visitor, step="check", message="J'ai perdu ma carte bancaire, comment faire opposition ?")
    seen = sent(product, dict(typed), PHOTOGRAPH)
    assert seen.status == 200
    (kept,) = (str(each["value"]) for each in seen.soup.select("input[name=kept]"))
    mark = reference(visitor, sent(product, {**typed, "step": "send", "kept": kept}))
    assert list(attached(product.arrived(mark))) == ["IMG_2041.jpg"]


def test_a_decoder_that_is_killed_takes_no_worker_with_it(counter: Opener) -> None:
    """A dozen bombs, then an ordinary request: the same workers answer."""
    opened = counter()
    visitor = Visitor(opened.url)
    bombs = (samples.png_flood(), samples.pdf_deeply_nested())
    for number in range(6):
        answer = sent(
            opened,
            dict(filled(visitor)),
            (f"{number}.png", bombs[0], "image/png"),
            ("b.pdf", bombs[1], "application/pdf"),
        )
        assert answer.status == 400
    mark = reference(visitor, sent(opened, dict(filled(visitor)), PHOTOGRAPH))
    assert mark
    assert "WORKER TIMEOUT" not in opened.log.read_text(errors="replace")
