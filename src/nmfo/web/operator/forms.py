"""Forms of the operator."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.ui.forms import LongText, PortalForm, Text


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

    q = Text(label=_("SNILS, e-mail or surname"), max_length=254, required=False)


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
