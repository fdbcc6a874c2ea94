"""Light stemmers for words already folded (no accents, small letters).

French: plural and gender, then one ending of verb or noun; close to Savoy's light stemmer (Savoy 1999, "A stemming
procedure and stopword list for general French corpora"), with the endings that banks use: -ment, -tion, -age, -eur.
English: Porter's stemmer, shipped with Whoosh.
"""

from whoosh.lang.porter import stem as _porter

_FRENCH_ENDINGS = (
    # ending, replacement, letters that must remain before it
    ("ications", "", 3),
    ("ication", "", 3),
    ("issements", "", 3),
    ("issement", "", 3),
    ("atrices", "", 3),
    ("atrice", "", 3),
    ("ateurs", "", 3),
    ("ateur", "", 3),
    ("ations", "", 3),
    ("ation", "", 3),
    ("itions", "", 3),
    ("ition", "", 3),
    ("ements", "", 3),
    ("ement", "", 3),
    ("aient", "", 3),
    ("erait", "", 3),
    ("erais", "", 3),
    ("eront", "", 3),
    ("erons", "", 3),
    ("erez", "", 3),
    ("antes", "", 3),
    ("ances", "", 3),
    ("euses", "", 3),
    ("ante", "", 4),
    ("ants", "", 4),
    ("ance", "", 3),
    ("euse", "", 3),
    ("eurs", "", 3),
    ("ques", "qu", 2),
    ("gues", "gu", 2),
    ("eres", "", 4),
    ("ages", "", 3),
    ("iers", "", 3),
    ("iere", "", 3),
    ("ions", "", 3),
    ("ives", "", 3),
    ("que", "qu", 2),
    ("gue", "gu", 2),
    ("ere", "", 4),
    ("ive", "", 3),
    ("ifs", "", 3),
    ("if", "", 4),
    ("ees", "", 2),
    ("ait", "", 3),
    ("ais", "", 3),
    ("age", "", 3),
    ("ant", "", 4),
    ("eur", "", 3),
    ("ier", "", 3),
    ("ion", "", 3),
    ("era", "", 3),
    ("ons", "", 4),
    ("ees", "", 2),
    ("ee", "", 2),
    ("er", "", 2),
    ("ez", "", 3),
    ("es", "", 2),
    ("ir", "", 3),
    ("ie", "", 3),
    ("is", "", 3),
    ("it", "", 4),
    ("us", "", 4),
    ("ue", "", 4),
    ("u", "", 4),
    ("e", "", 2),
    ("i", "", 3),
    ("s", "", 2),
)
_IRREGULAR = {
    "volee": "vol",
    "volees": "vol",
    "perdu": "perd",
    "perdue": "perd",
    "perdus": "perd",
    "perdues": "perd",
    "perdre": "perd",
    "perte": "perd",
    "pertes": "perd",
    "paiement": "pay",
    "paiements": "pay",
    "paye": "pay",
    "payee": "pay",
    "paie": "pay",
    "paies": "pay",
    "paient": "pay",
    "retrait": "retir",
    "retraits": "retir",
    "depot": "depos",
    "depots": "depos",
    "connexion": "connect",
    "connexions": "connect",
    "fermeture": "ferm",
    "ouverture": "ouvr",
    "ouvert": "ouvr",
    "ouverte": "ouvr",
    "refus": "refus",
    "decede": "deces",
    "decedee": "deces",
    "frauduleux": "fraud",
    "frauduleuse": "fraud",
    "frauduleuses": "fraud",
    "blocage": "bloqu",
    "deblocage": "debloqu",
    "recu": "recev",
    "recue": "recev",
    "recois": "recev",
    "recoit": "recev",
    "recevoir": "recev",
    "reception": "recev",
    "peux": "peu",
    "peut": "peu",
    "pouvez": "peu",
    "pouvoir": "peu",
    "puis": "peu",
    "ai": "av",
    "avez": "av",
    "avoir": "av",
    "ete": "etr",
    "etre": "etr",
    "suis": "etr",
    "est": "etr",
    "sont": "etr",
    "mes": "mon",
    "ma": "mon",
    "nos": "notre",
    "vos": "votre",
    "vers": "vers",
    "pas": "pas",
    "plus": "plus",
    "sous": "sous",
    "dans": "dans",
    "frais": "frais",
    "mois": "mois",
    "fois": "fois",
    "temps": "temps",
    "prix": "prix",
    "acces": "acces",
    "deces": "deces",
    "opposer": "oppos",
    "opposition": "oppos",
    "compte": "compt",
    "comptes": "compt",
    "cheques": "chequ",
    "chequiers": "chequi",
    "chequier": "chequi",
    "virer": "vir",
    "virement": "vir",
    "virements": "vir",
}


def _by_stem() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for word, stem in _IRREGULAR.items():
        found.setdefault(stem, []).append(word)
    return {stem: tuple(words) for stem, words in found.items()}


IRREGULAR = _by_stem()
"""Stem → the words that reach it by exception, so that they can be found again in a text."""


def stem_french(word: str) -> str:
    """The stem of a folded French word; words of three letters or fewer, or with a digit, stay as they are."""
    irregular = _IRREGULAR.get(word)
    if irregular is not None:
        return irregular
    if len(word) <= 3 or not word.isalpha() or not word.isascii():
        return word
    if word.endswith("aux") and len(word) > 4:
        word = word[:-3] + "al"
    elif word.endswith("x"):
        word = word[:-1]
    for ending, replacement, remain in _FRENCH_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > remain:
            word = word[: -len(ending)] + replacement
            break
    if word[-1] == "e" and len(word) > 4:
        word = word[:-1]
    if word[-1] == "y" and len(word) > 3:
        return word[:-1] + "i"
    if len(word) > 3 and word[-1] == word[-2] and word[-1] in "lnmrtsp":
        word = word[:-1]
    return word


def stem_english(word: str) -> str:
    """Porter's stem of a folded English word."""
    if len(word) <= 2 or not word.isalpha() or not word.isascii():
        return word
    return str(_porter(word))
