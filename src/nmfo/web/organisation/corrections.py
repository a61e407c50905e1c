"""Credits that an organisation has given by mistake: it proposes to take them back, an operator decides (L7, Z4)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.errors import Refused
from foundation.ui.forms import LongText, PortalForm
from nmfo.credits.models import LedgerEntry, Proposal
from nmfo.credits.operations.correcting import propose_reversal_as_member
from nmfo.credits.queries import reversal_of, reversals_asked
from nmfo.credits.rules import LONGEST_REASON, ProposalState
from nmfo.web.parts.requests import OrganisationRequest


class TakeBackForm(PortalForm):
    """Why the credits were given by mistake."""

    reason = LongText(
        label=gettext_lazy("Why the credits were given by mistake"),
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("The listener and the operator read it."),
        error_messages={"required": gettext_lazy("Say why, in a sentence: the person concerned will read it.")},
    )


def asked_of(entry: LedgerEntry | None) -> dict[str, Any]:
    """What was proposed about an entry and what became of it, for a page that shows the entry."""
    if entry is None:
        return {"entry": None}
    proposal = reversals_asked([entry.pk]).get(entry.pk)
    return {"entry": entry, "proposal": proposal, "reversal": reversal_of(entry), "asked": standing_of(proposal)}


def standing_of(proposal: Proposal | None) -> tuple[str, str]:
    """A badge about a proposal: its words and its kind; no words when there is nothing to say."""
    if proposal is None or proposal.state == ProposalState.DECLINED:
        return "", ""
    if proposal.state == ProposalState.OPEN:
        return _("Taking back waits for an operator"), "warn"
    return _("Credits taken back"), "bad"


def reversal_page(
    request: OrganisationRequest, entry: LedgerEntry, *, here: str, context: dict[str, Any]
) -> HttpResponse:
    """What stands about an entry, with the form of a reason while nothing is under way. `here`: its own address."""
    form = TakeBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            propose_reversal_as_member(
                entry_id=entry.pk,
                reason=form.cleaned_data["reason"],
                by=request.member,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _("Proposed. An operator of the portal decides; a letter will tell you."))
            return redirect(here)
    found = asked_of(entry)
    waits = found["proposal"] is not None and found["proposal"].state == ProposalState.OPEN
    values = {**context, **found, "form": form, "may_propose": not waits and found["reversal"] is None, "waits": waits}
    wrong = form.is_bound and not form.is_valid()
    return render(request, "organisation/reversal.html", values, status=422 if wrong else 200)
