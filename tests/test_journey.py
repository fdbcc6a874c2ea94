"""The whole counter, as a visitor without a browser meets it: find an answer, write, get a reference, be answered."""

from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from itertools import pairwise
from urllib.parse import quote

import pytest

from tests.product import Product
from tests.visitor import Page, Visitor
from tests.writing import FORM, TYPED, filled, kept, reference, sent

URGENT = "01 99 00 10 10"
CARD = "4970 1012 3456 7893"  # an invented number of a real shape, its check digit right


@pytest.fixture
def visitor(product: Product) -> Visitor:
    return Visitor(product.url)


def body(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text


def everything(letter: EmailMessage) -> str:
    """Headers and every part, decoded."""
    parts = [part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*(f"{name}: {value}" for name, value in letter.items()), *parts])


def test_the_home_page_is_open(visitor: Visitor) -> None:
    home = visitor.get("/")
    assert home.status == 200
    assert URGENT in " ".join(home.soup.get_text(" ").split())


def test_a_lost_card_finds_the_urgent_number_before_its_answer(visitor: Visitor) -> None:
    found = visitor.get(f"/recherche?q={quote(chr(39).join(('j', 'ai perdu ma CB')))}")
    first = found.soup.select_one("main ol a")
    assert first is not None
    assert str(first["href"]).partition("?")[0] == "/questions/carte-perdue-ou-volee"
    assert 0 <= found.text.find(URGENT) < found.text.find(first.get_text(" ", strip=True)[:20])


def test_a_request_goes_from_the_form_to_the_mailbox(visitor: Visitor, product: Product) -> None:
    sending = sent(visitor, filled(visitor, message=f"Ma carte {CARD} est refusée.\nMélusine attend son loyer."))
    mark = reference(visitor, sending)
    letter = product.arrived(mark)
    assert mark in letter["Subject"]
    assert "Demande" in letter["Subject"]
    assert letter["X-Guichet-Theme"] == "virements"
    assert letter["Reply-To"].addresses[0].addr_spec == TYPED["email"]
    assert letter["Reply-To"].addresses[0].display_name == TYPED["name"]
    for words in ("Mélusine attend son loyer.", "Nantes", "06 39 98 12 34", "Un virement ou un prélèvement"):
        assert words in body(letter)
    digits = "".join(character for character in everything(letter) if character.isdigit())
    assert CARD.replace(" ", "") not in digits
    assert "7893" in body(letter)  # the last four, which an agent needs to know which card
    assert len(product.requests(mark)) == 1


def test_the_masked_card_is_on_no_disk(visitor: Visitor, product: Product) -> None:
    mark = reference(visitor, sent(visitor, filled(visitor, message=f"Ma carte {CARD}, dite {CARD.replace(' ', '')}.")))
    product.arrived(mark)
    written = [CARD.encode(), CARD.replace(" ", "").encode(), TYPED["name"].encode(), b"attend son loyer"]
    # The mailbox holds the letter, in clear, with the card masked: everything else holds no word at all.
    letters = product.data / "mail"
    for file in [each for each in product.data.rglob("*") if each.is_file()] + [product.log]:
        words = written[:2] if letters in file.parents else written
        content = file.read_bytes()
        assert not [each for each in words if each in content], file


def test_the_receipt_says_that_a_card_was_masked_and_what_happens_next(visitor: Visitor) -> None:
    receipt = visitor.get(sent(visitor, filled(visitor, message=f"Ma carte {CARD}")).headers["Location"])
    assert "masqué" in receipt.text
    assert "sous 2 jours ouvrés" in receipt.text
    assert receipt.headers["Cache-Control"] == "no-store"


def test_the_acknowledgement_holds_no_word_of_the_visitor(visitor: Visitor, product: Product) -> None:
    mark = reference(visitor, sent(visitor, filled(visitor)))
    letter = product.acknowledged(mark)
    assert letter["To"] == TYPED["email"]
    assert mark in letter["Subject"]
    text = everything(letter).replace(TYPED["email"], "")
    for typed in ("Mélusine", "Périgord", "loyer", "Italie", "Nantes", "06 39 98 12 34"):
        assert typed not in text


def test_answers_that_may_help_come_before_sending_and_sending_is_one_button_away(visitor: Visitor) -> None:
    fields = filled(visitor, message="Mon virement n'est pas arrivé, quel est le délai ?") | {"step": "check"}
    before = sent(visitor, fields)
    assert before.status == 200
    assert before.soup.select(".before-sending a")
    again = before.typed(FORM)
    assert again["step"] == "send"
    assert again["message"] == fields["message"]
    reference(visitor, sent(visitor, again))


def test_pressing_twice_makes_one_request(visitor: Visitor, product: Product) -> None:
    fields = filled(visitor)
    with ThreadPoolExecutor(4) as hands:
        answers = list(hands.map(lambda _: sent(visitor, fields), range(4)))
    marks = {reference(visitor, each) for each in answers}
    assert len(marks) == 1
    product.arrived(marks.pop())


def test_sending_the_same_page_again_later_gives_the_same_reference_and_one_letter(
    visitor: Visitor, product: Product
) -> None:
    fields = filled(visitor)
    first = reference(visitor, sent(visitor, fields))
    product.arrived(first)
    assert reference(visitor, sent(visitor, fields)) == first
    product.arrived(reference(visitor, sent(visitor, filled(visitor))))  # delivered after anything the repeat had left
    assert len(product.requests(first)) == 1
    assert len(product.acknowledgements(first)) == 1


def test_going_back_and_changing_the_text_asks_before_a_second_request(visitor: Visitor) -> None:
    fields = filled(visitor)
    first = reference(visitor, sent(visitor, fields))
    changed = fields | {"message": "Finalement, c'est un virement vers l'Espagne."}
    asked = sent(visitor, changed)
    assert asked.status == 409
    assert first in asked.text
    assert kept(asked)["message"] == changed["message"]
    assert reference(visitor, sent(visitor, asked.typed(FORM) | {"step": "send"})) != first


def test_a_receipt_cannot_be_made_up(visitor: Visitor) -> None:
    assert visitor.get("/ecrire/recu/WyI3SzRNLTI5WFEtQyIsMV0.abc").status == 404


def test_a_question_typed_in_the_search_travels_to_the_form(visitor: Visitor) -> None:
    found = visitor.get("/recherche?q=mon+perroquet+mange+mes+relev%C3%A9s")
    form = found.soup.find("form", method="post")
    assert form is not None
    action = str(form["action"])
    start = visitor.post(action, found.typed(action))
    assert start.status == 200
    assert start.typed(action)["message"] == "mon perroquet mange mes relevés"


def test_an_opinion_is_thanked_and_counted_once(visitor: Visitor) -> None:
    address = "/questions/delai-virement/avis"
    said: list[Page] = [visitor.post(address, {"answer": "useful"}) for _ in range(2)]
    assert [each.status for each in said] == [200, 200]
    assert "contents que cela vous ait aidé" in said[0].text
    assert "déjà compté" in said[1].text
    assert visitor.post(address, {"answer": "useful"}, {"Sec-Fetch-Site": "cross-site"}).status == 403


def test_no_answer_of_the_journey_sets_a_cookie(visitor: Visitor) -> None:
    sending = sent(visitor, filled(visitor))
    pages = [visitor.get("/"), visitor.get("/recherche?q=carte"), visitor.get(FORM), sending]
    pages.append(visitor.get(sending.headers["Location"]))
    assert [each.headers.get("Set-Cookie") for each in pages] == [None] * len(pages)


def test_every_form_carries_its_own_stamp(visitor: Visitor) -> None:
    stamps = [visitor.get(FORM).typed(FORM)["stamp"] for _ in range(3)]
    assert all(one != other for one, other in pairwise(stamps))
