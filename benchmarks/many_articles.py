"""Content of any size for measuring: our own articles, then new ones made of sentences that real pages say.

Each made article is another one: a subject (a few pages often, most seldom, as in life), half of its sentences from
that page and half from others, names of its own, phrasings made of what real customers wrote. The names come from a
long tail of invented words, so that the vocabulary grows with the articles as it does in real content (Heaps), and
words are met as Zipf says. The same count gives the same articles. Sources and licences of the sentences:
../shared/data/SOURCE.md; the pages are of 2020, never to be published.
"""

import itertools
import json
import random
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from webapp.search.words import fold

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
_SENTENCE = re.compile(r"(?<=[.;:!?])\s+|\n+")
_ODD = re.compile(r"[<>\[\]{}|\\*_`#@/()«»\"=+~^$%&]|https?|www|\d[\d .-]{6,}")
_SPACES = re.compile(r"\s+")
_SYLLABLES = (
    "ba be bi bo bra bro ca ce cla clo co cre da de do dra e fa fe fi fla for ga gi gra ho in ja jo la le li lo ma me "
    "mi mon na ne no o pa per pla pre qua ra re ri ro sa se sil so ta te ti tor tra u va ve vi vo xa ze zo"
)
_LAST = "lis don tel ria nex dor vance mont pay gard loc sia bel rant tis mer quin val zen port"


@dataclass(frozen=True, slots=True)
class Made:
    """An article to be. `slug` is unique, `sentences` three to five paragraphs' worth."""

    slug: str
    theme: str
    question: str
    summary: str
    phrasings: tuple[str, ...]
    keywords: tuple[str, ...]
    paragraphs: tuple[str, ...]

    @property
    def body(self) -> str:
        return " ".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class _Page:
    title: str
    sentences: tuple[str, ...]


@lru_cache(maxsize=1)
def _pages() -> tuple[_Page, ...]:
    """Real pages, as sentences that the check of content accepts."""
    found = []
    for line in (DATA / "service-public-2020" / "fiches.jsonl").read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        sentences = [_SPACES.sub(" ", each).strip() for each in _SENTENCE.split(page["text"])]
        sentences = [each.rstrip(" .;:,!?") for each in sentences]
        kept = tuple(f"{each}." for each in sentences if each and _fit(each))
        title = _SPACES.sub(" ", page["title"]).rstrip(" ?!.")
        if len(kept) >= 8 and not _ODD.search(title):
            found.append(_Page(title, kept))
    return tuple(found)


def _fit(sentence: str) -> bool:
    words = sentence.split()
    return 5 <= len(words) <= 20 and sentence[0].isupper() and words[-1].isalpha() and not _ODD.search(sentence)


@lru_cache(maxsize=1)
def customers() -> tuple[str, ...]:
    """What real customers wrote in French: phrasings of the development sets."""
    lines = (DATA / "eval" / "banking77-fr-full" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(phrasing for line in lines for phrasing in json.loads(line)["phrasings"])


def asked() -> list[str]:
    """Questions kept apart in the development sets: no article was made of them."""
    found = []
    for name in ("banking77-fr-full", "cnil-zeroshot", "cnil-typos"):
        lines = (DATA / "eval" / name / "queries.jsonl").read_text(encoding="utf-8").splitlines()
        found += [json.loads(line)["query"] for line in lines]
    return found


def _names(dice: random.Random) -> list[str]:
    """Invented words that can be said: brands, products, places."""
    syllables, lasts = _SYLLABLES.split(), _LAST.split()
    found: dict[str, None] = {}
    while len(found) < 12_000:
        found["".join(dice.choices(syllables, k=dice.choice((1, 2, 2, 3)))) + dice.choice(lasts)] = None
    return list(found)


def _zipf(count: int) -> list[float]:
    return list(itertools.accumulate(1 / (rank + 3) for rank in range(count)))


def made(count: int, themes: Sequence[str], seed: int = 1) -> Iterator[Made]:
    """`count` articles, the first of them the same whatever the count."""
    dice = random.Random(seed)
    pages = list(_pages())
    dice.shuffle(pages)
    names = _names(dice)
    name_weights, page_weights = _zipf(len(names)), _zipf(len(pages))
    written = customers()
    everything = [sentence for page in pages for sentence in page.sentences]
    taken: set[str] = set()
    number = 0
    while number < count:
        page = dice.choices(pages, cum_weights=page_weights)[0]
        mine = dice.choices(names, cum_weights=name_weights, k=3)
        question = f"{mine[0].capitalize()} {mine[1]} : {page.title[0].lower()}{page.title[1:]} ?"
        if len(question) > 105 or question in taken:
            continue
        taken.add(question)
        phrasings = {
            _same(each): each for each in (_phrasing(dice, page, mine, written) for _ in range(dice.randint(3, 8)))
        }.values()
        fresh = tuple(each for each in phrasings if _same(each) not in taken)
        if len(fresh) < 3:
            continue
        taken.update(map(_same, fresh))
        sentences = _sentences(dice, page, everything, mine)
        yield Made(
            slug=f"mesure-{number:05}",
            theme=themes[number % len(themes)],
            question=question,
            summary=_summary(dice, page),
            phrasings=fresh,
            keywords=tuple(dict.fromkeys(mine)),
            paragraphs=tuple(" ".join(sentences[at : at + 4]) for at in range(0, len(sentences), 4)),
        )
        number += 1


def _same(text: str) -> str:
    """What the check of content takes for one phrasing."""
    return " ".join(re.findall(r"\w+", fold(text)))


def _sentences(dice: random.Random, page: _Page, everything: Sequence[str], names: Sequence[str]) -> list[str]:
    """120 to 320 words, half of them of the page."""
    wanted = dice.randint(125, 300)
    own = dice.sample(page.sentences, min(len(page.sentences), 24))
    found: list[str] = []
    words = 0
    while words < wanted:
        sentence = own.pop() if own and dice.random() < 0.5 else dice.choice(everything)
        if dice.random() < 0.15:
            sentence = f"{sentence[:-1]} avec {dice.choice(names)}."
        found.append(sentence)
        words += len(sentence.split())
    return found


def _summary(dice: random.Random, page: _Page) -> str:
    short = [each for each in page.sentences if 45 <= len(each) <= 200]
    return dice.choice(short) if short else f"Ce qu'il faut savoir : {page.title[:120]}, en quelques mots."


def _phrasing(dice: random.Random, page: _Page, names: Sequence[str], written: Sequence[str]) -> str:
    """A few words that a customer wrote, about this subject, with its name in half of them; a third has an error."""
    words = dice.choice(written).split()[: dice.randint(4, 12)]
    subject = page.title.split()[-dice.randint(2, 4) :]
    text = " ".join([*words, *subject, *([dice.choice(names)] if dice.random() < 0.5 else [])])
    text = _SPACES.sub(" ", _ODD.sub(" ", text)).strip()
    return mistyped(text, dice) if dice.random() < 1 / 3 else text


def mistyped(text: str, dice: random.Random) -> str:
    """Two letters exchanged somewhere."""
    at = dice.randrange(1, max(2, len(text) - 1))
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]


def write(articles: int, folder: Path) -> None:
    """A content folder of `articles` French articles: ours and their other files, then made ones."""
    shutil.copytree(ROOT / "content", folder)
    site = yaml.safe_load((folder / "site.yaml").read_text(encoding="utf-8"))
    themes = [each["id"] for each in site["themes"]]
    ours = sum(1 for theme in themes for _ in (folder / "fr" / theme).glob("*.md"))
    for each in made(max(0, articles - ours), themes):
        (folder / "fr" / each.theme / f"{each.slug}.md").write_text(markdown(each), encoding="utf-8")


def markdown(article: Made) -> str:
    front = {
        "question": article.question,
        "summary": article.summary,
        "phrasings": list(article.phrasings),
        "keywords": list(article.keywords),
        "contact": "form:question",
        "owner": "Mesures",
        "reviewed": "2026-10-01",
        "review_by": "2027-10-01",
    }
    first, *others = article.paragraphs
    sections = [first, *(f"## Point {number}\n\n{each}" for number, each in enumerate(others, 2))]
    head = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{head}---\n" + "\n\n".join(sections) + "\n"
