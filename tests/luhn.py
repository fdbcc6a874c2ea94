"""Invented numbers whose check digit is right (Luhn, ISO/IEC 7812-1 annex B), computed apart from the product."""


def check_digit(body: str) -> str:
    """The digit that makes `body` valid when it is put behind it."""
    total = 0
    for place, character in enumerate(reversed(body)):
        digit = int(character) * (1 if place % 2 else 2)
        total += digit - 9 if digit > 9 else digit
    return str(-total % 10)


def is_valid(number: str) -> bool:
    return number.isdecimal() and check_digit(number[:-1]) == number[-1]
