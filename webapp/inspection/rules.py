"""What files are taken: kinds, sizes, pixels. The form, the documents and the checks all read these values."""

from typing import Literal

import msgspec

MOST_FILES = 3
LARGEST_FILE = 5 * 1024 * 1024  # bytes of one file
LARGEST_TOTAL = 12 * 1024 * 1024  # bytes of all the files of one message
MOST_PIXELS = 40_000_000  # width × height, read from the header before anything is decoded
LARGEST_CLEAN = 2 * LARGEST_FILE  # a re-encoded image may grow a little; beyond this the page would be a trick

Scan = Literal["clean", "unscanned", "off"]
"""``clean``: the antivirus found nothing; ``unscanned``: it did not answer; ``off``: none is configured."""


class Kind(msgspec.Struct, frozen=True):
    """One kind of file. The first type and ending are the ones that are stored."""

    name: str
    media_types: tuple[str, ...]
    endings: tuple[str, ...]

    @property
    def media_type(self) -> str:
        return self.media_types[0]


PDF = Kind("pdf", ("application/pdf", "application/x-pdf"), ("pdf",))
JPEG = Kind("jpeg", ("image/jpeg", "image/jpg", "image/pjpeg"), ("jpg", "jpeg", "jpe", "jfif"))
PNG = Kind("png", ("image/png", "image/x-png"), ("png",))
KINDS = (PDF, JPEG, PNG)
UNDECLARED = ("", "application/octet-stream")  # a browser that does not know a type says nothing, or this

ACCEPT = ",".join(["application/pdf,image/jpeg,image/png", *(f".{end}" for kind in KINDS for end in kind.endings[:2])])
"""For ``<input type=file accept>``. HEIC is left out on purpose: an iPhone then hands over a JPEG."""


class Refused(Exception):
    """The file is not taken. `reason` is a key of the words ``form.file.<reason>``; never a word of the file.

    `found`: what the file seems to be, for the mismatch message.
    """

    def __init__(self, reason: str, found: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.found = found


class Unavailable(Exception):
    """Files cannot be examined or kept now; nothing is wrong with them. `reason`: ``busy``, ``full`` or ``limit``."""

    def __init__(self, reason: str, retry_after: int = 60) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


def kind_of(name: str) -> Kind | None:
    """The kind that the ending of a file name claims."""
    ending = name.rpartition(".")[2].lower()
    return next((kind for kind in KINDS if ending in kind.endings), None) if "." in name else None


def seen(head: bytes) -> str:
    """What the first bytes say (64 are enough): a kind's name, or the name of something that is not taken, or ""."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for signature, found in _SIGNATURES:
        if head.startswith(signature):
            return found
    if head[4:8] == b"ftyp":
        return "heic" if head[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"avif") else "film"
    if start.startswith((b"<!doctype html", b"<html", b"<script")):
        return "html"
    return "svg" if start.startswith((b"<svg", b"<?xml")) else ""


_SIGNATURES = (
    (b"%PDF-", "pdf"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"Rar!", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "zip"),
    (b"\x1f\x8b", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"BM", "picture"),
    (b"II*\x00", "picture"),
    (b"MM\x00*", "picture"),
)


def claimed(name: str, declared: str, head: bytes) -> Kind:
    """The kind on which ending, declared type and first bytes agree.

    Errors: ``Refused``: ``heic``, ``office``, ``archive``, ``type`` (not taken), ``mismatch`` (they disagree).
    """
    found = seen(head)
    kind = kind_of(name)
    if kind is None:
        raise Refused(_unwanted(name.rpartition(".")[2].lower(), found))
    spoken = declared.partition(";")[0].strip().lower()
    if spoken not in UNDECLARED and spoken not in kind.media_types:
        raise Refused("mismatch", found)
    if found != kind.name:
        raise Refused("mismatch" if found in ("pdf", "jpeg", "png", "gif") else "damaged", found)
    return kind


def _unwanted(ending: str, found: str) -> str:
    if found == "heic" or ending in ("heic", "heif", "avif", "webp"):
        return "heic"
    if ending in ("doc", "docx", "odt", "rtf", "xls", "xlsx", "ods", "ppt", "pptx", "odp", "pages", "numbers", "txt"):
        return "office"
    if ending in ("zip", "rar", "7z", "gz", "tar", "tgz"):
        return "archive"
    return "type"
