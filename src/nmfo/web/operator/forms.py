"""Forms of the operator."""

from __future__ import annotations

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused
from foundation.identifiers import snils
from foundation.ui.forms import LongText, PortalForm, Text

_NUMBER = re.compile(r"[\d\s.‐-―−-]*\d[\d\s.‐-―−-]*")


class DecideForm(PortalForm):
    """Who is right, and why."""

    right = forms.ChoiceField(
        label=_("Decision"),
        choices=[("1", _("The person is right")), ("0", _("The record is right"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one.")},
    )
    reason = LongText(
        label=_("Reason"), max_length=1000, error_messages={"required": _("Write the reason: the person will read it.")}
    )


class FindForm(PortalForm):
    """A person by СНИЛС, e-mail or surname."""

    q = Text(
        label=_("SNILS, e-mail or surname"),
        max_length=254,
        required=False,
        help_text=_("The whole SNILS or e-mail; a surname from its beginning, with a first name or without."),
    )

    def clean_q(self) -> str:
        """A number is a СНИЛС, whole and without a typing error: nobody has any other."""
        text = str(self.cleaned_data["q"])
        if _NUMBER.fullmatch(text):
            try:
                snils.parse(text)
            except Refused as refusal:
                raise ValidationError(str(refusal), code="snils") from None
        return text


class RevealForm(PortalForm):
    """Why the full value is needed (promise P6)."""

    reason = Text(
        label=_("Why do you need it?"),
        max_length=300,
        error_messages={"required": _("Write the reason: it goes into the trail.")},
    )


class RegisterForm(PortalForm):
    """A file of the register."""

    file = forms.FileField(
        label=_("File of the register"),
        help_text=_("CSV or JSON lines in UTF-8, up to 10 MB; larger ones by the command line."),
        widget=forms.FileInput({"accept": ".csv,.jsonl,.json,.txt"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )
    write = forms.BooleanField(label=_("Write (without the tick it is only checked)"), required=False)
