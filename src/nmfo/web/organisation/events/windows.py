"""Confirmation windows of a webinar: set before, or opened while it goes on."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from foundation.errors import Refused
from nmfo.organisations.rules import Right
from nmfo.participation.operations import confirming
from nmfo.participation.queries import windows_with_answers_of
from nmfo.participation.rules import share_of
from nmfo.reference.zones import MOSCOW, ZONES
from nmfo.web.organisation.events.forms import WindowForm
from nmfo.web.organisation.events.people import FORM, Event, event_of, page_of
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right
from nmfo.web.parts.wording import in_zone

_USUAL_MINUTES = 5


def _webinar(request: OrganisationRequest, pk: int) -> Event:
    event = event_of(request, pk)
    if not event.by_windows:
        raise Http404
    return event


@FORM
@require_right(Right.LISTENERS)
def windows(request: OrganisationRequest, pk: int) -> HttpResponse:
    """The windows and how many answered in each; a form for another."""
    event = _webinar(request, pk)
    version, now = event.version, timezone.now()
    form = WindowForm(
        request.POST or None,
        zone=version.zone,
        initial={
            "opens_on": in_zone(version.begins_at, version.zone).date() if version.begins_at else None,
            "minutes": _USUAL_MINUTES,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            confirming.add_window(
                item_id=pk,
                opens_at=form.opens_at,
                minutes=form.cleaned_data["minutes"],
                by=request.member,
                facts=request.facts,
                now=now,
            )
        except Refused as refusal:
            field = {"opens_at": "opens_time"}.get(refusal.field or "", refusal.field or "")
            form.add_error(field if field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("The window is set."))
            return redirect("organisation:event-windows", pk)
    rows = [
        {
            "window": window,
            "opens": f"{in_zone(window.opens_at, version.zone):%d.%m.%Y %H:%M}",
            "closes": f"{in_zone(window.closes_at, version.zone):%H:%M}",
            "opened": window.opens_at <= now,
            "open": window.opens_at <= now <= window.closes_at,
        }
        for window in windows_with_answers_of(pk)
    ]
    need = share_of(len(rows), version.presence_percent)
    context = {
        "event": event,
        "rows": rows,
        "clock": "" if version.zone in {"", MOSCOW} else ZONES.get(version.zone, version.zone),
        "rule": ngettext(
            "%(need)d of %(n)d window is needed: %(percent)d %%.",
            "%(need)d of %(n)d windows are needed: %(percent)d %%.",
            len(rows),
        )
        % {"need": need, "n": len(rows), "percent": version.presence_percent or 100},
        "going_on": version.begins_at is not None and version.begins_at <= now and not event.is_over,
        "minutes": _USUAL_MINUTES,
    }
    return page_of(request, "windows", context, form)


@require_POST
@require_right(Right.LISTENERS)
def open_now(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Open a window of five minutes at once."""
    _webinar(request, pk)
    now = timezone.now()
    try:
        confirming.add_window(
            item_id=pk, opens_at=now, minutes=_USUAL_MINUTES, by=request.member, facts=request.facts, now=now
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The window is open for five minutes. Tell the audience."))
    return redirect("organisation:event-windows", pk)


@require_POST
@require_right(Right.LISTENERS)
def remove(request: OrganisationRequest, pk: int, row: int) -> HttpResponse:
    """Remove a window that has not opened."""
    _webinar(request, pk)
    try:
        confirming.remove_window(item_id=pk, window_id=row, by=request.member, facts=request.facts, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The window is removed."))
    return redirect("organisation:event-windows", pk)
