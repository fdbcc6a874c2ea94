"""Markdown → safe HTML, and what an editor got wrong on the way. The only module that imports markdown-it and nh3.

markdown-it-py parses with HTML switched off; the tokens are linted and improved (addresses, telephone links, French
spaces, heading ids); nh3 then lets through nothing but the list below, whatever happened before (security.md, row 8).
The input is bounded before the inline parser, whose worst cases are quadratic, sees it.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

import msgspec

from webapp.knowledge import structure
from webapp.knowledge.report import Problem, Severity
from webapp.knowledge.typography import typography

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

__all__ = ["Context", "Rendered", "UnknownTarget", "render", "typography"]

LONGEST_TEXT = 200_000
MOST_LINES = 3_000
LONGEST_BLOCK = 6_000  # characters in one paragraph, list item or cell: two printed pages
MOST_BRACKETS = 60  # "[" in one block: each of them makes the parser read to its end, and again for those inside
MOST_LINKS = 500  # "[" in one text
_TAGS = {
    *("h2", "h3", "h4", "p", "ul", "ol", "li", "strong", "em", "a", "table", "thead", "tbody", "tr", "th", "td"),
    *("blockquote", "code", "pre", "br", "hr", "img", "div"),
}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": set(),
    "a": {"href", "rel"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
    "ol": {"start"},
    "th": {"scope"},
    "img": {"src", "alt", "loading"},
    "div": {"role", "tabindex", "aria-label"},
}
_CLASSES = {"div": {"table-scroll"}, "th": {"amount"}, "td": {"amount"}}


class UnknownTarget(Exception):
    """An internal link or image leads nowhere. `message` says so in French, `hint` what to do."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a text is rendered with.

    `first_line`: line of the file on which the text begins. `address(kind, target)` gives the path of an internal link
    (`article:slug` …), `image(name)` that of an image; both raise ``UnknownTarget``. `numbers`: long telephone numbers
    that may appear, in international form; `short_numbers`: public ones like 3114.
    """

    file: str
    language: str
    address: Callable[[str, str], str]
    image: Callable[[str], str]
    first_line: int = 1
    numbers: frozenset[str] = frozenset()
    short_numbers: frozenset[str] = frozenset()


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """`html` is safe to print as it is; `plain` is the words alone, a block per line, spaces as typed."""

    html: str
    plain: str
    problems: tuple[Problem, ...] = ()


def render(markdown: str, context: Context) -> Rendered:
    """Render one text; never raises on what an editor typed."""
    notes = Notes(context)
    if len(markdown) > LONGEST_TEXT or markdown.count("\n") > MOST_LINES or markdown.count("[") > MOST_LINKS:
        message = f"Ce texte dépasse {LONGEST_TEXT} caractères, {MOST_LINES} lignes ou {MOST_LINKS} liens."
        notes.add(1, "too-big", message, "Raccourcissez-le.")
        return Rendered(html="", plain="", problems=tuple(notes.problems))
    environment: dict[str, object] = {"notes": notes}
    tokens = _parser().parse(markdown, environment)
    structure.lint(tokens, notes)
    plain = structure.plain_text(tokens)
    structure.improve(tokens, notes)
    html = _parser().renderer.render(tokens, _parser().options, environment)
    return Rendered(html=_clean(html), plain=plain, problems=tuple(notes.problems))


class Memory:
    """What was rendered last of each file, for whoever renders all of them at each save.

    The same text with the same lines, numbers and addresses gives the same page: it is rendered again when anything
    that it was made of has changed, a link that leads elsewhere included.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[object, ...], list[tuple[str, str, str]], Rendered]] = {}

    def render(self, markdown: str, context: Context) -> Rendered:
        """As `render`."""
        made_of = (markdown, context.language, context.first_line, context.numbers, context.short_numbers)
        known = self._known.get(context.file)
        if known is not None and known[0] == made_of and all(_still(context, *each) for each in known[1]):
            return known[2]
        asked: list[tuple[str, str, str]] = []
        lost: list[UnknownTarget] = []

        def noted(kind: str, target: str) -> str:
            try:
                asked.append((kind, target, _found(context, kind, target)))
            except UnknownTarget as error:
                lost.append(error)
                raise
            return asked[-1][2]

        listening = msgspec.structs.replace(context, address=noted, image=partial(noted, "image"))
        rendered = render(markdown, listening)
        self._known.pop(context.file, None)
        if not lost:
            self._known[context.file] = (made_of, asked, rendered)
        return rendered


def _found(context: Context, kind: str, target: str) -> str:
    return context.image(target) if kind == "image" else context.address(kind, target)


def _still(context: Context, kind: str, target: str, found: str) -> bool:
    try:
        return _found(context, kind, target) == found
    except UnknownTarget:
        return False


class Notes:
    """Collects the problems of one text, with lines counted in its file."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.problems: list[Problem] = []

    def add(self, line: int, code: str, message: str, hint: str, severity: Severity = "error") -> None:
        """`line` counts from 1 in the text."""
        line = self.context.first_line + line - 1
        self.problems.append(
            Problem(file=self.context.file, line=line, severity=severity, code=code, message=message, hint=hint)
        )

    def address(self, line: int, kind: str, target: str) -> str:
        """The path of an internal link; "" after noting that it leads nowhere."""
        try:
            return _found(self.context, kind, target)
        except UnknownTarget as error:
            self.add(line, error.code, error.message, error.hint)
            return ""


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # here: a process that only serves pages or sends mail never needs it

    parser = MarkdownIt("js-default", {"html": False, "linkify": False, "typographer": False})
    # No reference links (typing errors would vanish), no indented code or underlined headings (made by accident).
    parser.disable(["reference", "code", "lheading", "html_block", "html_inline"])
    parser.core.ruler.after("block", "bound_blocks", _bound_blocks)
    return parser


def _bound_blocks(state: "StateCore") -> None:
    """Cut off what no reader could read anyway, before the inline parser spends time on it."""
    notes = state.env["notes"]
    line = 1
    for token in state.tokens:
        line = token.map[0] + 1 if token.map else line
        if token.type != "inline":
            continue
        if len(token.content) > LONGEST_BLOCK or token.content.count("[") > MOST_BRACKETS:
            token.content = ""
            message = f"Ce paragraphe dépasse {LONGEST_BLOCK} caractères ou {MOST_BRACKETS} liens."
            notes.add(line, "block-too-long", message, "Coupez-le en plusieurs paragraphes ou en liste.")


def _clean(html: str) -> str:
    import nh3

    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        allowed_classes=_CLASSES,
        url_schemes={"https", "mailto", "tel"},
        link_rel=None,
        strip_comments=True,
    )
