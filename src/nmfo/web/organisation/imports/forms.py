"""The form that sends a file of programmes."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.ui.forms import PortalForm


class ImportForm(PortalForm):
    """A file; what is in it is looked at later."""

    file = forms.FileField(
        label=_("File of programmes"),
        help_text=_("XLSX, or CSV in UTF-8; up to 30 MB and 20,000 rows."),
        widget=forms.FileInput({"accept": ".xlsx,.csv"}),
        error_messages={"required": _("Choose a file."), "empty": _("There is nothing in the file.")},
    )
