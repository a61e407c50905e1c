"""The phone at the door: badges scanned or typed, sent at once or when there is a link again."""

from __future__ import annotations

import json
import re
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from foundation.errors import Refused
from foundation.ui.offline import kept_on_device, owner_key
from foundation.ui.templatetags.ui import full_name
from nmfo.organisations.rules import Right
from nmfo.participation.operations import noting
from nmfo.participation.operations.noting import Scan, ScanResult
from nmfo.participation.queries import registrations_for
from nmfo.participation.rules import BatchDiffers, BatchMalformed, ScannedByAnother, ScanOutcome
from nmfo.web.organisation.events.forms import TypedForm
from nmfo.web.organisation.events.people import FORM, Event, event_of, page_of
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right

_LONGEST_TEXT = 300  # of what a camera reads
_LARGEST_NUMBER = 253_402_300_800_000  # the year 10000 by a clock in milliseconds; other numbers are smaller
_READ = {ScanOutcome.NOTED, ScanOutcome.TRIAL}  # nothing is wrong with the badge
_UNKEPT = re.compile("[\x00\ud800-\udfff]")  # no table takes these


@FORM
@kept_on_device
@require_right(Right.LISTENERS)
def scan(request: OrganisationRequest, pk: int) -> HttpResponse:
    """The page at the door. It has no names in it, so that the device may keep it for the time without a link."""
    event = event_of(request, pk)
    form = TypedForm(request.POST or None, initial={"sign": "came"})
    result = None
    if request.method == "POST" and form.is_valid():
        try:
            result = noting.note_badge(
                item_id=pk,
                text=form.cleaned_data["token"],
                sign=form.cleaned_data["sign"],
                by=request.member,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("token", str(refusal))
        else:
            if result.outcome not in _READ:
                form.add_error("token", str(result.outcome.label))
    noted = result is not None and result.outcome in _READ
    context: dict[str, Any] = {
        "event": event,
        "noted": _named(event, [result])[0] if noted and result is not None else None,
        "owner": owner_key(request.user.pk),
    }
    if noted:
        context["form"] = TypedForm(initial={"sign": form.cleaned_data["sign"]})
        return render(request, "organisation/events/scan.html", context)
    return page_of(request, "scan", context, form)


@require_POST
@require_right(Right.LISTENERS)
def scans(request: OrganisationRequest, pk: int) -> HttpResponse:
    """A numbered batch as JSON. The same batch again gets the same answer (promise L3).

    It says who scanned it: on a device that two people share nobody sends what the other one scanned.
    """
    event = event_of(request, pk)
    try:
        device, number, clock, read = _read(request)
        results = noting.note_scans(
            item_id=pk,
            device=device,
            number=number,
            scans=read,
            clock=clock,
            by=request.member,
            facts=request.facts,
            now=timezone.now(),
        )
    except (BatchDiffers, ScannedByAnother) as refusal:
        return JsonResponse({"said": str(refusal)}, status=409)
    except Refused as refusal:
        return JsonResponse({"said": str(refusal)}, status=422)
    return JsonResponse({"results": _named(event, results)})


def _read(request: OrganisationRequest) -> tuple[str, int, int, list[Scan]]:
    """What the device sent. Raises BatchMalformed, ScannedByAnother."""
    try:
        sent = json.loads(request.body)
        rows = [Scan(text=_text(row["text"]), sign=_text(row["sign"]), at=_number(row["at"])) for row in sent["scans"]]
        owner, device = _text(sent["owner"]), _text(sent["device"])
        number, clock = _number(sent["number"]), _number(sent["clock"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BatchMalformed from error
    if owner != owner_key(request.user.pk):
        raise ScannedByAnother
    return device, number, clock, rows


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or _UNKEPT.search(value):
        raise BatchMalformed
    return value


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _LARGEST_NUMBER:
        raise BatchMalformed
    return value


def _named(event: Event, results: list[ScanResult]) -> list[dict[str, str]]:
    """What became of each scan in words, with the name of who comes to this event."""
    wanted = {one.registration_id for one in results if one.registration_id is not None}
    rows = registrations_for(event.version.item).filter(pk__in=wanted)
    names = {row.pk: full_name(row.specialist.account) for row in rows}
    return [
        {
            "outcome": str(one.outcome),
            "label": str(one.outcome.label),
            "name": names.get(one.registration_id or 0, "") or _("Unknown badge"),
        }
        for one in results
    ]
