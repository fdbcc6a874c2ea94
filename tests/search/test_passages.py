"""The texts that excerpts are cut from: one line, in which a block ends before the next begins."""

import pytest

from webapp.search.model import Document
from webapp.search.passages import Passages, arrays_of


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("Les étapes\nAppelez le service.", "Les étapes. Appelez le service."),
        ("Carte verrouillée\nLa déverrouiller\n\n", "Carte verrouillée. La déverrouiller."),
        ("Voici comment :\nouvrez l'application", "Voici comment : ouvrez l'application."),
        ("", ""),
    ],
)
def test_a_heading_or_a_cell_does_not_run_into_the_next_sentence(body: str, line: str) -> None:
    document = Document(id="a", language="fr", theme="cartes", title="Une question ?", body=body)
    assert Passages(arrays_of([document])).of(0)[1][0] == line
