"""Rules of orientation: which words of a question lead elsewhere than to an article, and what is said of it."""

from typing import Literal

import msgspec

from webapp.knowledge.articles import Text


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of ``orientation.yaml``; the file's order is the order in which rules are tried.

    `when`, `unless`: language → phrases (their lists expanded), all words of one of them in a question. `because`: what
    follows « Parce que » on the page. `message`: a sentence or two for the person. `town`: only when a branch is named
    too. `after_answer`: a likely article goes before. `asked`: language → questions on a subject that no article is
    about; the search learns them, and one that is nearer to them than to any article is not answered by an article.
    """

    id: str
    leads_to: Literal["distress", "urgent", "person", "form", "branch", "contact", "nothing"]
    because: Text
    when: dict[str, tuple[str, ...]] = {}
    asked: dict[str, tuple[str, ...]] = {}
    unless: dict[str, tuple[str, ...]] = {}
    message: Text = {}
    contacts: tuple[str, ...] = ()
    public_numbers: tuple[str, ...] = ()
    nature: str = ""
    theme: str = ""
    town: bool = False
    after_answer: bool = False


class ThemeWords(msgspec.Struct, frozen=True, kw_only=True):
    """Words that give a request its theme, when its rule gives none; the first entry met counts."""

    theme: str
    when: dict[str, tuple[str, ...]]


def expanded(phrase: str, lists: dict[str, list[str]]) -> str:
    """A phrase with the names of lists, in capitals, made words: "DOSSIER perdu" → "dossier/prêt perdu"."""
    return " ".join(
        "/".join("/".join(lists.get(each, [each])) for each in token.split("/")) for token in phrase.split()
    )
