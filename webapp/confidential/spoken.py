"""Card numbers written in words: « quatre neuf sept zéro … », « quarante-neuf soixante-dix … ».

Ten number words in a row that count nothing (no hundred, no thousand, no euro after them) are a number read aloud: no
customer writes an amount so. A text dictated to a telephone holds them.
"""

import re
from collections.abc import Iterator

from webapp.confidential import vocabulary as say
from webapp.confidential.cards import Card
from webapp.confidential.reading import Reading

_FIGURE = (
    r"(?:zeros?|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|oh|o|one|two|three|four|five|seven|eight|nine|[0-9])"
)
_TENS = (
    r"(?:dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente|quarante|cinquante|soixante|septante|huitante"
    r"|nonante"
    r"|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|double|triple)"
)
RUN = re.compile(
    rf"(?<![\w-])(?:{_FIGURE}|{_TENS})(?:[\s,;.\-]{{1,3}}(?:et |and |puis )?(?:{_FIGURE}|{_TENS})){{9,39}}(?![\w-])"
)
_USUAL = 16
VALUES = {
    word: str(value)
    for value, words in enumerate(
        [
            "zero/zeros/oh/o",
            "un/une/one",
            "deux/two",
            "trois/three",
            "quatre/four",
            "cinq/five",
            "six",
            "sept/seven",
            "huit/eight",
            "neuf/nine",
        ]
    )
    for word in words.split("/")
}


def find(text: str) -> Iterator[Card]:
    """The numbers in words of `text`, in order; their last figures as far as single words say them (else X)."""
    reading = Reading(text)
    for run in RUN.finditer(reading.text):
        words = re.findall(r"[a-z]+|[0-9]", run[0])
        if say.UNIT_AFTER.match(reading.text, run.end()) or all(map(str.isdigit, words)):
            continue
        figures = "".join(VALUES.get(word, word if word.isdigit() else "X") for word in words)
        start, end = reading.span(run.start(), run.end())
        yield Card(start, end, figures[-4:], _USUAL)
