"""Two questions in one message: cut at the words that join them, each asked alone, kept when each has its own answer.

"j'ai perdu ma carte et comment je change d'adresse" is two questions, "mariage et pacs" is one. Words cannot tell: a
cut is kept only when every piece that counts is answered by itself, by articles that the whole brings up too.
What cannot wait in a piece is raised for the whole, so that no cut ever hides it.
"""

import re
from collections.abc import Sequence

import msgspec

from webapp.search.model import Answers, Orientation, Part
from webapp.search.words import Analysis

LONGEST = 600  # characters of a message that is cut: a longer one is a story, told in many sentences
MOST_PIECES = 4
MOST_PARTS = 3
SHORTEST = 2  # words of a piece: what is shorter belongs to the one before
SURE = 0.65  # confidence from which a piece has an answer of its own
AMONG = 8  # hits of the whole question among which that answer must be
_JOINTS = {
    "fr": r"et aussi|et sinon|et puis|(?:et )?en plus|par ailleurs|d['’]autre part|autre question|aussi|sinon|puis|et",
    "en": r"and also|by the way|another question|besides|also|and",
}
_CUTS = {
    language: re.compile(rf"[?!;\n]+|\.(?=\s|$)|\s\+\s|,?(?<!\S)(?:{joints})(?![^\s,]),?", re.IGNORECASE)
    for language, joints in _JOINTS.items()
}
_PRESSING = ("distress", "urgent")


def pieces(text: str, analysis: Analysis) -> list[str]:
    """The pieces of a question, in its own words; nothing when it is in one piece, or in too many."""
    if len(text) > LONGEST:
        return []
    found: list[str] = []
    start = 0
    for cut in [*((each.start(), each.end()) for each in _CUTS[analysis.language].finditer(text)), (len(text),) * 2]:
        piece = text[start : cut[0]].strip(" ,")
        words = len(analysis.words(piece))
        if words >= SHORTEST:
            found.append(piece)
        if words >= SHORTEST or not words:
            start = cut[1]
    return found if 1 < len(found) <= MOST_PIECES else []


def parted(whole: Answers, asked: Sequence[tuple[str, Answers]]) -> Answers:
    """`whole` with what its pieces add. `asked`: each piece and its answers, in order."""
    raised = [each for _, answers in asked for each in answers.orientations if each.kind in _PRESSING and each.phrase]
    whole = _with(whole, raised)
    known = {hit.id for hit in whole.hits[:AMONG]}
    found: dict[str, Part] = {}
    for text, answers in asked:
        first = answers.hits[0].id if answers.hits else ""
        if first in known and answers.settled and answers.confidence >= SURE:
            found.setdefault(first, Part(text=text, hits=answers.hits))
    apart = len(found) > 1 and not {"distress", "form", "person"} & {each.kind for each in whole.orientations}
    return msgspec.structs.replace(whole, parts=tuple(found.values())[:MOST_PARTS] if apart else ())


def _with(whole: Answers, raised: Sequence[Orientation]) -> Answers:
    """`whole` with what cannot wait in one of its pieces before everything but its own."""
    own = [each for each in whole.orientations if each.kind in _PRESSING]
    for each in raised:
        shown = {contact for step in own for contact in step.contacts}
        fresh = (
            each.kind not in {step.kind for step in own} if each.kind == "distress" else shown.isdisjoint(each.contacts)
        )
        if fresh:
            own.append(each)
    own.sort(key=lambda each: _PRESSING.index(each.kind))
    urgent = (contact for each in own if each.kind == "urgent" for contact in each.contacts)
    others = [each for each in whole.orientations if each.kind not in _PRESSING]
    return msgspec.structs.replace(whole, orientations=(*own, *others), urgent=tuple(dict.fromkeys(urgent)))
