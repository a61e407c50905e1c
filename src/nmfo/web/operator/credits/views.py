"""B-05, B-06: requests about credits, corrections by two people, batches of codes, overdue results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation.errors import Refused
from foundation.files.responses import file_response
from foundation.runtime.forms import form_of_page_above
from nmfo.credits.models import Claim, Proposal
from nmfo.credits.operations.claiming import file_seen_by, grant_claim, refuse_claim
from nmfo.credits.operations.correcting import propose_credit, propose_reversal, withdraw_proposal
from nmfo.credits.operations.issuing import decide_batch
from nmfo.credits.operations.looking import CORRECTIONS, CREDITS, REQUESTS, SIGNALS, look_at_people
from nmfo.credits.operations.subjects import CreditByHand
from nmfo.credits.queries.claims import (
    all_claims,
    all_proposals,
    open_claims,
    open_claims_about,
    open_proposals,
    proposals_about,
    what_settles,
)
from nmfo.credits.queries.codes import all_batches, waiting_batches
from nmfo.credits.queries.ledger import awaited_of, cases_of, entries_and_their_end_of
from nmfo.credits.queries.watching import late_expectations, signals
from nmfo.credits.rules.words import About, BatchState, ClaimState, ProposalState
from nmfo.enrolment.operations.reversing import decide_correction
from nmfo.web.operator.credits.evidence import Evidence, evidence_for, evidence_of
from nmfo.web.operator.credits.forms import AnswerForm, DecideForm, EnterForm, ReverseForm, WithdrawForm
from nmfo.web.parts.codes import places_of
from nmfo.web.parts.requests import PortalRequest

FORM = require_http_methods(["GET", "HEAD", "POST"])
_PAGE = 20
_ENTRIES = 15
_MOST_AWAITED = 50  # of one person; nobody has as many at once
_REVERSE, _ENTER = "reverse", "enter"  # several forms stand on a request's page: their fields have names of their own


def _page(request: PortalRequest, name: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    wrong = form is not None and form.is_bound and not form.is_valid()
    values = {**context, "form": form}
    return render(request, f"operator/credits/{name}.html", values, status=422 if wrong else 200)


def _listed(request: PortalRequest, rows: Any) -> Any:
    return Paginator(rows, _PAGE).get_page(request.GET.get("page"))


def _seen(request: PortalRequest, accounts: Iterable[int], what: str, reason: str = "") -> None:
    look_at_people(accounts=accounts, what=what, by=request.user, facts=request.facts, reason=reason)


@require_safe
def late(request: PortalRequest) -> HttpResponse:
    """What organisations should have entered by now, the longest overdue first."""
    today = timezone.localdate()
    return _page(request, "late", {"page": _listed(request, late_expectations(today)), "today": today})


@require_safe
def signals_page(request: PortalRequest) -> HttpResponse:
    """What is unusual about activated codes: to look at, nothing is stopped by it (Z8). The look is recorded."""
    page = _listed(request, signals(timezone.now()))
    _seen(request, [person.pk for one in page for person in one.people], SIGNALS)
    return _page(request, "signals", {"page": page})


@require_safe
def claims(request: PortalRequest) -> HttpResponse:
    """Requests that wait for an answer, the nearest term first. The look is recorded."""
    page = _listed(request, open_claims())
    _seen(request, [row.specialist.account_id for row in page], REQUESTS)
    return _page(request, "claims", {"page": page, "today": timezone.localdate()})


def _claim(request: PortalRequest, pk: int, forms: dict[str, Any], form: Any = None) -> HttpResponse:
    found = get_object_or_404(all_claims(), pk=pk)
    _seen(request, [found.specialist.account_id], CREDITS, found.number)
    entry, proposals = found.entry, list(proposals_about(found))
    evidence = evidence_for(found)
    waits = any(row.state == ProposalState.OPEN for row in proposals)
    reversed_already = evidence is not None and evidence.reversal is not None
    settling = list(what_settles(found)) if found.state == ClaimState.OPEN and not waits else []
    page = Paginator(entries_and_their_end_of(found.specialist), _ENTRIES).get_page(request.GET.get("page"))
    cases = Paginator(cases_of(found.specialist), _ENTRIES).get_page(request.GET.get("cases"))
    claims = open_claims_about(
        found.specialist, entries=[row.pk for row in page], expectations=[row.pk for row in cases]
    )
    context = {
        "claim": found,
        "entry": entry,
        "page": page,
        "entries": _with_claims(page, {one.entry_id: one for one in claims}),
        "cases": _with_claims(cases, {one.expectation_id: one for one in claims}),
        "more_cases": cases,
        "evidence": evidence,
        "proposals": proposals,
        "is_open": found.state == ClaimState.OPEN,
        "waits": waits,
        "settling": settling,
        "to_name": found.about == About.MISSING and bool(settling),
        "may_reverse": entry is not None and not entry.is_reversal and not reversed_already and not found.defends,
        "answering": forms.get("answering", AnswerForm(settling=settling)),
        "reversing": forms.get("reversing", ReverseForm(prefix=_REVERSE)),
        "entering": forms.get("entering") or _entering(found),
    }
    return _page(request, "claim", context, form)


def _entering(found: Claim, data: Any = None) -> EnterForm:
    """The form of a credit by hand; of something missing it asks what that is."""
    missing = found.about == About.MISSING
    awaited = awaited_of(found.specialist)[:_MOST_AWAITED] if missing else None
    source = found.expectation or found.entry
    has_card = source is not None and source.version is not None
    return EnterForm(data, initial=_known_of(found), prefix=_ENTER, awaited=awaited, has_card=has_card)


def _with_claims(rows: Iterable[Model], about: Mapping[int | None, Claim]) -> list[tuple[Model, Claim | None]]:
    """Rows with the open request about each."""
    return [(row, about.get(row.pk)) for row in rows]


def _known_of(found: Claim) -> dict[str, Any]:
    """What a credit by hand would be for, and worth, as far as the request, its entry and its expectation say."""
    if found.expectation is not None:
        awaited = found.expectation
        title = awaited.version.title if awaited.version is not None else awaited.title
        return {"title": title, "part": awaited.part, "worth": awaited.credits, "earned_on": awaited.began_on}
    if found.entry is not None:
        entry = found.entry
        title = entry.version.title if entry.version is not None else entry.title
        known = {"title": title, "part": entry.part, "worth": entry.worth, "earned_on": entry.earned_on}
        return {**known, "specialty": entry.specialty_id}
    return {"title": found.title, "part": found.part, "earned_on": found.held_on}


@require_safe
def claim(request: PortalRequest, pk: int) -> HttpResponse:
    """One request, with what the portal knows of the person's credits. The look is recorded."""
    return _claim(request, pk, {})


@require_safe
def claim_file(request: PortalRequest, pk: int) -> HttpResponse:
    """What the person enclosed; the look is recorded."""
    found = get_object_or_404(all_claims(), pk=pk)
    stored = file_seen_by(claim=found, by=request.user, facts=request.facts)
    if stored is None:
        raise Http404
    return file_response(stored)


@form_of_page_above
def answer(request: PortalRequest, pk: int) -> HttpResponse:
    """Answer a request."""
    found = get_object_or_404(all_claims(), pk=pk)
    form = AnswerForm(request.POST, settling=list(what_settles(found)))
    if form.is_valid():
        given: dict[str, Any] = {"claim_id": found.pk, "answer": form.cleaned_data["answer"], "by": request.user}
        try:
            if "grant" in request.POST:
                grant_claim(**given, entry_id=form.cleaned_data["entry"], facts=request.facts, now=timezone.now())
            else:
                refuse_claim(**given, facts=request.facts, now=timezone.now())
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Decided. A letter went to the person."))
            return redirect("operator:claims")
    return _claim(request, pk, {"answering": form}, form)


@form_of_page_above
def reverse_entry(request: PortalRequest, pk: int) -> HttpResponse:
    """Propose to take the disputed entry back."""
    found = get_object_or_404(all_claims(), pk=pk)
    form = ReverseForm(request.POST, prefix=_REVERSE)
    if form.is_valid():
        try:
            propose_reversal(
                entry_id=found.entry_id or 0,
                claim_id=found.pk,
                settles=form.cleaned_data["then"] == "settled",
                reason=form.cleaned_data["reason"],
                by=request.user,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _("Proposed. A second operator decides."))
            return redirect("operator:claim", pk)
    return _claim(request, pk, {"reversing": form}, form)


@form_of_page_above
def enter_by_hand(request: PortalRequest, pk: int) -> HttpResponse:
    """Propose to enter a credit by hand."""
    found = get_object_or_404(all_claims(), pk=pk)
    form = _entering(found, request.POST)
    if form.is_valid():
        values = form.cleaned_data
        source = found.expectation or found.entry
        try:
            propose_credit(
                claim_id=found.pk,
                credit=CreditByHand(
                    title=values["title"],
                    part=values["part"],
                    worth=values["worth"],
                    earned_on=values["earned_on"],
                    **form.named(),
                    organisation_id=source.organisation_id if source else None,
                ),
                reason=values["reason"],
                by=request.user,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Proposed. A second operator decides."))
            return redirect("operator:claim", pk)
    return _claim(request, pk, {"entering": form}, form)


@require_safe
def proposals(request: PortalRequest) -> HttpResponse:
    """Corrections that wait for a second operator. The look is recorded."""
    page = _listed(request, open_proposals())
    _seen(request, [row.specialist.account_id for row in page], CORRECTIONS)
    return _page(request, "proposals", {"page": page})


@FORM
def proposal(request: PortalRequest, pk: int) -> HttpResponse:
    """One correction: carry it out, or decline. The look is recorded."""
    found = get_object_or_404(all_proposals(), pk=pk)
    form = DecideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            decide_correction(
                proposal_id=found.pk,
                approve=form.chosen(request.POST),
                words=form.cleaned_data["words"],
                by=request.user,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("words", str(refusal))
        else:
            messages.success(request, _decided(found, carried_out=form.chosen(request.POST)))
            return redirect("operator:corrections")
    return _proposal(request, found, form)


def _decided(found: Proposal, *, carried_out: bool) -> str:
    if found.entry_id is None and not carried_out:  # the request that it was to settle is still to be answered
        return _("Decided. The person's request stays open.")
    return _("Decided. A letter went to the person.")


def _proposal(request: PortalRequest, found: Proposal, form: Any) -> HttpResponse:
    own = found.proposed_by_id == request.user.pk
    _seen(request, [found.specialist.account_id], CREDITS, found.claim.number if found.claim else "")
    context = {
        "proposal": found,
        "evidence": _evidence(found),
        "is_open": found.state == ProposalState.OPEN,
        "disputes": list(open_claims_about(found.specialist, entries=[found.entry_id], expectations=[]))
        if found.entry_id is not None
        else [],
        "own": own,
        "withdrawing": form if isinstance(form, WithdrawForm) else WithdrawForm(),
    }
    return _page(request, "proposal", context, form)


def _evidence(found: Proposal) -> Evidence | None:
    return evidence_of(found.entry, found.specialist) if found.entry is not None else evidence_for(found.claim)


@form_of_page_above
def withdraw(request: PortalRequest, pk: int) -> HttpResponse:
    """Take back a correction that one has proposed."""
    found = get_object_or_404(all_proposals(), pk=pk)
    form = WithdrawForm(request.POST)
    if form.is_valid():
        try:
            withdraw_proposal(
                proposal_id=found.pk,
                words=form.cleaned_data["words"],
                by=request.user,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("words", str(refusal))
        else:
            messages.success(request, _("The correction is withdrawn."))
            return redirect("operator:corrections")
    return _proposal(request, found, form)


@require_safe
def batches(request: PortalRequest) -> HttpResponse:
    """Batches of codes that wait for a second person."""
    return _page(request, "batches", {"page": _listed(request, waiting_batches())})


@FORM
def batch(request: PortalRequest, pk: int) -> HttpResponse:
    """One batch: let it be issued, or refuse it."""
    found = get_object_or_404(all_batches(), pk=pk)
    form = DecideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            decide_batch(
                batch_id=found.pk,
                approve=form.chosen(request.POST),
                words=form.cleaned_data["words"],
                by=request.user,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("words", str(refusal))
        else:
            messages.success(request, _("Decided. The organisation sees it."))
            return redirect("operator:code-batches")
    return _page(
        request,
        "batch",
        {
            "batch": found,
            "is_open": found.state == BatchState.WAITING,
            "places": places_of([found.item_id])[found.item_id],
        },
        form,
    )
