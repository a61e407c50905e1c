"""Forms of events and their people."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.identifiers import snils
from foundation.ui.forms import LongText, PortalForm, Text
from foundation.ui.templatetags.ui import day
from nmfo.catalogue.rules.words import Presence
from nmfo.credits.rules.words import LONGEST_REASON as LONGEST_CODE_NOTE
from nmfo.participation.rules import (
    LONGEST_REASON,
    Award,
    PresenceRule,
    days_meant,
    days_of,
    days_to_mark,
    is_mark_late,
    share_of,
    share_of_a_day,
)
from nmfo.reference.zones import MOSCOW
from nmfo.web.parts.fields import parsed
from nmfo.web.parts.inputs import ClockTime, FormKey, NearDay, WholeNumber


class TakeBackForm(PortalForm):
    """Why a mark of presence is taken back."""

    reason = LongText(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        help_text=_("The participant sees it in the record of presence."),
        error_messages={"required": _("Write why: the participant will read it.")},
    )


class MarkForm(PortalForm):
    """Somebody was there: on which days of several, and how it is known when the event is long over.

    `marked` are the days that need no mark any more. In time and on one day there is nothing to fill in.
    """

    days = forms.MultipleChoiceField(
        label=_("Days on which the person was there"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one day.")},
    )
    reason = LongText(
        label=_("How it is known that the person was there"),
        max_length=LONGEST_REASON,
        help_text=_("The event ended more than a day ago. The person reads this, and the journal keeps it."),
        error_messages={"required": _("Write in a sentence how it is known that the person was there.")},
    )

    def __init__(
        self, *args: Any, rule: PresenceRule, now: dt.datetime, marked: Collection[dt.date] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not is_mark_late(now, ends_at=rule.ends_at):
            del self.fields["reason"]
        if len(days_of(rule)) == 1:
            del self.fields["days"]
            return
        days: Any = self.fields["days"]
        free = [one for one in days_to_mark(rule, now) if one not in marked]
        days.choices = [(one.isoformat(), day(one)) for one in free]
        meant = free if len(free) == 1 else days_meant(rule, now)
        # of several nothing is ticked beforehand: who confirms presence chooses the days one by one
        days.initial = [one.isoformat() for one in meant] if len(meant) == 1 else []
        if rule.how == Presence.BADGE:
            worth = _("A day is worth %(day)d minutes; needed are %(need)d of %(all)d.")
            days.help_text = worth % {
                "day": min(rule.minutes, share_of_a_day(rule) // dt.timedelta(minutes=1)),
                "need": share_of(rule.minutes, rule.percent),
                "all": rule.minutes,
            }

    @property
    def days_chosen(self) -> list[dt.date]:
        """The days that were ticked; none when the event has one day only."""
        return [dt.date.fromisoformat(one) for one in self.cleaned_data.get("days", [])]


class AddForm(MarkForm):
    """Somebody who came without signing up."""

    snils = Text(
        label=_("СНИЛС"),
        max_length=30,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": _("Enter all eleven digits of the SNILS.")},
    )
    surname = Text(
        label=_("Surname"),
        max_length=100,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_("As in the person's document: both have to match."),
        error_messages={"required": _("Write the surname.")},
    )

    field_order = ("snils", "surname", "days", "reason")

    def clean_snils(self) -> str:
        """A typing error is said together with what else is wrong, not after it."""
        return parsed(self.cleaned_data["snils"], snils.parse)


class TypedForm(PortalForm):
    """The number of a badge, typed."""

    token = Text(
        label=_("Number of the badge"),
        max_length=60,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Type the sixteen signs under the code of the badge.")},
    )
    sign = forms.ChoiceField(
        label=_("What is noted"),
        choices=[("came", _("Coming in")), ("left", _("Going out"))],
        initial="came",
        widget=forms.RadioSelect,
    )


class WindowForm(PortalForm):
    """A confirmation window, by the clock that the event is announced in."""

    opens_on = NearDay(label=_("Day"), error_messages={"required": _("Write the day.")})
    opens_time = ClockTime(label=_("Opens at"), error_messages={"required": _("Write the time like this: 09:30.")})
    minutes = WholeNumber(
        label=_("Minutes"),
        help_text=_("From 1 to 60; usually 5."),
        error_messages={"required": _("Write for how many minutes the window is open.")},
    )

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone

    def clean(self) -> dict[str, Any]:
        """A time is needed as well; the field itself lets it be empty."""
        values = super().clean() or {}
        if values.get("opens_time") is None and "opens_time" not in self.errors:
            self.add_error("opens_time", str(self.fields["opens_time"].error_messages["required"]))
        return values

    @property
    def opens_at(self) -> dt.datetime:
        """The moment that was typed."""
        values = self.cleaned_data
        there = zoneinfo.ZoneInfo(self.zone or MOSCOW)
        return dt.datetime.combine(values["opens_on"], values["opens_time"], tzinfo=there)


class CloseForm(PortalForm):
    """How credits come to those whose presence is confirmed."""

    award = forms.ChoiceField(
        label=_("How do participants get their credits?"),
        choices=Award.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how the credits come.")},
    )
    sure = forms.BooleanField(
        label=_("I have checked the list: it does not change after this"),
        error_messages={"required": _("Check the list and tick this.")},
    )

    def offer_codes_only(self) -> None:
        """Show no credits at once where the operation would refuse them; what was sent has been read before that."""
        award: Any = self.fields["award"]
        award.choices = [(value, words) for value, words in Award.choices if value == Award.CODES]
        award.initial = self.initial["award"] = Award.CODES


class CodesForm(PortalForm):
    """Codes for the people on the list."""

    form_key = FormKey()
    valid_until_on = NearDay(
        label=_("Codes are valid through"),
        help_text=_("This day included."),
        error_messages={"required": _("Say through which day the codes are valid.")},
    )
    note = LongText(
        label=_("For the colleague who decides"),
        required=False,
        max_length=LONGEST_CODE_NOTE,
        help_text=_("More than a hundred codes take two people: say which event it was and how presence was noted."),
    )


class AnswerForm(PortalForm):
    """The answer to an objection."""

    granted = forms.ChoiceField(
        label=_("Decision"),
        choices=[("yes", _("Was there: confirm presence")), ("no", _("Was not there: refuse"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a decision.")},
    )
    reason = LongText(
        label=pgettext_lazy("to an objection", "Answer"),
        max_length=LONGEST_REASON,
        help_text=_("What you looked at and what you found. The participant gets it by letter."),
        error_messages={"required": _("Write why: the participant will read it.")},
    )
