"""What `flask why` tells an editor, in French: the words for `search.explain`."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten

from webapp.knowledge.catalog import Catalog
from webapp.search.explain import Advice, Explanation, Match, Sight, Word
from webapp.search.model import Orientation

FIELDS = {
    "title": "le titre",
    "phrasing": "une formulation",
    "keyword": "un mot-clé",
    "summary": "le résumé",
    "body": "le texte",
}
SIGNALS = {
    "whole": "sens de tout l'article",
    "body_words": "mots du texte",
    "body_meanings": "sens du texte",
    "grams": "suites de lettres",
    "ranker": "ce que les formulations ont appris",
}
STEPS = {
    "distress": "une main tendue",
    "urgent": "un contact urgent",
    "person": "une personne à qui parler",
    "form": "le formulaire",
    "branch": "une agence",
    "contact": "un moyen de contact",
}
ORDINALS = {1: "1er", 2: "2e", 3: "3e"}
MOST_WORDS = 5  # told of one kind
MOST_CHOICES = 3  # words of one list shown of a line of a rule
LONGEST_PHRASE = 60  # letters of an editors' phrase with many choices


def tell(found: Explanation, catalog: Catalog, language: str) -> str:
    """The whole explanation, ready to print."""
    blocks = [
        _understood(found),
        _shown(found, catalog, language),
        *(_article(each, catalog, language) for each in found.sights),
        _help(found, catalog, language),
    ]
    return "\n\n".join("\n".join(block) for block in map(list, blocks) if block)


def _understood(found: Explanation) -> Iterator[str]:
    yield f"Question : « {found.question} »"
    read = [each for each in found.words if each.read]
    if read:
        yield "Corrigé : " + ", ".join(f"« {each.typed} » lu « {each.read} »{_doubt(each)}" for each in read)
    said = [each for each in found.words if each.synonyms]
    if said:
        yield "Synonymes : " + " ; ".join(f"« {each.typed} » = {_some(each.synonyms)}" for each in said)
    unknown = [each.typed for each in found.words if not each.known]
    if unknown:
        yield f"Mots qu'aucun article ne dit : {_some(unknown)}"
    small = [each.typed for each in found.words if each.small]
    if small:
        yield f"Petits mots, qui comptent peu : {_some(small)}"


def _doubt(word: Word) -> str:
    return "" if word.sure else " (sans certitude)"


def _shown(found: Explanation, catalog: Catalog, language: str) -> Iterator[str]:
    yield "Ce que voit le client, dans l'ordre"
    for each in found.answers.orientations:
        yield f"- {_step(each, found, catalog, language)}"
    if found.answers.subject:
        yield (
            f"- la question ressemble au sujet sans article « {found.answers.subject} » (« asked » dans "
            "content/orientation.yaml) : l'article est moins sûr"
        )
    if found.answers.did_you_mean:
        yield f"- « Vouliez-vous dire : {found.answers.did_you_mean} »"
    if found.answers.language:
        yield "- la question semble écrite dans une autre langue que celle du site"


def _step(led: Orientation, found: Explanation, catalog: Catalog, language: str) -> str:
    sure = f"confiance {_percent(found.answers.confidence)}, il faut {_percent(found.threshold)}"
    if led.kind == "answer" and found.answers.settled:
        return f"le premier article comme réponse ({sure})"
    if led.kind == "answer":
        return f"les articles, sans dire qu'ils répondent à son cas ({sure})"
    if led.kind == "guess":
        return f"les articles comme des pistes, pas comme une réponse ({sure})"
    if led.kind == "nothing":
        return f"aucun article ({sure})"
    shown = [*(_contact(catalog, each, language) for each in led.contacts), *led.numbers, *led.branches]
    which = f" : {_some(shown)}" if shown else ""
    where = f"la règle « {led.rule} » de content/orientation.yaml" if led.rule else "content/contacts.yaml"
    words = f", les mots {_some(led.words)}" if led.words else ""
    near = catalog.article(language, led.article) if led.article else None
    if led.phrase:
        phrase = f", à cause de « {_phrase(led.phrase)} » dans {where}{words}"
    elif near:
        phrase = f", parce que les formulations apprises la rapprochent de l'article urgent « {near.question} »"
    else:
        phrase = words.replace(", les", ", pour les")
    return f"{STEPS[led.kind]}{which}{phrase}"


def _phrase(written: str) -> str:
    """An editor's line, its long lists cut: "paiement/achat/retrait/… pas+fait/pas+autorisé"."""
    tokens = [each.split("/") for each in written.split()]
    short = ("/".join([*each[:MOST_CHOICES], "…"] if len(each) > MOST_CHOICES + 1 else each) for each in tokens)
    return shorten(" ".join(short), LONGEST_PHRASE, placeholder=" …")


def _article(sight: Sight, catalog: Catalog, language: str) -> Iterator[str]:
    article = catalog.article(language, sight.article)
    yield f"{_place(sight.place)} · {article.question if article else sight.article}"
    yield f"    {_file(catalog, sight.article, language)}"
    matches = [each for each in sight.matches if not each.word.small]
    if not matches:
        yield "    aucun mot important en commun : des petits mots et des suites de lettres"
    for each in matches[:MOST_WORDS]:
        yield f"    {_match(each)}"
    if len(matches) > MOST_WORDS:
        yield f"    et {len(matches) - MOST_WORDS} autres mots"
    if sight.missing:
        yield f"    ne dit pas : {_some(sight.missing)}"
    yield f"    formulation la plus proche ({_percent(sight.likeness)}) : « {sight.phrasing} »"
    yield f"    score {sight.score:.2f} : {_shares(sight.shares)}".replace(".", ",")


def _match(match: Match) -> str:
    where = ", ".join(FIELDS[each] for each in match.fields)
    read = f", lu « {match.word.read} »," if match.word.read else ""
    kind = "le synonyme" if match.through in match.word.synonyms else "le mot voisin"
    through = f" par {kind} « {match.through} »" if match.through else ""
    return f"« {match.word.typed} »{read}{through} est dans {where}"


def _shares(shares: Mapping[str, float]) -> str:
    told = sorted(shares.items(), key=lambda each: -abs(each[1]))
    return ", ".join(f"{SIGNALS.get(name, name)} {_percent(share)}" for name, share in told if abs(share) >= 0.005)


def _help(found: Explanation, catalog: Catalog, language: str) -> Iterator[str]:
    advice = [_advice(each, catalog, language) for each in found.advice]
    if not advice and found.wanted and found.wanted.place > 1:
        first = found.sights[0]
        advice = [
            f"« {found.wanted.article} » est bien placé, mais « {first.article} » est plus proche de ces mots. "
            "Si les deux répondent, il n'y a rien à faire."
        ]
    if advice:
        yield "Pour aider"
        yield from (f"- {each}" for each in advice)


def _advice(advice: Advice, catalog: Catalog, language: str) -> str:
    words = _some(advice.words)
    file = _file(catalog, advice.article, language)
    if advice.code == "unknown":
        return (
            f"{words} : inconnu du contenu. Même sens qu'un mot du site : ajoutez-le à sa ligne dans "
            "content/synonyms.yaml. Propre à une question : dans une formulation de l'article. Sans rapport avec la "
            "banque : rien à faire."
        )
    if advice.code == "doubtful":
        return f"{words} : correction peu sûre. Si les clients écrivent ainsi, ajoutez-le aux synonymes."
    if advice.code == "phrasing":
        missing = f", avec {words}" if advice.words else ""
        return (
            f"si « {advice.article} » répond : aucune de ses formulations n'est proche. Ajoutez-en une à "
            f"{file}{missing}, comme les clients l'écrivent."
        )
    if advice.code == "unsure":
        return (
            f"si « {advice.article} » répond bien, une formulation plus proche de la question dans {file} "
            "le fera montrer comme une réponse."
        )
    if advice.code == "tied":
        return (
            f"« {advice.article} » et « {advice.other} » se valent ici. Si un seul répond, donnez-lui une "
            "formulation que l'autre ne pourrait pas avoir."
        )
    return "aucun article ne parle de cela. Si les clients le demandent souvent, il en faut un."


def _file(catalog: Catalog, slug: str, language: str) -> str:
    """Where an editor finds the article; "" for none."""
    article = catalog.article(language, slug)
    return f"content/{language}/{article.theme}/{slug}.md" if article else ""


def _contact(catalog: Catalog, contact: str, language: str) -> str:
    point = catalog.contact(contact)
    return str(point.name[language]) if point else contact


def _place(place: int) -> str:
    return ORDINALS.get(place, f"{place}e")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _some(words: Sequence[str]) -> str:
    told = ", ".join(f"« {each} »" for each in words[:MOST_WORDS])
    return told + ("…" if len(words) > MOST_WORDS else "")
