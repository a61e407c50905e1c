"""ИНН of a legal entity: ten digits, the last of them a control number (order ЕД-7-14/559@ of 2020)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused

_LENGTH = 10
_WEIGHTS = (2, 4, 10, 3, 5, 9, 4, 6, 8)


class InnIncomplete(Refused):
    message = _("Enter all ten digits of the INN of the organisation.")
    field = "inn"


class InnMistyped(Refused):
    message = _("There is a typing error in the INN: the control number does not match.")
    field = "inn"


def control_number(nine: str) -> int:
    """The control number of nine digits: their weighted sum modulo 11, where 10 stands for 0."""
    return sum(int(digit) * weight for digit, weight in zip(nine, _WEIGHTS, strict=True)) % 11 % 10


def parse(text: str) -> str:
    """Ten digits, spaces passed over. Raises InnIncomplete or InnMistyped."""
    digits = "".join(text.split())
    if len(digits) != _LENGTH or not digits.isascii() or not digits.isdigit():
        raise InnIncomplete
    if digits.startswith("00") or control_number(digits[:9]) != int(digits[9]):
        raise InnMistyped
    return digits
