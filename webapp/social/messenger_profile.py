"""The Messenger Profile of a Page, checked against the limits that Meta publishes.

Sources (Meta, Messenger Platform): "Persistent menu" (Graph API v8.0 and later), "Ice breakers" (26 June 2024),
"Messenger Profile API" (18 March 2026). Ice breakers have no published length: ours is what a phone shows of one.
"""

from collections.abc import Iterator
from typing import Any

MOST_ICE_BREAKERS = 4
MOST_MENU_ITEMS = 20
LONGEST_TITLE = 30  # characters of a menu item
LONGEST_PAYLOAD = 1000  # characters
LONGEST_QUESTION = 80  # characters of an ice breaker; ours
PROPERTIES = {"get_started", "ice_breakers", "persistent_menu"}
Profile = dict[str, Any]


def faults(profile: Profile) -> list[str]:
    """Why Meta would refuse `profile`, or cut it, in French, each reason once; nothing when it is good."""
    found = [f"propriété inconnue : {name}" for name in sorted(set(profile) - PROPERTIES)]
    if "persistent_menu" in profile and "get_started" not in profile:
        found.append("persistent_menu : il faut aussi get_started")
    found += _payload_faults("get_started", profile.get("get_started", {"payload": "-"}))
    for name, item_faults, most in (
        ("ice_breakers", _ice_breaker_faults, MOST_ICE_BREAKERS),
        ("persistent_menu", _menu_faults, MOST_MENU_ITEMS),
    ):
        groups = profile.get(name, [])
        locales = [group.get("locale") for group in groups]
        if name in profile and "default" not in locales:
            found.append(f"{name} : il manque la langue « default »")
        if len(set(locales)) < len(locales):
            found.append(f"{name} : une langue vient deux fois")
        for group in groups:
            items = group.get("call_to_actions", [])
            if not 1 <= len(items) <= most:
                found.append(f"{name} : {len(items)} entrées, il en faut de 1 à {most}")
            for item in items:
                found += item_faults(name, item)
    return list(dict.fromkeys(found))


def shortened(text: str, limit: int) -> str:
    """`text` in `limit` characters at most, cut between two words."""
    text = " ".join(text.split(" "))
    if len(text) <= limit:
        return text
    kept = text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:.")
    return f"{kept[: limit - 1]}…"


def _ice_breaker_faults(name: str, item: Profile) -> Iterator[str]:
    yield from _length_faults(name, "question", item.get("question"), LONGEST_QUESTION)
    yield from _payload_faults(name, item)


def _menu_faults(name: str, item: Profile) -> Iterator[str]:
    yield from _length_faults(name, "title", item.get("title"), LONGEST_TITLE)
    if item.get("type") == "postback":
        yield from _payload_faults(name, item)
    elif item.get("type") != "web_url":
        yield f"{name} : le type d'une entrée est web_url ou postback"
    elif not str(item.get("url", "")).startswith("https://"):
        yield f"{name} : une adresse doit commencer par https:// (GUICHET_PUBLIC_URL)"


def _payload_faults(name: str, item: Profile) -> Iterator[str]:
    yield from _length_faults(name, "payload", item.get("payload"), LONGEST_PAYLOAD)


def _length_faults(name: str, key: str, value: object, most: int) -> Iterator[str]:
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        yield f"{name} : {key} compte de 1 à {most} caractères"
