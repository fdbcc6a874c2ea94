"""Secrets that only the words beside them give away: PIN, passwords, one-time and access codes, identifiers.

« mon code c'est 1234 », « mdp: azerty », « 482913 est votre code de validation »: an announcement (``vocabulary``),
then in the same breath a value that looks like one (``announced_codes``, ``passwords``). A number that belongs to
something else (amount, date, telephone, postcode, dossier) does not.
"""

from webapp.confidential import announced_codes, passwords, remaining, sentences, spoken, vocabulary
from webapp.confidential.digits import folded
from webapp.confidential.reading import Reading, Secret

_ANNOUNCEMENTS = (
    vocabulary.PASSWORD,
    vocabulary.CODE,
    vocabulary.BOTH,
    sentences.ANSWER,
    sentences.ANSWERED,
    sentences.SPELLED,
    sentences.ANSWERING,
    sentences.WAS,
    sentences.CONNECTS,
    spoken.RUN,
)


def find(text: str) -> list[Secret]:
    """The announced secrets of `text` (as ``digits.Normalised`` gives it), in order. Linear in its length."""
    reading = Reading(text)
    found = {*passwords.pairs(reading), *announced_codes.find(reading), *passwords.find(reading)}
    found |= set(sentences.find(reading))
    found |= set(remaining.find(reading, apart(found)))
    if found:
        found |= {*passwords.identifiers(reading, sorted(found)), *passwords.numbers_before(reading, sorted(found))}
    return [reading.original(each) for each in sorted(found)]


def apart(found: set[Secret]) -> list[Secret]:
    """`found` in order, without those that another one covers."""
    kept: list[Secret] = []
    for each in sorted(found):
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
        elif each.end > kept[-1].end:
            kept[-1] = kept[-1]._replace(end=each.end)
    return kept


def announces(text: str) -> bool:
    """Whether any announcement stands in `text` at all."""
    small = folded(text)
    return any(each.search(small) for each in _ANNOUNCEMENTS)
