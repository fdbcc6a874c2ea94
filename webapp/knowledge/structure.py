"""Works on the tokens of one Markdown text: what is wrong with its structure, its words, and a better version of it."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from webapp.knowledge import inline
from webapp.knowledge.catalog import fold

if TYPE_CHECKING:
    from markdown_it.token import Token

    from webapp.knowledge.rendering import Notes

_BARE_ROW = re.compile(r"^\s*\|.*\|\s*$", re.MULTILINE)


def lint(tokens: Sequence["Token"], notes: "Notes") -> None:
    """Note what is wrong: headings, tables without a header, and, in each block, what `inline.lint` finds."""
    level = 1
    for token, line in _with_lines(tokens):
        if token.type == "heading_open":
            level = _lint_heading(int(token.tag[1]), level, line, notes)
        elif token.type in ("fence", "code_block"):
            hint = "Écrivez du texte ordinaire : ces blocs (```) sont pour du code informatique."
            notes.add(line, "code-block", "Un bloc de code n'a pas sa place ici.", hint)
        elif token.type == "inline":
            if _BARE_ROW.search(token.content):
                hint = "Ajoutez sous la première ligne une ligne comme |---|---|, avec autant de colonnes."
                notes.add(line, "table-header", "Ce tableau n'a pas de ligne d'en-tête.", hint)
            inline.lint(token, line, notes)
    _lint_tables(tokens, notes)
    _lint_empty_headings(tokens, notes)


def plain_text(tokens: Sequence["Token"]) -> str:
    """The words of a text, one block per line, as the editor typed them."""
    return "\n".join(text for token in tokens if token.type == "inline" and (text := inline.words(token)))


def improve(tokens: list["Token"], notes: "Notes") -> None:
    """Change the tokens in place: addresses, telephone links, typography, heading ids, accessible tables."""
    taken: dict[str, int] = {}
    for place, (token, line) in enumerate(_with_lines(tokens)):
        if token.type == "heading_open":
            token.attrs["id"] = _heading_id(inline.words(tokens[place + 1]), taken)
        elif token.type in ("th_open", "td_open"):
            aligned = "right" in str(token.attrs.pop("style", ""))
            if aligned:  # columns of amounts; a class, since the page's policy forbids style attributes
                token.attrs["class"] = "amount"
            if token.type == "th_open":
                token.attrs["scope"] = "col"
        elif token.type == "inline":
            inline.improve(token, line, notes)
    tokens[:] = list(_scrollable_tables(tokens))


def _with_lines(tokens: Sequence["Token"]) -> Iterator[tuple["Token", int]]:
    """Each token with its line, from 1; one without a place of its own has that of the token before."""
    line = 1
    for token in tokens:
        if token.map:
            line = token.map[0] + 1
        yield token, line


def _lint_heading(found: int, before: int, line: int, notes: "Notes") -> int:
    if found == 1:
        hint = "Commencez les titres de partie par ##."
        notes.add(line, "heading-h1", "La question est déjà le titre de la page : pas de titre « # ».", hint)
        return before
    if found > before + 1:
        hint = f"Écrivez {'#' * (before + 1)} au lieu de {'#' * found}."
        notes.add(line, "heading-skipped", f"Ce titre saute un niveau ({'#' * found}).", hint)
    elif found > 3:
        notes.add(line, "heading-deep", "Ce titre est trop profond.", "Utilisez seulement ## et ###.", "warning")
    return found


def _lint_empty_headings(tokens: Sequence["Token"], notes: "Notes") -> None:
    for place, (token, line) in enumerate(_with_lines(tokens)):
        if token.type == "heading_open" and not inline.words(tokens[place + 1]).strip():
            notes.add(line, "heading-empty", "Ce titre est vide.", "Écrivez-le ou supprimez les #.")


def _lint_tables(tokens: Sequence["Token"], notes: "Notes") -> None:
    for place, (token, line) in enumerate(_with_lines(tokens)):
        if token.type != "table_open":
            continue
        headers = _headers(tokens, place)
        if not all(text.strip() for text in headers[1:]) or not any(text.strip() for text in headers):
            hint = "Donnez un titre à chaque colonne (seule la première peut rester vide)."
            notes.add(line, "table-header", "Une colonne de ce tableau n'a pas d'en-tête.", hint)


def _headers(tokens: Sequence["Token"], place: int) -> list[str]:
    texts = []
    for before, token in zip(tokens[place:], tokens[place + 1 :], strict=False):
        if token.type == "thead_close":
            break
        if before.type == "th_open":
            texts.append(inline.words(token))
    return texts


def _heading_id(text: str, taken: dict[str, int]) -> str:
    """`taken`: name → how often it was wanted, so that many equal headings stay cheap."""
    base = name = "s-" + "-".join(re.findall(r"[a-z0-9]+", fold(text)))[:60].strip("-")
    while name in taken:
        taken[base] += 1
        name = f"{base}-{taken[base]}"
    taken[name] = 1
    return name


def _scrollable_tables(tokens: Sequence["Token"]) -> Iterator["Token"]:
    """Put each table in a box that scrolls by itself on a phone and can be reached by keyboard."""
    from markdown_it.token import Token

    for place, token in enumerate(tokens):
        if token.type == "table_open":
            label = "Tableau : " + ", ".join(text for text in _headers(tokens, place) if text)
            attributes: dict[str, Any] = {
                "class": "table-scroll",
                "role": "group",
                "tabindex": "0",
                "aria-label": label,
            }
            yield Token("box_open", "div", 1, attrs=attributes, block=True)
        yield token
        if token.type == "table_close":
            yield Token("box_close", "div", -1, block=True)
