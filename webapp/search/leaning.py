"""What the trained ranker says of urgency: whose urgent articles a question is nearest to, when no rule was met.

Editors' phrases cannot hold every way of saying that money or a card is gone; the phrasings of the urgent articles
hold many more. The ranker's odds, made shares of one, are added up over the urgent articles of one contact point:
"conseiller bizarre au téléphone" may be any of three articles, and all of them begin with the same call.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from webapp.search.arrays import Array, Floats

LEANING = 0.5  # of all that the ranker believes, from which a contact is raised: more likely than not


class Leaning:
    """The urgent articles of one language, by contact point. Immutable, thread-safe."""

    def __init__(self, contacts: Sequence[str]) -> None:
        """`contacts`: of each document, the contact point to call at once, "" for most."""
        self._of: Mapping[str, Array] = {
            contact: np.array([place for place, each in enumerate(contacts) if each == contact])
            for contact in dict.fromkeys(filter(None, contacts))
        }

    def of(self, odds: Floats) -> tuple[str, int] | None:
        """The contact point that a question leans to and the likeliest of its documents; None for most questions.

        `odds`: log-odds of every document, the signal `ranker`; all the same without a ranker, which leans nowhere.
        """
        if not self._of or not odds.any():
            return None
        shares = np.exp(odds - odds.max())
        total = float(shares.sum())
        for contact, places in self._of.items():
            if float(shares[places].sum()) >= LEANING * total:
                return contact, int(places[shares[places].argmax()])
        return None
