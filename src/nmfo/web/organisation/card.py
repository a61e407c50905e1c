"""O-17: the card of the organisation. Name, numbers and licence are changed by the operator only."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation.errors import Refused
from foundation.identifiers import phone
from nmfo.organisations.operations.card import card_of, change_card, mark_of
from nmfo.organisations.rules import LICENCE_WARNING_DAYS, ChangedElsewhere, Right, may
from nmfo.web.organisation.forms import CardForm
from nmfo.web.parts.markdown import as_html
from nmfo.web.parts.requests import OrganisationRequest

FORM = require_http_methods(["GET", "HEAD", "POST"])


@FORM
def settings_page(request: OrganisationRequest) -> HttpResponse:
    """Look at the card; change it with the right to, after a preview if wanted."""
    organisation, may_change = request.organisation, may(request.member.roles, Right.SETTINGS)
    card = card_of(organisation)
    values = {**asdict(card), "public_phone": phone.show(card.public_phone) if card.public_phone else ""}
    form = CardForm(request.POST or None, initial={**values, "seen": mark_of(card)})
    preview, conflict = None, False
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            preview = as_html(form.cleaned_data["about"])
        else:
            try:
                change_card(
                    organisation=organisation,
                    card=form.facts(),
                    seen=form.cleaned_data["seen"],
                    by=request.user,
                    facts=request.facts,
                    now=timezone.now(),
                )
            except ChangedElsewhere as refusal:
                conflict = True
                form.add_refusal(refusal)
            except Refused as refusal:
                form.add_refusal(refusal)
            else:
                messages.success(request, _("The card is saved."))
                return redirect("organisation:settings")
    until = organisation.licence_until_on
    context = {
        "organisation": organisation,
        "may_change": may_change,
        "form": form,
        "seen": mark_of(card) if conflict or not form.is_bound else form.data.get("seen", ""),
        "saved": values if conflict else None,
        "preview": preview,
        "about": as_html(organisation.about),
        "licence_ends": until is not None and (until - timezone.localdate()).days <= LICENCE_WARNING_DAYS,
    }
    wrong = form.is_bound and not form.is_valid()
    return render(request, "organisation/settings.html", context, status=422 if wrong else 200)
