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
from nmfo.credits.operations.correcting import propose_reversal_as_member, withdraw_proposal_as_member
from nmfo.credits.queries.claims import reversals_asked
from nmfo.credits.queries.ledger import reversal_of
from nmfo.credits.rules.words import LONGEST_REASON, Part, ProposalState
from nmfo.web.parts.requests import OrganisationRequest


class TakeBackForm(PortalForm):
    """Why the credits were given by mistake."""

    reason = LongText(
        label=gettext_lazy("Why the credits were given by mistake"),
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("The person concerned and the operator read it."),
        error_messages={"required": gettext_lazy("Say why, in a sentence: the person concerned will read it.")},
    )


class WithdrawForm(PortalForm):
    """Why it is not to be taken back after all."""

    words = LongText(
        label=gettext_lazy("Why you withdraw the proposal"),
        max_length=LONGEST_REASON,
        error_messages={"required": gettext_lazy("Say why you withdraw it, in a sentence.")},
    )


def asked_of(entry: LedgerEntry | None) -> dict[str, Any]:
    """What was proposed about an entry and what became of it, for a page that shows the entry."""
    if entry is None:
        return {"entry": None}
    proposal = reversals_asked([entry.pk]).get(entry.pk)
    return {"entry": entry, "proposal": proposal, "reversal": reversal_of(entry), "asked": standing_of(proposal)}


def standing_of(proposal: Proposal | None) -> tuple[str, str]:
    """A badge about a proposal: its words and its kind; no words when there is nothing to say."""
    if proposal is None or proposal.is_withdrawn:
        return "", ""
    if proposal.state == ProposalState.DECLINED:
        return _("Taking back was declined"), ""
    if proposal.state == ProposalState.OPEN:
        return _("Taking back waits for an operator"), "warn"
    return _("Credits taken back"), "bad"


def reversal_page(
    request: OrganisationRequest, entry: LedgerEntry, *, here: str, context: dict[str, Any]
) -> HttpResponse:
    """What stands about an entry, with the form of a reason while nothing is under way. `here`: its own address.

    Who has proposed it may withdraw it while nobody has decided.
    """
    withdraws = "withdraw" in request.POST
    form = WithdrawForm(request.POST) if withdraws else TakeBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            said = _withdrawn(request, entry, form) if withdraws else _proposed(request, entry, form)
        except Refused as refusal:
            form.add_error("words" if withdraws else "reason", str(refusal))
        else:
            messages.success(request, said)
            return redirect(here)
    found = asked_of(entry)
    waits = found["proposal"] is not None and found["proposal"].state == ProposalState.OPEN
    values = {
        **context,
        **found,
        "form": form,
        "title": _title(found["reversal"], waits=waits),
        "waits": waits,
        "learns": entry.part == Part.PROGRAMME,
        "proposing": TakeBackForm() if withdraws else form,
        "withdrawing": form if withdraws else WithdrawForm(),
        "own": waits and found["proposal"].proposed_by_id == request.member.account_id,
    }
    wrong = form.is_bound and not form.is_valid()
    return render(request, "organisation/reversal.html", values, status=422 if wrong else 200)


def _title(reversal: LedgerEntry | None, *, waits: bool) -> str:
    if reversal is not None:
        return _("Credits taken back")
    return _("Taking back is proposed") if waits else _("Take the credits back")


def _proposed(request: OrganisationRequest, entry: LedgerEntry, form: PortalForm) -> str:
    propose_reversal_as_member(
        entry_id=entry.pk,
        reason=form.cleaned_data["reason"],
        by=request.member,
        facts=request.facts,
        now=timezone.now(),
    )
    return _("Proposed. An operator of the portal decides; a letter will tell you.")


def _withdrawn(request: OrganisationRequest, entry: LedgerEntry, form: PortalForm) -> str:
    proposal = reversals_asked([entry.pk]).get(entry.pk)
    withdraw_proposal_as_member(
        proposal_id=proposal.pk if proposal is not None else 0,
        words=form.cleaned_data["words"],
        by=request.member,
        facts=request.facts,
        now=timezone.now(),
    )
    return _("The proposal is withdrawn: the credits stay on the account.")
