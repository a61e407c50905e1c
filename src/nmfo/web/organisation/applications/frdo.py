"""O-15: the file for ФИС ФРДО, with what is wrong in each row before it is sent."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from foundation.files.spreadsheets import XLSX
from nmfo.enrolment.frdo import COLUMNS, FrdoRow, as_workbook, row_of
from nmfo.enrolment.models import Completion
from nmfo.enrolment.operations import deciding
from nmfo.enrolment.operations.registering import note_in_frdo, take_back_frdo
from nmfo.enrolment.queries import completions_of, diplomas_of, still_in_frdo
from nmfo.organisations.rules import Right
from nmfo.web.organisation.applications.forms import FrdoForm
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right

_PAGE = 50
_MOST = 5000
_LEFT = "left"
_DIGITS = 18  # of a key


def _asked(request: OrganisationRequest) -> tuple[FrdoForm, QuerySet[Completion]]:
    """The documents of the days that the address names; without a sensible form, of all days.

    `?show=left`: only those that are not noted yet.
    """
    form = FrdoForm(request.GET)
    values = form.cleaned_data if form.is_valid() else {}
    found = completions_of(request.organisation, since=values.get("since"), until=values.get("until"))
    return form, found.filter(frdo=None) if request.GET.get("show") == _LEFT else found


def _rows(found: list[Completion]) -> list[FrdoRow]:
    diplomas = diplomas_of(one.specialist_id for one in found)
    return [row_of(one, diplomas.get(one.specialist_id)) for one in found]


@require_safe
@require_right(Right.LISTENERS)
def frdo(request: OrganisationRequest) -> HttpResponse:
    """Documents with what would be refused in each. That they were shown is recorded."""
    form, found = _asked(request)
    page = Paginator(found, _PAGE).get_page(request.GET.get("page"))
    shown, recalled = list(page), list(still_in_frdo(request.organisation)[:_PAGE])
    if shown or recalled:
        deciding.documents_seen_by(request.member, [*shown, *recalled], facts=request.facts, what="frdo")
    rows = _rows(shown)
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "recalled": recalled,
        "only_left": request.GET.get("show") == _LEFT,
        "wrong": sum(1 for row in rows if row.problems),
        "query": request.GET.urlencode(),
        "columns": len(COLUMNS),
    }
    status = 200 if form.is_valid() else 422
    return render(request, "organisation/applications/frdo.html", context, status=status)


@require_safe
@require_right(Right.LISTENERS)
def file(request: OrganisationRequest) -> HttpResponse:
    """The file of those days. That it was taken away is recorded for each listener.

    Wrong days lead to the page, which says what is wrong: a file of all days would take away more than was asked for.
    """
    form, found = _asked(request)
    if not form.is_valid():
        return redirect(f"{reverse('organisation:frdo')}?{request.GET.urlencode()}")
    taken = list(found[:_MOST])
    deciding.documents_seen_by(request.member, taken, facts=request.facts, what="frdo file")
    response = HttpResponse(as_workbook(_rows(taken)), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="frdo.xlsx"'
    return response


@require_POST
@require_right(Right.LISTENERS)
def note(request: OrganisationRequest) -> HttpResponse:
    """Note that the chosen documents stand in the register, or take that back; then the same page again."""
    sent = request.POST.getlist("documents")[:_PAGE]
    chosen = [int(one) for one in sent if one.isascii() and one.isdecimal() and len(one) <= _DIGITS]
    if not chosen:
        messages.error(request, _("Choose at least one document."))
    elif request.POST.get("action") == "recalled":
        took = take_back_frdo(completion_ids=chosen, by=request.member, facts=request.facts)
        told = ngettext("%(n)d document is recalled from FRDO.", "%(n)d documents are recalled from FRDO.", took)
        messages.success(request, told % {"n": took})
    elif request.POST.get("action") == "back":
        took = take_back_frdo(completion_ids=chosen, by=request.member, facts=request.facts)
        told = ngettext("%(n)d note is taken back.", "%(n)d notes are taken back.", took)
        messages.success(request, told % {"n": took})
    else:
        noted = note_in_frdo(completion_ids=chosen, by=request.member, facts=request.facts, now=timezone.now())
        told = ngettext(
            "%(n)d document is noted as entered in FRDO. Its owner sees it.",
            "%(n)d documents are noted as entered in FRDO. Their owners see it.",
            noted,
        )
        messages.success(request, told % {"n": noted})
    back = QueryDict(request.POST.get("query", "")[:200])
    kept = "&".join(f"{name}={back[name]}" for name in ("since", "until", "page") if _plain(back.get(name, "")))
    if back.get("show") == _LEFT:
        kept = f"{kept}&show={_LEFT}".lstrip("&")
    return redirect(f"{reverse('organisation:frdo')}?{kept}" if kept else "organisation:frdo")


def _plain(text: str) -> bool:
    return bool(text) and text.isascii() and text.replace("-", "").isdigit()
