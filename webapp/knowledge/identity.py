"""The bank's colours and images: enough contrast to read (WCAG 1.4.3), and drawings that carry no script."""

import re
from xml.etree import ElementTree

from webapp.knowledge.catalog import Colours

LEAST_CONTRAST = 4.5
LIGHT, DARK = "#ffffff", "#14181c"
_MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "webp": b"RIFF", "jpg": b"\xff\xd8\xff", "jpeg": b"\xff\xd8\xff"}
_ACTIVE = {"script", "foreignobject", "iframe", "object", "embed", "handler", "set", "animate", "animatetransform", "a"}
IMAGES = ("svg", *_MAGIC)


def contrast(first: str, second: str) -> float:
    """WCAG 2.2 contrast ratio of two `#rrggbb` colours, 1 to 21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def weak_colours(colours: Colours) -> list[tuple[str, float, str]]:
    """(name, contrast, what it is set on) of each colour that cannot be read well enough."""
    backgrounds = {"accent": LIGHT, "urgent": LIGHT, "accent_dark": DARK, "urgent_dark": DARK}
    found = [(name, contrast(getattr(colours, name), on), on) for name, on in backgrounds.items()]
    return [each for each in found if each[1] < LEAST_CONTRAST]


def picture_fault(name: str, data: bytes) -> str:
    """Why a file of `assets/` cannot be shown, in French; "" when it can."""
    kind = name.rpartition(".")[2].lower()
    if kind not in IMAGES:
        return f"le type « .{kind} » n'est pas admis ({', '.join(IMAGES)})"
    if kind == "svg":
        return _svg_fault(data)
    return "" if data.startswith(_MAGIC[kind]) else "le contenu n'est pas celui d'une image de ce type"


def _svg_fault(data: bytes) -> str:
    if len(data) > 200_000:
        return "le dessin dépasse 200 Ko"
    lowered = data.lower()
    if b"<!doctype" in lowered or b"<!entity" in lowered or b"<?xml-stylesheet" in lowered:
        return "le dessin contient une déclaration (DOCTYPE, ENTITY) interdite"
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - no DOCTYPE is left that could declare entities
    except (ElementTree.ParseError, ValueError, RecursionError):
        return "le dessin n'est pas un SVG correct"
    for element in root.iter():
        tag = str(element.tag).rpartition("}")[2].lower()
        if tag in _ACTIVE:
            return f"le dessin contient un élément actif <{tag}>"
        fault = _attributes_fault(element)
        if fault or (tag == "style" and re.search(r"@import|url\s*\(", element.text or "", re.IGNORECASE)):
            return fault or "le dessin va chercher un fichier ailleurs"
    return ""


def _attributes_fault(element: ElementTree.Element) -> str:
    for full_name, value in element.attrib.items():
        name = full_name.rpartition("}")[2].lower()
        if name.startswith("on"):
            return f"le dessin contient un script ({name})"
        outside = re.search(r"url\s*\(\s*['\"]?(?!#)", value, re.IGNORECASE)
        if (name in ("href", "src") and not value.startswith("#")) or outside:
            return f"le dessin va chercher un fichier ailleurs ({name})"
    return ""


def _luminance(colour: str) -> float:
    def linear(part: str) -> float:
        value = int(part, 16) / 255
        return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(colour[start : start + 2]) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
