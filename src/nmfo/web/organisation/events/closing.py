"""Attendance is closed; objections are answered."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation.errors import Refused
from nmfo.credits.queries.codes import issued_alone, unbound_batches
from nmfo.credits.rules.words import ALONE_UPTO, CODE_DAYS, BatchState
from nmfo.organisations.rules import Right
from nmfo.participation.models import Objection
from nmfo.participation.operations import closing, coding, noting, objecting
from nmfo.participation.queries import measured, objections_at, registrations_for, rule_of, signs_of, without_a_code
from nmfo.participation.rules import (
    AttendanceClosed,
    ObjectionSettled,
    ObjectionState,
    State,
    days_of,
    is_marked_for_part,
)
from nmfo.web.organisation.events.forms import AnswerForm, CloseForm, CodesForm
from nmfo.web.organisation.events.people import FORM, event_of, page_of
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right

_EVENT = "organisation:event"


@FORM
@require_right(Right.LISTENERS)
def close(request: OrganisationRequest, pk: int) -> HttpResponse:
    """How it will be decided, and the button that decides."""
    event = event_of(request, pk)
    if event.is_closed:
        return _closed_before(request, pk, AttendanceClosed()) if request.method == "POST" else redirect(_EVENT, pk)
    form = CloseForm(request.POST or None, initial={"award": event.gathering.award if event.gathering else ""})
    if request.method == "POST" and form.is_valid():
        try:
            closing.close_attendance(
                item_id=pk,
                award=form.cleaned_data["award"],
                by=request.member,
                facts=request.facts,
                now=timezone.now(),
            )
        except AttendanceClosed as refusal:
            return _closed_before(request, pk, refusal)
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Attendance is closed. The credits are on their way."))
            return redirect(_EVENT, pk)
    loose = list(unbound_batches(pk, today=timezone.localdate())) if event.can_close else []
    if loose:
        form.offer_codes_only()
    coming = registrations_for(event.version.item).filter(state=State.SIGNED_UP)
    found = measured(event.version, coming, now=timezone.now())
    there = [one for one in found if one.decision.reached]
    rule = rule_of(event.version)
    context = {
        "event": event,
        "there": len(there),
        "away": len(found) - len(there),
        "partly": sum(is_marked_for_part(rule, one.evidence.marks) for one in there),
        "days": len(days_of(rule)),
        "loose": loose,
    }
    return page_of(request, "close", context, form)


def _closed_before(request: OrganisationRequest, pk: int, refusal: AttendanceClosed) -> HttpResponse:
    """What a colleague did a moment ago, or a second press of the button: nothing is left to do but to see the list."""
    messages.info(request, str(refusal))
    return redirect(_EVENT, pk)


@FORM
@require_right(Right.LISTENERS)
def codes(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Codes by letter for everybody on the list who has none."""
    event = event_of(request, pk)
    now = timezone.now()
    until = timezone.localdate(now) + dt.timedelta(days=CODE_DAYS)
    form = CodesForm(request.POST or None, initial={"valid_until_on": until})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = coding.send_codes(
                item_id=pk,
                valid_until_on=values["valid_until_on"],
                note=values["note"],
                form_key=values["form_key"],
                by=request.member,
                facts=request.facts,
                now=now,
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            waits = made.state == BatchState.WAITING
            said = _("The codes wait for a second person.") if waits else _("The codes are on their way by letter.")
            messages.success(request, said)
            return redirect("organisation:codes-batch", made.pk)
    people = without_a_code(pk).count() if event.sends_codes else 0
    alone = ALONE_UPTO - issued_alone(pk)
    return page_of(request, "codes", {"event": event, "people": people, "alone": alone}, form)


@require_safe
@require_right(Right.LISTENERS)
def objections(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Who says that they were there, the oldest first."""
    event = event_of(request, pk)
    rows = list(objections_at(request.organisation).filter(registration__item=pk))
    today = timezone.localdate()
    noting.look_at_people(
        item_id=pk,
        what="objections",
        shown=[row.registration_id for row in rows],
        by=request.member,
        facts=request.facts,
    )
    waiting = [{"row": row, "late": row.is_overdue(today)} for row in rows if row.state == ObjectionState.OPEN]
    settled = [row for row in rows if row.state != ObjectionState.OPEN]
    return page_of(request, "objections", {"event": event, "waiting": waiting, "settled": settled})


@FORM
@require_right(Right.LISTENERS)
def objection(request: OrganisationRequest, pk: int, row: int) -> HttpResponse:
    """What is known of somebody's presence, what they say, and the answer."""
    event = event_of(request, pk)
    found: Objection = get_object_or_404(objections_at(request.organisation).filter(registration__item=pk), pk=row)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            objecting.decide_objection(
                objection_id=found.pk,
                granted=form.cleaned_data["granted"] == "yes",
                answer=form.cleaned_data["reason"],
                by=request.member,
                facts=request.facts,
                now=timezone.now(),
            )
        except ObjectionSettled as refusal:
            messages.info(request, str(refusal))
            return redirect("organisation:event-objection", pk, row)
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The answer is sent."))
            return redirect("organisation:event-objections", pk)
    if request.method != "POST":
        shown = [found.registration_id]
        noting.look_at_people(item_id=pk, what="objection", shown=shown, by=request.member, facts=request.facts)
    (known,) = measured(event.version, [found.registration], now=timezone.now())
    context = {
        "event": event,
        "row": found,
        "decision": known.decision,
        "signs": signs_of(found.registration),
        "waits": found.state == ObjectionState.OPEN,
    }
    return page_of(request, "objection", context, form)
