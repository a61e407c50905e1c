"""Pages of the specialist: first run, cabinet, profile, documents, messages, own data."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import Refused
from foundation.files.responses import file_response
from foundation.identifiers import phone
from foundation.mail.operations import readable_blocks, resend_letter
from foundation.mail.queries import letters_of
from foundation.signin.operations import end_session
from nmfo.accounts.operations import changing
from nmfo.accounts.queries import consents_of, looks_at, unread_versions, versions
from nmfo.catalogue.queries import kept_by
from nmfo.credits.queries.taking_out import enclosed_with_claims_of, kept_credits_of
from nmfo.cycles.operations.joining import drop_document
from nmfo.cycles.plan_queries import own_calendar, own_plan
from nmfo.cycles.queries.choosing import cycles_of, own_cycles
from nmfo.cycles.rules.words import CycleKind
from nmfo.enrolment.queries import enclosed_by, kept_of, papers_kept_of
from nmfo.organisations.operations.staffing import leave_and_close
from nmfo.organisations.queries import own_memberships
from nmfo.participation.queries import taken_part_of
from nmfo.specialists.models import Specialist
from nmfo.specialists.operations import documents as documenting
from nmfo.specialists.operations import first_run
from nmfo.specialists.operations.exporting import export_own_data
from nmfo.specialists.queries import (
    disputes_of,
    documents_of,
    levels_of,
    register_person_of,
    register_rows_of,
)
from nmfo.specialists.rules import Step
from nmfo.web.parts.recent import require_recent, require_recent_to_change
from nmfo.web.parts.requests import PortalRequest, SpecialistRequest, WelcomeRequest
from nmfo.web.specialist.forms import CloseForm, DisputeForm, DocumentForm, LevelsForm, ProfileForm
from nmfo.web.specialist.papers import paper_of

FORM = require_http_methods(["GET", "HEAD", "POST"])
_PAGE = 20
_PATHS = {
    Step.AGREEMENT: "specialist:welcome-agreement",
    Step.ROLE: "specialist:welcome-role",
    Step.CHECK: "specialist:welcome-check",
    Step.DOCUMENTS: "specialist:welcome-documents",
    Step.CYCLE: "specialist:welcome-cycle",
}


def _page(request: PortalRequest, name: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    wrong = form is not None and form.is_bound and not form.is_valid()
    return render(request, f"specialist/{name}.html", {**context, "form": form}, status=422 if wrong else 200)


def steps_for(specialist: Specialist | None) -> dict[str, Any]:
    """The bar of the first run: its steps, and which of them are done; any but the first can be passed over."""
    return {
        "steps": [(str(step), str(step.label)) for step in Step],
        "steps_done": specialist.steps_done if specialist is not None else [],
    }


def _onward(specialist: Specialist) -> HttpResponse:
    left = specialist.open_steps
    return redirect(_PATHS[left[0]] if left else "specialist:dashboard")


@FORM
def welcome_agreement(request: WelcomeRequest) -> HttpResponse:
    """A-10: the agreement in short and in full."""
    if request.method == "POST":
        specialist = first_run.accept_agreement(account=request.user, facts=request.facts, now=timezone.now())
        return _onward(specialist)
    texts = unread_versions(request.user, timezone.localdate()) or list(versions()[:2])
    return _page(request, "welcome_agreement", {**steps_for(request.specialist), "texts": texts})


@FORM
def welcome_role(request: WelcomeRequest) -> HttpResponse:
    """A-11: higher, secondary or both."""
    if request.specialist is None:
        return redirect("specialist:welcome-agreement")
    remembered = [request.COOKIES.get("level", "")]
    form = LevelsForm(request.POST or None, initial={"levels": levels_of(request.specialist) or remembered})
    if request.method == "POST" and form.is_valid():
        first_run.choose_levels(
            specialist=request.specialist, levels=form.cleaned_data["levels"], facts=request.facts, now=timezone.now()
        )
        return _onward(request.specialist)
    return _page(request, "welcome_role", steps_for(request.specialist), form)


@FORM
def welcome_check(request: WelcomeRequest) -> HttpResponse:
    """A-12: what the register says, row by row."""
    if request.specialist is None:
        return redirect("specialist:welcome-agreement")
    form, answered = None, None
    if request.method == "POST":
        form, answered = _answer_row(request, request.specialist)
        if answered is not None:
            return answered
    person = register_person_of(request.user)
    rows = register_rows_of(request.specialist)
    return _page(
        request,
        "welcome_check",
        {
            **steps_for(request.specialist),
            "rows": rows,
            "unanswered": any(not shown.answer for shown in rows),
            "person": person,
            "wrong_key": request.POST.get("key"),
        },
        form,
    )


def _answer_row(request: PortalRequest, specialist: Specialist) -> tuple[DisputeForm | None, HttpResponse | None]:
    """One button of the page: right, mistaken, or on."""
    now = timezone.now()
    if "all_right" in request.POST:
        first_run.confirm_all_rows(specialist=specialist, facts=request.facts, now=now)
    if "all_right" in request.POST or "onward" in request.POST:
        first_run.finish_step(specialist=specialist, step=Step.CHECK)
        return None, _onward(specialist)
    key = request.POST.get("key", "")[:120]
    try:
        if "right" in request.POST:
            first_run.confirm_row(specialist=specialist, key=key, facts=request.facts, now=now)
            return None, redirect(f"{request.path}#rows")
        form = DisputeForm(request.POST)
        if not form.is_valid():
            return form, None
        first_run.dispute_row(
            specialist=specialist, key=key, text=form.cleaned_data["text"], facts=request.facts, now=now
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("We have told the operator. The answer comes by letter."))
    return None, redirect(f"{request.path}#rows")


@FORM
def welcome_documents(request: WelcomeRequest) -> HttpResponse:
    """A-13: documents by hand, or on."""
    if request.specialist is None:
        return redirect("specialist:welcome-agreement")
    if request.method == "POST" and "onward" in request.POST:
        first_run.finish_step(specialist=request.specialist, step=Step.DOCUMENTS)
        return _onward(request.specialist)
    form, done = _document_form(request, request.specialist)
    if done:
        return redirect("specialist:welcome-documents")
    papers = [paper_of(document, timezone.localdate()) for document in documents_of(request.specialist)[:50]]
    return _page(request, "welcome_documents", {**steps_for(request.specialist), "papers": papers}, form)


def _document_form(request: PortalRequest, specialist: Specialist) -> tuple[DocumentForm, bool]:
    """The form of a document, and whether one was added."""
    now = timezone.now()
    sent = request.method == "POST"
    form = DocumentForm(
        request.POST if sent else None,
        request.FILES if sent else None,
        levels=list(levels_of(specialist)),
        today=timezone.localdate(now),
        language=get_language() or "ru",
    )
    if not sent or not form.is_valid():
        return form, False
    try:
        documenting.add_document(
            specialist=specialist,
            facts_of_it=form.facts(),
            scans=form.cleaned_data["scans"],
            today=timezone.localdate(now),
            facts=request.facts,
            now=now,
        )
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else "scans", str(refusal))
        return form, False
    messages.success(request, _("The document is added."))
    return form, True


@require_safe
def profile(request: SpecialistRequest) -> HttpResponse:
    """S-25: what is known of the person, and what they can change."""
    specialist = request.specialist
    jobs = [shown.row for shown in register_rows_of(specialist) if shown.row.group == "employment"]
    return _page(
        request,
        "profile",
        {
            "account": request.user,
            "specialist": specialist,
            "jobs": jobs,
            "levels": [track.get_level_display() for track in specialist.tracks.order_by("level")],
        },
    )


@FORM
def profile_edit(request: SpecialistRequest) -> HttpResponse:
    """Photo, about, telephone, region."""
    now, account, specialist = timezone.now(), request.user, request.specialist
    sent = request.method == "POST"
    form = ProfileForm(
        request.POST if sent else None,
        request.FILES if sent else None,
        today=timezone.localdate(now),
        initial={"about": specialist.about, "phone": phone.show(account.phone), "region": account.region_id},
    )
    if sent and form.is_valid():
        values = form.cleaned_data
        try:
            documenting.change_about(
                specialist=specialist,
                about=values["about"],
                photo=values["photo"],
                drop_photo=values["drop_photo"],
                facts=request.facts,
                now=now,
            )
        except Refused as refusal:
            form.add_error("photo", str(refusal))
        else:
            changing.change_contacts(
                account=account, phone=values["phone"], region=values["region"], facts=request.facts, now=now
            )
            messages.success(request, _("Saved."))
            return redirect("specialist:profile")
    return _page(request, "profile_edit", {"specialist": specialist}, form)


@require_safe
def photo(request: SpecialistRequest) -> HttpResponse:
    """One's own photograph."""
    if request.specialist.photo is None:
        raise Http404
    return file_response(request.specialist.photo, inline=True)


@require_safe
def documents(request: SpecialistRequest) -> HttpResponse:
    """S-19: documents with who vouches for each."""
    listed = Paginator(documents_of(request.specialist), _PAGE).get_page(request.GET.get("page"))
    return _page(
        request,
        "documents",
        {
            "page": listed,
            "papers": [paper_of(document, timezone.localdate()) for document in listed],
            "disputes": disputes_of(request.specialist)[:20],
            "register_rows": len(register_rows_of(request.specialist)),
        },
    )


@FORM
def document_add(request: SpecialistRequest) -> HttpResponse:
    """A document by hand."""
    form, done = _document_form(request, request.specialist)
    if done:
        return redirect("specialist:documents")
    return _page(request, "document_add", {}, form)


@require_POST
def document_remove(request: SpecialistRequest, pk: int) -> HttpResponse:
    """Remove a document that was added by hand."""
    document = get_object_or_404(documents_of(request.specialist), pk=pk)
    try:
        drop_document(document=document, facts=request.facts, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The document is removed."))
    return redirect("specialist:documents")


@require_safe
def scan(request: SpecialistRequest, pk: int) -> HttpResponse:
    """A scan of one's own document."""
    stored = documenting.scan_of(request.specialist, pk)
    if stored is None:
        raise Http404
    return file_response(stored)


@require_safe
def inbox(request: SpecialistRequest) -> HttpResponse:
    """S-24: letters with what became of them (N13)."""
    listed = Paginator(letters_of(request.user.pk), _PAGE).get_page(request.GET.get("page"))
    return _page(request, "messages", {"page": listed})


@require_safe
def message(request: SpecialistRequest, pk: int) -> HttpResponse:
    """What a letter said, without the secrets that it brought."""
    letter = get_object_or_404(letters_of(request.user.pk), pk=pk)
    return _page(request, "message", {"letter": letter, "blocks": readable_blocks(letter)})


@require_POST
def resend(request: SpecialistRequest, pk: int) -> HttpResponse:
    """Send one of the refused letters again."""
    letter = get_object_or_404(letters_of(request.user.pk), pk=pk)
    resend_letter(letter, now=timezone.now())
    messages.success(request, _("The letter is on its way again."))
    return redirect("specialist:messages")


@FORM
@require_recent_to_change
def my_data(request: SpecialistRequest) -> HttpResponse:
    """S-28: take the data along, see the consents, close the account."""
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            leave_and_close(account=request.user, facts=request.facts, now=timezone.now())
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            end_session(request)
            messages.success(request, _("The account is closed. A letter says how to open it again within 30 days."))
            return redirect("account:signed-out")
    context = {
        "consents": consents_of(request.user),
        "looks": looks_at(request.user),
        "joined": cycles_of(request.specialist).filter(kind=CycleKind.FIVE_YEARS).exists(),
    }
    return _page(request, "my_data", context, form)


@require_safe
@require_recent
def export(request: SpecialistRequest) -> HttpResponse:
    """Everything about me: JSON and files in a ZIP (P7)."""
    archive = export_own_data(
        specialist=request.specialist,
        also={
            "work_in_organisations": own_memberships(request.user),
            "cycles": own_cycles(request.specialist),
            "plan": own_plan(request.specialist),
            "plan_calendar": own_calendar(request.specialist),
            **kept_by(request.user),
            "applications": kept_of(request.specialist),
            **kept_credits_of(request.specialist),
            "educational_certificates": papers_kept_of(request.specialist),
            **taken_part_of(request.specialist),
        },
        files=chain(enclosed_by(request.specialist), enclosed_with_claims_of(request.specialist)),
        facts=request.facts,
        now=timezone.now(),
    )
    response = HttpResponse(archive, content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="nmfo-my-data.zip"'
    response["Cache-Control"] = "private, no-store"
    return response
