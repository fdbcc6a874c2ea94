"""What ``orientation.yaml`` says of other files, and rules that would never, or always, apply."""

from collections.abc import Iterable, Iterator

from webapp.knowledge.catalog import fold
from webapp.knowledge.loading import Sheets
from webapp.knowledge.report import Problem
from webapp.knowledge.rules import Rule
from webapp.knowledge.validation import suggestion
from webapp.knowledge.yaml_reading import Document, Place

SHORTEST_ALONE = 3  # letters of a phrase that is one word: shorter ones stand in too many questions
LONGEST_BECAUSE = 120  # characters: it follows « Parce que » on one or two lines of a phone


def check_rules(sheets: Sheets) -> Iterator[Problem]:
    """Problems of the rules of orientation; a file with errors of its own makes all its names acceptable."""
    document = sheets.documents.get("orientation")
    if document is None:
        return
    told: dict[tuple[str, bool, str], int] = {}
    ids: set[str] = set()
    for number, rule in enumerate(sheets.rules):
        if rule.id in ids:
            message = f"L'identifiant « {rule.id} » sert deux fois."
            yield document.problem(("rules", number, "id"), "duplicate-id", message, "Changez-en un.")
        ids.add(rule.id)
        if not rule.when and not rule.asked:
            message = f"La règle « {rule.id} » ne dit pas quand elle s'applique."
            hint = "Ajoutez « when » (des mots), ou « asked » (des questions sur un sujet sans article)."
            yield document.problem(("rules", number, "id"), "rule-never-met", message, hint)
        yield from _check_names(sheets, document, number, rule)
        yield from _check_words(document, number, rule)
        yield from _check_phrases(document, number, rule, told)
        yield from _check_lists(document, ("rules", number))
    themes = None if sheets.site is None else [each.id for each in sheets.site.themes]
    for number, entry in enumerate(sheets.theme_words):
        if themes is not None and entry.theme not in themes:
            yield _unknown(document, ("themes", number, "theme"), "unknown-theme", "Le thème", entry.theme, themes)
        yield from _check_lists(document, ("themes", number))


def _check_names(sheets: Sheets, document: Document, number: int, rule: Rule) -> Iterator[Problem]:
    contacts = None if sheets.contact_points is None else {each.id: each for each in sheets.contact_points}
    for row, contact in enumerate(rule.contacts):
        place: Place = ("rules", number, "contacts", row)
        if contacts is not None and contact not in contacts:
            yield _unknown(document, place, "unknown-contact", "Le point de contact", contact, contacts)
        elif contacts is not None and rule.leads_to == "urgent" and not contacts[contact].phone:
            message = f"« {contact} » n'a pas de téléphone : ce n'est pas un contact d'urgence."
            yield document.problem(place, "urgent-without-phone", message, "Citez un contact de genre « phone ».")
    numbers = [each.number for each in sheets.public_numbers]
    for row, public in enumerate(rule.public_numbers):
        if contacts is not None and public not in numbers:
            message = f"Le numéro public « {public} » n'est pas dans contacts.yaml."
            hint = suggestion(public, numbers) or "Ajoutez-le à « public_numbers »."
            yield document.problem(("rules", number, "public_numbers", row), "unknown-short-number", message, hint)
    natures = None if sheets.natures is None else [each.id for each in sheets.natures]
    if rule.nature and natures is not None and rule.nature not in natures:
        yield _unknown(document, ("rules", number, "nature"), "unknown-form", "La nature", rule.nature, natures)
    themes = None if sheets.site is None else [each.id for each in sheets.site.themes]
    if rule.theme and themes is not None and rule.theme not in themes:
        yield _unknown(document, ("rules", number, "theme"), "unknown-theme", "Le thème", rule.theme, themes)


def _check_words(document: Document, number: int, rule: Rule) -> Iterator[Problem]:
    for language, text in rule.because.items():
        place: Place = ("rules", number, "because", language)
        if len(text) > LONGEST_BECAUSE:
            message = f"Cette raison est longue : {len(text)} caractères."
            yield document.problem(
                place, "because-long", message, f"{LONGEST_BECAUSE} au plus, elle suit « Parce que »."
            )
        if text[:1].isupper() or text.rstrip().endswith("."):
            message = "La raison suit « Parce que » : ni majuscule au début, ni point à la fin."
            yield document.problem(
                place, "because-form", message, "Par exemple : vous parlez d'un dossier en cours.", "warning"
            )


def _check_phrases(
    document: Document, number: int, rule: Rule, told: dict[tuple[str, bool, str], int]
) -> Iterator[Problem]:
    for language, phrases in rule.when.items():
        for row, phrase in enumerate(phrases):
            place: Place = ("rules", number, "when", language, row)
            words = fold(phrase.removeprefix("=")).split()
            single = len(words) == 1 and not rule.town and not phrase.startswith("=")
            if single and min(map(len, words[0].split("/"))) < SHORTEST_ALONE:
                message = f"« {phrase} » est trop court pour être seul : il est dans trop de questions."
                hint = "Ajoutez un mot, ou commencez par « = » : la question ne doit alors rien dire d'autre."
                yield document.problem(place, "phrase-too-wide", message, hint, "warning")
            key = (language, rule.town, ("=" if phrase.startswith("=") else "") + " ".join(sorted(words)))
            if key in told:
                message = f"« {phrase} » est déjà à la ligne {told[key]}."
                yield document.problem(place, "duplicate-phrase", message, "Gardez-la dans une seule règle.", "warning")
            told.setdefault(key, document.line(place))


def _check_lists(document: Document, at: tuple[str, int]) -> Iterator[Problem]:
    """A word in capitals is the name of a list: one that does not exist would never be met."""
    data = document.data[at[0]][at[1]]
    for key in ("when", "unless"):
        for language, phrases in data.get(key, {}).items():
            known = document.data.get("lists", {}).get(language, {})
            for row, phrase in enumerate(phrases):
                for word in phrase.removeprefix("=").replace("/", " ").split():
                    if word.isupper() and len(word) > 1 and word not in known:
                        message = f"La liste « {word} » n'existe pas en « {language} »."
                        hint = suggestion(word, known) or "Ajoutez-la à « lists », ou écrivez en petites lettres."
                        yield document.problem((*at, key, language, row), "unknown-list", message, hint)


def _unknown(document: Document, place: Place, code: str, what: str, word: str, known: Iterable[str]) -> Problem:
    hint = suggestion(word, known) or "Corrigez le nom, ou créez ce qui manque."
    return document.problem(place, code, f"{what} « {word} » n'existe pas.", hint)
