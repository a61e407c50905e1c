"""Cycles of the specialist: last step of the first run (A-14), the list, what a cycle asks, «если документ продлён»."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import Refused
from foundation.ui.forms import DateField, PortalForm
from nmfo.cycles.models import Cycle
from nmfo.cycles.operations.joining import join_cycle, leave_cycle, stay_outside
from nmfo.cycles.queries.choosing import Offer, cycles_of, offered_to
from nmfo.cycles.queries.counting import counted_for, has_credits, state_of
from nmfo.cycles.rules.measuring import Outcome
from nmfo.cycles.rules.words import CycleKind
from nmfo.specialists.models import Specialist
from nmfo.specialists.rules import BY_HAND
from nmfo.web.parts.requests import PortalRequest, SpecialistRequest, WelcomeRequest
from nmfo.web.specialist.views import steps_for

FORM = require_http_methods(["GET", "HEAD", "POST"])
OUTSIDE = "outside"


class CycleForm(PortalForm):
    """A cycle that one of the documents founds, or «вне циклов»."""

    choice = forms.ChoiceField(
        label=lazy("Which cycle?"),
        widget=forms.RadioSelect,
        error_messages={"required": lazy("Choose a cycle for a specialty, or «outside cycles».")},
    )

    def __init__(self, *args: Any, offers: list[Offer], outside: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(offer.document.pk), _label(offer)) for offer in offers if not offer.is_over]
        if outside:
            choices.append((OUTSIDE, _("Outside cycles: credits are collected without a term")))
        self.fields["choice"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1 and choices[0][0] != OUTSIDE:
            self.initial["choice"] = choices[0][0]


def _label(offer: Offer) -> str:
    values = {
        "name": offer.specialty.name,
        "first": f"{offer.begins_on:%d.%m.%Y}",
        "last": f"{offer.ends_on:%d.%m.%Y}",
        "until": f"{offer.holds_until_on:%d.%m.%Y}",
    }
    if offer.holds_until_on > offer.ends_on + dt.timedelta(days=1):
        text = _("5 years: %(name)s, %(first)s to %(last)s; the document is extended to %(until)s") % values
    else:
        text = _("5 years: %(name)s, %(first)s to %(last)s") % values
    if offer.document.trust in BY_HAND:
        return _("%(cycle)s; the document was added by you and checked by nobody") % {"cycle": text}
    return text


class WhatIfForm(PortalForm):
    """Until when the document would be extended."""

    until = DateField(
        label=lazy("If the document is extended to"),
        earliest=dt.date(1992, 1, 1),
        error_messages={"required": lazy("Enter the day.")},
    )


@FORM
def welcome_cycle(request: WelcomeRequest) -> HttpResponse:
    """A-14: «5 лет» for a specialty, or «вне циклов»."""
    if request.specialist is None:
        return redirect("specialist:welcome-agreement")
    form, offers, asked, done = _choose(request, request.specialist)
    if done:
        return redirect("specialist:dashboard")
    context = {
        "form": form,
        "asked": asked,
        "offers": [one for one in offers if not one.is_over],
        "over": [one for one in offers if one.is_over],
        "cycles": cycles_of(request.specialist).filter(kind=CycleKind.FIVE_YEARS).exists(),
        **steps_for(request.specialist),
    }
    return render(request, "specialist/welcome_cycle.html", context, status=422 if form.errors else 200)


@FORM
def cycles(request: SpecialistRequest) -> HttpResponse:
    """Present cycles, what they ask, and another one."""
    form, offers, asked, done = _choose(request, request.specialist)
    if done:
        return redirect("specialist:cycles")
    today = timezone.localdate()
    rows = [
        {
            "cycle": cycle,
            "state": state_of(cycle, today=today),
            "changeable": not has_credits(cycle),
            "by_hand": _is_by_hand(cycle),
        }
        for cycle in cycles_of(request.specialist)
        if cycle.kind == CycleKind.FIVE_YEARS
    ]
    context = {
        "rows": rows,
        "cycles": rows,
        "outside": next((one for one in cycles_of(request.specialist) if one.kind == CycleKind.OUTSIDE), None),
        "form": form,
        "asked": asked,
        "offers": [one for one in offers if not one.is_over],
        "over": [one for one in offers if one.is_over],
    }
    return render(request, "specialist/cycles.html", context, status=422 if form.errors else 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked before a cycle begins that could not be given up again."""

    offer: Offer
    credits: int  # ЗЕТ that count for it at once

    @property
    def is_by_hand(self) -> bool:
        """Whether nobody but the specialist vouches for the document."""
        return self.offer.document.trust in BY_HAND


def _choose(request: PortalRequest, specialist: Specialist) -> tuple[CycleForm, list[Offer], Asked | None, bool]:
    """The form of a choice, what it offers, what is to be confirmed first, and whether a choice was made."""
    now = timezone.now()
    today = timezone.localdate(now)
    offers, present = offered_to(specialist, today), list(cycles_of(specialist))
    stays = any(cycle.kind == CycleKind.OUTSIDE for cycle in present)
    bound = any(has_credits(cycle) for cycle in present if cycle.kind == CycleKind.FIVE_YEARS)
    sent = request.POST if request.method == "POST" else None
    if stays and sent is not None and sent.get("choice") == OUTSIDE:
        return CycleForm(offers=offers, outside=False), offers, None, True  # pressed twice
    form = CycleForm(sent, offers=offers, outside=not bound and not stays, initial=_initial(offers))
    if sent is None or not form.is_valid():
        return form, offers, None, False
    choice = form.cleaned_data["choice"]
    asked = None if sent.get("sure") == choice else _asked_for(specialist, offers, choice)
    if asked is not None:
        return form, offers, asked, False
    try:
        if choice == OUTSIDE:
            stay_outside(specialist=specialist, today=today, facts=request.facts, now=now)
            messages.success(request, _("You are outside cycles. You can begin a cycle at any time."))
        else:
            cycle = join_cycle(
                specialist=specialist, document_id=int(choice), today=today, facts=request.facts, now=now
            )
            text = _("The cycle for «%(name)s» has begun.") % {"name": cycle.specialty}
            messages.success(request, text)
    except Refused as refusal:
        form.add_refusal(refusal)
        return form, offers, None, False
    return form, offers, None, True


def _asked_for(specialist: Specialist, offers: list[Offer], choice: str) -> Asked | None:
    """What to confirm: credits count for the chosen cycle at once, so it could not be given up (C4)."""
    offer = next((one for one in offers if str(one.document.pk) == choice), None)
    if offer is None:
        return None
    cycle = Cycle(
        specialist=specialist,
        specialty=offer.specialty,
        document=offer.document,
        begins_on=offer.begins_on,
        ends_on=offer.ends_on,
    )
    counted = counted_for(cycle)
    return Asked(offer=offer, credits=counted.credits) if counted.entries else None


def _initial(offers: list[Offer]) -> dict[str, str]:
    """The proposal follows the documents' dates: the newest that still holds (C4)."""
    open_ones = [offer for offer in offers if not offer.is_over]
    return {"choice": str(open_ones[0].document.pk) if open_ones else OUTSIDE}


@require_safe
def cycle(request: SpecialistRequest, pk: int) -> HttpResponse:
    """What a cycle asks: by which act and why, what is done and missing; and how it were with a longer document."""
    row = get_object_or_404(cycles_of(request.specialist).filter(kind=CycleKind.FIVE_YEARS), pk=pk)
    today = timezone.localdate()
    asked = "until_day" in request.GET
    form = WhatIfForm(request.GET if asked else None)
    state = state_of(row, today=today)
    then = state_of(row, today=today, extended_until=form.cleaned_data["until"]) if asked and form.is_valid() else None
    context = {
        "cycle": row,
        "state": state,
        "then": then,
        "recommendation_stays": then is not None and _stays(state.standing.recommended, then.standing.recommended),
        "form": form,
        "changeable": not has_credits(row),
        "by_hand": _is_by_hand(row),
    }
    return render(request, "specialist/cycle.html", context, status=422 if asked and form.errors else 200)


def _stays(now: Outcome | None, then: Outcome | None) -> bool:
    """Whether two outcomes ask the same and are met alike, whatever day led to their rule set."""
    if now is None or then is None or now.choice.rule_set != then.choice.rule_set:
        return False
    return replace(then, choice=now.choice) == now


def _is_by_hand(cycle: Cycle) -> bool:
    """Whether nobody but the specialist vouches for the document on which a cycle stands."""
    return cycle.document is not None and cycle.document.trust in BY_HAND


@require_POST
def cycle_leave(request: SpecialistRequest, pk: int) -> HttpResponse:
    """Give up a cycle for which nothing counts yet."""
    row = get_object_or_404(cycles_of(request.specialist), pk=pk)
    try:
        leave_cycle(specialist=request.specialist, cycle_id=row.pk, facts=request.facts, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The cycle is given up. Choose another one, or stay outside."))
    return redirect("specialist:cycles")
