"""References that a person can read out on the phone: eight random characters and a check, ``7K4M-29XQ-C``.

The alphabet is Crockford's base 32 (no I, L, O, U; crockford.com/base32.html). The check character is the value of
the others as a polynomial at a generator of GF(32): one wrong character, or two exchanged, never pass.
"""

import secrets

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {character: value for value, character in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_LENGTH = 8
_FIELD = 0b100101  # x^5 + x^2 + 1, primitive over GF(2)
_LONGEST = 40  # characters that a visitor may have typed around the nine that count


def new() -> str:
    """A random reference: 40 bits, in the form that is shown and stored."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return _shown(body + _check(body))


def normalise(typed: str) -> str | None:
    """The reference that was meant, whatever the case, spaces and dashes, O for 0, I or L for 1; else ``None``."""
    characters = [character for character in typed[:_LONGEST].upper() if character.isalnum()]
    if len(typed) > _LONGEST or len(characters) != _LENGTH + 1 or any(each not in _VALUE for each in characters):
        return None
    read = "".join(_ALPHABET[_VALUE[each]] for each in characters)
    return _shown(read) if _check(read[:_LENGTH]) == read[_LENGTH] else None


def _check(body: str) -> str:
    value = 0
    for character in body:
        value = _doubled(value ^ _VALUE[character])
    return _ALPHABET[value]


def _doubled(value: int) -> int:
    value <<= 1
    return value ^ _FIELD if value & 0b100000 else value


def _shown(read: str) -> str:
    return f"{read[:4]}-{read[4:8]}-{read[8]}"
