"""Forms of items and runs: they check the shape of what was typed; the rules and the operations decide the rest."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.ui.forms import LongText, PortalForm, Text
from nmfo.catalogue.fields import LONG, fields_of, label_of
from nmfo.catalogue.rules.runs import RunFacts
from nmfo.catalogue.rules.versions import FIELDS_OF, SpecialtyFacts, TeacherFacts, VersionFacts
from nmfo.catalogue.rules.words import LONGEST, USUAL_HOURS, Basis, EventKind, Form, Kind, Presence
from nmfo.enrolment.rules import RunHasPeople
from nmfo.reference.models import Level
from nmfo.reference.queries import regions
from nmfo.reference.zones import zone_choices
from nmfo.web.parts.inputs import ClockTime, FormKey, ListedChoices, NearDay, NewFiles, Pairs, Prose, WholeNumber

_NOT_CHOSEN = ("", _("Not chosen"))
FLAGS = ("distance", "e_learning", "internship", "simulation", "network", "basic_model", "on_site", "online")
_SPECIALTIES = frozenset({"main_specialties", "other_specialties"})
# Fields of the facts that take two controls.
CONTROLS = {"begins_at": ("begins_on", "begins_time"), "ends_at": ("ends_on", "ends_time"), "files": ("new_files",)}
HINTS: dict[str, str | Promise] = {
    "title": _("As people will find it: what about and for whom, without «programme of»."),
    "annotation": _("What it is about and for whom, in a few paragraphs."),
    "aims": _("What the listener will know and be able to do."),
    "new_competence": _("Fill in only when the programme gives one: people search for it."),
    "hours": _("Whole academic hours, from 16 to 500; usually 18, 36, 72 or 144."),
    "minutes": _("Without breaks and without sponsors' reports."),
    "sponsor_minutes": _("They give no credits, but people should know of them."),
    "presence_percent": _("Who was there for less gets no confirmation code."),
    "seats": _("Empty: without a limit."),
    "price_rub": _("0: free of charge. Empty: it depends on the run, or is not said."),
    "zone": _("The clock that date and time are announced by."),
    "link": _("Where the broadcast is; it stands on the card."),
    "main_specialties": _("Credits count for these first of all."),
    "other_specialties": _("Useful for these as well."),
}
_EVENT_SEATS_ONLY = {"price_rub": _("0: free of charge. Empty: not said.")}


class CopyForm(PortalForm):
    """The button that copies an item: pressed twice it makes one copy."""

    form_key = FormKey()


class StartForm(PortalForm):
    """What a new item is called; the rest is written in the editor."""

    form_key = FormKey()
    title = Text(
        label=_("What is it called?"),
        max_length=LONGEST["title"],
        error_messages={"required": _("Write a title. It can be changed later.")},
    )


class ItemForm(PortalForm):
    """A version of an item. Nothing is obligatory here: a draft may be incomplete."""

    def __init__(
        self, *args: Any, kind: str, specialties: Iterable[SpecialtyFacts], now: dt.datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.listed = {str(one.pk): one for one in specialties}
        for name in fields_of(kind):
            if name != "credits" or kind == Kind.MODULE:
                self._add(name, now)

    def _add(self, name: str, now: dt.datetime) -> None:
        label = label_of(self.kind, name)
        hint = HINTS.get(name, "")
        if self.kind != Kind.PROGRAMME:
            hint = _EVENT_SEATS_ONLY.get(name, hint)
        common: dict[str, Any] = {"label": label, "help_text": hint, "required": False}
        if name in {"begins_at", "ends_at"}:
            day, clock = CONTROLS[name]
            self.fields[day] = NearDay(**{**common, "label": label})
            self.fields[clock] = ClockTime(label=_("Time"), required=False)
        elif name == "files":
            self.fields["new_files"] = NewFiles(
                label=_("Add documents"),
                required=False,
                widget=NewFiles.widget({"accept": ".pdf,.jpg,.jpeg,.png,image/*", "multiple": True}),
                help_text=_("PDF, JPEG or PNG, up to 10 MB each. Everybody who opens the card can read them."),
            )
        else:
            self.fields[name] = self._one(name, common, now)

    def _one(self, name: str, common: dict[str, Any], now: dt.datetime) -> forms.Field:
        if name in FLAGS:
            return forms.BooleanField(**common)
        if name in _SINGLE or name in _SEVERAL or name in _SPECIALTIES:
            return self._choice(name, common, now)
        if name == "teachers":
            return Pairs(**common)
        if name in LONG:
            rows = 12 if name == "annotation" else 6
            return Prose(**common, max_length=LONGEST[name], widget=forms.Textarea({"rows": rows, "data-prose": ""}))
        if name in LONGEST:
            return Text(**common, max_length=LONGEST[name])
        return WholeNumber(**common, usual=USUAL_HOURS if name == "hours" else (), name=name)

    def _choice(self, name: str, common: dict[str, Any], now: dt.datetime) -> forms.Field:
        if name in _SEVERAL:
            return forms.MultipleChoiceField(**common, choices=_SEVERAL[name], widget=forms.CheckboxSelectMultiple)
        if name in _SPECIALTIES:
            rows = sorted(self.listed.values(), key=lambda one: Level.values.index(one.level))
            groups: list[tuple[Any, list[tuple[str, str]]]] = [
                (Level(level).label, [(str(one.pk), one.name) for one in found])
                for level, found in groupby(rows, key=lambda one: one.level)
            ]
            return forms.MultipleChoiceField(**common, choices=groups, widget=ListedChoices)
        listed: list[tuple[Any, Any]] = list(_SINGLE[name])
        if name == "zone":
            listed += zone_choices(now)
        if name == "region":
            listed += [(row.code, row.name) for row in regions(timezone.localdate())]
        return forms.ChoiceField(**common, choices=[_NOT_CHOSEN, *listed])

    def facts(self) -> VersionFacts:
        """What was typed, as the operation takes it."""
        values = self.cleaned_data
        given: dict[str, Any] = {"kind": self.kind}
        for name in FIELDS_OF[self.kind]:
            if name in {"begins_at", "ends_at"}:
                given[name] = self._moment(name)
            elif name in _SPECIALTIES:
                given[name] = tuple(self.listed[pk] for pk in values[name])
            elif name == "teachers":
                given[name] = tuple(TeacherFacts(name=who, post=post) for who, post in values[name])
            elif name in self.fields:
                value = values[name]
                given[name] = tuple(value) if isinstance(value, list) else value
        given["sponsor_minutes"] = given.get("sponsor_minutes") or 0
        return VersionFacts(**given)

    def _moment(self, name: str) -> dt.datetime | None:
        day, clock = (self.cleaned_data[control] for control in CONTROLS[name])
        if day is None or clock is None:
            return None
        zone = self.cleaned_data["zone"]
        return dt.datetime.combine(day, clock, tzinfo=zoneinfo.ZoneInfo(zone) if zone else dt.UTC)

    def clean(self) -> dict[str, Any]:
        """A day without its time, and a time without its day, would vanish: said before anything is kept."""
        values = super().clean() or {}
        for name in ("begins_at", "ends_at"):
            day, clock = CONTROLS[name]
            if day not in self.fields or day in self.errors or clock in self.errors:
                continue
            if values.get(day) is not None and values.get(clock) is None:
                self.add_error(clock, _("Write the time as well."))
            if values.get(clock) is not None and values.get(day) is None:
                self.add_error(day, _("Write the day as well."))
            if values.get(day) is not None and not values.get("zone") and "zone" not in self.errors:
                self.add_error("zone", _("Choose the time zone, so that everybody knows when it begins."))
        return values

    def control_of(self, field: str) -> str | None:
        """The control that an error of a field of the facts belongs to; None: above the form."""
        name = CONTROLS.get(field, (field,))[0]
        return name if name in self.fields else None


_SINGLE: dict[str, list[tuple[str, Any]]] = {
    "form": list(Form.choices),
    "event_kind": list(EventKind.choices),
    "presence": list(Presence.choices),
    "zone": [],
    "region": [],
}
_SEVERAL: dict[str, list[tuple[str, Any]]] = {"levels": list(Level.choices), "bases": list(Basis.choices)}


def initial_of(facts: VersionFacts) -> dict[str, Any]:
    """What the controls show of a version."""
    found: dict[str, Any] = {}
    for name in FIELDS_OF[facts.kind]:
        value = getattr(facts, name)
        if name in {"begins_at", "ends_at"}:
            local = value.astimezone(zoneinfo.ZoneInfo(facts.zone) if facts.zone else dt.UTC) if value else None
            day, clock = CONTROLS[name]
            found[day], found[clock] = (local.date(), local.time()) if local else (None, None)
        elif name in _SPECIALTIES:
            found[name] = [str(one.pk) for one in value]
        elif name == "teachers":
            found[name] = [(one.name, one.post) for one in value]
        else:
            found[name] = list(value) if isinstance(value, tuple) else value
    if not found.get("sponsor_minutes", 1):
        found["sponsor_minutes"] = None
    return found


class ReasonForm(PortalForm):
    """Why something is withdrawn or cancelled; people read it."""

    reason = LongText(
        label=_("Reason"),
        max_length=1000,
        help_text=_("It stands on the card for everybody to read."),
        error_messages={"required": _("Write the reason: people will read it.")},
    )


class CancelRunForm(ReasonForm):
    """Why a run is cancelled; of one that people have applied for also that it is meant."""

    sure = forms.BooleanField(
        label=_("I know that their applications are closed and they lose their seats"),
        error_messages={"required": RunHasPeople.message},  # who applies meanwhile is met by the operation
    )

    def __init__(self, *args: Any, asks: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks:
            del self.fields["sure"]


class RunForm(PortalForm):
    """A run of a programme."""

    form_key = FormKey()
    seen = forms.CharField(max_length=2000, widget=forms.HiddenInput, required=False)
    begins_on = NearDay(label=_("First day"), error_messages={"required": _("Write the first day.")})
    ends_on = NearDay(label=_("Last day"), error_messages={"required": _("Write the last day.")})
    apply_until_on = NearDay(
        label=_("Applications until"),
        help_text=_("This day included."),
        error_messages={"required": _("Write until which day people may apply.")},
    )
    seats = WholeNumber(label=_("Seats in the run"), help_text=_("Empty: without a limit."), required=False)
    region = forms.ChoiceField(
        label=_("Region of the run"), help_text=_("Not chosen: wholly at a distance."), required=False
    )
    place = Text(label=_("Place or address"), max_length=LONGEST["place"], required=False)
    bases = forms.MultipleChoiceField(
        label=_("Basis of the run"),
        choices=Basis.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose who may pay.")},
    )
    price_rub = WholeNumber(
        label=_("Price by contract, roubles"), help_text=_("0: free of charge. Empty: not said."), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = [  # type: ignore[attr-defined]
            _NOT_CHOSEN,
            *((row.code, row.name) for row in regions(timezone.localdate())),
        ]

    def facts(self) -> RunFacts:
        """What was typed, as the operation takes it."""
        values = self.cleaned_data
        return RunFacts(
            begins_on=values["begins_on"],
            ends_on=values["ends_on"],
            apply_until_on=values["apply_until_on"],
            seats=values["seats"],
            region=values["region"],
            place=values["place"],
            bases=tuple(values["bases"]),
            price_rub=values["price_rub"],
        )
