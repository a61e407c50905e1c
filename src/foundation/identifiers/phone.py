"""Telephone numbers in the international writing (E.164)."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused

_BETWEEN = re.compile(r"[\s()\-.\u00a0\u2010-\u2014]")
_INTERNATIONAL = re.compile(r"\+[1-9]\d{7,14}")
_NATIONAL = 10
_AFTER_SEVEN = "346789"  # +7 3, 4 and 8 are cities, 6 and 7 Kazakhstan, 9 mobiles; there is no +7 0 … +7 2 nor +7 5
_MOBILE_AFTER_SEVEN = "79"


class PhoneUnreadable(Refused):
    message = _("Enter the mobile number in full, for example +7 900 555-01-42.")
    field = "phone"


def parse(text: str) -> str:
    """+79005550142 from any usual writing; 8 and bare ten digits are taken as Russian. Raises PhoneUnreadable."""
    bare = _BETWEEN.sub("", text)
    if not bare.isascii():
        raise PhoneUnreadable
    if bare.startswith("8") and len(bare) == _NATIONAL + 1:
        bare = "+7" + bare[1:]
    elif bare.startswith("7") and len(bare) == _NATIONAL + 1:
        bare = "+" + bare
    elif len(bare) == _NATIONAL and bare.startswith("9"):
        bare = "+7" + bare
    if not _INTERNATIONAL.fullmatch(bare) or (bare.startswith("+7") and len(bare) != _NATIONAL + 2):
        raise PhoneUnreadable
    if bare.startswith("+7") and bare[2] not in _AFTER_SEVEN:
        raise PhoneUnreadable
    return bare


def parse_mobile(text: str) -> str:
    """The same for a number that takes messages: no city number of Russia. Raises PhoneUnreadable."""
    number = parse(text)
    if number.startswith("+7") and number[2] not in _MOBILE_AFTER_SEVEN:
        raise PhoneUnreadable
    return number


def show(number: str) -> str:
    """+7 900 555-01-42; numbers of other countries as they are."""
    if number.startswith("+7") and len(number) == _NATIONAL + 2:
        return f"+7 {number[2:5]} {number[5:8]}-{number[8:10]}-{number[10:]}"
    return number


def mask(number: str) -> str:
    """+7 ••• •••-01-42."""
    return f"{number[:2]} ••• •••-{number[-4:-2]}-{number[-2:]}"
