"""From a text to its words: folding, elision, contractions, SMS spelling, stems. One `Analysis` for each language.

Nothing is stopped: `pas`, `ne`, `mon`, `sur` carry the meaning of "ma carte ne marche pas" (the stock French list drops
them, `reference/search.md` §3). Accents are folded *before* stemming, and the stemmers are written for folded words, so
that "bloquée", "bloquee" and "bloquer" meet whichever way they were typed.
"""

import re
import unicodedata
from functools import lru_cache

from webapp.search.stems import IRREGULAR, stem_english, stem_french

LONGEST_WORD = 32  # letters; what is longer is no word of ours and would only cost time in the speller

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_LETTERS = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "′": "'", "œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l"}
)
_COMPOUNDS = re.compile(r"\b(aujourd)'(hui)\b|\b(quelqu)'(une?)\b|\b(presqu)'(ile)\b|\b(prud)'(hom)")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}")  # R.I.B. → RIB

_ELIDED = {
    "c": "ce",
    "d": "de",
    "j": "je",
    "l": "le",
    "m": "me",
    "n": "ne",
    "s": "se",
    "t": "te",
    "qu": "que",
    "jusqu": "jusque",
    "lorsqu": "lorsque",
    "puisqu": "puisque",
    "quoiqu": "quoique",
}
_SPOKEN_FRENCH = {
    "jai": "je ai",
    "g": "je ai",
    "jarrive": "je arrive",
    "jarive": "je arrive",
    "jme": "je me",
    "jcrois": "je crois",
    "jcroi": "je crois",
    "kon": "que on",
    "jpeux": "je peux",
    "jpeu": "je peux",
    "jpe": "je peux",
    "jveux": "je veux",
    "jveu": "je veux",
    "jfais": "je fais",
    "jfe": "je fais",
    "jsuis": "je suis",
    "jsui": "je suis",
    "jsais": "je sais",
    "jdois": "je dois",
    "jdoi": "je dois",
    "jtrouve": "je trouve",
    "jtrouv": "je trouve",
    "jattends": "je attends",
    "jattend": "je attends",
    "jcomprends": "je comprends",
    "jcomprend": "je comprends",
    "jenvoie": "je envoie",
    "jenvoi": "je envoie",
    "jvais": "je vais",
    "chui": "je suis",
    "chuis": "je suis",
    "c": "ce est",
    "cest": "ce est",
    "cetait": "ce etait",
    "quon": "que on",
    "quil": "que il",
    "ya": "il y a",
    "ke": "que",
    "ki": "qui",
    "koi": "quoi",
    "kan": "quand",
    "qd": "quand",
    "ds": "dans",
    "dpuis": "depuis",
    "dpui": "depuis",
    "depui": "depuis",
    "esk": "est ce que",
    "tt": "tout",
    "mm": "meme",
    "vs": "vous",
    "ns": "nous",
    "pcq": "parce que",
    "coman": "comment",
    "koman": "comment",
    "komment": "comment",
    "comen": "comment",
    "nv": "nouveau",
    "ossi": "aussi",
    "pr": "pour",
    "avc": "avec",
    "pk": "pourquoi",
    "pq": "pourquoi",
    "pkoi": "pourquoi",
    "pourkoi": "pourquoi",
    "cmt": "comment",
    "komen": "comment",
    "coment": "comment",
    "keske": "que est ce que",
    "kesk": "que est ce que",
    "eske": "est ce que",
    "bcp": "beaucoup",
    "tjs": "toujours",
    "tjr": "toujours",
    "tjrs": "toujours",
    "mtn": "maintenant",
    "auj": "aujourdhui",
    "qqn": "quelquun",
    "qqun": "quelquun",
    "qqch": "quelque chose",
    "pb": "probleme",
    "rdv": "rendez vous",
    "cpte": "compte",
    "cpt": "compte",
    "conte": "compte",
    "conpte": "compte",
    "compt": "compte",
    "banke": "banque",
    "banq": "banque",
    "tel": "telephone",
    "svp": "sil vous plait",
    "stp": "sil te plait",
    "sa": "ca",
}
# Words that people write in one: "lappli", "dargent". A list, not a rule: "large" and "demain" are words.
_GLUED = {
    "l": "appli apli application argent assurance agence adresse acces autre identifiant huissier hopital etranger "
    "achat abonnement impot impots ordinateur operation offre heure hypotheque employeur ehpad inscription "
    "enfant epargne",
    "d": "argent accord assurance achat agence abonnement adresse appli application identite opposition epargne",
}
_SPOKEN_FRENCH |= {
    letter + word: f"{_ELIDED[letter]} {word}" for letter, words in _GLUED.items() for word in words.split()
}
_SPOKEN_ENGLISH = {
    "cant": "can not",
    "cannot": "can not",
    "wont": "will not",
    "dont": "do not",
    "doesnt": "does not",
    "didnt": "did not",
    "isnt": "is not",
    "wasnt": "was not",
    "arent": "are not",
    "havent": "have not",
    "hasnt": "has not",
    "couldnt": "could not",
    "wouldnt": "would not",
    "im": "i am",
    "ive": "i have",
    "id": "i would",
    "whats": "what is",
    "wheres": "where is",
    "thats": "that is",
    "u": "you",
    "ur": "your",
    "pls": "please",
    "plz": "please",
    "thx": "thanks",
    "acct": "account",
}
_SHORT_ENGLISH = {"s": "", "t": "not", "m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would"}


def fold(text: str) -> str:
    """Small letters without accents or ligatures, straight apostrophes; lone surrogates and controls become spaces."""
    text = text.lower().translate(_LETTERS)
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFKD", text)
    return "".join(c for c in parts if not unicodedata.combining(c))


class Analysis:
    """The words of one language: `words(text)` folded and in order, `stem(word)`, `stems(text)`. Pure, thread-safe."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._french = language != "en"
        self._spoken = _SPOKEN_FRENCH if self._french else _SPOKEN_ENGLISH
        self.stem = lru_cache(maxsize=4_096)(stem_french if self._french else stem_english)

    def words(self, text: str) -> list[str]:
        """Folded words, elisions and contractions undone ("j'ai" → je, ai; "can't" → can, not)."""
        found: list[str] = []
        for raw, _, _ in self.spans(text):
            found.extend(raw)
        return found

    def spans(self, text: str) -> list[tuple[tuple[str, ...], int, int]]:
        """Each written word of `text` as (its folded words, start, end): positions are those of `text` itself.

        Folding may change lengths ("œ" → "oe"), so the text is cut first and each piece folded alone.
        """
        found = []
        for start, end, piece in _cut(text):
            words = self._expand(piece)
            if words:
                found.append((words, start, end))
        return found

    def beginnings(self, stem: str) -> set[str]:
        """First letters of every word that may have this stem."""
        found = {word[:4] for word in IRREGULAR.get(stem, ())} if self._french else set()
        return found | {stem[:4]}

    def stems(self, text: str) -> list[str]:
        return [self.stem(word) for word in self.words(text)]

    @lru_cache(maxsize=4_096)  # noqa: B019  one Analysis a language lives as long as the process
    def _expand(self, piece: str) -> tuple[str, ...]:
        folded = fold(piece)
        folded = _COMPOUNDS.sub(lambda m: "".join(g for g in m.groups() if g), folded)
        found: list[str] = []
        for token in _WORD.findall(folded):
            parts = token.split("'")
            for position, part in enumerate(parts):
                last = position == len(parts) - 1
                word = self._part(part, first=position == 0, last=last, alone=len(parts) == 1)
                found.extend(each[:LONGEST_WORD] for each in word.split())
        return tuple(found)

    def _part(self, part: str, *, first: bool, last: bool, alone: bool) -> str:
        if self._french:
            if not last:
                return _ELIDED.get(part, part)
            return self._spoken.get(part, part)
        if alone:
            return self._spoken.get(part, part)
        if last and not first:
            return _SHORT_ENGLISH.get(part, part)
        # "don't" is cut as don + t: the n belongs to the negation
        return {"don": "do", "can": "can", "won": "will", "isn": "is", "didn": "did", "doesn": "does"}.get(part, part)


_LETTER = r"(?:[^\W_]|[\u0300-\u036f])"  # an accent may be typed as a mark of its own after its letter
_PIECE = re.compile(rf"{_LETTER}+(?:['’‘ʼ`´′.]{_LETTER}+)*\.?")


def _cut(text: str) -> list[tuple[int, int, str]]:
    pieces = []
    for match in _PIECE.finditer(text):
        piece = match.group()
        if "." in piece:
            if _DOTTED.fullmatch(piece if piece.endswith(".") else piece + "."):
                piece = piece.replace(".", "")
            else:
                for sub in re.finditer(r"[^.]+", piece):
                    pieces.append((match.start() + sub.start(), match.start() + sub.end(), sub.group()))
                continue
        pieces.append((match.start(), match.end(), piece))
    return pieces


@lru_cache(maxsize=8)
def analysis(language: str) -> Analysis:
    """The analysis of `language`; anything but English is read as French, the default language."""
    return Analysis("en" if language == "en" else "fr")
