"""Number of a licence for educational activity, as the register of licences writes it since 2022.

`Л035-01298-77/00096945`: kind of activity, licensing body, region, record. It has no control number; what can be
checked is its form and that the region exists. Licences given before 2022 got a number of this form too.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused

_FORM = re.compile(r"Л035-([0-9]{5})-([0-9]{2})/([0-9]{8})")
_LATIN = str.maketrans({"L": "Л", "l": "Л", "л": "Л"})
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


class LicenceUnreadable(Refused):
    message = _("Enter the number as the register of licences writes it, for example Л035-01298-77/00096945.")
    field = "licence_number"


def parse(text: str) -> str:
    """The number in its one writing. Raises LicenceUnreadable."""
    bare = "".join(text.split()).translate(_DASHES)
    bare = bare[:1].translate(_LATIN) + bare[1:]
    if not _FORM.fullmatch(bare) or not bare.isprintable():
        raise LicenceUnreadable
    return bare


def region_of(number: str) -> str:
    """Two digits: the region of the licensing body."""
    found = _FORM.fullmatch(number)
    return found[2] if found else ""
