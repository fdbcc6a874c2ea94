"""What is left beside an announcement when nothing explains it: masked, because a doubt is settled for the customer.

The rules of ``announced_codes``, ``passwords`` and ``sentences`` know how a secret is given. People find other ways
(« un sms avec 118877 et un avec 118932 », « je lui ai confié la carte et le 4471 »). So in a text that speaks of
codes, a number of 4 to 8 figures stays only when something says what it is: an amount, a date, a year, a postcode, an
error, a reference. In a text that speaks of passwords so does a word of letters and figures.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

from webapp.confidential import announced_codes, passwords
from webapp.confidential import vocabulary as say
from webapp.confidential.reading import TOKEN, Reading, Secret, trimmed

_REACH = 130  # characters between a number and the word that makes it suspect
_REACH_OF_A_WORD = 90
_REACH_OF_MIXED = 50

TOPIC = re.compile(
    rf"(?<![\w@#/-])(?:(?P<announced>(?:[ck]odes?|[ck]od|pins?)(?![\w'’-]){say.NO_OTHER_CODE})|(?:puk|otp|tan|2fa"
    rf"|mfa|3ds|3d ?-?secure"
    r"|cle (?:digitale|numerique)|certicode|securi?'?pass|authentification|usage unique|chiffres secrets"
    r"|pass ?codes?|a haute voix|dict(?:e|er|ee|ais|ait)"
    r"|(?:le|mon|the|my) secret|(?:[46]|quatre|six|four) (?:chiffres|digits?)|number i (?:key|type|enter)"
    r"|je (?:l'ai|les ai|le|les) (?:tape|compose|saisi|saisis|rentre|entre|donne|lu))(?![\w-])"
    r"|(?:composer?|composait|composais|composant|tape|taper|tapait|tapais|tapant) (?:toujours |bien |le |les "
    r"|mon )?(?=[0-9])"
    r"|(?:type|typed|enter|entered|punch(?:ed)? in) (?=[0-9]{4})"
    r"|(?:sms|textos?|text)(?: [a-z']{2,12}){0,3} ?:? ?[«\"]? ?(?=[0-9]{4}))"
)
OF_SIX = re.compile(
    r"(?<![\w@#/-])(?:sms|textos?|text message|verification|confirm(?:er|e|ation)|valider?"
    r"|mots? de passe|mdp|password)(?![\w-])"
)
"""Words that make a number of six or eight figures suspect, and no other."""

NAMED = re.compile(  # what the number is said to be, at most three words before it
    r"\b(?:rue|avenue|av|boulevard|bd|bld|place|chemin|allee|quai|impasse|route|residence|bp|cs|cedex|dossiers?|refs?"
    r"|references?|ref|commandes?|factures?|tickets?|contrats?|reclamations?|sinistre|devis|suivi|colis|siret|siren|naf"
    r"|ape|iban|rib|bic|comptes?|livret|pel|pret|credit|(?<!en )(?<!l')(?<!votre )agences?|guichet|cheques?"
    r"|chequier|tel|telephone|appel\w*|rappel\w*|joindre|call(?:ed|ing)?|portable|fixe"
    r"|fax|numeros?|n[°ºo]|num|montants?|sommes?|plafonds?|soldes?|debits?|versions?|modeles?|articles?|art|loi|annees?"
    r"|naissance|nee?|departement|postal|cp|zip|postcode|operations?|autorisation|terminal|tpe|trains?|tgv|vols?"
    r"|identifiants?|logins?|utilisateur|clients?|client|adherents?|heures?|dates?|amount|order|invoice|claim|account"
    r"|erreurs?|error|err|incidents?|statut|status|technique|pages?|lignes?|etape|chapitre|iphone|galaxy|windows"
    r"|android"
    r"|ios|appart|batiment|bat|porte|etage|lot|parcelle|tour|salle|bureau|caisse|dab|gab|mandat|rum|ics|serie"
    r"|case number|case|reference|number|flat|road|street|finissant|termin\w+|finit|finissent|derniers? chiffres"
    r"|ending in"
    r"|ends? (?:in|with)|vendeurs?|commercante?|serveu\w+|caissi\w+|guichetier|partenaire|fournisseur|produit"
    r"|parrain\w*|promo\w*|coupon|bons? d[e']|offre|formulaire|cerfa"
    r"|poste|extension|ext|reseau|chaine|radio|canal|matricule|permis|passeport|cni|kilometr\w*|compteur)"
    r"(?: [a-z'\-]{1,12}){0,2}[ :.,#(=°«\"-]{0,4}$"
)
SPENT = re.compile(
    r"\b(?:virements?|vire|viree?s?|retraits?|retire\w*|achats?|achete|paiements?|payer|paye\w*|payment"
    r"|transfer\w*|purchase"
    r"|prix|coute\w*|valeur|debite\w*|credite\w*|preleve\w*|mensualites?|plafonds?|decouvert|emprunt\w*|depots?"
    r"|depose\w*"
    r"|deposit|spent|withdrew|withdraw\w*|commission|frais|salaire|loyer|rembours\w*|verse\w*|versement|charged?"
    r"|plus de"
    r"|moins de|environ|jusqu'a|budget|somme)\b[^.!?\n]{0,36}$"
)
OTHER_KIND = re.compile(r"\bcodes? (?:de |d'|du )?(?!sont|etait|avec|pour|c'est)[a-z]{4,}[ :]{1,3}$")
"""Just before a number: « code analytique 8802 » is another code, unless the word is one of ``OF_THE_CODE``."""

OF_ANOTHER = re.compile(
    rf"\bcodes?(?P<other>[ -]{say.OF}(?:{say.OTHER_AFTER}))?\b(?:(?!\bcodes?\b)[^\n!?]){{0,70}}$"
    rf"|\b(?:{say.OTHER_BEFORE})"
    r"[ -](?P<another>codes?)\b(?:(?!\bcodes?\b)[^\n!?]){0,40}$"
)
"""The last « code » before a number, and whether it is that of something else (code postal)."""

YEAR = re.compile(r"(?:19|20)[0-9]{2}$")
TOWN_BEFORE = re.compile(r"[A-ZÉÈ][^\s,()0-9]+,? ?\(?$")

MIXED = re.compile(
    r"(?<![\w@#/.•-])(?=[A-Za-z-]{0,12}[0-9])(?=[0-9a-z-]{0,12}[A-Z])(?:[A-Za-z0-9]{6,12}"
    r"|[A-Za-z0-9]{2,6}(?:-[A-Za-z0-9]{2,6}){1,3})(?![\w@-])"
)

_WORD_OF_BOTH = re.compile(r"(?=[^\s]*[0-9])(?=[^\s]*[a-z])[^\s]{5,40}$")
_MACHINE = re.compile(
    r"[a-z]{1,6}[\d\-_/]*\d{3,}$|[\w]+[_/][\w/_]+$|(?:[a-z0-9]+-){2,}[a-z0-9]+$|https?:|[0-9]+[a-z]{1,3}$"
)


def find(reading: Reading, found: list[Secret]) -> Iterator[Secret]:
    """What nothing explains, and none of the secrets `found` (in order) covers. Linear in the length of the text."""
    starts, ends = [each.start for each in found], [each.end for each in found]
    for secret in (*_numbers(reading), *_words(reading)):
        place = bisect_left(ends, secret.start + 1)
        if place == len(ends) or starts[place] >= secret.end:
            yield secret


def _numbers(reading: Reading) -> Iterator[Secret]:
    """Numbers of 4 to 8 figures, and codes of letters and figures, in a text that speaks of codes."""
    topics = [each.start() for each in TOPIC.finditer(reading.text) if not _other(reading.text, each)]
    six = [each.start() for each in OF_SIX.finditer(reading.text)]
    if not topics and not six:
        return
    for value in announced_codes.DIGITS.finditer(reading.text):
        start, end = value.span("value")
        figures = sum(map(str.isdigit, value["value"]))
        suspect = _near(topics, start, _REACH) or (figures in (6, 8) and _near(six, start, _REACH))
        if suspect and not _explained(reading, start, end):
            yield Secret(start, end, "pin" if figures == 4 else "access_code")
    for token in MIXED.finditer(reading.written):
        start, end = token.span()
        if _follows(topics, start) and _made_by_a_machine(reading, start):
            yield Secret(start, end, "access_code")


def _words(reading: Reading) -> Iterator[Secret]:
    """Words of letters and figures in a text that speaks of passwords."""
    words = [each.start() for each in say.PASSWORD.finditer(reading.text)]
    for token in TOKEN.finditer(reading.text) if words else ():
        start, end = trimmed(reading.text, *token.span())
        if _near(words, start, _REACH_OF_A_WORD) and _secret_word(reading, start, end):
            yield Secret(start, end, "password")


def _other(text: str, topic: re.Match[str]) -> bool:
    if topic["announced"] is None:
        return False
    before = text[max(0, topic.start() - 36) : topic.start()]
    return say.NEAR_ANOTHER.search(before) is not None or say.OTHER_CODE_BEFORE.search(before) is not None


def _near(places: list[int], start: int, reach: int) -> bool:
    place = bisect_left(places, start - reach)
    return place < len(places) and places[place] <= start + reach


def _follows(places: list[int], start: int) -> bool:
    place = bisect_left(places, start - _REACH_OF_MIXED)
    return place < len(places) and places[place] < start


def _made_by_a_machine(reading: Reading, start: int) -> bool:
    """Zx81-Qp47: a code of letters and figures, unless the text says what it is."""
    before = reading.text[max(0, start - 100) : start]
    if (
        say.VOUCHER.match(reading.written, start)
        or NAMED.search(before)
        or say.DEVICES.match(reading.text, start)
        or OTHER_KIND.search(before)
    ):
        return False
    return not _of_another(before)


def _explained(reading: Reading, start: int, end: int) -> bool:
    """Whether the text says what the number is."""
    before = reading.text[max(0, start - 100) : start]
    digits = reading.text[start:end]
    kind = OTHER_KIND.search(before)
    if (kind and not say.OF_THE_CODE.search(kind[0])) or _of_another(before) or before.endswith("-"):
        return True
    if announced_codes.something_else(reading, start, end) or YEAR.match(digits) or NAMED.search(before):
        return True
    if len(digits) == 5 and (
        TOWN_BEFORE.search(reading.written, max(0, start - 30), start) or announced_codes.SENDER.search(before)
    ):
        return True
    return sum(map(str.isdigit, digits)) != 6 and SPENT.search(before) is not None


def _of_another(before: str) -> bool:
    """Whether the last « code » of what stands before is that of something else."""
    code = OF_ANOTHER.search(before)
    if code is None:
        return False
    return bool(code["other"] or code["another"] or say.NEAR_ANOTHER.search(before[: code.start()]))


def _secret_word(reading: Reading, start: int, end: int) -> bool:
    word = reading.text[start:end]
    machine = reading.written[start:end].isupper() and _MACHINE.match(word) is not None
    if _WORD_OF_BOTH.match(word) is None or machine:
        return False
    before = reading.text[max(0, start - 44) : start]
    return NAMED.search(before) is None and passwords.strong(reading, start, end, joined=False)
