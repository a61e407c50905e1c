"""Fields that forms of several cabinets share."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused
from foundation.identifiers import email, phone
from foundation.ui.forms import PortalForm, Text

_NAME = re.compile(r"[A-Za-zА-Яа-яЁё]+(?:[ '’.\-][A-Za-zА-Яа-яЁё]+)*\.?")
_LATIN, _CYRILLIC = re.compile(r"[A-Za-z]"), re.compile(r"[А-Яа-яЁё]")


def parsed(text: str, parse: Callable[[str], str]) -> str:
    """What the parser makes of the text; its refusal as an error of the field."""
    try:
        return parse(text)
    except Refused as refusal:
        raise ValidationError(str(refusal), code="refused") from None


class Line(Text):
    """A single line: whatever stands between its words becomes one space, so that it stays one line in letters."""

    def to_python(self, value: Any) -> str:
        return " ".join(super().to_python(value).split())


class Name(Text):
    """A part of a person's name: letters, hyphens, apostrophes, one alphabet."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=100, **kwargs)

    def clean(self, value: Any) -> str:
        text = " ".join(super().clean(value).split())
        if text and not _NAME.fullmatch(text):
            raise ValidationError(_("Letters, a space, a hyphen and an apostrophe may stand here."), code="letters")
        if _LATIN.search(text) and _CYRILLIC.search(text):
            raise ValidationError(
                _("Russian and Latin letters are mixed here. Type it in one alphabet."), code="alphabets"
            )
        return str(text)


class PhoneField(Text):
    """A telephone number in any writing; gives E.164."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Mobile phone"))
        widget = forms.TextInput({"type": "tel", "autocomplete": "tel", "data-group": "phone"})
        super().__init__(max_length=40, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        return parsed(text, phone.parse) if text else ""


class EmailField(Text):
    """An address of mail."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("E-mail"))
        widget = forms.TextInput({"inputmode": "email", "autocomplete": "email", "spellcheck": "false"})
        super().__init__(max_length=254, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        return parsed(text, email.parse) if text else ""


class SuggestsAddress(PortalForm):
    """A form that asks back when an address of mail looks mistyped; `email_is_right` is the person's answer."""

    suggestion = ""


def meant(form: SuggestsAddress, address: str) -> str:
    """The address, unless it looks mistyped and the person has not said yet that it is right."""
    form.suggestion = email.suggestion(address) or ""
    if form.suggestion and form.data.get("email_is_right") != address:
        raise ValidationError(
            _("Did you mean %(suggestion)s? If not, tick that the address is right."),
            params={"suggestion": form.suggestion},
            code="mistyped",
        )
    return address
