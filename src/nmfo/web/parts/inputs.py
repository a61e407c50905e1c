"""Fields of forms about dates, times, numbers and people, for the cabinets of organisations and operators."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation.ui.forms import LongText, refuse_control_characters

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_RUSSIAN_DAY = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?::\d{2})?")
_LONGEST_NUMBER = 12
_BELOW_ZERO = re.compile(r"[-−–]\d{1,12}")
_SPACES = str.maketrans("", "", " \u00a0\u202f")


class Prose(LongText):
    """Several lines in Markdown; line ends are those of the database, so that the same text stays the same."""

    def to_python(self, value: Any) -> str:
        return super().to_python(value).replace("\r\n", "\n").replace("\r", "\n")


class WholeNumber(forms.Field):
    """A whole number, not negative; spaces between thousands are taken, anything else is refused in words."""

    def __init__(self, *, usual: tuple[int, ...] = (), name: str = "", **kwargs: Any) -> None:
        attributes = {"inputmode": "numeric", "maxlength": _LONGEST_NUMBER, "autocomplete": "off"}
        if usual:
            attributes["list"] = f"{name}-usual"
        self.usual = usual
        kwargs.setdefault("widget", forms.TextInput(attributes))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> int | None:
        text = str(value if value is not None else "").translate(_SPACES)
        if not text:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        if _BELOW_ZERO.fullmatch(text):
            raise ValidationError(_("A number below zero does not fit here."), code="negative")
        if not (text.isascii() and text.isdigit()) or len(text) > _LONGEST_NUMBER:
            raise ValidationError(_("Enter a whole number in figures."), code="number")
        return int(text)


class NearDay(forms.Field):
    """A day within some years, by the browser's calendar or typed: 14.12.2026."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> dt.date | None:
        text = str(value or "").strip()
        if not text:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        iso, russian = _DAY.fullmatch(text), _RUSSIAN_DAY.fullmatch(text)
        parts = iso.groups() if iso else russian.groups()[::-1] if russian else None
        if parts is None:
            raise ValidationError(_("Write the day like this: 14.12.2026."), code="day")
        try:
            return dt.date(*(int(part) for part in parts))
        except ValueError:
            raise ValidationError(_("There is no such day in the calendar."), code="calendar") from None


class ClockTime(forms.Field):
    """A time of day by the browser's clock or typed: 9:30."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TimeInput({"type": "time"}, format="%H:%M"))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> dt.time | None:
        text = str(value or "").strip()
        if not text:
            return None
        found = _TIME.fullmatch(text)
        if found is None:
            raise ValidationError(_("Write the time like this: 09:30."), code="time")
        try:
            return dt.time(int(found[1]), int(found[2]))
        except ValueError:
            raise ValidationError(_("There is no such time of day."), code="clock") from None


class ChosenFiles(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class NewFiles(forms.FileField):
    """A list of uploaded files, which may be empty."""

    widget = ChosenFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list) else [data] if data else []
        return [item for item in files if item]


class PairsWidget(forms.Widget):
    """Rows of two lines of text; the template of the page draws them."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[tuple[str, str]]:
        firsts, seconds = data.getlist(f"{name}_name"), data.getlist(f"{name}_post")
        rows = zip(firsts, [*seconds, *([""] * len(firsts))], strict=False)
        return [(first.strip(), second.strip()) for first, second in rows if first.strip() or second.strip()]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False


class Pairs(forms.Field):
    """People with their posts; empty rows are left out."""

    widget = PairsWidget

    def clean(self, value: Any) -> list[tuple[str, str]]:
        for text in (part for row in value for part in row):
            refuse_control_characters(text)
        return list(value)


class ListedChoices(forms.CheckboxSelectMultiple):
    """Many choices in groups; the template of the page draws them, the field's own place gets the focus."""


class FormKey(forms.CharField):
    """A random key in the form: the same form sent twice is one."""

    def __init__(self) -> None:
        super().__init__(
            required=False, max_length=64, widget=forms.HiddenInput(), initial=lambda: secrets.token_urlsafe(18)
        )

    def clean(self, value: Any) -> str:
        return str(super().clean(value)) or secrets.token_urlsafe(18)
