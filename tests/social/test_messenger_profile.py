"""The published limits of a Messenger Profile: a good one passes, and each limit refuses one step beyond."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from webapp.social.messenger_profile import faults, shortened

GOOD: dict[str, Any] = {
    "get_started": {"payload": "x" * 1000},
    "ice_breakers": [
        {"locale": "default", "call_to_actions": [{"question": "q" * 80, "payload": "faq:x"}] * 4},
        {"locale": "en_GB", "call_to_actions": [{"question": "q", "payload": "p" * 1000}]},
    ],
    "persistent_menu": [
        {
            "locale": "default",
            "composer_input_disabled": False,
            "call_to_actions": [
                *[{"type": "web_url", "title": "t" * 30, "url": "https://bank.example/"}] * 19,
                {"type": "postback", "title": "t", "payload": "p"},
            ],
        }
    ],
}


def test_what_is_within_the_limits_has_no_fault() -> None:
    assert faults(GOOD) == []
    assert faults({}) == []


Spoil = Callable[[dict[str, Any]], object]


def item(profile: dict[str, Any], name: str, place: int = 0) -> dict[str, Any]:
    """One item, its own object, to be spoiled."""
    items = profile[name][0]["call_to_actions"]
    items[place] = dict(items[place])
    found: dict[str, Any] = items[place]
    return found


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda p: p["ice_breakers"][0]["call_to_actions"].append({"question": "q", "payload": "p"}), "5 entrées"),
        (lambda p: p["ice_breakers"][1]["call_to_actions"].clear(), "0 entrées"),
        (lambda p: p["ice_breakers"].pop(0), "« default »"),
        (lambda p: p["ice_breakers"][1].update(locale="default"), "deux fois"),
        (lambda p: item(p, "ice_breakers").update(question="q" * 81), "question compte de 1 à 80"),
        (lambda p: item(p, "ice_breakers").update(question=""), "question compte de 1 à 80"),
        (lambda p: item(p, "ice_breakers").update(payload="p" * 1001), "payload compte de 1 à 1000"),
        (lambda p: p["persistent_menu"][0]["call_to_actions"].append(item(p, "persistent_menu")), "21 entrées"),
        (lambda p: item(p, "persistent_menu").update(title="t" * 31), "title compte de 1 à 30"),
        (lambda p: item(p, "persistent_menu").update(url="http://bank.example/"), "https://"),
        (lambda p: item(p, "persistent_menu").update(type="nested"), "web_url ou postback"),
        (lambda p: item(p, "persistent_menu", 19).pop("payload"), "payload compte"),
        (lambda p: p.pop("get_started"), "get_started"),
        (lambda p: p["get_started"].update(payload="p" * 1001), "get_started : payload"),
        (lambda p: p.update(greetings=[]), "propriété inconnue : greetings"),
    ],
)
def test_each_limit_refuses_one_step_beyond(spoil: Spoil, fault: str) -> None:
    profile = deepcopy(GOOD)
    spoil(profile)
    found = faults(profile)
    assert len(found) == 1
    assert fault in found[0]


def test_a_text_is_cut_between_words() -> None:
    assert shortened("Trouver une réponse", 30) == "Trouver une réponse"
    assert shortened("Trouver une réponse, vite et bien", 22) == "Trouver une réponse…"
    assert shortened("x" * 50, 30) == "x" * 29 + "…"
    assert all(len(shortened("Trouver une réponse, vite et bien", n)) <= n for n in range(2, 40))
