"""Forms of an operator about credits."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused
from foundation.ui.forms import LongText, PortalForm, Text
from foundation.ui.templatetags.ui import short_day
from nmfo.credits.models import Expectation, LedgerEntry
from nmfo.credits.rules.checking import check_has_been, check_reason
from nmfo.credits.rules.refusals import WorthOutOfRange
from nmfo.credits.rules.words import LONGEST_REASON, MOST_BY_HAND, Awaited, Part
from nmfo.reference.models import Level
from nmfo.reference.naming import specialty_called
from nmfo.reference.queries import specialties_of_documents
from nmfo.web.parts.fields import parsed
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
    """Why an entry is to be taken back, and whether that is all."""

    then = forms.ChoiceField(
        label=_("What comes in its place"),
        widget=forms.RadioSelect,
        choices=[
            ("open", _("Another entry: the request stays open until it is there")),
            ("settled", _("Nothing: the request is settled by it")),
        ],
        error_messages={"required": _("Say whether another entry comes in its place.")},
    )

    reason = LongText(
        label=_("Why the entry is wrong"),
        max_length=LONGEST_REASON,
        error_messages={"required": _("Say why, in a sentence: the person concerned will read it.")},
    )


_CARD, _NOTHING = "card", "nothing"
_NUMBER = re.compile(r"(?:.*/)?(\d{1,12})/?")


class EnterForm(PortalForm):
    """A credit that is entered by hand. `awaited`: what a missing one may be; None: the request says what it is."""

    stands_for = forms.ChoiceField(
        label=_("What it is, by what the portal knows"),
        widget=forms.RadioSelect,
        choices=(),
        error_messages={"required": _("Say what it is: what comes later for the same is refused then.")},
    )
    card = Text(
        label=_("Number or address of the card"),
        max_length=200,
        required=False,
        help_text=_("The number at the end of the card's address, or the whole address."),
    )
    title = Text(
        label=_("For what the credit is"),
        max_length=300,
        error_messages={"required": _("Name the programme, event or module.")},
    )
    part = forms.ChoiceField(label=_("Part"), choices=Part.choices)
    specialty = forms.TypedChoiceField(
        label=_("For which specialty"),
        choices=(),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("It is asked only of what the portal does not know: a card of the catalogue has its specialties."),
    )
    worth = WholeNumber(label=_("How many credits"), error_messages={"required": _("Say how many credits.")})
    earned_on = NearDay(
        label=_("The day it counts from"), error_messages={"required": _("Say from which day it counts.")}
    )
    reason = LongText(
        label=_("On what ground"),
        max_length=LONGEST_REASON,
        help_text=_(
            "What proves it: a document, an answer of the organisation. The request's number stands beside it."
        ),
        error_messages={"required": _("Say why, in a sentence: the person concerned will read it.")},
    )

    def __init__(
        self, *args: Any, awaited: Iterable[Expectation] | None = None, has_card: bool = False, **kwargs: Any
    ) -> None:
        """`has_card`: what the request is about has its specialties from the catalogue."""
        super().__init__(*args, **kwargs)
        if has_card:
            del self.fields["specialty"]
        else:
            self.fields["specialty"].choices = _specialties()  # type: ignore[attr-defined]
        if awaited is None:
            del self.fields["stands_for"], self.fields["card"]
            return
        known = [(str(row.pk), _described(row)) for row in awaited]
        others = [(_CARD, _("A card of the catalogue")), (_NOTHING, _("Nothing that the portal knows"))]
        self.fields["stands_for"].choices = [*known, *others]  # type: ignore[attr-defined]

    def clean_worth(self) -> int:
        """Said together with what else is wrong, not after it; the operation checks it again."""
        worth: int = self.cleaned_data["worth"]
        if not 1 <= worth <= MOST_BY_HAND:
            raise ValidationError(str(WorthOutOfRange(most=MOST_BY_HAND)), code="worth")
        return worth

    def clean_earned_on(self) -> dt.date:
        """The same of the day."""
        on: dt.date = self.cleaned_data["earned_on"]
        try:
            check_has_been(on, today=timezone.localdate())
        except Refused as refusal:
            raise ValidationError(str(refusal), code="day") from refusal
        return on

    def clean_reason(self) -> str:
        """The same of the reason."""
        return parsed(self.cleaned_data["reason"], check_reason)

    def clean_card(self) -> int | None:
        """The number of the card, when it is a card."""
        if self.cleaned_data.get("stands_for") != _CARD:
            return None
        found = _NUMBER.fullmatch(self.cleaned_data["card"])
        if found is None:
            raise ValidationError(_("Enter the number of the card, or its address."), code="card")
        return int(found[1])

    def named(self) -> dict[str, int | None]:
        """What the credit stands for, for the operation."""
        chosen = self.cleaned_data.get("stands_for", _NOTHING)
        awaited = int(chosen) if chosen not in {_CARD, _NOTHING} else None
        return {
            "expectation_id": awaited,
            "item_id": self.cleaned_data.get("card"),
            "specialty_id": self.cleaned_data.get("specialty"),
        }


def _specialties() -> list[Any]:
    """Every specialty that holds or has held, by level; first that of credits which count in every cycle."""
    today = timezone.localdate()
    groups = [
        (
            level.label,
            [
                (row.pk, specialty_called(row.name, until=row.valid_until_on))
                for row in specialties_of_documents(level, today)
            ],
        )
        for level in Level
    ]
    return [("", _("Any: the credits count for every cycle")), *groups]


def _described(row: Expectation) -> str:
    title = row.version.title if row.version is not None else row.title
    given_by = row.organisation.short_name if row.organisation is not None else ""
    worth = _("%(n)d credits") % {"n": row.credits}
    state = _("taken back") if row.state == Awaited.ARRIVED else row.get_state_display()
    return " · ".join(filter(None, [title, given_by, short_day(row.began_on), str(worth), str(state)]))


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
