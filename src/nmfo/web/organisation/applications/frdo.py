"""O-15: the file for ФИС ФРДО, with what is wrong in each row before it is sent."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from foundation.files.spreadsheets import XLSX
from nmfo.enrolment.frdo import COLUMNS, FrdoRow, as_workbook, row_of
from nmfo.enrolment.models import Completion
from nmfo.enrolment.operations import deciding
from nmfo.enrolment.queries import completions_of, diplomas_of
from nmfo.organisations.rules import Right
from nmfo.web.organisation.applications.forms import FrdoForm
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right

_PAGE = 50
_MOST = 5000


def _asked(request: OrganisationRequest) -> tuple[FrdoForm, QuerySet[Completion]]:
    """The documents of the days that the address names; without a sensible form, of all days."""
    form = FrdoForm(request.GET)
    values = form.cleaned_data if form.is_valid() else {}
    return form, completions_of(request.organisation, since=values.get("since"), until=values.get("until"))


def _rows(found: list[Completion]) -> list[FrdoRow]:
    diplomas = diplomas_of(one.specialist_id for one in found)
    return [row_of(one, diplomas.get(one.specialist_id)) for one in found]


@require_safe
@require_right(Right.LISTENERS)
def frdo(request: OrganisationRequest) -> HttpResponse:
    """Documents with what would be refused in each. That they were shown is recorded."""
    form, found = _asked(request)
    page = Paginator(found, _PAGE).get_page(request.GET.get("page"))
    shown = list(page)
    if shown:
        deciding.documents_seen_by(request.member, shown, facts=request.facts, what="frdo")
    rows = _rows(shown)
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "wrong": sum(1 for row in rows if row.problems),
        "query": request.GET.urlencode(),
        "columns": len(COLUMNS),
    }
    status = 200 if form.is_valid() else 422
    return render(request, "organisation/applications/frdo.html", context, status=status)


@require_safe
@require_right(Right.LISTENERS)
def file(request: OrganisationRequest) -> HttpResponse:
    """The file of those days. That it was taken away is recorded for each listener."""
    _form, found = _asked(request)
    taken = list(found[:_MOST])
    deciding.documents_seen_by(request.member, taken, facts=request.facts, what="frdo file")
    response = HttpResponse(as_workbook(_rows(taken)), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="frdo.xlsx"'
    return response
