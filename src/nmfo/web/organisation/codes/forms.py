"""Forms of confirmation codes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation.ui.forms import LongText, PortalForm
from nmfo.catalogue.models import Version
from nmfo.credits.rules.words import ALONE_UPTO, LONGEST_REASON, MOST_CODES, SHORTEST_REASON
from nmfo.web.parts.inputs import FormKey, NearDay, WholeNumber

_SPAN = re.compile(r"([0-9]{1,5})(?: ?- ?([0-9]{1,5}))?")


def as_spans(numbers: Sequence[int]) -> str:
    """Numbers in their order as they are typed: «3, 7, 12-15»."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


class IssueForm(PortalForm):
    """A batch of codes for an event that is over."""

    form_key = FormKey()
    item = forms.ChoiceField(
        label=_("Event that is over"),
        choices=(),
        error_messages={"required": _("Choose the event.")},
    )
    count = WholeNumber(label=_("How many codes"), error_messages={"required": _("Say how many codes.")})
    valid_until_on = NearDay(
        label=_("Valid through"), error_messages={"required": _("Say through which day the codes are valid.")}
    )
    note = LongText(
        label=_("For who decides"),
        max_length=LONGEST_REASON,
        required=False,
        help_text=_(
            "More than %(alone)d codes of an event wait for a colleague, more than there were confirmed people for an "
            "operator: say why so many are needed."
        ),
    )

    def __init__(self, *args: Any, events: Sequence[Version], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["item"]
        field.choices = [(str(one.item_id), f"{one.title}, {one.ends_at:%d.%m.%Y}") for one in events]  # type: ignore[attr-defined]
        self.fields["note"].help_text = self.fields["note"].help_text % {"alone": ALONE_UPTO}

    def clean_count(self) -> int:
        """At least one, not more than a batch may have."""
        count = self.cleaned_data["count"]
        if not count or count > MOST_CODES:
            raise ValidationError(_("A batch has from 1 to %(most)d codes."), params={"most": MOST_CODES}, code="count")
        return int(count)


class ReasonedForm(PortalForm):
    """A form with a `reason` whose help says how long it has to be."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = self.fields["reason"].help_text % {"least": SHORTEST_REASON}


class AnnulForm(ReasonedForm):
    """Which codes are annulled, and why."""

    numbers = forms.CharField(
        label=_("Numbers of the codes"),
        max_length=2000,
        required=False,
        help_text=_("For example: 3, 7, 12-15."),
    )
    everything = forms.BooleanField(label=_("All codes of the batch that nobody has entered"), required=False)
    reason = LongText(
        label=_("Why"),
        max_length=LONGEST_REASON,
        help_text=_("At least %(least)d characters: who had the code will read it."),
        error_messages={"required": _("Say why, in a sentence: the person concerned will read it.")},
    )

    def clean_numbers(self) -> list[int]:
        """The numbers and spans of them, as a list."""
        found: set[int] = set()
        for part in filter(None, map(str.strip, self.cleaned_data["numbers"].replace("–", "-").split(","))):
            span = _SPAN.fullmatch(part)
            first, last = (int(span[1]), int(span[2] or span[1])) if span else (0, 0)
            if not 1 <= first <= last <= MOST_CODES:
                raise ValidationError(_("Write numbers like this: 3, 7, 12-15."), code="numbers")
            found.update(range(first, last + 1))
        return sorted(found)

    def clean(self) -> dict[str, Any]:
        """Numbers or all of them, said in so many words: a field left empty annuls nothing."""
        values = super().clean() or self.cleaned_data
        if "numbers" in values and bool(values["numbers"]) == values["everything"]:
            text = _("Leave the numbers empty, or take off the tick: either some codes or all.")
            none = _("Write the numbers, or tick that all codes are annulled.")
            self.add_error("numbers", ValidationError(text if values["everything"] else none, code="which"))
        return values


class WithdrawForm(ReasonedForm):
    """Why a batch that waits is taken back."""

    reason = LongText(
        label=_("Why"),
        max_length=LONGEST_REASON,
        help_text=_("At least %(least)d characters: colleagues will read it."),
        error_messages={"required": _("Say why, in a sentence: colleagues will read it.")},
    )


class DecideForm(PortalForm):
    """A second person's answer about a large batch."""

    words = LongText(label=_("Your words, when you refuse"), max_length=LONGEST_REASON, required=False)
