"""The small table of one language, beside its arrays."""

import msgspec

from webapp.search.model import Place, Rule


class Table(msgspec.Struct, frozen=True):
    """What an ear keeps in memory beside the index, one row a document in the order of the index.

    The last `subjects` rows are no documents: each is a subject of a rule that no document is about, its id the rule's.
    `urgent_contacts`: whom to call at once when a question is this document's, "" for most. `vocabulary`: folded word
    → occurrences; `writings`: the usual way to write it when not that. `synonyms`: the groups of the content;
    `meanings`: the general ones that this content uses. `urgent_when`, `urgent_unless`: contact id → phrases. `rules`,
    `theme_words`, `branches`: of the corpus, in all languages.
    """

    ids: tuple[str, ...]
    subjects: int
    themes: tuple[str, ...]
    urgent: tuple[bool, ...]
    urgent_contacts: tuple[str, ...]
    vocabulary: dict[str, int]
    writings: dict[str, str]
    synonyms: tuple[tuple[str, ...], ...]
    meanings: tuple[tuple[str, ...], ...]
    urgent_when: dict[str, tuple[str, ...]]
    urgent_unless: dict[str, tuple[str, ...]] = {}
    rules: tuple[Rule, ...] = ()
    theme_words: tuple[tuple[str, dict[str, tuple[str, ...]]], ...] = ()
    branches: dict[str, Place] = {}
