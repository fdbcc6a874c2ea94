"""Files that customers send, and files that nobody sends in good faith (shared/reference/security.md §5.3, and more).

Each is made here, byte for byte: nothing is downloaded. `SECRET` stands where a file should give up what it hides.
"""

import io
import struct
import zipfile
import zlib
from functools import cache

from PIL import Image, ImageDraw
from pypdf import PdfWriter
from pypdf.annotations import Link
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    RectangleObject,
    TextStringObject,
)

SECRET = b"HIDDEN-IN-THE-FILE"
GPS = b"\x00\x00\x00\x30"


def _picture(width: int = 640, height: int = 400) -> Image.Image:
    """A page with a mark in its top left corner, so that a turn is seen."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 8, height // 8), fill="red")
    for row in range(20, height, 24):
        draw.line((width // 4, row, width - 20, row), fill="black", width=3)
    return image


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


@cache
def jpeg() -> bytes:
    return _saved(_picture(), "JPEG", quality=88)


@cache
def photograph(orientation: int = 6) -> bytes:
    """As a telephone makes it: position, camera, thumbnail, comment, XMP, and lying on its side."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = SECRET.decode() + " camera"
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 24.0), 3: "E", 4: (2.0, 21.0, 7.0), 29: "HIDDEN-IN-THE-FILE date"}
    body = _saved(_picture(), "JPEG", quality=88, exif=exif, comment=SECRET + b" comment")
    xmp = b"http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    segment = b"\xff\xe1" + struct.pack(">H", len(xmp) + 2) + xmp
    return body[:2] + segment + body[2:] + SECRET + b" after the end"


@cache
def large_photograph(megapixels: float = 12.0, most: int = 5 * 1024 * 1024) -> bytes:
    """Noise does not compress: near the largest file that is taken."""
    width = int((megapixels * 1e6 * 4 / 3) ** 0.5)
    height = int(width * 3 / 4)
    noise = Image.effect_noise((width // 4, height // 4), 60).resize((width, height)).convert("RGB")
    for quality in range(95, 20, -5):
        body = _saved(noise, "JPEG", quality=quality)
        if len(body) <= most:
            return body
    raise AssertionError("no quality is small enough")


@cache
def png() -> bytes:
    return _saved(_picture(), "PNG")


@cache
def pdf(pages: int = 1) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    return _written(writer)


def _written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@cache
def huge_pdf(pages: int = 3000) -> bytes:
    """Many objects: a year of statements."""
    return pdf(pages)


@cache
def scanned_pdf(size: int = 4_900_000) -> bytes:
    """As a scanner makes it: large pictures, few objects."""
    picture = large_photograph(8.0, size - 100_000)
    out = io.BytesIO()
    Image.open(io.BytesIO(picture)).save(out, "PDF", quality="keep")
    return out.getvalue()


def _acting(**catalog: object) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    for name, value in catalog.items():
        writer._root_object[NameObject(f"/{name}")] = value
    return _written(writer)


def _action(kind: str, **more: object) -> DictionaryObject:
    action = DictionaryObject({NameObject("/Type"): NameObject("/Action"), NameObject("/S"): NameObject(f"/{kind}")})
    action.update({NameObject(f"/{name}"): value for name, value in more.items()})
    return action


def pdf_with_javascript() -> bytes:
    return _acting(OpenAction=_action("JavaScript", JS=TextStringObject("app.alert('" + SECRET.decode() + "')")))


def pdf_with_named_javascript() -> bytes:
    """In the table of names, where a reader looks when it opens the document."""
    script = _action("JavaScript", JS=TextStringObject("app.alert('" + SECRET.decode() + "')"))
    tree = DictionaryObject({NameObject("/Names"): ArrayObject([TextStringObject("start"), script])})
    return _acting(Names=DictionaryObject({NameObject("/JavaScript"): tree}))


def pdf_that_launches() -> bytes:
    return _acting(OpenAction=_action("Launch", F=TextStringObject(SECRET.decode() + ".exe")))


def pdf_with_a_file_inside() -> bytes:
    """As an electronic invoice (Factur-X) has it; and as a courier of programs has it."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    writer.add_attachment("factur-x.xml", b"<invoice>" + SECRET + b"</invoice>")
    return _written(writer)


def pdf_with_a_scripted_field() -> bytes:
    """The script sits in an annotation, three references deep."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    field = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Widget"),
            NameObject("/Rect"): RectangleObject((10, 10, 90, 30)),
            NameObject("/AA"): DictionaryObject(
                {NameObject("/K"): writer._add_object(_action("JavaScript", JS=TextStringObject(SECRET.decode())))}
            ),
        }
    )
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(field)])
    return _written(writer)


def pdf_with_hidden_names() -> bytes:
    """``/J#61vaScript`` is ``/JavaScript``; a search for the word would not find it."""
    plain = pdf_with_javascript()
    return plain.replace(b"/JavaScript", b"/J#61vaScript")


def pdf_with_a_link() -> bytes:
    """A link to a web page acts only when a person follows it: kept."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    writer.add_annotation(0, Link(rect=(10, 10, 90, 30), url="https://www.service-public.gouv.fr/"))
    return _written(writer)


def pdf_with_a_password(password: str = "a password") -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    writer.encrypt(password, "owner", algorithm="AES-256")
    return _written(writer)


def pdf_that_cycles() -> bytes:
    """An array that holds itself, and a page tree under its own page."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    loop = ArrayObject()
    reference = writer._add_object(loop)
    loop.append(reference)
    writer._root_object[NameObject("/Loop")] = reference
    return _written(writer)


def pdf_deeply_nested(depth: int = 20_000) -> bytes:
    body = b"%PDF-1.4\n1 0 obj\n" + b"[" * depth + b"]" * depth + b"\nendobj\n"
    table = b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n"
    return body + table + b"trailer << /Size 2 /Root 1 0 R >>\nstartxref\n" + str(len(body)).encode() + b"\n%%EOF\n"


def pdf_bomb(size: int = 200_000_000) -> bytes:
    """An object stream of a few kilobytes that unfolds to two hundred megabytes of spaces."""
    pressing = zlib.compressobj(9)
    block = b" " * 1_000_000
    pressed = b"".join(pressing.compress(block) for _ in range(size // len(block))) + pressing.flush()
    head = b"%PDF-1.5\n"
    stream = (
        b"2 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % len(pressed)
        + pressed
        + b"\nendstream\nendobj\n"
    )
    place = len(head) + len(stream)
    rows = bytes([0, 0, 0, 0, 255]) + bytes([2, 0, 0, 2, 0]) + b"\x01" + len(head).to_bytes(3) + b"\x00"
    rows += b"\x01" + place.to_bytes(3) + b"\x00"
    packed = zlib.compress(rows)
    table = (
        b"3 0 obj\n<< /Type /XRef /Size 4 /W [1 3 1] /Root 1 0 R /Filter /FlateDecode /Length %d >>\nstream\n"
        % len(packed)
        + packed
        + b"\nendstream\nendobj\n"
    )
    return head + stream + table + b"startxref\n%d\n%%%%EOF\n" % place


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_flood(width: int = 60_000, height: int = 60_000) -> bytes:
    """A few bytes that claim 3.6 billion pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(b"\x00" * 4096))
        + _chunk(b"IEND", b"")
    )


@cache
def png_bomb(side: int = 6_300) -> bytes:
    """Just under the bound of pixels, a few kilobytes: decoded it is a hundred and sixty megabytes."""
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    pressing = zlib.compressobj(9)
    row = bytes(side * 4 + 1)
    pressed = b"".join(pressing.compress(row) for _ in range(side)) + pressing.flush()
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", pressed) + _chunk(b"IEND", b"")


def png_with_php() -> bytes:
    return png() + b"<?php system($_GET['c']); /* " + SECRET + b" */ ?>"


def png_with_texts() -> bytes:
    body = png()
    text = _chunk(b"tEXt", b"Comment\x00" + SECRET) + _chunk(b"eXIf", b"MM\x00*" + SECRET)
    return body[:33] + text + body[33:]


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names or ("letter.txt",):
            archive.writestr(name, "text")
    return out.getvalue()


def docx() -> bytes:
    return zipped("[Content_Types].xml", "word/document.xml")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
GIF_AND_SCRIPT = b"GIF89a/*" + bytes(40) + b"*/=1;alert(1);"
EXE = b"MZ" + bytes(200)
HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(64)
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def pdf_with_eicar() -> bytes:
    """The published test string of antivirus makers in a file that is a PDF."""
    return pdf().replace(b"startxref", b"%" + EICAR + b"\nstartxref")


REFUSED: tuple[tuple[str, str, str, bytes, str], ...] = (
    ("pdf behind junk", "a.pdf", "application/pdf", b"junk\n" + pdf(), "damaged"),
    ("html named pdf", "a.pdf", "application/pdf", HTML, "damaged"),
    ("svg", "a.svg", "image/svg+xml", SVG, "type"),
    ("svg named png", "a.png", "image/png", SVG, "damaged"),
    ("jpeg header and html", "a.jpg", "image/jpeg", b"\xff\xd8\xff\xe0" + HTML, "damaged"),
    ("gif and script", "a.gif", "image/gif", GIF_AND_SCRIPT, "type"),
    ("gif named png", "a.png", "image/png", GIF_AND_SCRIPT, "mismatch"),
    ("docx", "a.docx", "application/vnd.openxmlformats", docx(), "office"),
    ("docx named pdf", "a.pdf", "application/pdf", docx(), "damaged"),
    ("zip", "a.zip", "application/zip", zipped(), "archive"),
    ("program", "a.exe", "application/octet-stream", EXE, "type"),
    ("program named pdf", "a.pdf", "", EXE, "damaged"),
    ("heic", "IMG_0001.HEIC", "image/heic", HEIC, "heic"),
    ("no ending", "scan", "application/pdf", pdf(), "type"),
    ("png named jpg", "a.jpg", "image/jpeg", png(), "mismatch"),
    ("jpeg declared as a pdf", "a.jpg", "application/pdf", jpeg(), "mismatch"),
    ("html declared, pdf named", "a.pdf", "text/html", pdf(), "mismatch"),
    ("flood of pixels", "a.png", "image/png", png_flood(), "pixels"),
    ("cut jpeg", "a.jpg", "image/jpeg", jpeg()[: len(jpeg()) // 2], "damaged"),
    ("cut png", "a.png", "image/png", png()[:-40], "damaged"),
    ("cut pdf", "a.pdf", "application/pdf", pdf()[:200], "damaged"),
    ("pdf with a password", "a.pdf", "application/pdf", pdf_with_a_password(), "password"),
    ("pdf, only the header", "a.pdf", "application/pdf", b"%PDF-1.7\n%%EOF", "damaged"),
    ("pdf and zip in one", "a.zip", "application/pdf", pdf() + zipped(), "archive"),
)
"""Name of the case, file name, declared type, bytes, reason of the refusal."""
