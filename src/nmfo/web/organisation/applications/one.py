"""O-05: one application, and what is decided about it. Each look is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import Refused
from foundation.files.responses import file_response
from foundation.runtime.forms import form_of_page_above
from nmfo.credits.models import LedgerEntry
from nmfo.credits.queries.ledger import entry_by
from nmfo.credits.rules.words import Source
from nmfo.enrolment.models import Application, Completion
from nmfo.enrolment.operations import deciding
from nmfo.enrolment.operations.steps import origin_of
from nmfo.enrolment.queries import completion_of, documents_of, messages_of, place_of, received_by, steps_of
from nmfo.enrolment.rules import CORRECTABLE, DECIDABLE, ENDS, Side, State, can_move
from nmfo.organisations.rules import Right
from nmfo.specialists.queries import documents_of as papers_of
from nmfo.specialists.queries import register_marks_of
from nmfo.specialists.rules import DocumentKind as PaperKind
from nmfo.web.organisation.applications.forms import AskForm, BasisForm, RefuseForm, WriteForm
from nmfo.web.organisation.corrections import asked_of, reversal_page
from nmfo.web.parts import wording
from nmfo.web.parts.enrolment import standing_of
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right

_ADMISSIONS = (PaperKind.ACCREDITATION, PaperKind.CERTIFICATE)


def card_of(request: OrganisationRequest, row: Application) -> dict[str, Any]:
    """What a card of an application shows, beside the list and on its own page."""
    today, account = timezone.localdate(), row.specialist.account
    return {
        "application": row,
        "account": account,
        "standing": standing_of(
            row, today, place_of(row) if row.state == State.WAITING else 0, reader=Side.ORGANISATION
        ),
        "mark": register_marks_of([account])[account.pk],
        "admission": papers_of(row.specialist).filter(kind__in=_ADMISSIONS).first(),
        "period": wording.period(row.run.begins_on, row.run.ends_on),
        "documents": documents_of(row),
        "steps": list(steps_of(row)),
        "may": {
            "take": can_move(row.state, State.REVIEW, by=Side.ORGANISATION),
            "decide": row.state in DECIDABLE,
            "refuse": can_move(row.state, State.REFUSED, by=Side.ORGANISATION),
            "confirm": can_move(row.state, State.CONFIRMED, by=Side.ORGANISATION),
            "enrol": can_move(row.state, State.ENROLLED, by=Side.ORGANISATION),
            "complete": can_move(row.state, State.COMPLETED, by=Side.ORGANISATION),
            "expel": can_move(row.state, State.EXPELLED, by=Side.ORGANISATION),
            "write": row.state not in ENDS,
            "correct": row.state in CORRECTABLE,
        },
        "own": account.snils == request.user.snils,
        "today": timezone.localdate(),
    }


def _own(request: OrganisationRequest, pk: int) -> Application:
    """An application that the organisation has received; the look is recorded. Any other is not there."""
    row = deciding.application_seen_by(request.member, pk=pk, facts=request.facts)
    if row is None:
        raise Http404
    return row


@require_safe
@require_right(Right.LISTENERS)
def application(request: OrganisationRequest, pk: int) -> HttpResponse:
    """The whole card."""
    return _page(request, _own(request, pk))


def _page(request: OrganisationRequest, row: Application, **given: Any) -> HttpResponse:
    form = next(iter(given.values()), None)
    seen, completion = {"seen": row.revision}, completion_of(row)
    basis = {**seen, "number": row.basis_number, "on": row.basis_on}
    context = {
        **card_of(request, row),
        **asked_of(_posted_for(row, completion)),
        "said": messages_of(row),
        "completion": completion,
        "told": row.reason if row.state != State.REVIEW else "",
        "form": form,
        "ask_form": given.get("ask_form") or AskForm(initial=seen, auto_id="ask_%s"),
        "refuse_form": given.get("refuse_form") or RefuseForm(initial=seen, auto_id="refuse_%s"),
        "basis_form": given.get("basis_form") or BasisForm(initial=basis),
        "write_form": given.get("write_form") or WriteForm(),
    }
    return render(request, "organisation/applications/one.html", context, status=422 if form is not None else 200)


def _posted_for(row: Application, completion: Completion | None) -> LedgerEntry | None:
    """The entry that a result was posted as."""
    if completion is None:
        return None
    return entry_by(source=Source.COMPLETION, origin=origin_of(row, completion.attempt))


@require_http_methods(["GET", "HEAD", "POST"])
@require_right(Right.LISTENERS)
def reversal(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Propose to take the credits of a result back; what became of it."""
    row = _own(request, pk)
    entry = _posted_for(row, completion_of(row))
    if entry is None:
        raise Http404
    back = reverse("organisation:application", args=[pk])
    corrects = can_move(row.state, State.COMPLETED, by=Side.ORGANISATION)
    context = {
        "person": row.specialist.account,
        "back": back,
        "back_label": _("Application %(number)s") % {"number": row.number},
        "correct_address": reverse("organisation:application-result", args=[pk]) if corrects else "",
    }
    here = reverse("organisation:application-reversal", args=[pk])
    return reversal_page(request, entry, here=here, context=context)


def _exists(request: OrganisationRequest, pk: int) -> None:
    if not received_by(request.organisation).filter(pk=pk).exists():
        raise Http404


@require_POST
@require_right(Right.LISTENERS)
def take(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Take it into work."""
    return _act(request, pk, deciding.take_into_work, _("The application is in your hands."))


@require_POST
@require_right(Right.LISTENERS)
def accept(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Approve it."""
    return _act(request, pk, deciding.accept_application, _("The application is approved."))


def _act(request: OrganisationRequest, pk: int, operation: Callable[..., Application], done: str) -> HttpResponse:
    """A decision that needs no words."""
    _exists(request, pk)
    seen = request.POST.get("seen", "")[:12]
    try:
        operation(
            application_id=pk,
            seen=int(seen) if seen.isascii() and seen.isdigit() else None,
            by=request.member,
            facts=request.facts,
            now=timezone.now(),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("organisation:application", pk)


@form_of_page_above
@require_right(Right.LISTENERS)
def ask(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Return it for more."""
    form = AskForm(request.POST, auto_id="ask_%s")
    return _say(
        request,
        pk,
        form,
        "ask_form",
        lambda values, common: deciding.return_application(asks=values["asks"], text=values["reason"], **common),
        _("The application is returned; the listener is told by letter."),
    )


@form_of_page_above
@require_right(Right.LISTENERS)
def refuse(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Refuse it."""
    form = RefuseForm(request.POST, auto_id="refuse_%s")
    return _say(
        request,
        pk,
        form,
        "refuse_form",
        lambda values, common: deciding.refuse_application(reason=values["reason"], **common),
        _("The application is refused; the listener is told by letter."),
    )


@form_of_page_above
@require_right(Right.LISTENERS)
def basis(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Confirm who pays; put right what was confirmed."""
    corrects = "correct" in request.POST
    operation = deciding.correct_basis if corrects else deciding.confirm_basis
    done = _("The basis is corrected.") if corrects else _("The basis is confirmed. Next is the order of enrolment.")
    return _say(
        request,
        pk,
        BasisForm(request.POST),
        "basis_form",
        lambda values, common: operation(number=values["number"], on=values["on"], **common),
        done,
    )


@form_of_page_above
@require_right(Right.LISTENERS)
def expel(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Expel somebody enrolled."""
    form = RefuseForm(request.POST, auto_id="refuse_%s")
    return _say(
        request,
        pk,
        form,
        "refuse_form",
        lambda values, common: deciding.expel_listener(reason=values["reason"], **common),
        _("The listener is expelled and told by letter."),
    )


def _say(
    request: OrganisationRequest,
    pk: int,
    form: Any,
    name: str,
    act: Callable[[dict[str, Any], dict[str, Any]], Application],
    done: str,
) -> HttpResponse:
    """A decision with words: what is wrong stands beside its field, what was typed is kept."""
    row = _own(request, pk)
    if form.is_valid():
        common = {
            "application_id": pk,
            "seen": form.cleaned_data.get("seen"),
            "by": request.member,
            "facts": request.facts,
            "now": timezone.now(),
        }
        try:
            act(form.cleaned_data, common)
        except Refused as refusal:
            form.add_refusal(refusal)
            form.data = {**form.data.dict(), "seen": row.revision}  # sent again, it is about what is shown now
        else:
            messages.success(request, done)
            return redirect("organisation:application", pk)
    return _page(request, row, **{name: form})


@form_of_page_above
@require_right(Right.LISTENERS)
def write(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Say something to the listener."""
    row, form = _own(request, pk), WriteForm(request.POST)
    if form.is_valid():
        try:
            deciding.write_to_listener(
                application_id=pk,
                text=form.cleaned_data["text"],
                by=request.member,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The message is sent."))
            return redirect("organisation:application", pk)
    return _page(request, row, write_form=form)


@require_safe
@require_right(Right.LISTENERS)
def document(request: OrganisationRequest, pk: int, document_pk: int) -> HttpResponse:
    """A document of an application; the look is recorded."""
    stored = deciding.document_seen_by(request.member, application_id=pk, document_id=document_pk, facts=request.facts)
    if stored is None:
        raise Http404
    return file_response(stored)
