"""Forms of a review."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.ui.forms import LongText, PortalForm, Text
from nmfo.catalogue.fields import fields_of, label_of


class RemarkForm(PortalForm):
    """What has to be changed, and where."""

    field = forms.ChoiceField(label=_("Remark at the field"), required=False)
    text = LongText(
        label=_("What has to be changed"),
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": _("Write what has to be changed.")},
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = [  # type: ignore[attr-defined]
            (name, label_of(kind, name)) for name in ("", *fields_of(kind))
        ]


class ReturnForm(PortalForm):
    """The operator's words with which a version goes back."""

    words = LongText(
        label=_("In your own words"),
        max_length=4000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("They come first in the letter. With remarks at fields this may stay empty."),
    )


class FindItemsForm(PortalForm):
    """What stands in the catalogue, by words."""

    q = Text(label=_("Words of the title or of the organisation"), max_length=200, required=False)


class WithdrawForm(PortalForm):
    """Why an item is taken out of the catalogue."""

    reason = LongText(
        label=_("Why it is withdrawn"),
        max_length=1000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("It stands on the card and in the letter to the organisation."),
        error_messages={"required": _("Write the reason: people will read it.")},
    )
