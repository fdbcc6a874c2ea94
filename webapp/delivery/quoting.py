"""What an agent really wrote: HTML made plain, the quoted letter below and the signature cut off.

The clients that banks use each introduce a quotation in their own words, in French and in English (Outlook, Gmail,
Thunderbird, Apple Mail). When in doubt a line is kept: a sentence too many beats an answer cut short.
"""

import re
from html.parser import HTMLParser

LONGEST = 50_000  # characters of one answer
_BLOCKS = frozenset(
    ("p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre", "hr")
)
_PARAGRAPHS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre"))
_HIDDEN = frozenset(("script", "style", "head", "title", "template", "noscript", "svg", "object", "iframe"))
_VOID = frozenset(("br", "hr", "img", "input", "meta", "link", "col", "area", "base", "embed", "source", "wbr"))
_QUOTES = re.compile(
    r"\b(?:gmail_quote|gmail_attr|moz-cite-prefix|moz-signature|gmail_signature|appendonsend|divRplyFwdMsg|"
    r"OLK_SRC_BODY_SECTION|mail-editor-reference-message-container)\b"
)
_SEALS = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
_SPACES = re.compile(r"[ \t\r\f\v\u00a0]+")
_INTRODUCTIONS = tuple(
    re.compile(each, re.IGNORECASE)
    for each in (
        r"-{2,}\s*(?:message d.origine|original message|message transféré|forwarded message)\s*-{2,}",
        r"_{10,}",  # Outlook, between the answer and the header of what it answers
        r"le .{4,120}(?:a écrit|écrivait)\s*:",  # Thunderbird, Gmail, Apple Mail in French, perhaps over two lines
        r"on .{4,120}wrote:",
        r".{3,100} a écrit le .{4,60}:",
        r"\d{4}-\d\d-\d\d .{3,100}(?:wrote|a écrit)\s*:",
    )
)
_OUTLOOK_FROM = re.compile(r"\*?(?:de|from|expéditeur)\s?:\*?\s.{2,}", re.IGNORECASE)
_OUTLOOK_NEXT = re.compile(
    r"\*?(?:envoyé|sent|date|à|to|objet|subject|cc|destinataire|date d.envoi)\s?:\*?\s", re.IGNORECASE
)
_SIGNATURES = re.compile(
    r"-- ?|envoyé (?:de|depuis|à partir de) .{0,20}(?:iphone|ipad|mobile|android|outlook|smartphone).{0,40}"
    r"|sent from (?:my|outlook) .{0,40}|get outlook for .{0,20}|obtenir outlook pour .{0,20}",
    re.IGNORECASE,
)


def decorates(media_type: str, headers: str) -> bool:
    """Whether a part of a letter is no document: a picture that stands in the text (it has a Content-ID and is not
    declared an attachment), or the signature of a mail program."""
    kind, told = media_type.lower(), headers.lower()
    if kind in _SEALS:
        return True
    return kind.startswith("image/") and "content-id:" in told and "content-disposition: attachment" not in told


def fresh(text: str) -> str:
    """`text` without what it quotes and without its signature; "" when nothing else was there."""
    lines = [line.rstrip() for line in text[: LONGEST * 4].replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept: list[str] = []
    for number, line in enumerate(lines):
        if _introduces(lines, number) or _SIGNATURES.fullmatch(line.strip() if line != "-- " else line):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()[:LONGEST]


def plain(html: str) -> str:
    """The text of `html`, quotations of known clients left out. Never raises; nothing of the markup survives."""
    reader = _Reader()
    reader.feed(html[: LONGEST * 20])
    reader.close()
    lines = [_SPACES.sub(" ", line).strip() for line in "".join(reader.said).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    """Collects what a reader would see. Skips an element, with all in it, that is hidden or quotes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._skipping: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            if not self._skipping and tag in _BLOCKS:
                self.said.append("\n")
            return
        named = " ".join(value or "" for name, value in attributes if name in ("class", "id"))
        quotes = tag == "blockquote" or _QUOTES.search(named) is not None
        if self._skipping or tag in _HIDDEN or quotes:
            self._skipping.append(tag)
        elif tag in _BLOCKS:
            self.said.append("\n\n" if tag in _PARAGRAPHS else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._skipping:
            while self._skipping and self._skipping.pop() != tag:
                pass
        elif not self._skipping and tag in _BLOCKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.said.append(data.replace("\n", " "))


def _introduces(lines: list[str], number: int) -> bool:
    """Whether a quotation begins here. Clients break a long introduction over two lines or three."""
    line = lines[number].strip()
    if not line:
        return False
    following = [each.strip() for each in lines[number + 1 : number + 3]]
    joined = [" ".join([line, *following[:more]]) for more in (0, 1, 2)]
    if any(each.fullmatch(said) for each in _INTRODUCTIONS for said in joined):
        return True
    return bool(_OUTLOOK_FROM.fullmatch(line)) and any(
        _OUTLOOK_NEXT.match(each.strip()) for each in lines[number + 1 : number + 4]
    )
