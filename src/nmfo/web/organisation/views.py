"""Pages of an organisation: what is to be done today."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from nmfo.web.parts.requests import OrganisationRequest


@require_safe
def home(request: OrganisationRequest) -> HttpResponse:
    """O-03: what is to be done first."""
    return render(request, "organisation/home.html", {"organisation": request.organisation})
