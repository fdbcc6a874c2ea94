"""Photographs and scans, decoded whole and written anew: what is not a picture does not come through.

Gone: position and camera data (EXIF, XMP), thumbnails, comments, colour profiles, bytes after the end, further frames.
Kept: the pixels, turned the right way up; a JPEG keeps its own quality, so that small print stays legible.
Only the child process imports this (`child.py`): decoding strangers' bytes is never done in a web worker.
"""

import io
from typing import Any

from PIL import Image, ImageFile, JpegImagePlugin

from webapp.inspection.rules import JPEG, MOST_PIXELS, Kind, Refused

Image.MAX_IMAGE_PIXELS = None  # our own bound, below, is stricter and has its own words
ImageFile.LOAD_TRUNCATED_IMAGES = False
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_EFFORT = 3  # of zlib, of 9: half the time of Pillow's usual 6, for files a tenth larger
_QUALITY = 90  # when the file's own tables cannot be used again
_JPEG_MODES = ("L", "RGB")
_PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")


def clean(data: bytes, kind: Kind) -> bytes:
    """The picture alone. Errors: ``Refused``: ``pixels``, ``damaged``."""
    try:
        image = Image.open(io.BytesIO(data), formats=[kind.name.upper()])
        width, height = image.size
    except Exception as error:
        raise Refused("damaged") from error
    if width * height > MOST_PIXELS or width < 1 or height < 1:
        raise Refused("pixels")
    try:
        image.load()
        turn = _TURNS.get(_orientation(image))
        plain: Image.Image = image.transpose(turn) if turn is not None else image
        return _jpeg(image, plain) if kind is JPEG else _png(plain)
    except MemoryError:
        raise
    except Exception as error:  # libjpeg, zlib and Pillow have many ways to say that a file is broken
        raise Refused("damaged") from error


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # camera data that cannot be read turns nothing
        return 1


def _jpeg(image: Image.Image, plain: Image.Image) -> bytes:
    own: dict[str, Any] = {}
    if plain.mode in _JPEG_MODES and isinstance(image, JpegImagePlugin.JpegImageFile):
        tables = getattr(image, "quantization", None)
        if tables:
            own = {"qtables": tables, "subsampling": max(0, JpegImagePlugin.get_sampling(image))}
    if plain.mode not in _JPEG_MODES:
        plain = plain.convert("RGB")
    try:
        return _written(plain, "JPEG", **(own or {"quality": _QUALITY}))
    except (OSError, ValueError, TypeError):  # tables that libjpeg reads and does not write
        return _written(plain, "JPEG", quality=_QUALITY)


def _png(plain: Image.Image) -> bytes:
    transparency = plain.info.get("transparency")
    if plain.mode not in _PNG_MODES:
        plain, transparency = plain.convert("RGBA" if "A" in plain.mode else "RGB"), None
    seen_through = {} if transparency is None else {"transparency": transparency}
    return _written(plain, "PNG", compress_level=_EFFORT, **seen_through)


def _written(plain: Image.Image, form: str, **options: Any) -> bytes:
    plain.info = {}  # Pillow would copy comments and profiles from here
    out = io.BytesIO()
    plain.save(out, form, **options)
    return out.getvalue()
