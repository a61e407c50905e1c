"""Forms: they check the shape of what was typed; rules and constraints decide the rest. They never save."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused

MONTHS = (
    _("of January"),
    _("of February"),
    _("of March"),
    _("of April"),
    _("of May"),
    _("of June"),
    _("of July"),
    _("of August"),
    _("of September"),
    _("of October"),
    _("of November"),
    _("of December"),
)
_YEAR_DIGITS = 4
_LAST_YEAR = "2099"
_LONGEST_TEXT = 10_000
# They turn the direction of what follows them: a text with one is read as another than it is.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Format signs, spaces and ends of lines. Control characters are not among them: they are refused in their own words.
_UNSEEN = frozenset({"Cf", "Zs", "Zl", "Zp"})
_BLANK = frozenset("\r\n\t\u115f\u1160\u2800\u3164\uffa0")  # letters and a symbol that are drawn as nothing


def refuse_control_characters(text: str) -> None:
    """Refuse NUL and other control characters, except line ends and tabs, and those that turn the direction."""
    if any(sign in _TURNING or (unicodedata.category(sign) == "Cc" and sign not in "\r\n\t") for sign in text):
        raise ValidationError(_("There are invisible control characters here. Type the text anew."), code="control")


def _is_seen(text: str) -> bool:
    """Whether anything of a text is seen: spaces and signs without a picture (U+200B, U+00AD) are not.

    Those that turn the direction pass here: they are refused in their own words.
    """
    return any(sign in _TURNING or (unicodedata.category(sign) not in _UNSEEN and sign not in _BLANK) for sign in text)


class Text(forms.CharField):
    """A line of text: bounded, trimmed, without control characters, in composed Unicode. Unseen text is none."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 200)
        super().__init__(**kwargs)
        # NUL is one of them: Django's own validator would say the same a second time
        kept = [one for one in self.validators if not isinstance(one, ProhibitNullCharactersValidator)]
        self.validators = [*kept, refuse_control_characters]

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        return unicodedata.normalize("NFC", text) if text and _is_seen(text) else ""


class PortalForm(forms.Form):
    """Base of all forms."""

    required_css_class = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        kwargs.setdefault("auto_id", "%s")
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False  # the server names every error at once, in the person's language

    def full_clean(self) -> None:
        for field in self.fields.values():  # here, because forms add fields while they are made
            if "invalid_choice" in field.error_messages:  # Django's repeats what was sent, however long
                field.error_messages["invalid_choice"] = _("Choose one of the list.")
        super().full_clean()

    def add_refusal(self, refusal: Refused) -> None:
        """Show a refusal beside its field, or above the form."""
        name = refusal.field if refusal.field in self.fields else None
        self.add_error(name, str(refusal))


class DateParts(forms.MultiWidget):
    """Day, month, year in three controls; browsers and people fill them without a calendar."""

    template_name = "ui/date_parts.html"

    def __init__(self, autocomplete: str = "") -> None:
        parts = {"day": "", "month": "", "year": ""}
        complete = {part: {"autocomplete": f"{autocomplete}-{part}"} if autocomplete else {} for part in parts}
        super().__init__(
            widgets={
                "day": forms.TextInput({"inputmode": "numeric", "maxlength": 2, **complete["day"]}),
                "month": forms.Select(
                    {**complete["month"]}, choices=[("", "…"), *[(n, name) for n, name in enumerate(MONTHS, 1)]]
                ),
                "year": forms.TextInput({"inputmode": "numeric", "maxlength": 4, **complete["year"]}),
            }
        )

    def decompress(self, value: dt.date | None) -> list[Any]:
        return [value.day, value.month, value.year] if value else [None, None, None]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False


class DateField(forms.Field):
    """A day of three parts; the error names the part that is wrong."""

    def __init__(self, *, autocomplete: str = "", earliest: dt.date = dt.date(1900, 1, 1), **kwargs: Any) -> None:
        self.earliest = earliest
        super().__init__(widget=DateParts(autocomplete), **kwargs)

    def clean(self, value: Any) -> dt.date | None:
        parts = [str(part or "").strip() for part in (value or ["", "", ""])]
        if not any(parts):
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        day, month, year = parts
        if not (day.isascii() and day.isdigit()):
            raise ValidationError(_("Enter the day in figures."), code="day")
        if not (month.isascii() and month.isdigit()):
            raise ValidationError(_("Choose the month."), code="month")
        if not (year.isascii() and year.isdigit() and len(year) == _YEAR_DIGITS):
            raise ValidationError(_("Enter the year in four digits."), code="year")
        try:
            found = dt.date(int(year), int(month[:3]), int(day[:3]))
        except ValueError:
            raise ValidationError(_("There is no such day in the calendar."), code="calendar") from None
        if found < self.earliest:
            raise ValidationError(_("Check the year: it is too long ago."), code="early")
        if year > _LAST_YEAR:
            raise ValidationError(_("Check the year: it is too far ahead."), code="late")
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(initial != data)


class LongText(Text):
    """Several lines of text."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", _LONGEST_TEXT)
        kwargs.setdefault("widget", forms.Textarea({"rows": 5}))
        super().__init__(**kwargs)
