"""O-08: who was at the classes of a day, and the group as a table."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from foundation.errors import Refused
from foundation.files.spreadsheets import XLSX
from nmfo.catalogue.models import Run
from nmfo.enrolment.group_files import sheet_of_group
from nmfo.enrolment.operations import attending, deciding
from nmfo.enrolment.queries import attendance_on, attendees_of, days_marked, group_of, marks_of_group
from nmfo.organisations.rules import Right
from nmfo.web.organisation.applications.groups import PAGE, run_of
from nmfo.web.parts import wording
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right

_MARKS = {"1": True, "0": False}


def _day(text: str, run: Run) -> dt.date:
    """The day that is asked for; without one, today, or the nearest day of the run."""
    try:
        asked = parse_date(text[:10])
    except ValueError:
        asked = None
    return asked or max(run.begins_on, min(timezone.localdate(), run.ends_on))


@require_http_methods(["GET", "HEAD", "POST"])
@require_right(Right.LISTENERS)
def attendance(request: OrganisationRequest, run: int) -> HttpResponse:
    """The list of a day. Only what somebody has changed on this page is written; others' marks stay."""
    row = run_of(request, run)
    day = _day(request.POST.get("day", "") or request.GET.get("day", ""), row)
    page = Paginator(attendees_of(request.organisation, row), PAGE).get_page(request.GET.get("page"))
    people = list(page.object_list)
    refusal = ""
    if request.method == "POST":
        try:
            n = attending.mark_attendance(
                run_id=run,
                day=day,
                marks=_marks(request, [one.pk for one in people]),
                by=request.member,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as wrong:
            refusal = str(wrong)
        else:
            text = ngettext("Saved: %(n)d mark.", "Saved: %(n)d marks.", n) if n else _("Nothing was changed.")
            messages.success(request, text % {"n": n} if n else text)
            there = f"{reverse('organisation:group-attendance', args=[run])}?day={day}"
            return redirect(f"{there}&page={page.number}" if page.number > 1 else there)
    if people:
        deciding.list_seen_by(request.member, people, facts=request.facts)
    marks = attendance_on(row, day)
    lines: list[dict[str, Any]] = [{"application": one, "there": marks.get(one.pk)} for one in people]
    context = {
        "run": row,
        "period": wording.period(row.begins_on, row.ends_on),
        "day": day,
        "page": page,
        "lines": lines,
        "unmarked": sum(1 for line in lines if line["there"] is None),
        "days": days_marked(row),
        "may_mark": row.begins_on <= day <= min(row.ends_on, timezone.localdate()),
        "refusal": refusal,
    }
    status = 422 if refusal else 200
    return render(request, "organisation/applications/attendance.html", context, status=status)


def _marks(request: OrganisationRequest, people: list[int]) -> dict[int, bool]:
    """What was changed on the page; with the button «all», everybody whom it showed without a mark as well."""
    found: dict[int, bool] = {}
    for pk in people:
        was, said = request.POST.get(f"was-{pk}"), request.POST.get(f"there-{pk}", "")
        if was is None:
            continue  # came into the group after the page was shown
        if said in _MARKS and said != was:
            found[pk] = _MARKS[said]
        elif "all" in request.POST and said not in _MARKS:
            found[pk] = True
    return found


@require_safe
@require_right(Right.LISTENERS)
def file(request: OrganisationRequest, run: int) -> HttpResponse:
    """The group as a workbook: people, states, results, attendance by day. That names were in it is recorded."""
    row = run_of(request, run)
    people = list(group_of(request.organisation, row))
    deciding.list_seen_by(request.member, people, facts=request.facts)
    content = sheet_of_group(people, marks_of_group(row), timezone.localdate())
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="group-{run}.xlsx"'
    return response
