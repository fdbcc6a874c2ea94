"""Files of the pages: style sheet, scripts, logo. Their address holds a digest of their bytes, so they never go stale.

Scripts import one another by relative path, so they share one folder named after the digest of all of them.
"""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from webapp.knowledge.catalog import Catalog, Colours
from webapp.knowledge.shelf import Edition

ROOT = Path(__file__).resolve().parents[2]
STYLES = ROOT / "static" / "css"
SCRIPTS = ROOT / "static" / "js"
WIDGET = ROOT / "static" / "widget"
FOREVER = "public, max-age=31536000, immutable"
_WHITE, _BLACK = "#ffffff", "#10171b"


class Files(NamedTuple):
    """Addresses of the files of one edition; `scripts` is a folder."""

    style: str
    scripts: str
    logo: str
    favicon: str


def files(catalog: Catalog | None, edition: Edition | None) -> Files:
    """The addresses to print in a page. Without a catalog the pages keep the default colours and have no logo."""
    style = f"/style-{style_digest(catalog.site.colours if catalog else PLAIN)}.css"
    scripts = f"/static/{scripts_digest()}/js"
    if catalog is None or edition is None:
        return Files(style, scripts, "", "")
    logo, favicon = (_asset_digest(edition.assets / name) for name in (catalog.site.logo, "favicon.svg"))
    return Files(
        style,
        scripts,
        f"/logo-{logo}{Path(catalog.site.logo).suffix}" if logo else "",
        f"/favicon-{favicon}.svg" if favicon else "",
    )


@cache
def style_sheet(colours: Colours) -> bytes:
    """All of ``static/css`` in name order, after the colours of the bank as custom properties; comments left out."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted(STYLES.glob("*.css")))
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    text = _properties(colours) + "\n" + re.sub(r"\n\s*", "\n", source)
    return re.sub(r"\n+", "\n", text).strip().encode()


@cache
def style_digest(colours: Colours) -> str:
    return _short(style_sheet(colours))


def script(name: str) -> bytes | None:
    """The bytes of one script; None when there is none of that name."""
    return _scripts().get(name)  # a visitor's text is never a path, nor kept in a memory that grows with it


@cache
def widget_scripts(colours: Colours) -> dict[str, bytes]:
    """Digest → script, for the present widget and for former ones, whose file stays in the folder (integrity!)."""
    made = {}
    for path in sorted(WIDGET.glob("*.js")):
        source = re.sub(r"^\s*//.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        text = re.sub(r"\n\s*", "\n", source).replace("ACCENT", colours.accent)
        made[_short(text.encode())] = text.encode()
        if path.name == "widget.js":
            made[""] = text.encode()
    return made


@cache
def widget_digest(colours: Colours) -> str:
    return _short(widget_scripts(colours)[""])


def widget_integrity(colours: Colours) -> str:
    """The value of an integrity attribute (Subresource Integrity)."""
    return "sha384-" + base64.b64encode(hashlib.sha384(widget_scripts(colours)[""]).digest()).decode()


@cache
def scripts_digest() -> str:
    return _short(b"\0".join(_scripts().values()))


@cache
def _scripts() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(SCRIPTS.glob("*.js"))}


def asset(edition: Edition, name: str) -> bytes | None:
    """The bytes of a published asset; `name` comes from the catalog or was checked against it."""
    try:
        return (edition.assets / name).read_bytes()
    except OSError:
        return None


def _asset_digest(path: Path) -> str:
    try:
        return _file_digest(path)
    except OSError:
        return ""  # never remembered: a version that is rebuilt keeps its name


@cache
def _file_digest(path: Path) -> str:
    return _short(path.read_bytes())


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


PLAIN = Colours(accent="#0b5c7a", accent_dark="#7cc7e0", urgent="#b3261e", urgent_dark="#ffb4ab")


def _properties(colours: Colours) -> str:
    """The bank's colours, and the tints made from them, as custom properties of the light and the dark scheme."""
    light = {
        "accent": colours.accent,
        "accent-deep": mix(colours.accent, _BLACK, 0.28),
        "accent-soft": mix(colours.accent, _WHITE, 0.92),
        "accent-line": mix(colours.accent, _WHITE, 0.72),
        "on-accent": _WHITE,
        "band": colours.accent,
        "band-far": mix(colours.accent, _BLACK, 0.38),
        "urgent": colours.urgent,
        "urgent-soft": mix(colours.urgent, _WHITE, 0.93),
        "urgent-line": mix(colours.urgent, _WHITE, 0.68),
        "on-urgent": _WHITE,
    }
    dark = {
        "accent": colours.accent_dark,
        "accent-deep": mix(colours.accent_dark, _WHITE, 0.35),
        "accent-soft": mix(colours.accent_dark, _BLACK, 0.88),
        "accent-line": mix(colours.accent_dark, _BLACK, 0.62),
        "on-accent": _BLACK,
        "band": mix(colours.accent, _BLACK, 0.42),
        "band-far": mix(colours.accent, _BLACK, 0.68),
        "urgent": colours.urgent_dark,
        "urgent-soft": mix(colours.urgent_dark, _BLACK, 0.87),
        "urgent-line": mix(colours.urgent_dark, _BLACK, 0.6),
        "on-urgent": _BLACK,
    }
    return f":root{{{_css(light)}}}\n@media (prefers-color-scheme:dark){{:root{{{_css(dark)}}}}}"


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with `share` (0..1) of `other` in it, both `#rrggbb`."""
    one, two = (tuple(int(each[i : i + 2], 16) for i in (1, 3, 5)) for each in (colour, other))
    return "#" + "".join(f"{round(a * (1 - share) + b * share):02x}" for a, b in zip(one, two, strict=True))


def _css(properties: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in properties.items())
