"""Guichet driven as a visitor: the ticket journey, and realistic searches."""

import http.client
import random
import re
from urllib.parse import quote, urlencode

import yaml

from benchmarks.load import ROOT

STAMP = re.compile(rb'name="stamp"[^>]*value="([^"]+)"')


def ticket(connection: http.client.HTTPConnection, number: int) -> str:
    """One new visitor: GET the form, read the stamp, POST, follow nothing, check the 303; where it leads."""
    connection.request("GET", "/ecrire/demande")
    answer = connection.getresponse()
    page = answer.read()
    stamp = STAMP.search(page)
    if answer.status != 200 or not stamp:
        raise AssertionError(f"form: {answer.status}")
    fields = {
        "stamp": stamp[1].decode(),
        "name": "Camille Durand",
        "email": f"client{number}@example.org",
        "theme": "virements",
        "x_subject": "transfer",
        "message": f"Bonjour, mon virement numéro {number} vers un nouveau bénéficiaire est refusé depuis hier. Merci.",
        "step": "send",
    }
    connection.request(
        "POST",
        "/ecrire/demande",
        urlencode(fields),
        {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"},
    )
    answer = connection.getresponse()
    answer.read()
    if answer.status != 303:
        raise AssertionError(f"post: {answer.status}")
    return answer.headers["Location"]


def articles() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The French articles as (theme, title, [(question, Markdown body)]), for the peer."""
    site = yaml.safe_load((ROOT / "content" / "site.yaml").read_text())
    found = []
    for theme in site["themes"]:
        entries = []
        for path in sorted((ROOT / "content" / "fr" / theme["id"]).glob("*.md")):
            front, body = path.read_text().split("---\n", 2)[1:]
            entries.append((yaml.safe_load(front)["question"], body))
        found.append((theme["id"], theme["title"]["fr"], entries))
    return found


def questions(seed: int = 1) -> list[str]:
    """Every phrasing of the content, a third with a typing error: what customers would type."""
    dice = random.Random(seed)
    found = []
    for path in sorted((ROOT / "content" / "fr").glob("*/*.md")):
        front = yaml.safe_load(path.read_text().split("---\n", 2)[1])
        found += front.get("phrasings", [])
    return [_typo(text, dice) if dice.random() < 1 / 3 else text for text in found]


def _typo(text: str, dice: random.Random) -> str:
    at = dice.randrange(1, max(2, len(text) - 1))
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]


def search_script() -> str:
    """A wrk script that asks all questions in turn, so that no cache can answer."""
    return _in_turn([f"/recherche?q={quote(text)}" for text in questions()])


def typing_script() -> str:
    """A wrk script of keystrokes: every question half typed, at four places, in turn."""
    typed = [text[: max(3, len(text) * part // 5)] for text in questions() for part in (1, 2, 3, 4)]
    return _in_turn([f"/recherche/suggestions?q={quote(text)}" for text in typed])


def same_script(question: str = "plafond de ma carte") -> str:
    """A wrk script that asks one question over and over."""
    return _in_turn([f"/recherche?q={quote(question)}"])


def _in_turn(paths: list[str]) -> str:
    listed = ",\n".join(f'"{path}"' for path in paths)
    return f"""
local paths = {{{listed}}}
local at = 0
function setup(thread) thread:set("offset", math.random(1, #paths)) end
function request()
  at = at + 1
  return wrk.format("GET", paths[(offset + at * 7) % #paths + 1], {{["Accept-Encoding"] = "gzip"}})
end
"""
