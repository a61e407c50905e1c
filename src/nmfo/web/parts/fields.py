"""Fields that forms of several cabinets share."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import ValidationError

from foundation.errors import Refused


def parsed(text: str, parse: Callable[[str], str]) -> str:
    """What the parser makes of the text; its refusal as an error of the field."""
    try:
        return parse(text)
    except Refused as refusal:
        raise ValidationError(str(refusal), code="refused") from None
