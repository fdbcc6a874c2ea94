"""PDF files, read object by object: what acts is taken out, what needs a password is refused.

A page description may hold programs (JavaScript), other files, and orders to the reader (launch, send the form). When
something of the kind is found, or when bytes follow the end, the file is written anew without it and read again; else
it is kept byte for byte, so that an electronic signature stays good. Official forms and invoices (Factur-X) hold such
things in good faith: refusing them would send customers away for nothing.
Only the child process imports this. Sources: ISO 32000-2 §12.6 (actions), §7.11.4 (embedded files), annex on keys.
"""

import io
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, NullObject

from webapp.inspection.rules import Refused

MOST_OBJECTS = 200_000
_END = b"%%EOF"
_ACTIONS = frozenset(
    (
        *("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE"),
        *("/Rendition", "/RichMediaExecute", "/Movie", "/Sound", "/GoTo3DView"),
    )
)
_KEYS = ("/JS", "/EF", "/EmbeddedFiles", "/JavaScript", "/XFA", "/RF", "/Collection", "/RichMediaContent", "/3DD")
_ANNOTATIONS = frozenset(("/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"))
_KEPT_OF_ANNOTATION = ("/Type", "/Rect", "/P", "/F")


def clean(data: bytes) -> tuple[bytes, bool]:
    """The file to keep, and whether something was taken out. Errors: ``Refused``."""
    end = data.rfind(_END)
    if not data.startswith(b"%PDF-") or end < 0:
        raise Refused("damaged")
    reader = _opened(data)
    found = _disarm(reader)
    if not found and not data[end + len(_END) :].strip(b"\r\n\t \x00"):
        return data, False
    written = _written(reader)
    if _disarm(_opened(written)):  # what we wrote is read as a stranger would
        raise Refused("active")
    return written, found


def _opened(data: bytes) -> PdfReader:
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        locked = reader.is_encrypted and not reader.decrypt("")
    except MemoryError:
        raise
    except Exception as error:
        raise Refused("damaged") from error
    if locked:
        raise Refused("password")
    return reader


def _disarm(reader: PdfReader) -> bool:
    """Empty, in memory, every dictionary that acts; whether there was one."""
    try:
        if len(reader.pages) < 1:
            raise Refused("damaged")
        found = False
        for each in _dictionaries(reader):
            found = _disarmed(each) or found
        return found
    except (Refused, MemoryError):
        raise
    except Exception as error:
        raise Refused("damaged") from error


def _dictionaries(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Every dictionary of the file: those that the pages lead to, and those that only the table of objects names."""
    waiting: list[Any] = [reader.trailer]
    waiting += [
        IndirectObject(number, generation, reader) for generation, held in reader.xref.items() for number in held
    ]
    waiting += [IndirectObject(number, 0, reader) for number in reader.xref_objStm]
    known: set[tuple[int, int]] = set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, IndirectObject):
            mark = (each.idnum, each.generation)
            if mark in known:
                continue
            known.add(mark)
            if len(known) > MOST_OBJECTS:
                raise MemoryError
            each = _resolved(each)
        if isinstance(each, DictionaryObject):
            yield each
            waiting += [value for value in each.values() if isinstance(value, dict | list | IndirectObject)]
        elif isinstance(each, ArrayObject):
            waiting += [value for value in each if isinstance(value, dict | list | IndirectObject)]


def _resolved(reference: IndirectObject) -> Any:
    """What a reference leads to. A free or wrong entry of the table leads nowhere, for readers of PDF too."""
    try:
        return reference.get_object()
    except MemoryError:
        raise
    except Exception:
        return NullObject()


def _disarmed(each: DictionaryObject) -> bool:
    acts = str(each.get("/S")) in _ACTIONS and "/K" not in each  # "/K": a mark of the text's structure, not an action
    if acts:
        each.clear()
        return True
    found = False
    if str(each.get("/Subtype")) in _ANNOTATIONS and ("/Rect" in each or each.get("/Type") == "/Annot"):
        for key in [key for key in each if key not in _KEPT_OF_ANNOTATION]:
            del each[key]
        each[NameObject("/Subtype")] = NameObject("/Link")
        found = True
    for key in _KEYS:
        if key in each:
            del each[key]
            found = True
    return found


def _written(reader: PdfReader) -> bytes:
    try:
        writer = PdfWriter(clone_from=reader)
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue()
    except MemoryError:
        raise
    except Exception as error:
        raise Refused("damaged") from error
