"""Pages of an organisation: what is to be done today, and whose cabinet it is for people of several."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from nmfo.web.middleware import CHOSEN
from nmfo.web.organisation.forms import ChooseForm
from nmfo.web.organisation.today import cards_for
from nmfo.web.parts.requests import OrganisationRequest

FORM = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def home(request: OrganisationRequest) -> HttpResponse:
    """O-03: what is to be done first. Somebody of several organisations says once which one they mean."""
    if len(request.memberships) > 1 and CHOSEN not in request.session:
        return redirect("organisation:choose")
    cards = cards_for(request.organisation, request.member, timezone.localdate())
    return render(request, "organisation/home.html", {"organisation": request.organisation, "cards": cards})


@FORM
def choose(request: OrganisationRequest) -> HttpResponse:
    """Which of one's organisations this browser works for."""
    mine = [(str(member.organisation_id), member.organisation.short_name) for member in request.memberships]
    form = ChooseForm(request.POST or None, organisations=mine, initial={"organisation": str(request.organisation.pk)})
    if request.method == "POST" and form.is_valid():
        request.session[CHOSEN] = int(form.cleaned_data["organisation"])
        return redirect("organisation:home")
    if request.method == "POST" and request.POST.get("organisation"):
        raise Http404  # somebody else's organisation is as good as none
    wrong = form.is_bound
    return render(request, "organisation/choose.html", {"form": form}, status=422 if wrong else 200)
