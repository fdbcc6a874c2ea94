"""Files with the form: taken, kept from one step to the next, refused by name and for a reason."""

import io
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from flask import Flask
from sqlalchemy import select

from tests.inspection import samples
from tests.web.conftest import MORNING, Visit, plain
from tests.web.test_contact import GOOD, SAME, old_stamp, stamp_of, tickets
from webapp.inspection.rules import LARGEST_FILE, LARGEST_TOTAL, MOST_FILES, Unavailable
from webapp.settings import Settings
from webapp.tables import attachment
from webapp.tickets.filestore import StoreFull
from webapp.web.bodies import LARGEST_WITH_FILES

Given = tuple[str, bytes, str]
PDF: Given = ("relevé.pdf", samples.pdf(), "application/pdf")
JPG: Given = ("photo.jpg", samples.photograph(), "image/jpeg")
PNG: Given = ("capture.png", samples.png(), "image/png")
QUESTION = "J'ai perdu ma carte bancaire, comment faire opposition ?"


@pytest.fixture
def post(app: Flask, visit: Callable[..., Visit]) -> Callable[..., Visit]:
    def send(*files: Given, path: str = "/ecrire/demande", headers: dict | None = None, **fields: Any) -> Visit:
        data = {**GOOD, "stamp": old_stamp(app), **fields}
        body = encoded(data, files)
        return visit(
            path, "POST", data=body, headers=headers or SAME, content_type="multipart/form-data; boundary=edge"
        )

    return send


def encoded(fields: dict[str, Any], files: tuple[Given, ...]) -> bytes:
    """As a browser sends it: the words first, because the control for files comes after them in the page."""
    parts = []
    for name, given in fields.items():
        for value in given if isinstance(given, list) else [given]:
            parts.append(f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, body, declared in files:
        head = f'Content-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: {declared}\r\n\r\n'
        parts.append(head.encode() + body + b"\r\n")
    return b"".join(b"--edge\r\n" + part for part in parts) + b"--edge--\r\n"


def rows(app: Flask) -> list:
    with app.extensions["guichet"].database.reading() as connection:
        return connection.execute(select(attachment).order_by(attachment.c.position)).all()


def on_disk(settings: Settings) -> list[Path]:
    return [each for each in settings.files_folder.rglob("*") if each.is_file()]


def summary(page: Visit) -> str:
    return plain(page.soup.find(class_="error-summary").get_text(" ")).replace("’", "'")


def tokens(page: Visit) -> list[str]:
    return [str(each["value"]) for each in page.soup.select("input[name=kept]")]


def test_three_files_become_three_rows_of_the_ticket(app: Flask, post: Callable[..., Visit]) -> None:
    assert post(PDF, JPG, PNG).status == 303
    found = rows(app)
    assert [row.media_type for row in found] == ["application/pdf", "image/jpeg", "image/png"]
    assert {row.scan for row in found} == {"off"}
    assert {row.ticket_id for row in found} == {tickets(app)[0].id}


def test_nothing_of_a_file_is_on_the_disk_in_clear(app: Flask, post: Callable[..., Visit], settings: Settings) -> None:
    words = b"BT /F1 12 Tf (Melusine) Tj ET"
    body = samples.pdf().replace(b"startxref", b"%" + words + b"\nstartxref")
    assert post(("Mélusine.pdf", body, "application/pdf")).status == 303
    kept = [each for each in settings.data.rglob("*") if each.is_file()]
    assert on_disk(settings)
    assert not any(words in each.read_bytes() or b"lusine" in each.read_bytes() for each in kept)


def test_the_page_before_sending_keeps_the_files(app: Flask, post: Callable[..., Visit]) -> None:
    seen = post(PDF, JPG, step="check", message=QUESTION)
    assert seen.status == 200
    assert seen.soup.select(".before-sending")
    assert seen.texts(".kept-files .choice") == ["relevé.pdf (1 ko)", "photo.jpg (22 ko)"]
    sent = post(step="send", message=QUESTION, stamp=stamp_of(seen), kept=tokens(seen))
    assert sent.status == 303
    assert [row.media_type for row in rows(app)] == ["application/pdf", "image/jpeg"]


def test_a_mistake_in_the_form_costs_no_file_and_a_file_left_out_stays_out(
    app: Flask, post: Callable[..., Visit]
) -> None:
    wrong = post(PDF, JPG, email="camille@")
    assert wrong.status == 400
    assert len(tokens(wrong)) == 2
    assert "relevé" not in summary(wrong)
    sent = post(PNG, stamp=stamp_of(wrong), kept=tokens(wrong)[:1])
    assert sent.status == 303
    assert [row.media_type for row in rows(app)] == ["application/pdf", "image/png"]


def test_a_refused_file_is_named_with_its_reason_and_the_others_are_kept(
    app: Flask, post: Callable[..., Visit]
) -> None:
    answer = post(PDF, ("lettre.docx", samples.docx(), "application/msword"), ("vide.pdf", b"", "application/pdf"))
    assert answer.status == 400
    assert "« lettre.docx » n'est pas un PDF" in summary(answer).replace("\u202f", " ")
    assert "« vide.pdf » est vide" in summary(answer)
    assert answer.texts(".kept-files .choice") == ["relevé.pdf (1 ko)"]
    assert answer.soup.find("textarea").text.strip() == GOOD["message"]
    control = answer.soup.find(id="files")
    assert control["aria-invalid"] == "true"
    assert "files-error" in control["aria-describedby"]
    assert "lettre.docx" in answer.soup.find(id="files-error").text
    assert [link["href"] for link in answer.soup.select(".error-summary a")] == ["#files", "#files"]
    assert tickets(app) == []
    assert post(stamp=stamp_of(answer), kept=tokens(answer)).status == 303
    assert len(rows(app)) == 1


def test_every_refusal_says_something_to_do(app: Flask, post: Callable[..., Visit], settings: Settings) -> None:
    say = app.extensions["guichet"].words.say
    for case, typed, declared, data, reason in samples.REFUSED:
        answer = post((typed, data, declared))
        assert answer.status == 400, case
        assert plain(say("fr", f"form.file.{reason}", name=typed)).replace("’", "'") in summary(answer), case
    assert (tickets(app), on_disk(settings)) == ([], [])


def test_sizes_and_numbers_are_bounded_one_by_one_and_together(post: Callable[..., Visit]) -> None:
    large = b"%PDF-1.7\n" + bytes(LARGEST_FILE)
    assert "« film.pdf » dépasse 5 Mo" in summary(post(("film.pdf", large, "application/pdf")))
    full = (samples.scanned_pdf() + bytes(LARGEST_FILE))[: LARGEST_FILE - 10]
    many = [(f"scan{number}.pdf", full, "application/pdf") for number in range(MOST_FILES)]
    assert len(full) * MOST_FILES > LARGEST_TOTAL
    assert "Avec « scan2.pdf », vos fichiers dépassent 12 Mo" in summary(post(*many))
    four = post(PDF, JPG, PNG, ("d.pdf", samples.pdf(), "application/pdf"))
    assert "« d.pdf » est de trop" in summary(four)
    assert len(tokens(four)) == 3
    assert not four.soup.select("input[type=file]"), "three are kept: there is room for no other"


NAMES = {
    "../../etc/passwd.pdf": "passwd.pdf",
    "CON.pdf": "_CON.pdf",
    "x" * 300 + ".pdf": "x" * 96 + ".pdf",
    "facture\u202efdp.pdf": "facturefdp.pdf",
    "carte 4970 1012 3456 7893.pdf": "carte [carte •••• 7893 masquée].pdf",
    "carte_4970_1012_3456_7893.pdf": "carte [carte •••• 7893 masquée].pdf",
    "<img src=x onerror=alert(1)>.pdf": "_img src=x onerror=alert(1)_.pdf",
}


def test_names_are_cleaned_and_card_numbers_masked(post: Callable[..., Visit]) -> None:
    for typed, shown in NAMES.items():
        answer = post((typed, samples.pdf(), "application/pdf"), email="wrong")
        assert answer.texts(".kept-files .choice") == [f"{shown} (1 ko)"]
        assert "4970" not in answer.html
        assert "onerror=alert(1)>" not in answer.html


def test_a_document_that_acts_is_taken_without_what_acts_and_the_person_is_told(post: Callable[..., Visit]) -> None:
    answer = post(("cerfa.pdf", samples.pdf_with_javascript(), "application/pdf"), email="wrong")
    assert "contenu actif" in answer.soup.find(class_="kept-files").text


def test_the_same_form_sent_twice_with_its_files_is_one_ticket(app: Flask, post: Callable[..., Visit]) -> None:
    first, again = (post(PDF, JPG).headers["Location"].partition("#")[0] for _ in range(2))
    assert first == again
    assert (len(tickets(app)), len(rows(app))) == (1, 2)
    assert post(PDF).status == 409


def test_files_of_another_request_must_be_chosen_again(app: Flask, post: Callable[..., Visit]) -> None:
    seen = post(PDF, step="check", message=QUESTION)
    assert post(message=QUESTION, kept=tokens(seen)).status == 303
    other = post(message="Un autre texte.", kept=tokens(seen), stamp=old_stamp(app, "another form"))
    assert other.status == 409
    assert "choisissez-les de nouveau" in summary(other)
    assert tokens(other) == []
    assert len(tickets(app)) == 1


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"X-None": "1"}])
def test_files_from_elsewhere_are_not_looked_into(
    post: Callable[..., Visit], settings: Settings, headers: dict[str, str]
) -> None:
    answer = post(PDF, headers=headers)
    assert answer.status == 403
    assert "« relevé.pdf » n'a pas pu être gardé" in summary(answer)
    assert on_disk(settings) == []


@pytest.mark.parametrize("fields", [{"stamp": "forged"}, {"website": "https://spam.example"}])
def test_files_of_a_robot_are_not_looked_into(
    post: Callable[..., Visit], settings: Settings, fields: dict[str, str]
) -> None:
    assert "« relevé.pdf » n'a pas pu être gardé" in summary(post(PDF, **fields))
    assert on_disk(settings) == []


def test_a_pass_is_good_for_fifty_minutes_and_renewed_by_each_page(
    app: Flask, post: Callable[..., Visit], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [MORNING]
    monkeypatch.setattr("webapp.web.uploads._now", lambda: int(now[0].timestamp() * 1000))
    first = post(PDF, email="wrong")
    now[0] += timedelta(minutes=49)
    second = post(email="wrong", kept=tokens(first))
    assert len(tokens(second)) == 1
    now[0] += timedelta(minutes=49)
    assert len(tokens(post(email="wrong", kept=tokens(second)))) == 1
    late = post(email="wrong", kept=tokens(first))
    assert tokens(late) == []
    assert "« relevé.pdf » n'a pas pu être gardé" in summary(late)


def test_a_made_up_pass_is_a_file_to_choose_again(app: Flask, post: Callable[..., Visit]) -> None:
    for made_up in ("A" * 60, "é", "", "x" * 100_000):
        assert "Un fichier n'a pas pu être gardé" in summary(post(kept=[made_up]))
    seen = post(PDF, email="wrong")
    (token,) = tokens(seen)
    assert token not in {"", "A"}
    twice = post(kept=[token, token])
    assert twice.status == 303
    assert len(rows(app)) == 1


def test_when_files_cannot_be_taken_the_words_come_back_and_the_person_may_go_on_without(
    app: Flask, post: Callable[..., Visit], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = app.extensions["guichet"]

    def full(_wanted: int) -> None:
        raise StoreFull("test")

    monkeypatch.setattr(held.store, "require_room", full)
    answer = post(PDF)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    assert "« relevé.pdf » ne peut pas être reçu en ce moment" in summary(answer)
    assert post(stamp=stamp_of(answer)).status == 303
    monkeypatch.undo()

    def busy() -> Iterator[None]:
        raise Unavailable("busy")

    monkeypatch.setattr(held.examiner, "turn", busy)
    crowded = post(PDF)
    assert crowded.status == 503
    assert "trop de fichiers arrivent" in summary(crowded)


def test_a_network_that_sends_too_many_files_is_told_so(
    app: Flask, post: Callable[..., Visit], settings: Settings
) -> None:
    object.__setattr__(app.extensions["guichet"].settings, "files_per_network", 1)
    assert post(PDF, email="wrong").status == 400
    over = post(PDF)
    assert over.status == 429
    assert int(over.headers["Retry-After"]) > 0
    assert "trop de fichiers sont partis de votre réseau" in summary(over)


def test_a_nature_without_files_takes_none(app: Flask, visit: Callable[..., Visit], post: Callable[..., Visit]) -> None:
    assert not visit("/ecrire/question").soup.select("input[type=file]")
    form = visit("/ecrire/demande").soup
    assert form.select_one("form.request")["enctype"] == "multipart/form-data"
    control = form.find(id="files")
    assert (control["type"], control["name"], control.has_attr("multiple")) == ("file", "files", True)
    assert "image/heic" not in control["accept"]
    assert post(PDF, path="/ecrire/question", x_customer="yes").status == 303
    assert rows(app) == []


class Endless(io.RawIOBase):
    """A body of `size` bytes that nobody ever held: a form that starts with words and goes on with a film."""

    def tell(self) -> int:
        return 0

    def seek(self, place: int, whence: int = 0) -> int:
        """The test client asks how long it is."""
        return 0

    def __init__(self, head: bytes, size: int) -> None:
        self._head, self._left, self.given = head, size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        piece = self._head[: len(into)] or bytes(min(len(into), self._left))
        self._head = self._head[len(piece) :]
        self._left -= len(piece)
        self.given += len(piece)
        into[: len(piece)] = piece
        return len(piece)


def _film(app: Flask) -> bytes:
    """A form up to the first byte of its film."""
    fields = {**GOOD, "stamp": old_stamp(app)}
    return encoded(fields, (("film.pdf", b"", "application/pdf"),)).removesuffix(b"\r\n--edge--\r\n")


@pytest.mark.parametrize("declared", [True, False])
def test_a_gigabyte_is_refused_without_being_held(app: Flask, client: Any, settings: Settings, declared: bool) -> None:
    body = Endless(_film(app), 1_000_000_000)
    before = psutil.Process().memory_info().rss
    environ = {"wsgi.input_terminated": not declared}
    length = {"CONTENT_LENGTH": "1000000000"} if declared else {}
    answer = client.post(
        "/ecrire/demande",
        input_stream=body,
        content_type="multipart/form-data; boundary=edge",
        headers=SAME,
        environ_overrides=environ | length,
    )
    assert answer.status_code == 413
    assert body.given <= LARGEST_WITH_FILES + 65_536
    assert psutil.Process().memory_info().rss - before < 20_000_000
    assert on_disk(settings) == []


def test_a_film_within_reason_gives_every_word_back(app: Flask, client: Any) -> None:
    head = _film(app)
    tail = b"\r\n--edge--\r\n"
    size = 30_000_000
    body = head + bytes(size) + tail
    before = psutil.Process().memory_info().rss
    answer = client.post(
        "/ecrire/demande",
        input_stream=io.BytesIO(body),
        content_type="multipart/form-data; boundary=edge",
        headers=SAME | {"Content-Length": str(len(body))},
    )
    page = Visit(answer)
    assert page.status == 400
    assert "« film.pdf » dépasse 5 Mo" in summary(page)
    assert page.soup.find("textarea").text.strip() == GOOD["message"]
    assert psutil.Process().memory_info().rss - before < 20_000_000


@pytest.mark.parametrize("path", ["/ecrire", "/ecrire/reponses", "/questions/carte-perdue-ou-volee/avis"])
def test_other_pages_read_no_more_than_before(app: Flask, client: Any, path: str) -> None:
    body = b"x" * 300_000
    answer = client.post(path, data=body, content_type="application/x-www-form-urlencoded", headers=SAME)
    assert answer.status_code == 413
    with_files = {"message": "x", "answer": "useful", "files": (io.BytesIO(bytes(1000)), "a.pdf")}
    assert client.post(path, data=with_files, headers=SAME).status_code < 500


def test_no_address_serves_a_file(app: Flask, post: Callable[..., Visit], visit: Callable[..., Visit]) -> None:
    post(PDF)
    (row,) = rows(app)
    for path in (f"/files/{row.id}", f"/static/{row.id}", f"/images/{row.id}", f"/var/files/{row.id[:2]}/{row.id}"):
        assert visit(path).status == 404


def test_the_documents_and_the_words_say_the_limits_of_the_code(app: Flask) -> None:
    say = app.extensions["guichet"].words.say
    for language in ("fr", "en"):
        words = plain(say(language, "form.files.hint"))
        numbers = (str(MOST_FILES), str(LARGEST_FILE // 1024 // 1024), str(LARGEST_TOTAL // 1024 // 1024))
        assert all(number in words for number in numbers)
    operations = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text()
    assert f"client_max_body_size {LARGEST_WITH_FILES // 1024 // 1024}m;" in operations


def test_a_file_is_durable_before_its_row_is(
    app: Flask, post: Callable[..., Visit], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of the steps, seen from the system calls: fsync of the file, rename, fsync of its folder, commit."""
    steps: list[str] = []
    held = app.extensions["guichet"]
    real_fsync, real_rename, real_transaction = os.fsync, os.rename, held.database.transaction

    def fsync(handle: int) -> None:
        steps.append("fsync folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "fsync file")
        real_fsync(handle)

    def rename(before: Any, after: Any) -> None:
        steps.append("rename")
        real_rename(before, after)

    def transaction() -> Any:
        steps.append("transaction")
        return real_transaction()

    post(PNG, email="wrong")  # the folders of the store are there from now on
    monkeypatch.setattr("webapp.tickets.filestore.os.fsync", fsync)
    monkeypatch.setattr("webapp.tickets.filestore.os.rename", rename)
    monkeypatch.setattr(held.database, "transaction", transaction)
    assert post(PDF).status == 303
    kept = [each for each in steps if each != "fsync folder" or steps[steps.index(each) - 1] != "transaction"]
    assert kept[0] == "transaction", "the count of messages with files"
    assert kept[-4:] in (
        ["fsync file", "rename", "fsync folder", "transaction"],
        ["fsync folder", "rename", "fsync folder", "transaction"],
    ) or kept[-3:] == ["rename", "fsync folder", "transaction"]
