"""S-05 the list, S-06 the form and the check, S-07 one application: a specialist's side of enrolment."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import Refused
from foundation.files.responses import file_response
from foundation.runtime.forms import form_of_page_above
from foundation.ui.templatetags.ui import day
from nmfo.catalogue.models import Run
from nmfo.catalogue.rules.words import RunState
from nmfo.credits.queries.ledger import credit_of
from nmfo.cycles.plan_queries import Engagement, days_of, engagements_of
from nmfo.cycles.rules.planning import overlaps
from nmfo.enrolment.models import Application
from nmfo.enrolment.operations import applying
from nmfo.enrolment.queries import (
    applications_of,
    attendance_of,
    completion_of,
    documents_of,
    free_certificates_of,
    has_document_of,
    messages_of,
    open_application_of,
    place_of,
    run_to_apply_for,
    runs_to_apply_for,
    specialties_for,
    steps_of,
)
from nmfo.enrolment.rules import AGAIN, EDITABLE, ENDS, ApplicationOpen, NoSeats, Side, State
from nmfo.specialists.models import Specialist
from nmfo.web.parts import wording
from nmfo.web.parts.enrolment import holder_of, standing_of, way_of
from nmfo.web.parts.requests import SpecialistRequest
from nmfo.web.specialist.applications.forms import AnswerForm, DocumentForm, MessageForm, WishForm, WithdrawForm

FORM = require_http_methods(["GET", "HEAD", "POST"])
_PAGE = 20
_DIGITS = 12


def _page(request: SpecialistRequest, name: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    wrong = form is not None and form.is_bound and not form.is_valid()
    return render(
        request, f"specialist/applications/{name}.html", {**context, "form": form}, status=422 if wrong else 200
    )


def _own(request: SpecialistRequest, pk: int) -> Application:
    return get_object_or_404(applications_of(request.specialist), pk=pk)


@require_safe
def applications(request: SpecialistRequest) -> HttpResponse:
    """S-05: the open ones first, each with who holds it and until when."""
    page = Paginator(applications_of(request.specialist), _PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    rows = [
        {
            "application": row,
            "standing": standing_of(row, today, reader=Side.SPECIALIST),
            "holder": holder_of(row),
            "period": wording.period(row.run.begins_on, row.run.ends_on),
        }
        for row in page
    ]
    return _page(request, "list", {"page": page, "rows": rows})


@FORM
def new(request: SpecialistRequest) -> HttpResponse:
    """S-06: begin an application. A programme with an open one leads there."""
    run = _run_of(request)
    existing = open_application_of(request.specialist, run.item_id)
    if existing is not None and not _sent_this(request, existing):
        messages.info(request, str(ApplicationOpen()))
        return redirect("specialist:application", existing.pk)
    runs = list(runs_to_apply_for(run.item_id, timezone.localdate()))
    chosen = run.pk if run in runs else None
    offered = {base for one in runs for base in one.bases}
    initial = {"run": chosen, "basis": next(iter(offered)) if len(offered) == 1 else None}  # who pays is a choice
    form = _wish_form(request, run, runs, initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = applying.begin_application(
                specialist=request.specialist,
                wish=form.wish(),
                form_key=form.cleaned_data["form_key"],
                facts=request.facts,
                now=timezone.now(),
            )
        except ApplicationOpen as refusal:
            messages.info(request, str(refusal))
            there = open_application_of(request.specialist, run.item_id)
            return redirect("specialist:application", there.pk) if there else redirect("specialist:applications")
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            return redirect("specialist:application-check", made.pk)
    clashes = _clashes(request.specialist, _chosen(form, runs))
    return _page(request, "form", {**_done(request, run), "runs": runs, "draft": None, "clashes": clashes}, form)


def _chosen(form: WishForm, runs: list[Run]) -> list[Run]:
    """The run that is chosen in the form; the check says the same of another one."""
    return [one for one in runs if str(one.pk) == str(form["run"].value())]


def _done(request: SpecialistRequest, run: Run) -> dict[str, Any]:
    """The run, and what its programme has given to the person already: said before they apply, it hinders nothing."""
    return {"run": run, "credited": credit_of(request.user, run.item_id)}


def _clashes(specialist: Specialist, runs: list[Run]) -> list[dict[str, Any]]:
    """What somebody does already in the days of these runs: said before they apply, it hinders nothing."""
    today = timezone.localdate()
    mine = [(one, one.busy) for one in engagements_of(specialist.pk, today) if not one.is_planned]
    return [
        {
            "title": one.title,
            "when": _when(one),
            "url": reverse(f"public:{one.kind}", args=[one.item]),
        }
        for run in runs
        for one, busy in mine
        if busy is not None
        and one.item != run.item_id
        and overlaps(days_of(run.item_id, run.begins_on, run.ends_on), busy)
    ]


def _when(one: Engagement) -> str:
    if one.run is not None:
        return wording.period(one.run.begins_on, one.run.ends_on)
    if one.version is None or one.version.begins_at is None:
        return ""
    return wording.span(one.version.begins_at, one.version.ends_at, one.version.zone)


def _run_of(request: SpecialistRequest) -> Run:
    """The run that the address names; the form may choose another of the programme."""
    text = request.GET.get("run", "")
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise Http404
    run = run_to_apply_for(int(text))
    if run is None:
        raise Http404
    return run


def _sent_this(request: SpecialistRequest, existing: Application) -> bool:
    """Whether the open application is the one that this form has just made: a second press of the button."""
    key = request.POST.get("form_key", "")
    return request.method == "POST" and bool(key) and existing.form_key == key


def _wish_form(request: SpecialistRequest, run: Run, runs: list[Run], initial: dict[str, Any]) -> WishForm:
    specialties = specialties_for(request.specialist, run.version)
    if len(specialties) > 1 and specialties[0][1] and not specialties[1][1]:
        initial.setdefault("specialty", specialties[0][0].pk)  # one of them fits
    return WishForm(
        request.POST or None,
        initial=initial,
        runs=runs,
        of_documents=has_document_of(request.specialist),
        specialties=specialties,
        certificates=free_certificates_of(request.specialist, timezone.localdate()),
    )


@FORM
def edit(request: SpecialistRequest, pk: int) -> HttpResponse:
    """S-06: change a draft."""
    row = _own(request, pk)
    if row.state != State.DRAFT:
        return redirect("specialist:application", pk)
    runs = list(runs_to_apply_for(row.item_id, timezone.localdate()))
    initial = {
        "run": row.run_id,
        "basis": row.basis,
        "basis_number": "" if row.certificate_id else row.basis_number,
        "certificate": row.certificate_id,
        "specialty": row.specialty_id,
        "comment": row.comment,
    }
    form = _wish_form(request, row.run, runs, initial)
    if request.method == "POST" and form.is_valid():
        try:
            applying.change_application(
                specialist=request.specialist,
                application_id=pk,
                wish=form.wish(),
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            return redirect("specialist:application-check", pk)
    clashes = _clashes(request.specialist, _chosen(form, runs))
    return _page(request, "form", {**_done(request, row.run), "runs": runs, "draft": row, "clashes": clashes}, form)


@FORM
def check(request: SpecialistRequest, pk: int) -> HttpResponse:
    """S-06: check your answers, enclose documents, send."""
    row = _own(request, pk)
    if row.state != State.DRAFT:
        return redirect("specialist:application", pk)
    refused = ""
    if request.method == "POST":
        try:
            sent = applying.submit_application(
                specialist=request.specialist,
                application_id=pk,
                may_wait=bool(request.POST.get("wait")),
                facts=request.facts,
                now=timezone.now(),
            )
        except NoSeats:
            row.run.refresh_from_db(fields=["seats", "taken"])  # the page offers the waiting list now
        except Refused as refusal:
            refused = str(refusal)
        else:
            _tell_sent(request, sent)
            return redirect("specialist:application", pk)
    return _check_page(request, row, refused=refused, document_form=DocumentForm(), tried=request.method == "POST")


def _tell_sent(request: SpecialistRequest, row: Application) -> None:
    if row.state == State.SUBMITTED:
        text = _("The application is sent. The answer will come by %(date)s.") % {"date": day(row.due_on)}
    else:
        text = _("You are in the waiting list. A letter comes when a seat is free.")
    messages.success(request, text)


def _check_page(
    request: SpecialistRequest, row: Application, *, document_form: DocumentForm, refused: str = "", tried: bool = False
) -> HttpResponse:
    full = row.run.seats is not None and row.run.taken >= row.run.seats
    begun = row.run.begins_on <= timezone.localdate()  # then nobody waits for a seat
    closed = _closed(row)
    context = {
        "application": row,
        **_done(request, row.run),
        "clashes": _clashes(request.specialist, [row.run]),
        "documents": documents_of(row),
        "strange": not has_document_of(request.specialist, row.specialty),
        "form": document_form,  # the head of the page says by it that something is wrong
        "document_form": document_form,
        "period": wording.period(row.run.begins_on, row.run.ends_on),
        "refused": refused,
        "closed": closed,
        "cancelled_why": row.run.reason if row.run.state == RunState.CANCELLED else "",
        "place": place_of(row) if full or tried else 0,
        "full": not begun and not closed and (full or (tried and not refused)),
        "gone": begun and full and not closed,
    }
    wrong = bool(refused) or tried or (document_form.is_bound and not document_form.is_valid())
    return render(request, "specialist/applications/check.html", context, status=422 if wrong else 200)


def _closed(row: Application) -> str:
    """Why a draft cannot be sent as it is: said before it is tried."""
    try:
        applying.check_open(row.run, item=row.item, today=timezone.localdate())
    except Refused as refusal:
        return str(refusal)
    return ""


@require_POST
def discard(request: SpecialistRequest, pk: int) -> HttpResponse:
    """Drop a draft."""
    row = _own(request, pk)
    try:
        applying.discard_draft(
            specialist=request.specialist, application_id=row.pk, facts=request.facts, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("specialist:application", pk)
    messages.success(request, _("The draft is removed."))
    return redirect("specialist:applications")


@require_safe
def application(request: SpecialistRequest, pk: int) -> HttpResponse:
    """S-07: one application."""
    row = _own(request, pk)
    if row.state == State.DRAFT:
        return redirect("specialist:application-check", pk)
    return _one(request, row)


def _one(request: SpecialistRequest, row: Application, **forms: Any) -> HttpResponse:
    today, steps = timezone.localdate(), list(steps_of(row))
    given = next(iter(forms.values()), None)
    context = {
        "application": row,
        "standing": standing_of(row, today, place_of(row) if row.state == State.WAITING else 0, reader=Side.SPECIALIST),
        "way": way_of(row, steps),
        "steps": steps,
        "said": messages_of(row),
        "documents": documents_of(row),
        "completion": completion_of(row),
        "attendance": attendance_of(row),
        "period": wording.period(row.run.begins_on, row.run.ends_on),
        "editable": row.state in EDITABLE,
        "is_over": row.state in ENDS,
        "may_withdraw": row.can_withdraw(today),
        "may_apply_again": row.state in AGAIN,
        "form": given,
        "document_form": forms.get("document_form") or DocumentForm(),
        "answer_form": forms.get("answer_form") or AnswerForm(),
        "message_form": forms.get("message_form") or MessageForm(),
    }
    wrong = given is not None and given.is_bound and not given.is_valid()
    return render(request, "specialist/applications/one.html", context, status=422 if wrong else 200)


@form_of_page_above
def document_add(request: SpecialistRequest, pk: int) -> HttpResponse:
    """Enclose documents."""
    row = _own(request, pk)
    form = DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            applying.enclose(
                specialist=request.specialist,
                application_id=pk,
                enclosures=form.enclosures(),
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("scans" if row.state in EDITABLE else None, str(refusal))
        else:
            messages.success(request, _("The document is enclosed."))
            return redirect("specialist:application", pk)
    return (
        _check_page(request, row, document_form=form)
        if row.state == State.DRAFT
        else _one(request, row, document_form=form)
    )


@require_safe
def document(request: SpecialistRequest, pk: int, document_pk: int) -> HttpResponse:
    """What was enclosed."""
    return file_response(get_object_or_404(documents_of(_own(request, pk)), pk=document_pk).file)


@require_POST
def document_remove(request: SpecialistRequest, pk: int, document_pk: int) -> HttpResponse:
    """Take a document out."""
    row = _own(request, pk)
    try:
        applying.remove_enclosure(
            specialist=request.specialist,
            application_id=row.pk,
            document_id=document_pk,
            facts=request.facts,
            now=timezone.now(),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The document is taken out."))
    return redirect("specialist:application", pk)


@form_of_page_above
def again(request: SpecialistRequest, pk: int) -> HttpResponse:
    """Send a returned application again."""
    row, form = _own(request, pk), AnswerForm(request.POST)
    if form.is_valid():
        try:
            applying.send_again(
                specialist=request.specialist,
                application_id=pk,
                text=form.cleaned_data["answer"],
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Sent again. The organisation looks at it."))
            return redirect("specialist:application", pk)
    return _one(request, row, answer_form=form)


@require_POST
def take(request: SpecialistRequest, pk: int) -> HttpResponse:
    """Take the offered seat."""
    row = _own(request, pk)
    try:
        taken = applying.take_offer(
            specialist=request.specialist, application_id=row.pk, facts=request.facts, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        _tell_sent(request, taken)
    return redirect("specialist:application", pk)


@form_of_page_above
def write(request: SpecialistRequest, pk: int) -> HttpResponse:
    """Say something to the organisation."""
    row, form = _own(request, pk), MessageForm(request.POST)
    if form.is_valid():
        try:
            applying.write_to_organisation(
                specialist=request.specialist,
                application_id=pk,
                text=form.cleaned_data["text"],
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The message is sent."))
            return redirect("specialist:application", pk)
    return _one(request, row, message_form=form)


@FORM
def withdraw(request: SpecialistRequest, pk: int) -> HttpResponse:
    """Take an application back: says what follows, then does it."""
    row, form = _own(request, pk), WithdrawForm(request.POST or None)
    if row.state == State.DRAFT:
        return redirect("specialist:application-check", pk)
    if request.method == "POST" and form.is_valid():
        try:
            applying.withdraw_application(
                specialist=request.specialist,
                application_id=pk,
                reason=form.cleaned_data["reason"],
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The application is withdrawn. You may apply again."))
            return redirect("specialist:application", pk)
    return _page(request, "withdraw", {"application": row}, form)


@require_safe
def printable(request: SpecialistRequest, pk: int) -> HttpResponse:
    """The application as a sheet to print and sign."""
    row = _own(request, pk)
    if row.state == State.DRAFT:
        return redirect("specialist:application-check", pk)
    context = {
        "application": row,
        "person": request.user,
        "documents": documents_of(row),
        "period": wording.period(row.run.begins_on, row.run.ends_on),
    }
    return _page(request, "print", context)
