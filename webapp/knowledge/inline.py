"""Works inside one block of Markdown (a paragraph, a list item, a cell): its links, images, numbers and sentences."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote

from webapp.knowledge import prose, telephones
from webapp.knowledge.catalog import fold
from webapp.knowledge.typography import typography

if TYPE_CHECKING:
    from markdown_it.token import Token

    from webapp.knowledge.rendering import Notes

INTERNAL = ("article", "contact", "form", "theme", "page")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--")
_BROKEN_LINK = re.compile(r"\]\s?\(|\]\[")
_VAGUE = {
    *("ici", "cliquez ici", "cliquer ici", "cliquez la", "la", "lien", "ce lien", "en savoir plus", "lire la suite"),
    *("plus", "plus d informations", "voir", "suite", "page", "cette page", "cliquez"),
    *("here", "click here", "this link", "link", "read more", "more", "learn more", "this page"),
}
_CLICK_HERE = re.compile(r"\bcliquez\s+(?:ici|là)\b|\bclick\s+here\b", re.IGNORECASE)


def words(token: "Token") -> str:
    """The words of a block as typed, line ends as spaces."""
    return _text(token.children or [])


def lint(token: "Token", line: int, notes: "Notes") -> None:
    """Note raw HTML, broken or vague links, images without a text, unknown numbers and hard sentences."""
    children = token.children or []
    for child, row in _with_rows(children, line):
        if child.type == "text":
            _lint_text(child.content, row, notes)
        elif child.type == "image" and not (child.content or "").strip():
            hint = "Décrivez l'image entre les crochets : ![description](fichier.png)."
            notes.add(row, "image-alt", "Cette image n'a pas de texte de remplacement.", hint)
    for text, row in _link_texts(children, line):
        _lint_link_text(text, row, notes)
    if _CLICK_HERE.search(_text(_outside_links(children))):
        hint = "Mettez le lien sur les mots qui disent où il mène."
        notes.add(line, "link-vague", "« Cliquez ici » n'aide pas qui écoute la page.", hint)
    _lint_sentences(_text(children, breaks="\n"), line, notes)


def lint_words(text: str, line: int, notes: "Notes") -> None:
    """The same care for a text that is not Markdown (a summary): its telephone numbers and sentences."""
    _lint_text(text, line, notes)
    _lint_sentences(text, line, notes)


def improve(token: "Token", line: int, notes: "Notes") -> None:
    """Change the children in place: addresses of links and images, telephone links, typography."""
    children: list[Token] = []
    depth = 0
    for child, row in _with_rows(token.children or [], line):
        if child.type == "link_open":
            depth += 1
            _address_link(child, row, notes)
        elif child.type == "link_close":
            depth -= 1
        elif child.type == "image":
            name = unquote(str(child.attrs.get("src", "")))
            child.attrs.update(src=notes.address(row, "image", name), loading="lazy")
        if child.type == "text" and not depth:
            children.extend(_with_telephones(child.content, notes))
        else:
            if child.type == "text":
                child.content = typography(child.content, notes.context.language)
            children.append(child)
    token.children = children


def _address_link(token: "Token", row: int, notes: "Notes") -> None:
    target = str(token.attrs.get("href", ""))
    kind, separator, name = target.partition(":")
    if separator and kind in INTERNAL:
        token.attrs["href"] = notes.address(row, kind, unquote(name))
    elif target.startswith("https://") and len(target) > len("https://x.y"):
        token.attrs["rel"] = "noopener external"
    elif target.startswith("mailto:") and "@" in target:
        return
    else:
        hint = "Écrivez article:…, contact:…, form:…, theme:… ou page:…, ou une adresse complète en https://."
        notes.add(row, "link-address", f"Ce lien n'a pas une adresse admise : « {unquote(target)[:80]} ».", hint)
        token.attrs["href"] = ""


def _lint_text(text: str, row: int, notes: "Notes") -> None:
    found = _TAG.search(text)
    if found:
        hint = "Supprimez la balise ; pour du gras, écrivez **texte** ; pour citer, utilisez « »."
        notes.add(row, "raw-html", f"Le HTML n'est pas admis : « {found[0][:40]} ».", hint)
    if _BROKEN_LINK.search(text):
        hint = "Écrivez [texte](article:adresse), sans espace entre ] et (, avec une adresse admise."
        notes.add(row, "link-broken", "Ce lien est mal écrit : il s'afficherait tel quel.", hint)
    for each in telephones.find(text):
        if each.number not in notes.context.numbers:
            hint = "Corrigez-le, ou ajoutez-le à contacts.yaml ou branches.yaml."
            shown = text[each.start : each.end]
            notes.add(row, "unknown-number", f"Le numéro {shown} n'est pas un numéro de la banque.", hint)
    for each in telephones.find_short(text):
        if each.number not in notes.context.short_numbers:
            hint = "Si c'est un service public, ajoutez-le à public_numbers dans contacts.yaml."
            message = f"Le numéro court {each.number} n'est pas dans contacts.yaml."
            notes.add(row, "unknown-short-number", message, hint, "warning")


def _lint_link_text(text: str, row: int, notes: "Notes") -> None:
    simple = " ".join(re.findall(r"\w+", fold(text)))
    if not simple:
        hint = "Écrivez entre les crochets ce que l'on trouve au bout du lien."
        notes.add(row, "link-empty", "Ce lien n'a pas de texte.", hint)
    elif simple in _VAGUE:
        hint = "Dites ce que l'on trouve au bout du lien : [contester un paiement](article:…)."
        notes.add(row, "link-vague", f"« {text.strip()[:40]} » ne dit pas où mène le lien.", hint)


def _lint_sentences(text: str, line: int, notes: "Notes") -> None:
    joined = text.replace("\n", " ")
    for sentence in prose.sentences(joined):
        count = prose.count_words(sentence)
        if count <= prose.HARD_SENTENCE:
            continue
        start = max(0, joined.find(sentence[:40]))
        row = line + text.count("\n", 0, start)
        quoted = prose.beginning(sentence)
        hint = f"Coupez-la : {prose.HARD_SENTENCE} mots au plus par phrase."
        if count > prose.UNREADABLE_SENTENCE:
            notes.add(row, "sentence-unreadable", f"Cette phrase a {count} mots : « {quoted} »", hint)
        else:
            notes.add(row, "sentence-hard", f"Cette phrase a {count} mots : « {quoted} »", hint, "warning")


def _with_telephones(text: str, notes: "Notes") -> Iterator["Token"]:
    """A text as tokens, the numbers we know as tel: links."""
    from markdown_it.token import Token

    context = notes.context
    found = [each for each in telephones.find(text) if each.number in context.numbers]
    found += [each for each in telephones.find_short(text) if each.number in context.short_numbers - {"33700"}]
    place = 0
    for each in sorted(found, key=lambda one: one.start):
        yield from _text_token(text[place : each.start], context.language)
        yield Token("link_open", "a", 1, attrs={"href": f"tel:{each.number}"})
        yield from _text_token(text[each.start : each.end], context.language)
        yield Token("link_close", "a", -1)
        place = each.end
    yield from _text_token(text[place:], context.language)


def _text_token(text: str, language: str) -> Iterator["Token"]:
    from markdown_it.token import Token

    if text:
        yield Token("text", "", 0, content=typography(text, language))


def _with_rows(children: Iterable["Token"], line: int) -> Iterator[tuple["Token", int]]:
    for child in children:
        yield child, line
        if child.type in ("softbreak", "hardbreak"):
            line += 1


def _link_texts(children: Iterable["Token"], line: int) -> Iterator[tuple[str, int]]:
    inside: list[Token] | None = None
    for child, row in _with_rows(children, line):
        if child.type == "link_open":
            inside = []
        elif child.type == "link_close" and inside is not None:
            yield _text(inside), row
            inside = None
        elif inside is not None:
            inside.append(child)


def _outside_links(children: Iterable["Token"]) -> Iterator["Token"]:
    depth = 0
    for child in children:
        depth += {"link_open": 1, "link_close": -1}.get(child.type, 0)
        if not depth:
            yield child


def _text(children: Iterable["Token"], breaks: str = " ") -> str:
    parts = []
    for child in children:
        if child.type in ("text", "code_inline", "image", "text_special"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(breaks)
    return "".join(parts)
