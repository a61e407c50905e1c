"""СНИЛС: eleven digits, the last two of them a control number (domain.md 3.6, R-227)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused

_LENGTH = 11
_LAST_EXEMPT = 1_001_998  # numbers up to 001-001-998 were given before there was a control number
_FULL = 101
# Whatever people and programs put between the groups: spaces of all kinds, dashes, dots.
_BETWEEN = frozenset(" \t\u00a0\u2007\u2009\u202f-\u2010\u2011\u2012\u2013\u2014\u2212.")


class SnilsIncomplete(Refused):
    message = _("Enter all eleven digits of the SNILS.")
    field = "snils"


class SnilsMistyped(Refused):
    message = _("There is a typing error in the SNILS: the control number does not match.")
    field = "snils"


def control_number(nine: str) -> int:
    """The control number of nine digits: their sum weighted 9 to 1, modulo 101, where 100 stands for 0."""
    total = sum(int(digit) * weight for digit, weight in zip(nine, range(9, 0, -1), strict=True))
    return total % _FULL % 100


def parse(text: str) -> str:
    """Eleven digits from any writing. Raises SnilsIncomplete or SnilsMistyped."""
    digits = "".join(sign for sign in text.strip() if sign not in _BETWEEN)
    if len(digits) != _LENGTH or not digits.isascii() or not digits.isdigit():
        raise SnilsIncomplete
    if int(digits[:9]) == 0 or (int(digits[:9]) > _LAST_EXEMPT and control_number(digits[:9]) != int(digits[9:])):
        raise SnilsMistyped
    return digits


def show(digits: str) -> str:
    """112-233-445 95."""
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}"


def mask(digits: str) -> str:
    """•••-•••-445 95: enough to recognise one's own."""
    return f"•••-•••-{digits[6:9]} {digits[9:]}"
