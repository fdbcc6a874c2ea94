"""Sentences that give a secret away although it does not stand right beside its announcement.

« le code de ma femme est 7745. Le mien est 7754 », « réponse à ma question secrète : Médor », « j'ai réinitialisé avec
Soleil26 et mon mot de passe est refusé »: each pattern is a piece of grammar (announcement, link, value) whose named
groups say what the value must look like. Every repetition is bounded, so that the whole stays linear.
"""

import re
from collections.abc import Callable, Iterator

from webapp.confidential import passwords
from webapp.confidential import vocabulary as say
from webapp.confidential.announced_codes import something_else
from webapp.confidential.reading import Kind, Reading, Secret, trimmed

_CODE = rf"(?<![\w@#/-])(?P<announced>(?:[ck]ode|pin|[ck]od)s?(?!['’]){say.NO_OTHER_CODE})(?![\w-])"
_MDP = r"(?:m[oa]u?ts? ?(?:de? ?|2 ?)?pas+e?s?|m\.? ?d\.? ?p|pass ?word|pwd|pass ?phrase)\b"
_FIGURES = (
    r"(?:[0-9]{4,8}|[0-9](?:[ .\-][0-9]){3,7}|[0-9]{2}(?:[ .\-][0-9]{2}){1,3}|[0-9]{3}[ .\-][0-9]{3})"
    r"(?![ .\-]?[0-9])(?![\w@])(?![.,/:][0-9])"
)
_FREE = r"(?<![\w.,/#@€$£•°-])(?<![0-9][ .\-/])"
_VALUE = r"[^\s,;()«»\"“”•\[\]□]{3,40}"
_IS = r"(?: ?(?:est|c'?est|c|etait|c'etait|serait|sera|is|was|fait|reste|[:=]|->|→) ?(?:bien |toujours |donc |le )?| )"
_QUESTION = (
    r"(?:questions? (?:secretes?|de (?:securite|verification|recuperation)|perso(?:nnelles?)?|mystere)"
    r"|security questions?"
    r"|secret questions?|premiere? (?:animal|ecole|voiture|professeur|instituteur|chien|chat)|nom de jeune fille"
    r"|(?:ville|lieu) de naissance|meilleure? amie?|animal de compagnie|maiden name|first (?:pet|school|car)"
    r"|birth ?place)"
)
_ANSWER = (
    r"(?P<answer>[^\s,;:.!?()«»\"“”•\[\]□/](?:(?! (?:et|mais|qui|que|ne|n'|and|but|c'est|est|depuis|car|pourtant"
    r"|sans)\b)"
    r"[^,;:.!?()«»\"“”•\[\]□/\n]){1,40})"
)

BORN = re.compile(  # le code, c'est l'année de naissance de mon mari, 1951
    rf"{_CODE}[^.!?\n0-9□]{{0,40}}?\b(?:naissance|anniversaire|annee|mariage|date|birthday|birth|year)\b"
    rf"[^.!?\n0-9□]{{0,40}}{_FREE}(?P<year>{_FIGURES})"
)
ALONE = re.compile(  # je tape toujours le même code. 3141. Et hier, refus.
    rf"{_CODE}[^\n□]{{0,90}}?[.!?:\n]\s{{0,3}}(?P<code>{_FIGURES})\s?(?=[.!?,;\n]|$)"
)
ELLIPSIS = re.compile(  # le code de ma femme est … Le mien est 7754
    rf"{_CODE}[^\n]{{0,110}}?\b(?:l[ea] (?:mien|sien|tien|notre|votre|nouveau|precedent|second|premier|deuxieme"
    rf"|bon|vrai"
    r"|autre)|l'(?:ancien|autre|actuel)|celui d[eu] [^.!?\n0-9]{1,30}|(?:the )?(?:old|new|other) one|mine|hers|his)"
    rf"{_IS}{_FREE}(?P<code>{_FIGURES})"
)
CHANGED = re.compile(  # j'ai changé mon code pour 9021
    rf"{_CODE}[^.!?\n0-9□]{{0,30}}? (?:pour|en|par|a|to|with|avec|sur|contre) (?:le )?(?P<code>{_FIGURES})"
)
TYPED = re.compile(  # pour ma carte je fais 5590 au distributeur
    r"\b(?:carte|cb|distributeur|automate|retrait|retirer|terminal|tpe|appli(?:cation)?|sms|card|atm)\b"
    r"[^.!?\n0-9€□]{0,50}?\b(?:je |j'ai |j'|on |i )(?:fais|fait|tape|tapais|compose|composais|mets|met|saisis"
    r"|rentre|entre"
    r"|ai (?:fait|tape|mis)|type|typed|enter|entered|(?:toujours )?(?:fait|tape|compose|mis|saisi|rentre|entre)) "
    rf"(?:bien |toujours |le |les |mon |deux fois |trois fois )?(?P<code>{_FIGURES})"
)
SPELLED = re.compile(  # un deux trois quatre, c'est mon code
    rf"(?<![\w-])(?P<words>{say.NUMBER_WORD}(?:{say.BETWEEN_NUMBERS}{say.NUMBER_WORD}){{2,9}})[\s,:;(\-]{{1,3}}"
    rf"(?:(?:est|c'est|c|ses|sont|voila|voici|comme|is|was|it's|as|en) )?(?:mon|le|ma|son|my|the|un) "
    rf"(?:nouveau |ancien |vrai |new |old )?{_CODE}"
)
SPELLED_IN_QUOTES = re.compile(  # j'ai dit « six quatre zéro deux » à la caissière, c'est mon code
    rf"[«\"“] ?(?P<words>{say.NUMBER_WORD}(?:{say.BETWEEN_NUMBERS}{say.NUMBER_WORD}){{2,9}}) ?[»\"”]"
    rf"(?=[^!?\n]{{0,70}}?\b(?:mon|le|my|the) (?:code|pin)\b)"
)
SPELLED_ALONE = re.compile(  # mon code ? Sept, trois, zéro, neuf
    rf"{_CODE}[^\n□0-9]{{0,60}}?[.!?:(«\"\n,]\s{{0,3}}(?:c'est |je fais |je tape |soit |a savoir )?"
    rf"(?P<words>{say.NUMBER_WORD}(?:{say.BETWEEN_NUMBERS}{say.NUMBER_WORD}){{2,9}})(?![\w-])"
)
SET = re.compile(  # j'ai réinitialisé avec Soleil26 et le mot de passe est refusé
    rf"\b(?:reinitialise|change|modifie|recree|connecte|identifie|essaye|valide|reset|logged in|tried)[a-z]* "
    rf"(?:avec|en|pour|par|with|to|using) (?P<strong>{_VALUE})(?=[^\n]{{0,80}}?\b{_MDP})"
)
SET_AFTER = re.compile(  # changé mon mot de passe pour Soleil26
    rf"\b{_MDP}[^.!?\n]{{0,30}}? (?:pour|en|par|avec|to|with) (?P<strong>{_VALUE})"
)
USED = re.compile(  # je mets soleil comme mot de passe
    r"\b(?:mets|met|mis|mettais|utilise|utilisais|tape|tapais|choisi|choisis|pris|rentre|rentrais|saisis|saisi"
    r"|garde|ecris"
    rf"|use|used|typed?|put|chose) (?P<word>{_VALUE}) (?:comme|en|pour|as|for) (?:mon |le |un |nouveau |my |the |a )"
    rf"{{0,2}}{_MDP}"
)
WHICH = re.compile(  # l'ancien mot de passe Ours-brun
    r"\b(?:ancien|nouveau|vieux|premier|dernier|actuel|precedent|old|new|current|previous) "
    rf"{_MDP}[ :=,(«\"]{{1,3}}(?:(?:est|etait|is|was) )?(?P<written>{_VALUE})"
)
ABOUT = re.compile(  # mot de passe = prénom de ma fille (Louane)
    rf"\b{_MDP} ?(?:=|:|est|c'?est|c|etait|is)[^.!?\n]{{0,40}}?\b(?:prenom|nom|chien|chat|chienne|fille|fils|ville"
    r"|petit-fils|petite-fille|bebe|naissance|rue|plat|equipe|name|dog|cat|town)\b[^.!?\n(:,=]{0,30}[(:,=] ?"
    rf"(?P<written>{_VALUE})(?:[ )+]{{1,4}}(?:et |avec )?[^.!?\n(]{{0,24}}\((?P<year>[0-9]{{2,4}})\))?"
)
PASS = re.compile(  # passe bidule77 identifiant …
    rf"(?<![\w'-])(?<!se )(?<!ca )(?<!qui )passe? (?P<strong>{_VALUE})(?=[^\n]{{0,40}}\b(?:id|ident\w*|login|user"
    rf"|client)\b)"
    rf"|\b(?:id|ident\w*|login|user|client)\b[^\n]{{0,50}}?(?<![\w'-])passe? (?P<strong_too>{_VALUE})"
)
BEGINS = re.compile(  # il commence par Brest et finit par 29200!
    rf"\b{_MDP}[^\n]{{0,24}}?\b(?:commence|debute|starts|begins) (?:par|with) (?P<given>{_VALUE})"
    rf"(?:[^\n]{{0,20}}?\b(?:fini[ts]?|termine|ends) (?:par|with|in) (?P<given_too>{_VALUE}))?"
)
CODE_BEGINS = re.compile(  # le code commence par 77 et finit par 4102
    rf"{_CODE}[^\n]{{0,24}}?\b(?:commence|debute|starts|begins) (?:par|with) (?:le "
    rf"|un )?(?P<part>[0-9][0-9 ]{{0,4}}[0-9])"
    r"(?![0-9])(?:[^\n]{0,20}?\b(?:fini[ts]?|termine|ends) (?:par|with|in) (?:le "
    r"|un )?(?P<part_too>[0-9][0-9 ]{0,4}[0-9])"
    r"(?![0-9]))?"
)
PAIRED = re.compile(  # connexion impossible avec 0099887766 / Olympe1789
    r"\b(?:connexion|connect[a-z]*|acces|log(?:in|ged in| in)|sign(?:ed)? in|identifie[a-z]*|espace)\b[^\n]{0,60}?"
    r"(?<![\w.])(?P<identifier>[0-9]{6,12}|[a-z]{2,20}[._][a-z]{2,20}) ?(?:/|\+|\||;|,|et|puis|and|-) ?"
    rf"(?=[^\s]*[a-z]|[0-9]{{6}}\b)(?P<strong>{_VALUE})"
)
TELLING = re.compile(r"(?<![\w@-])(?P<strong>(?:mot_?de_?passe|password|azerty|qwerty)[0-9!@#$*]{1,6})(?![\w@-])")
ANSWERED = re.compile(  # à la question de sécurité je réponds Ploërmel
    rf"\b{_QUESTION}[^\n]{{0,90}}?(?:(?:→|->|=>|=)(?![^\n]{{0,60}}\brepon)|\b(?:reponse|reponds|repondu"
    rf"|repondais|mets|met|mis|tape|ecris|dis|answer(?:ed)?)\b)"
    rf"(?: (?:est|etait|c'est|is|was|attendue|que je donne|exacte))*[ :=«\"(]{{1,3}}{_ANSWER}"
)
ANSWERING = re.compile(  # le prénom de ma grand-mère, je mets Augustine, question de sécurité refusée
    rf"\b(?:reponds|repondu|mets|met|tape|ecris|dis|answer(?:ed)?|put) (?P<written>{_VALUE})"
    rf"(?=[^\n]{{0,50}}?\b{_QUESTION})"
)
WAS = re.compile(  # la réponse que j'avais mise était Rex, … pour la question secrète
    rf"\breponse\b[^.!?\n]{{0,40}}? (?:est|etait|is|was|=|:) (?P<written>{_VALUE})(?=[^\n]{{0,60}}?\b{_QUESTION})"
)
CONNECTS = re.compile(  # je me connecte avec jojo_lapin
    rf"\b(?:connect[a-z]*|log(?:ged)? in|sign(?:ed)? in) (?:[a-z]{{1,10}} ){{0,2}}(?:avec|with|using) "
    rf"(?=[^\s]{{0,30}}[a-z])(?P<strong>{_VALUE})"
    rf"|\b(?:utilise|tape|mets|use|type) (?P<strong_too>{_VALUE}) (?:pour|to) (?:me |se |m'|s'"
    rf"|nous )?(?:connecter|identifier"
    r"|log in|sign in)"
)
APART = re.compile(  # mon mot de passe de 8 lettres, papillon, …
    rf"\b(?:mon|le|son|my) {_MDP}[^,.!?\n]{{0,24}}, (?P<lone>[a-z]{{4,20}}),"
)
PHRASE = re.compile(  # passphrase: correct horse battery
    rf"\b(?:pass ?phrase|phrase (?:de passe|secrete))(?: (?:est|is))? ?[:=«\"]{{1,2}} ?{_ANSWER}"
)
ALWAYS = re.compile(  # mon mot de passe a toujours été Pompon
    rf"\b{_MDP}[^.!?\n]{{0,24}} (?:a|avait|has) (?:toujours |longtemps |always )?(?:ete|been) (?P<written>{_VALUE})"
)
ANSWER = re.compile(  # ma réponse secrète est Titi le canari; réponse à ma question secrète : médor
    rf"\b(?:reponses? (?:secretes?|a (?:la|ma|votre|cette) {_QUESTION})|(?:secret|security) answer"
    rf"|answer to (?:my|the) {_QUESTION})(?: (?:est|etait|c'est|is|was))*[ :=«\"(]{{1,3}}{_ANSWER}"
)

_PATTERNS = (
    *(BORN, ALONE, ELLIPSIS, CHANGED, TYPED, SPELLED, SPELLED_IN_QUOTES, SPELLED_ALONE),
    *(
        SET,
        SET_AFTER,
        USED,
        WHICH,
        ABOUT,
        PASS,
        BEGINS,
        CODE_BEGINS,
        PAIRED,
        TELLING,
        ANSWERED,
        ANSWER,
        ANSWERING,
        WAS,
        CONNECTS,
        APART,
        PHRASE,
        ALWAYS,
    ),
)
_SECOND = re.compile(r" [A-ZÉÈ][^\s,;.!?)»\"□]{1,20}")
_OWN = ("le", "la", "les", "mon", "ma", "mes", "my", "the")
_SIGN = re.compile(r"[:=→>«\"] ?$")
_KINDS: dict[str, Kind] = {
    "code": "pin",
    "year": "pin",
    "words": "pin",
    "part": "pin",
    "part_too": "pin",
    "identifier": "identifier",
}


def find(reading: Reading) -> Iterator[Secret]:
    """The secrets that these sentences give, each as the group that found it requires."""
    for pattern in _PATTERNS:
        for sentence in pattern.finditer(reading.text):
            if "announced" in pattern.groupindex and _of_something_else(reading, sentence.start("announced")):
                continue
            held = []
            for name in pattern.groupindex:
                start, end = sentence.span(name)
                if name == "announced" or start < 0:
                    continue
                start, end = trimmed(reading.text, start, end)
                if name == "written" and (second := _SECOND.match(reading.written, end)):
                    end = second.end()  # Pen Duick
                if _holds(reading, name, start, end):
                    held.append(Secret(start, end, _kind(name.removesuffix("_too"), end - start)))
            if [each.kind for each in held] != ["identifier"]:  # alone it opens nothing
                yield from held


def _of_something_else(reading: Reading, start: int) -> bool:
    """Whether the word « code » at `start` is that of a voucher, an error, a bank."""
    before = reading.text[max(0, start - 36) : start]
    return say.NEAR_ANOTHER.search(before) is not None or say.OTHER_CODE_BEFORE.search(before) is not None


def _holds(reading: Reading, name: str, start: int, end: int) -> bool:
    """Whether what stands there is what the group `name` (without ``_too``) wants."""
    return (name == "answer" or end - start > 1) and _WANTED[name.removesuffix("_too")](reading, start, end)


def _no_unit(reading: Reading, start: int, end: int) -> bool:
    return start < end and say.UNIT_AFTER.match(reading.text, end) is None


def _strong(reading: Reading, start: int, end: int) -> bool:
    return passwords.strong(reading, start, end, joined=False)


def _word(reading: Reading, start: int, end: int) -> bool:
    return passwords.strong(reading, start, end, joined=True) or (end - start > 2 and _plain(reading, start, end))


def _written(reading: Reading, start: int, end: int) -> bool:
    """A name, as it is written: Louane, Pen Duick."""
    first = start + len(reading.text[start:end].split(" ")[0])
    capital = first - start > 2 and reading.written[start].isupper() and _plain(reading, start, first)
    return capital or passwords.strong(reading, start, end, joined=True)


def _given(reading: Reading, start: int, end: int) -> bool:
    return end - start > 2 and reading.text[start:end] not in say.ORDINARY


def _plain(reading: Reading, start: int, end: int) -> bool:
    word = reading.text[start:end]
    described = "-" not in word and say.DESCRIBING.search(word) is not None
    return word not in say.ORDINARY and word.replace("-", "").isalpha() and not described


def _answers(reading: Reading, start: int, end: int) -> bool:
    """Whether words after « réponse secrète » are the answer: the first says nothing about it."""
    words = reading.text[start:end].split()
    written, following = [*reading.written[start:end].split(), ""][:2]
    said = _SIGN.search(reading.text, max(0, start - 4), start) is not None
    named = said and written[0].isupper()
    if not named and (say.PARTICIPLE.search(written) or say.DESCRIBING.search(words[0])):
        return False
    if words[0] in _OWN:  # ma grand-mère Jeanne; Le petit prince
        return len(words) > 1 and (said or written[0].isupper())
    if say.NO_ANSWER.match(words[0]) is None and ((said and len(words) > 2) or following[:1].isupper()):
        return True  # correct horse battery; Monsieur Pradel
    return say.NO_ANSWER.match(words[0]) is None and words[0] not in say.ORDINARY


def _kind(name: str, length: int) -> Kind:
    if name in ("code", "year") and length > 4:
        return "access_code"
    return _KINDS.get(name, "password")


_WANTED: dict[str, Callable[[Reading, int, int], bool]] = {
    "code": lambda reading, start, end: not something_else(reading, start, end),
    **dict.fromkeys(("year", "words", "part"), _no_unit),
    **dict.fromkeys(("strong", "identifier"), _strong),
    "answer": _answers,
    "given": _given,
    "lone": _plain,
    "word": _word,
    "written": _written,
}
