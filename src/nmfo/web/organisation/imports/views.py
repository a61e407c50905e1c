"""Pages of imports: send a file, see how far it is, read the report, have it written."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import Refused
from foundation.files.spreadsheets import CSV, XLSX
from nmfo.catalogue.import_files import report_csv, report_xlsx, template_csv, template_xlsx
from nmfo.catalogue.models import Import, ImportRow
from nmfo.catalogue.operations.importing.reading import MOST_ROWS
from nmfo.catalogue.operations.importing.running import begin_import, cancel_import, write_import
from nmfo.catalogue.queries import counts_of_report, imports_of, report_of
from nmfo.organisations.rules import Right
from nmfo.web.organisation.imports.forms import ImportForm
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right

_PAGE = 20
_ROWS = 50
_ROWS_OF = {
    ImportRow.Outcome.TAKEN: pgettext_lazy("rows of a file", "New"),
    ImportRow.Outcome.CHANGED: pgettext_lazy("rows of a file", "Changed"),
    ImportRow.Outcome.UNCHANGED: pgettext_lazy("rows of a file", "Unchanged"),
    ImportRow.Outcome.REFUSED: pgettext_lazy("rows of a file", "Refused"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@require_right(Right.ITEMS)
def imports(request: OrganisationRequest) -> HttpResponse:
    """Send a file; what became of the former ones."""
    sent = request.method == "POST"
    form = ImportForm(request.POST, request.FILES) if sent else ImportForm()
    if sent and form.is_valid():
        try:
            batch = begin_import(
                by=request.member, upload=form.cleaned_data["file"], facts=request.facts, now=timezone.now()
            )
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("organisation:import", batch.pk)
    page = Paginator(imports_of(request.organisation), _PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "most_rows": MOST_ROWS}
    return render(request, "organisation/imports/list.html", context, status=422 if form.errors else 200)


@require_safe
@require_right(Right.ITEMS)
def one(request: OrganisationRequest, pk: int) -> HttpResponse:
    """How far it is, what is foreseen or became of each row, and what may be done."""
    batch = _import(request, pk)
    outcome = request.GET.get("outcome", "")
    outcome = outcome if outcome in ImportRow.Outcome.values else ""
    counts = counts_of_report(batch)
    rows = report_of(batch, outcome)
    tabs = [("", _("All rows"), counts["all"])]
    tabs += [(str(value), str(_ROWS_OF[value]), counts[value]) for value in ImportRow.Outcome]
    context = {
        "batch": batch,
        "page": Paginator(rows, _ROWS).get_page(request.GET.get("page")),
        "outcome": outcome,
        "tabs": tabs,
        "writable": batch.taken + batch.changed,
    }
    return render(request, "organisation/imports/one.html", context)


@require_POST
@require_right(Right.ITEMS)
def write(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Have the checked file written."""
    _import(request, pk)
    try:
        write_import(batch_id=pk, by=request.member, facts=request.facts, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("organisation:import", pk)


@require_POST
@require_right(Right.ITEMS)
def stop(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Stop it; what has been written stays."""
    _import(request, pk)
    try:
        cancel_import(batch_id=pk, by=request.member, facts=request.facts, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("organisation:import", pk)


@require_safe
@require_right(Right.ITEMS)
def template_as_xlsx(request: OrganisationRequest) -> HttpResponse:
    """The template with explanations and lists."""
    return _download(template_xlsx(timezone.localdate()), XLSX, "programmes.xlsx")


@require_safe
@require_right(Right.ITEMS)
def template_as_csv(request: OrganisationRequest) -> HttpResponse:
    """The template without them."""
    return _download(template_csv(timezone.localdate()), CSV, "programmes.csv")


@require_safe
@require_right(Right.ITEMS)
def report_as_xlsx(request: OrganisationRequest, pk: int) -> HttpResponse:
    """The report as XLSX."""
    return _download(report_xlsx(_import(request, pk)), XLSX, f"import-{pk}.xlsx")


@require_safe
@require_right(Right.ITEMS)
def report_as_csv(request: OrganisationRequest, pk: int) -> HttpResponse:
    """The report as CSV."""
    return _download(report_csv(_import(request, pk)), CSV, f"import-{pk}.csv")


def _import(request: OrganisationRequest, pk: int) -> Import:
    return get_object_or_404(imports_of(request.organisation), pk=pk)


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
