"""Educational certificates: the specialist notes what employer and fund have decided; one pays for one application."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from foundation.errors import Refused
from nmfo.enrolment.operations import certifying
from nmfo.enrolment.queries import certificates_of
from nmfo.enrolment.rules import CERTIFICATE_MOVES, CertificateState, Side
from nmfo.web.parts.requests import SpecialistRequest
from nmfo.web.specialist.applications.forms import CertificateForm, IssuedForm

FORM = require_http_methods(["GET", "HEAD", "POST"])
_MOST = 50


@FORM
def certificates(request: SpecialistRequest) -> HttpResponse:
    """All of them, and the form that begins one."""
    form = CertificateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = certifying.ask_for_certificate(
                specialist=request.specialist,
                employer=form.cleaned_data["employer"],
                form_key=form.cleaned_data["form_key"],
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            return redirect("specialist:certificate", row.pk)
    context = {"certificates": certificates_of(request.specialist)[:_MOST], "form": form}
    return _page(request, "list", context)


@FORM
def certificate(request: SpecialistRequest, pk: int) -> HttpResponse:
    """One of them: its way, and the next step."""
    row = get_object_or_404(certificates_of(request.specialist), pk=pk)
    may = {str(to) for to, side in CERTIFICATE_MOVES[CertificateState(row.state)].items() if side == Side.SPECIALIST}
    form = IssuedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            certifying.issue_certificate(
                specialist=request.specialist,
                certificate_id=pk,
                number=form.cleaned_data["number"],
                issued_on=form.cleaned_data["issued_on"],
                valid_until_on=form.cleaned_data["valid_until_on"],
                amount_rub=form.cleaned_data["amount_rub"],
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The certificate is noted. It can pay for an application now."))
            return redirect("specialist:certificate", pk)
    context = {
        "certificate": row,
        "steps": sorted(row.steps.all(), key=lambda step: -step.pk),
        "may": may,
        "applications": row.applications.exclude(number="").select_related("version"),
        "form": form,
    }
    return _page(request, "one", context)


@require_POST
def move(request: SpecialistRequest, pk: int) -> HttpResponse:
    """Note a decision, or that it was given back."""
    get_object_or_404(certificates_of(request.specialist), pk=pk)
    try:
        certifying.move_certificate(
            specialist=request.specialist,
            certificate_id=pk,
            to=request.POST.get("to", ""),
            facts=request.facts,
            now=timezone.now(),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Noted."))
    return redirect("specialist:certificate", pk)


def _page(request: SpecialistRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    form = context["form"]
    wrong = form.is_bound and not form.is_valid()
    return render(request, f"specialist/certificates/{name}.html", context, status=422 if wrong else 200)
