"""Forms of an operator about credits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused
from foundation.ui.forms import LongText, PortalForm, Text
from nmfo.credits.models import LedgerEntry
from nmfo.credits.rules import LONGEST_REASON, Part
from nmfo.web.parts.inputs import NearDay, WholeNumber


class AnswerForm(PortalForm):
    """What the person reads, and whether the matter is settled in their favour."""

    answer = LongText(
        label=_("Answer to the person"),
        max_length=LONGEST_REASON,
        error_messages={"required": _("Say why, in a sentence: the person concerned will read it.")},
    )

    entry = forms.TypedChoiceField(
        label=_("Which entry settles it"), choices=(), coerce=int, empty_value=None, required=False
    )

    def __init__(self, *args: Any, settling: Sequence[LedgerEntry] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(row.pk, f"№ {row.pk} · {row.version.title if row.version else row.title}") for row in settling]
        self.fields["entry"].choices = [("", _("Choose")), *named]  # type: ignore[attr-defined]

    def add_refusal(self, refusal: Refused) -> None:
        """What is said against the chosen entry stands beside it."""
        self.add_error(refusal.field if refusal.field in self.fields else "answer", str(refusal))


class ReverseForm(PortalForm):
    """Why an entry is to be taken back."""

    reason = LongText(
        label=_("Why the entry is wrong"),
        max_length=LONGEST_REASON,
        error_messages={"required": _("Say why, in a sentence: the person concerned will read it.")},
    )


class EnterForm(PortalForm):
    """A credit that is entered by hand."""

    title = Text(
        label=_("For what the credit is"),
        max_length=300,
        error_messages={"required": _("Name the programme, event or module.")},
    )
    part = forms.ChoiceField(label=_("Part"), choices=Part.choices)
    worth = WholeNumber(label=_("How many credits"), error_messages={"required": _("Say how many credits.")})
    earned_on = NearDay(
        label=_("The day it counts from"), error_messages={"required": _("Say from which day it counts.")}
    )
    reason = LongText(
        label=_("On what ground"),
        max_length=LONGEST_REASON,
        error_messages={"required": _("Say why, in a sentence: the person concerned will read it.")},
    )


class WithdrawForm(PortalForm):
    """Why an operator takes back what they proposed."""

    words = LongText(
        label=_("Why you withdraw it"),
        max_length=LONGEST_REASON,
        error_messages={"required": _("Say why, in a sentence: the person concerned will read it.")},
    )


class DecideForm(PortalForm):
    """Yes, or no with a reason."""

    words = LongText(label=_("Your words; when you refuse they are needed"), max_length=LONGEST_REASON, required=False)

    def chosen(self, data: Any) -> bool:
        """Whether the button of approval was pressed."""
        return "approve" in data
