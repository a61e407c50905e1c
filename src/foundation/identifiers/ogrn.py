"""ОГРН of a legal entity: thirteen digits, the last of them a control number (order 165н of 2017)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused

_LENGTH = 13
_KINDS = "15"  # the first digit: 1 main number, 5 the same of a later record


class OgrnIncomplete(Refused):
    message = _("Enter all thirteen digits of the OGRN.")
    field = "ogrn"


class OgrnMistyped(Refused):
    message = _("There is a typing error in the OGRN: the control number does not match.")
    field = "ogrn"


def control_number(twelve: str) -> int:
    """The last digit of the remainder of twelve digits divided by eleven."""
    return int(twelve) % 11 % 10


def parse(text: str) -> str:
    """Thirteen digits, spaces passed over. Raises OgrnIncomplete or OgrnMistyped."""
    digits = "".join(text.split())
    if len(digits) != _LENGTH or not digits.isascii() or not digits.isdigit():
        raise OgrnIncomplete
    if digits[0] not in _KINDS or control_number(digits[:12]) != int(digits[12]):
        raise OgrnMistyped
    return digits
