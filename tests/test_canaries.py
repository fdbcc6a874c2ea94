"""200 card numbers and 120 other secrets through every entrance of the product: none is on the disk or in the logs.

Each number goes in once, in one of several writings, by one entrance. Afterwards every byte of the data folder, the
index, the mails and the logs is searched for each number: as digits, in groups, and in any writing that is digits once
what people put between them is taken away. Passwords, access codes and account numbers go in as customers write them
and are searched letter by letter. Of the words beside them a marker is searched too.
"""

import random
import re
import unicodedata
from collections.abc import Callable, Iterator
from email import policy
from email.parser import BytesParser
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

import pytest

from tests import luhn
from tests.inspection import samples
from tests.product import Product
from tests.test_files_journey import sent as files_sent
from tests.visitor import OURS, Page, Visitor
from tests.writing import filled, reference

COUNT = 200
SECRETS = 120  # passwords, access codes and IBAN, a third each
MARKER = "zibeline-de-juillet"  # a customer's own words: only the agent's mailbox holds them in clear
ISSUERS = (("4970", 16), ("4", 13), ("51", 16), ("2221", 16), ("34", 15), ("37", 15), ("36", 14), ("6011", 16))
pytestmark = pytest.mark.slow


def _numbers() -> list[str]:
    drawn = random.Random(20261122)  # the same at each run
    made: dict[str, None] = {}
    for start, length in cycle(ISSUERS):
        body = start + "".join(drawn.choices("0123456789", k=length - len(start) - 1))
        made[body + luhn.check_digit(body)] = None
        if len(made) == COUNT:
            return list(made)
    raise AssertionError


def _groups(number: str, between: str) -> str:
    return between.join(number[place : place + 4] for place in range(0, len(number), 4))


WRITINGS: tuple[Callable[[str], str], ...] = (
    lambda number: number,
    lambda number: _groups(number, " "),
    lambda number: _groups(number, "-"),
    lambda number: _groups(number, "\u202f"),
    lambda number: _groups(number, "."),
    lambda number: "".join(chr(0xFF10 + int(digit)) for digit in number),  # full width
    lambda number: "".join(chr(0x0660 + int(digit)) for digit in number),  # Arabic-Indic
    lambda number: "".join(chr(0x1D7CE + int(digit)) for digit in number),  # mathematical bold
    lambda number: "\u200b".join(number),
    lambda number: _groups(number, "\r\n"),
    lambda number: " ".join(number),
)


def _secrets() -> list[tuple[str, str]]:
    """(what must not be found, as a customer writes it): no two alike, none that stands anywhere by chance."""
    drawn = random.Random(20261125)
    made = []
    for place in range(SECRETS // len(SENTENCES)):
        letters = "".join(drawn.choices("bcdfghjkmnpqrtvwxz", k=7))
        bban = "30006" + "".join(drawn.choices("0123456789", k=16))
        key = 97 - (89 * int(bban[:5]) + 15 * int(bban[5:10]) + 3 * int(bban[10:21])) % 97
        whole = f"{bban}{key:02}"
        values = {
            "password": f"{letters.capitalize()}{drawn.randint(10, 99)}",
            "code": str(drawn.randint(10_000_000, 99_999_999)),
            "iban": f"FR{98 - int(whole + '152700') % 97:02}{whole}",
        }
        for kind, sentences in SENTENCES.items():
            made.append((values[kind], sentences[place % len(sentences)].format(values[kind])))
    return made


SENTENCES = {
    "password": ("mon mot de passe est {}", "mdp: {}", "j'ai mis {} comme mot de passe", "my password is {}"),
    "code": ("le code reçu est {}", "code d'accès : {}", "{} est votre code de validation", "otp {}"),
    "iban": ("mon IBAN {}", "virement vers {}", "iban : {}", "to {} please"),
}


@pytest.fixture(scope="module")
def natures(product: Product) -> list[str]:
    """The address of every form, in both languages."""
    visitor = Visitor(product.url)
    found = []
    for choice in ("/ecrire", "/en/write"):
        links = visitor.get(choice).soup.select("ul.natures a[href]")
        found += [str(link["href"]).partition("?")[0] for link in links]
    assert len(found) >= 5
    return found


def fields_of(visitor: Visitor, form: str, **typed: str) -> dict[str, str]:
    """A fresh form of any nature, complete, what is chosen chosen; `typed` replaces."""
    page = visitor.get(form)
    fields = page.typed(form) | {"step": "send", "message": f"Bonjour, {MARKER}", "name": f"Zoé {MARKER}"}
    fields |= {"email": "zoe@example.org", "phone": "06 39 98 12 34"}
    for radio in page.soup.select("form.request input[type=radio]"):
        fields[str(radio["name"])] = str(radio["value"])
    for select in page.soup.select("form.request select"):
        fields[str(select["name"])] = str(select.select("option")[-1]["value"])
    for control in page.soup.select("form.request [name^=x_]:not([type=radio]):not(select)"):
        fields[str(control["name"])] = "2026-11-02" if "date" in str(control["name"]) else "12"
    return fields | typed


def free_texts(visitor: Visitor, form: str) -> list[str]:
    """The fields of a form in which anything may be typed."""
    controls = visitor.get(form).soup.select("form.request textarea, form.request input[type=text]")
    return [str(each["name"]) for each in controls if each["name"] != "website"]


class Street:
    """Every entrance, one after another; each call takes one writing of one number in. `marks`: requests taken."""

    def __init__(self, product: Product, natures: list[str]) -> None:
        self.product = product
        self.visitor = Visitor(product.url)
        self.natures = natures
        self.marks: list[str] = []
        self.statuses: dict[str, set[int]] = {}

    def entrances(self) -> Iterator[tuple[str, Callable[[str], Page]]]:
        visit = self.visitor
        for path in ("/recherche?q={}", "/en/search?q={}", "/recherche/suggestions?q={}", "/agences?q={}"):
            yield path, lambda text, path=path: visit.get(path.format(quote(f"{MARKER} {text}")))  # type: ignore[misc]
        yield "address", lambda text: visit.get(f"/questions/{quote(text, safe='')}")
        yield "theme", lambda text: visit.get(f"/ecrire/question?theme={quote(text)}")
        yield "header", lambda text: visit.get("/", Referer=f"https://x.example/?{quote(text)}")
        for path in ("/ecrire/reponses", "/en/write/answers", "/ecrire", "/questions/delai-virement/avis"):
            yield path, lambda text, path=path: visit.post(path, self.noise(text))  # type: ignore[misc]
        for path in ("/ecrire/recu/{}", "/en/write/receipt/{}"):
            yield path, lambda text, path=path: visit.get(path.format(quote(text, safe="")))  # type: ignore[misc]
        yield "/suivi/{}", lambda text: visit.get(f"/suivi/{quote(text, safe='')}")
        for path in ("/suivi/lien", "/suivi/ouvrir", "/suivi/demande", "/en/follow-up/link"):
            yield path, lambda text, path=path: visit.post(path, self.keys(text))  # type: ignore[misc]
        yield "further message", self.added
        yield "name of a file", lambda text: self.joined(f"carte {text}.pdf")
        yield "name of a file that is not taken", lambda text: self.joined(f"carte {text}.docx")
        for form in self.natures:
            for name in [*free_texts(visit, form), "phone", "email"]:
                yield f"{form} {name}", lambda text, form=form, name=name: self.send(form, name, text)  # type: ignore[misc]
        yield from self.refused()

    def noise(self, text: str) -> dict[str, str]:
        return {"message": f"{MARKER} {text}", "theme": text, "answer": text, "step": text}

    def keys(self, text: str) -> dict[str, str]:
        return {"reference": text, "code": text, "link": text, "message": f"{MARKER} {text}", "do": "write"}

    def added(self, text: str) -> Page:
        """A request, followed at once from its receipt, and a further message."""
        sent = self.visitor.post("/ecrire/demande", filled(self.visitor))
        self.marks.append(reference(self.visitor, sent))
        handed = sent.headers["Location"].partition("#suivi=")[2]
        case = self.visitor.post("/suivi/ouvrir", {"view": handed}).typed("/suivi/demande")
        answer = self.visitor.post("/suivi/demande", case | {"do": "write", "message": f"{MARKER} {text}"})
        assert "masqué" in answer.text
        return answer

    def joined(self, name: str) -> Page:
        """A request with a file of that name."""
        given = (name.replace("\r\n", " "), samples.pdf(), "application/pdf")
        answer = files_sent(self.product, dict(filled(self.visitor)), given)
        if answer.status == 303:
            self.marks.append(reference(self.visitor, answer))
        return answer

    def send(self, form: str, name: str, text: str, headers: dict[str, str] | None = None, **more: str) -> Page:
        text = f"{text.replace(chr(13) + chr(10), '')}@example.org" if name == "email" else f"{MARKER} {text}"
        if name == "phone":
            text = text.removeprefix(f"{MARKER} ")
        fields = fields_of(self.visitor, form, **{name: text}) | more
        answer = self.visitor.post(form, fields, OURS if headers is None else headers)
        if answer.status == 303:
            self.marks.append(reference(self.visitor, answer))
        return answer

    def refused(self) -> Iterator[tuple[str, Callable[[str], Page]]]:
        form, visit = "/ecrire/demande", self.visitor
        yield "trap", lambda text: self.send(form, "message", text, website=text)
        yield "origin", lambda text: self.send(form, "message", text, {"Sec-Fetch-Site": "cross-site"})
        yield "stamp", lambda text: self.send(form, "message", text, stamp=text)
        yield "choice", lambda text: self.send(form, "message", text, x_subject=text)
        yield "no mail", lambda text: self.send(form, "message", text, email=text)
        yield "long", lambda text: self.send(form, "message", text + "a" * 6_000)
        yield "too large", lambda text: self.send(form, "message", text + "a" * 300_000)
        yield "before sending", lambda text: self.send(form, "message", f"virement {text}", step="check")
        yield "changed", self.changed
        yield "method", lambda text: visit._ask("PUT", form, f"message={quote(text)}", dict(OURS))
        yield "raw body", lambda text: visit._ask("POST", form, quote(text), dict(OURS))

    def changed(self, text: str) -> Page:
        """The form of a request that is stored, sent again with other words."""
        fields = filled(self.visitor)
        self.marks.append(reference(self.visitor, self.visitor.post("/ecrire/demande", fields)))
        return self.visitor.post("/ecrire/demande", fields | {"message": f"{MARKER} {text}"})


@pytest.fixture(scope="module")
def street(product: Product, natures: list[str]) -> Street:
    """The whole walk: every entrance, again and again, until every number has gone in."""
    street = Street(product, natures)
    entrances = list(street.entrances())
    assert len(entrances) < COUNT, "every entrance must be reached"
    for place, (number, (name, enter)) in enumerate(zip(_numbers(), cycle(entrances), strict=False)):
        answer = enter(WRITINGS[place % len(WRITINGS)](number))
        street.statuses.setdefault(name, set()).add(answer.status)
    texts = [each for each in entrances if each[0].rpartition(" ")[2] not in ("phone", "email", "changed")]
    for (_, written), (name, enter) in zip(_secrets(), cycle(texts), strict=False):
        street.statuses.setdefault(name, set()).add(enter(written).status)
    for mark in street.marks:
        product.arrived(mark)
    return street


def read_as_people_do(content: bytes) -> str:
    """Digits of any alphabet as 0 to 9, and nothing of what people put between them."""
    text = content.decode("utf-8", "replace")
    if not text.isascii():
        text = "".join(
            str(int(value)) if (value := unicodedata.digit(each, None)) is not None else each for each in text
        )
    return re.sub(r"[\s\-._\u200b\u202f\u00a0]|=\r?\n|=E2=80=AF|%20|\+", "", text)


def letters(product: Product) -> Iterator[tuple[Path, str]]:
    """Every letter, headers and parts decoded as a mail client shows them."""
    parser = BytesParser(policy=policy.default)
    for path in (product.data / "mail").rglob("*.guichet"):
        mail = parser.parsebytes(path.read_bytes())
        parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
        yield path, "\n".join([*(f"{name}: {value}" for name, value in mail.items()), *parts])


def everything_written(product: Product) -> Iterator[tuple[Path, bytes]]:
    for folder in (product.data, product.index):
        for path in folder.rglob("*"):
            if path.is_file():
                yield path, path.read_bytes()
    yield product.log, product.log.read_bytes()


def test_every_entrance_was_taken_and_none_broke(street: Street) -> None:
    assert max(max(each) for each in street.statuses.values()) < 500
    taken = {name for name, statuses in street.statuses.items() if 303 in statuses}
    assert {f"{form} message" for form in street.natures} <= taken
    assert {name: 303 in street.statuses[name] for name in ("trap", "origin", "stamp", "choice", "long")} == {
        "trap": False,
        "origin": False,
        "stamp": False,
        "choice": False,
        "long": False,
    }
    assert street.statuses["changed"] == {409}
    assert street.statuses["further message"] == {200}
    assert street.statuses["too large"] == {413}
    assert street.statuses["name of a file"] == {303}
    assert street.statuses["name of a file that is not taken"] == {400}


def test_no_card_number_is_anywhere(street: Street, product: Product) -> None:
    assert street.marks
    numbers = _numbers()
    texts = [(path, read_as_people_do(content)) for path, content in everything_written(product)]
    texts += [(path, read_as_people_do(text.encode())) for path, text in letters(product)]
    raw = b"\n".join(content for _, content in everything_written(product))
    for number in numbers:
        assert number.encode() not in raw
        for write in WRITINGS:
            assert write(number).encode() not in raw
        assert [path for path, text in texts if number in text] == []


def test_no_other_secret_is_anywhere(street: Street, product: Product) -> None:
    read = [(path, content) for path, content in everything_written(product)]
    read += [(path, text.encode()) for path, text in letters(product)]
    for secret, _ in _secrets():
        assert [path for path, content in read if secret.encode() in content] == []


def test_a_customer_s_words_are_in_the_agent_s_mailbox_and_nowhere_else(street: Street, product: Product) -> None:
    agents = product.data / "mail" / "new"
    holding = {path for path, content in everything_written(product) if MARKER.encode() in content}
    assert holding
    assert {path.parent for path in holding} == {agents}
    acknowledgements = [text for path, text in letters(product) if path.parent != agents]
    assert acknowledgements
    assert not [text for text in acknowledgements if MARKER in text or "zibeline" in text.lower()]


def test_the_search_of_this_test_finds_what_it_looks_for() -> None:
    number = _numbers()[0]
    for write in WRITINGS:
        assert number in read_as_people_do(f"ma carte {write(number)} svp".encode())
