"""O-10: batches of confirmation codes: issue, print, save, annul, decide on a colleague's."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

import segno
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from foundation.errors import Refused
from foundation.files.spreadsheets import CSV
from foundation.files.tables import as_csv
from foundation.runtime.forms import form_of_page_above
from foundation.ui.templatetags.ui import full_name
from nmfo.credits.models import CodeBatch, ConfirmationCode
from nmfo.credits.operations.issuing import (
    Annulled,
    Revealed,
    annul_codes,
    decide_batch_as_colleague,
    issue_codes,
    reveal_codes,
    withdraw_batch,
)
from nmfo.credits.queries.claims import reversals_asked
from nmfo.credits.queries.codes import batches_of, codes_in, events_over
from nmfo.credits.queries.ledger import entry_by, posted_by_origin
from nmfo.credits.rules.words import CODE_DAYS, BatchState, CodeState, Source
from nmfo.organisations.rules import Right
from nmfo.web.organisation.codes.forms import AnnulForm, DecideForm, IssueForm, WithdrawForm, as_spans
from nmfo.web.organisation.corrections import reversal_page, standing_of
from nmfo.web.parts.addresses import absolute
from nmfo.web.parts.codes import places_of
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right

FORM = require_http_methods(["GET", "HEAD", "POST"])
_PAGE = 20
_CODES = 50
_SHEET = 40  # codes on a page to print: five sheets of paper
_QUIET = 4  # modules of white around a QR code
_WITHDRAW = "withdraw"  # two forms stand on a waiting batch: their fields have names of their own
_DARK = re.compile(rb"\x01+")


def _page(request: OrganisationRequest, name: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    wrong = form is not None and form.is_bound and not form.is_valid()
    values = {**context, "form": form}
    return render(request, f"organisation/codes/{name}.html", values, status=422 if wrong else 200)


def _batch(request: OrganisationRequest, pk: int) -> CodeBatch:
    return get_object_or_404(batches_of(request.organisation), pk=pk)


@require_safe
@require_right(Right.LISTENERS)
def batches(request: OrganisationRequest) -> HttpResponse:
    """All batches with what became of their codes."""
    page = Paginator(batches_of(request.organisation), _PAGE).get_page(request.GET.get("page"))
    return _page(request, "list", {"page": page, "today": timezone.localdate()})


@FORM
@require_right(Right.LISTENERS)
def new(request: OrganisationRequest) -> HttpResponse:
    """Issue a batch."""
    now = timezone.now()
    events = list(events_over(request.organisation, now=now))
    until = timezone.localdate(now) + dt.timedelta(days=CODE_DAYS)
    given = {"valid_until_on": until.isoformat(), "item": request.GET.get("item", "")}
    form = IssueForm(request.POST or None, events=events, initial=given)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = issue_codes(
                item_id=int(values["item"]),
                count=values["count"],
                valid_until_on=values["valid_until_on"],
                note=values["note"],
                form_key=values["form_key"],
                by=request.member,
                facts=request.facts,
                now=now,
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _said(made))
            return redirect("organisation:codes-batch", made.pk)
    places = places_of([one.item_id for one in events])
    context = {"events": [(one, places[one.item_id]) for one in events]}
    return _page(request, "new", context, form)


def _said(made: CodeBatch) -> str:
    if made.state == BatchState.ISSUED:
        text = ngettext("%(n)d code is issued.", "%(n)d codes are issued.", made.count)
        return text % {"n": made.count}
    if made.over_allowance:
        return _("The batch waits for an operator: it has more codes than there were confirmed people.")
    return _("The batch waits for a colleague: so many codes take two people.")


@require_safe
@require_right(Right.LISTENERS)
def batch(request: OrganisationRequest, pk: int) -> HttpResponse:
    """One batch: its codes without their text, and what may be done."""
    return _one(request, _batch(request, pk), None, DecideForm())


def _one(
    request: OrganisationRequest,
    found: CodeBatch,
    annulling: AnnulForm | None,
    deciding: DecideForm,
    withdrawing: WithdrawForm | None = None,
) -> HttpResponse:
    codes = Paginator(codes_in(found), _CODES).get_page(request.GET.get("page"))
    context = {
        "batch": found,
        "codes": codes,
        "rows": _with_what_they_gave(codes),
        "left": codes_in(found).filter(state=CodeState.ISSUED).count(),
        "today": timezone.localdate(),
        "may_decide": found.state == BatchState.WAITING
        and not found.over_allowance
        and found.created_by_id != request.member.account_id,
        "deciding": deciding,
        "annulling": annulling or AnnulForm(),
        "withdrawing": withdrawing or WithdrawForm(prefix=_WITHDRAW),
    }
    if found.state == BatchState.WAITING:
        context["places"] = places_of([found.item_id])[found.item_id]
    form = withdrawing or annulling or deciding
    return _page(request, "batch", context, form)


def _with_what_they_gave(codes: Iterable[ConfirmationCode]) -> list[tuple[ConfirmationCode, bool, tuple[str, str]]]:
    """Codes, whether each has given credits, and what was proposed about these: two statements more."""
    rows = list(codes)
    origins = {f"code:{code.pk}": code.pk for code in rows if code.state == CodeState.ACTIVATED}
    posted = posted_by_origin(Source.CODE, origins) if origins else {}
    asked = reversals_asked(posted.values()) if posted else {}
    entries = {origins[origin]: entry for origin, entry in posted.items()}
    return [(code, code.pk in entries, standing_of(asked.get(entries.get(code.pk, 0)))) for code in rows]


@FORM
@require_right(Right.LISTENERS)
def reversal(request: OrganisationRequest, pk: int, number: int) -> HttpResponse:
    """Propose to take back what a code has given; who brought one that was for nobody by name is not shown."""
    found = _batch(request, pk)
    code = get_object_or_404(codes_in(found), number=number, state=CodeState.ACTIVATED)
    entry = entry_by(source=Source.CODE, origin=f"code:{code.pk}")
    if entry is None:
        raise Http404
    context = {
        "person": code.specialist.account if code.specialist is not None else None,
        "back": reverse("organisation:codes-batch", args=[pk]),
        "back_label": _("Code № %(number)d: %(title)s") % {"number": number, "title": found.version.title},
        "code_address": f"{reverse('organisation:codes-new')}?item={found.item_id}",
    }
    here = reverse("organisation:codes-reversal", args=[pk, number])
    return reversal_page(request, entry, here=here, context=context)


@form_of_page_above
@require_right(Right.LISTENERS)
def decide(request: OrganisationRequest, pk: int) -> HttpResponse:
    """A colleague lets a large batch be issued, or refuses it."""
    found = _batch(request, pk)
    form = DecideForm(request.POST)
    if form.is_valid():
        try:
            decided = decide_batch_as_colleague(
                batch_id=found.pk,
                approve="approve" in request.POST,
                words=form.cleaned_data["words"],
                by=request.member,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("words", str(refusal))
        else:
            approved = decided.state == BatchState.ISSUED
            messages.success(request, _said(decided) if approved else _("The batch is refused."))
            return redirect("organisation:codes-batch", pk)
    return _one(request, found, None, form)


@form_of_page_above
@require_right(Right.LISTENERS)
def withdraw(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Take back a batch that waits for a colleague or an operator."""
    found = _batch(request, pk)
    form = WithdrawForm(request.POST, prefix=_WITHDRAW)
    if form.is_valid():
        try:
            withdraw_batch(
                batch_id=found.pk, reason=form.cleaned_data["reason"], by=request.member, facts=request.facts
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The batch is taken back."))
            return redirect("organisation:codes-batch", pk)
    return _one(request, found, None, DecideForm(), form)


@form_of_page_above
@require_right(Right.LISTENERS)
def annul(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Annul codes that nobody has entered."""
    found = _batch(request, pk)
    form = AnnulForm(request.POST)
    if form.is_valid():
        try:
            made = annul_codes(
                batch_id=found.pk,
                numbers=form.cleaned_data["numbers"],
                reason=form.cleaned_data["reason"],
                by=request.member,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            left = _not_annulled(made)
            if made.count:
                text = ngettext("%(n)d code is annulled.", "%(n)d codes are annulled.", made.count)
                messages.success(request, text % {"n": made.count})
                if left:
                    messages.warning(request, left)
                return redirect("organisation:codes-batch", pk)
            form.add_error("numbers", left or _("No code is left that nobody has entered."))
    return _one(request, found, form, DecideForm())


def _not_annulled(made: Annulled) -> str:
    """Which of the named numbers were not annulled, and why; empty: all were."""
    reasons = [
        (_("entered already: %(numbers)s"), made.entered),
        (_("annulled before: %(numbers)s"), made.before),
        (_("no such numbers: %(numbers)s"), made.unknown),
    ]
    said = "; ".join(text % {"numbers": as_spans(numbers)} for text, numbers in reasons if numbers)
    told = _("Not annulled: %(why)s.") % {"why": said} if said else ""
    if made.entered:
        told += " " + _("Of a code that was entered, propose in its row to take the credits back.")
    return told


@require_safe
@require_right(Right.LISTENERS)
def sheet(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Codes that nobody has entered, to print and cut: each with its QR code. The look is recorded."""
    found = _batch(request, pk)
    page = Paginator(_revealed(request, found, "print"), _SHEET).get_page(request.GET.get("page"))
    address = absolute("/specialist/codes/")
    context = {
        "batch": found,
        "page": page,
        "labels": [(one, _qr(f"{address}#{one.code}")) for one in page],
    }
    return _page(request, "sheet", context)


def _qr(text: str) -> dict[str, Any]:
    """A QR code as the path of a drawing: dark runs of each line; `size` with the quiet zone of four."""
    lines = [bytes(line) for line in segno.make(text, error="m").matrix]
    runs = [
        f"M{found.start() + _QUIET} {y + _QUIET}h{len(found[0])}v1h-{len(found[0])}z"
        for y, line in enumerate(lines)
        for found in _DARK.finditer(line)
    ]
    return {"path": "".join(runs), "size": len(lines) + 2 * _QUIET}


@require_safe
@require_right(Right.LISTENERS)
def save(request: OrganisationRequest, pk: int) -> HttpResponse:
    """The same codes as a file. The look is recorded."""
    found = _batch(request, pk)
    until = f"{found.valid_until_on:%d.%m.%Y}"
    header = [_("Number"), _("Code"), _("Valid through")]
    revealed = _revealed(request, found, "csv")
    rows = [[str(one.number), one.code, until] for one in revealed]
    if found.bound:
        header.append(pgettext("of a code", "Whose"))
        rows = [[*row, full_name(one.person)] for row, one in zip(rows, revealed, strict=True)]
    response = HttpResponse(as_csv(header, rows), content_type=CSV)
    response["Content-Disposition"] = f'attachment; filename="codes-{pk}.csv"'
    return response


def _revealed(request: OrganisationRequest, found: CodeBatch, what: str) -> list[Revealed]:
    try:
        return reveal_codes(batch_id=found.pk, what=what, by=request.member, facts=request.facts)
    except Refused:
        raise Http404 from None  # it is not issued (any more)
