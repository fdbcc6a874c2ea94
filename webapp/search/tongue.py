"""Which language a question seems to be written in, from its small words. A hint for the page, never a filter.

Small words are enough for a sentence and say nothing of "IBAN": a language is named only when it leads clearly.
"""

import unicodedata
from collections.abc import Sequence

LEAST = 2  # small words before a language is named
_SMALL_WORDS = {
    "fr": "je j ai mon ma mes le la les un une des du de et est sur pour pas ne que qui comment pourquoi vous nous "
    "avec dans au aux ce cette il elle on mais ou suis c quoi",
    "en": "i my the a an is are was to of and in on for not can do does how why what when you your with it have has me "
    "this from been but",
    "es": "yo mi mis el los las una del y es en para por no que como cuando usted con ha he me se su pero esta tengo "
    "puedo hola gracias cuenta tarjeta",
    "it": "io il lo gli una uno del della e di per non che come perche con ho mio mia mi sono si ma questa posso "
    "grazie ciao conto",
    "de": "ich mein meine der die das ein eine und ist nicht wie warum mit auf zu fur kann habe haben sie bitte von wo "
    "wurde konto",
    "pl": "ja moj moja moje mam nie jak w na do z ze czy jest sie po co moge prosze dziekuje dzien dobry konto karte "
    "pieniadze",
    "ro": "eu meu mea mei un o si nu este cum am sa cu pentru va rog buna multumesc contul cardul bani",
    "tr": "ben benim bir ve bu icin nasil var yok mi ne istiyorum merhaba lutfen tesekkurler hesap hesabim kartim para",
    "pt": "eu meu minha o os as um uma do da e para nao que como com tem tenho posso por meus obrigado ola conta "
    "cartao",
}
_SETS = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
_SCRIPTS = {"ARABIC": "ar"}  # alphabets of one language, among those that customers of a French bank write
OTHER = "other"
"""Written in another alphabet."""


def tongue(text: str, words: Sequence[str], asked_in: str) -> str:
    """The language of a question, `OTHER`, or "" when it may well be `asked_in`. `words`: folded, as typed."""
    letters = [each for each in text[:200] if each.isalpha()]
    latin = sum(unicodedata.name(each, "").startswith("LATIN") for each in letters)
    if len(letters) >= 3 and latin * 2 < len(letters):
        return _SCRIPTS.get(unicodedata.name(letters[0], "").split(" ")[0], OTHER)
    counts = {language: sum(word in small for word in words) for language, small in _SETS.items()}
    best = max(counts, key=lambda language: (counts[language], language == asked_in))
    clear = (
        counts[best] >= max(LEAST, len(words) / 4)
        and counts[best] >= counts[asked_in if asked_in in counts else "fr"] + 2
    )
    return best if clear and best != asked_in else ""
