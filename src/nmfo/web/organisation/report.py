"""The report of credits: what the organisation has credited, by programme, event and module, and the same as a file."""

from __future__ import annotations

import datetime as dt

from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from foundation.files.spreadsheets import CSV, XLSX
from nmfo.credits.queries.reporting import Figures, ReportRow, report_rows_of, report_totals_of
from nmfo.credits.report_files import report_csv, report_xlsx
from nmfo.credits.rules.words import Part
from nmfo.organisations.rules import Right
from nmfo.web.organisation.forms import ReportForm
from nmfo.web.parts import wording
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right

_PAGE = 30


def _asked(request: OrganisationRequest) -> tuple[ReportForm, str]:
    """The days that the address names, each without its own that of this calendar year; and the kind."""
    today = timezone.localdate()
    year = {"since": dt.date(today.year, 1, 1).isoformat(), "until": dt.date(today.year, 12, 31).isoformat()}
    kind = request.GET.get("kind", "")
    form = ReportForm({name: request.GET.get(name, usual) for name, usual in year.items()})
    return form, kind if kind in Part.values else ""


def _query(form: ReportForm, kind: str) -> str:
    """The address of the same days and a kind."""
    query = QueryDict(mutable=True)
    for name in ("since", "until"):
        query[name] = form.cleaned_data[name].isoformat()
    if kind:
        query["kind"] = kind
    return query.urlencode()


@require_safe
@require_right(Right.LISTENERS)
def report(request: OrganisationRequest) -> HttpResponse:
    """The sums of the days and their rows, thirty to a page. Nobody's name stands there."""
    form, kind = _asked(request)
    if not form.is_valid():
        return render(request, "organisation/report.html", {"form": form, "kind": kind}, status=422)
    since, until = form.cleaned_data["since"], form.cleaned_data["until"]
    totals = report_totals_of(request.organisation, since=since, until=until)
    page = Paginator(range(totals.rows_in(kind)), _PAGE).get_page(request.GET.get("page"))
    first = max(page.start_index() - 1, 0)
    kinds = [("", None), *((str(part), part.label) for part in Part if totals.rows_in(part) or part == kind)]
    context = {
        "form": form,
        "kind": kind,
        "period": wording.period(since, until).replace(" –", f"{wording.NBSP}–"),  # no line begins with the dash
        "kinds": [(part, label, totals.rows_in(part), _query(form, part)) for part, label in kinds],
        "whole": totals.rows_in(""),
        "total": totals.of(kind),
        "page": page,
        "rows": report_rows_of(request.organisation, since=since, until=until, part=kind, first=first, most=_PAGE),
        "query": _query(form, kind),
    }
    return render(request, "organisation/report.html", context)


@require_safe
@require_right(Right.LISTENERS)
def report_as_csv(request: OrganisationRequest) -> HttpResponse:
    """All rows as CSV; with wrong days the page, which says what is wrong with them."""
    found = _whole(request)
    return _download(report_csv(*found), CSV, "credits.csv") if found is not None else _back(request)


@require_safe
@require_right(Right.LISTENERS)
def report_as_xlsx(request: OrganisationRequest) -> HttpResponse:
    """The same as XLSX."""
    found = _whole(request)
    return _download(report_xlsx(*found), XLSX, "credits.xlsx") if found is not None else _back(request)


def _whole(request: OrganisationRequest) -> tuple[list[ReportRow], Figures] | None:
    form, kind = _asked(request)
    if not form.is_valid():
        return None
    days = {"since": form.cleaned_data["since"], "until": form.cleaned_data["until"]}
    rows = report_rows_of(request.organisation, **days, part=kind)
    return rows, report_totals_of(request.organisation, **days).of(kind)


def _back(request: OrganisationRequest) -> HttpResponse:
    return redirect(f"{reverse('organisation:report')}?{request.GET.urlencode()}")


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
