"""Pages of an organisation's application: what is needed, the form in steps, its state (ux.md P-16, O-01, O-02).

Nobody signs in here. The address of an application carries a secret; whoever has it is the applicant, everybody else
gets the page of an address that does not exist.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import Refused
from foundation.files.responses import file_response
from foundation.runtime.forms import form_of_page_above
from foundation.ui.forms import PortalForm
from foundation.ui.kept import kept_for_strangers
from nmfo.organisations.models import CabinetApplication
from nmfo.organisations.operations import applying
from nmfo.organisations.operations.inviting import send_first_invitation_again
from nmfo.organisations.queries import (
    application_by_token,
    document_of,
    documents_of,
    first_invitation_of,
    messages_of,
    open_remarks_of,
    steps_of,
)
from nmfo.organisations.rules import (
    DRAFT_DAYS,
    EDITABLE,
    OPEN,
    ApplicationState,
    ChangedElsewhere,
    DocumentKind,
    Step,
    place_of,
)
from nmfo.web.applicant.barcode import bar_code
from nmfo.web.applicant.forms import AnswerForm, DocumentsForm, OrganisationForm, PersonForm, SubmitForm
from nmfo.web.parts.applications import countdown_of, facts_of, returned_at, scans_of, talk_of, way_of
from nmfo.web.parts.requests import PortalRequest

FORM = require_http_methods(["GET", "HEAD", "POST"])
_KEPT = "application"  # in the session: the secret of the application that this browser began
_STEPS = [(str(step), step.label) for step in Step]
_WIDTHS = {"inn": "m", "ogrn": "m", "licence_number": "l", "person_phone": "m", "person_email": "l", "region": "l"}


def _page(request: PortalRequest, name: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    wrong = form is not None and form.is_bound and not form.is_valid()
    return render(request, f"applicant/{name}.html", {**context, "form": form}, status=422 if wrong else 200)


def _application(token: str) -> CabinetApplication:
    found = application_by_token(token, timezone.now())
    if found is None:
        raise Http404
    return found


@login_not_required
@require_safe
@kept_for_strangers
def about(request: PortalRequest) -> HttpResponse:
    """P-16: what is needed, five documents, how long it takes, where the paper goes."""
    context = {
        "documents": list(DocumentKind),
        "days": settings.ORGANISATION_REVIEW_DAYS,
        "address": settings.OPERATOR_ADDRESS,
    }
    return _page(request, "about", context)


@login_not_required
@FORM
def begin(request: PortalRequest) -> HttpResponse:
    """O-01: the first step, for which there is no draft yet; a human has to send it."""
    now = timezone.now()
    kept = application_by_token(str(request.session.get(_KEPT, "")), now)
    form = OrganisationForm(request.POST or None, human=True)
    if request.method == "POST" and form.is_valid():
        try:
            _row, token = applying.begin_application(
                organisation=form.facts(), language=get_language() or "ru", facts=request.facts, now=now
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            request.session[_KEPT] = token
            return redirect("applicant:application" if "later" in request.POST else "applicant:person", token)
    context = {
        "steps": _STEPS,
        "step": Step.ORGANISATION,
        "rows": _rows(form, {}),
        "kept": kept if kept is not None and kept.state in OPEN else None,
        "kept_token": request.session.get(_KEPT, ""),
    }
    return _page(request, "step", context, form)


@login_not_required
@FORM
def organisation(request: PortalRequest, token: str) -> HttpResponse:
    """O-01: the organisation, from the second time on."""

    def make(*args: Any, **kwargs: Any) -> OrganisationForm:
        return OrganisationForm(*args, human=False, **kwargs)

    def save(row: CabinetApplication, form: OrganisationForm, revision: int, now: dt.datetime) -> None:
        applying.save_organisation(
            application_id=row.pk, organisation=form.facts(), revision=revision, facts=request.facts, now=now
        )

    return _step(request, token, Step.ORGANISATION, make, save)


@login_not_required
@FORM
def person(request: PortalRequest, token: str) -> HttpResponse:
    """O-01: the responsible person."""

    def save(row: CabinetApplication, form: PersonForm, revision: int, now: dt.datetime) -> None:
        applying.save_person(
            application_id=row.pk, person=form.facts(), revision=revision, token=token, facts=request.facts, now=now
        )

    return _step(request, token, Step.PERSON, PersonForm, save)


_NEXT = {
    Step.ORGANISATION: "applicant:person",
    Step.PERSON: "applicant:documents",
    Step.DOCUMENTS: "applicant:check",
}


def _step(
    request: PortalRequest, token: str, step: Step, make: Callable[..., Any], save: Callable[..., None]
) -> HttpResponse:
    """A step of fields: wrong values stay on the page with what was typed, others are kept, complete or not."""
    row, now = _application(token), timezone.now()
    if row.state not in EDITABLE:
        return redirect("applicant:application", token)
    form = make(request.POST or None, initial=_values(row))
    revision, conflict = _revision(request, row), False
    if request.method == "POST" and form.is_valid():
        try:
            save(row, form, revision, now)
        except ChangedElsewhere as refusal:
            row, conflict = _application(token), True
            revision = row.revision
            form.add_refusal(refusal)
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            return redirect("applicant:application" if "later" in request.POST else _NEXT[step], token)
    context = {
        "application": row,
        "token": token,
        "steps": _STEPS,
        "step": step,
        "revision": revision,
        "rows": _rows(form, _remarks(row)),
        "saved": _differences(form, row) if conflict else [],
    }
    return _page(request, "step", context, form)


def _revision(request: PortalRequest, row: CabinetApplication) -> int:
    """The revision that the page in the browser was made from."""
    typed = request.POST.get("revision", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else row.revision  # noqa: PLR2004


def _values(row: CabinetApplication) -> dict[str, Any]:
    names = [*applying.OrganisationFacts.__dataclass_fields__, *applying.PersonFacts.__dataclass_fields__]
    return {**{name: getattr(row, name) for name in names}, "region": row.region_id or ""}


def _rows(form: PortalForm, remarks: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """The visible fields but for the human check, with their widths and what the operator says of them."""
    return [
        {"bound": bound, "remarks": remarks.get(bound.name, []), "width": _WIDTHS.get(bound.name, "")}
        for bound in form.visible_fields()
        if bound.name != "human"
    ]


def _remarks(row: CabinetApplication) -> dict[str, list[Any]]:
    """Open remarks by field, once the application has been returned: before, the operator is still writing them."""
    found: dict[str, list[Any]] = {}
    if row.state == ApplicationState.RETURNED:
        for remark in open_remarks_of(row):
            found.setdefault(remark.field, []).append(remark)
    return found


def _differences(form: Any, row: CabinetApplication) -> list[dict[str, str]]:
    """Fields that the other window has saved differently, with what it saved."""
    saved = {fact.name: fact for _step_of_it, facts in facts_of(row) for fact in facts}
    current = _values(row)
    return [
        {"label": saved[name].label, "value": saved[name].value or _("nothing")}
        for name, value in form.cleaned_data.items()
        if name in saved and (value or "") != (current.get(name) or "")
    ]


@login_not_required
@FORM
def documents(request: PortalRequest, token: str) -> HttpResponse:
    """O-01: five scans. Each file is kept or refused by itself: a bad one does not lose the good ones."""
    row = _application(token)
    if row.state not in EDITABLE:
        return redirect("applicant:application", token)
    sent = request.method == "POST"
    form = DocumentsForm(request.POST if sent else None, request.FILES if sent else None)
    if sent and form.is_valid():
        _keep_scans(request, row, form)
        if form.is_valid() and "remove" not in request.POST:
            return redirect("applicant:application" if "later" in request.POST else "applicant:check", token)
        if form.is_valid():
            return redirect("applicant:documents", token)
    remarks = _remarks(row)
    scans = [
        {"scan": scan, "bound": form[scan.name], "remarks": remarks.get(scan.name, [])}
        for scan in scans_of(documents_of(row))
    ]
    context = {"application": row, "token": token, "steps": _STEPS, "step": Step.DOCUMENTS, "scans": scans}
    return _page(request, "documents", context, form)


def _keep_scans(request: PortalRequest, row: CabinetApplication, form: DocumentsForm) -> None:
    now = timezone.now()
    for kind in DocumentKind:
        upload = form.cleaned_data.get(str(kind))
        if upload is None:
            continue
        try:
            applying.keep_scan(application_id=row.pk, kind=kind, upload=upload, facts=request.facts, now=now)
        except Refused as refusal:
            form.add_error(str(kind), str(refusal))
    wanted = request.POST.get("remove", "")
    if wanted in DocumentKind.values:
        applying.drop_scan(application_id=row.pk, kind=DocumentKind(wanted), facts=request.facts, now=now)


@login_not_required
@require_safe
def scan(request: PortalRequest, token: str, document: str) -> HttpResponse:
    """One's own scan."""
    found = document_of(_application(token), document)
    if found is None:
        raise Http404
    return file_response(found.file)


@login_not_required
@FORM
def check(request: PortalRequest, token: str) -> HttpResponse:
    """O-01: everything once more, what is still missing, and the button."""
    row, now = _application(token), timezone.now()
    if row.state not in EDITABLE:
        return redirect("applicant:application", token)
    form = SubmitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sent = applying.submit_application(
                application_id=row.pk, revision=_revision(request, row), facts=request.facts, now=now
            )
        except Refused as refusal:
            form.add_refusal(refusal)
            row = _application(token)
        else:
            messages.success(request, _("Application %(number)s is sent.") % {"number": sent.number})
            return redirect("applicant:application", token)
    context = {
        "application": row,
        "token": token,
        "steps": _STEPS,
        "step": Step.CHECK,
        "sections": facts_of(row, open_remarks_of(row) if row.state == ApplicationState.RETURNED else ()),
        "scans": scans_of(documents_of(row)),
        "missing": [_task(name, place_of(name)) for name in applying.missing_of(row)],
    }
    return _page(request, "check", context, form)


def _task(name: str, place: tuple[Step, str] | None, text: str = "") -> dict[str, str]:
    """Something to do at a field: where the link leads, and what it says."""
    step, label = place or (Step.CHECK, "")
    return {"name": name, "url": f"applicant:{step}", "label": label, "text": text}


@login_not_required
@require_safe
def application(request: PortalRequest, token: str) -> HttpResponse:
    """O-02: where the application stands, how long it takes, what is asked, what is to be done."""
    return _state_page(request, token, _application(token))


def _state_page(
    request: PortalRequest, token: str, row: CabinetApplication, *, wrong: tuple[int, AnswerForm] | None = None
) -> HttpResponse:
    steps = list(steps_of(row))
    talk = talk_of(messages_of(row), sent_until=returned_at(steps) or row.created_at)
    remarks = list(open_remarks_of(row)) if row.state == ApplicationState.RETURNED else []
    forms = {
        said.message.pk: AnswerForm(auto_id=f"message-{said.message.pk}-%s")
        for said in talk
        if row.state in OPEN and not said.answers and said.message.settled_at is None
    }
    if wrong is not None:
        forms[wrong[0]] = wrong[1]
    context = {
        "application": row,
        "token": token,
        "editable": row.state in EDITABLE,
        "open": row.state in OPEN,
        "countdown": countdown_of(row, timezone.localdate()),
        "way": way_of(row, steps, corrections=_("With you for corrections")),
        "tasks": [_task(item.field, place_of(item.field), item.text) for item in remarks],
        "talk": [{"said": said, "form": forms.get(said.message.pk)} for said in talk],
        "sections": facts_of(row),
        "scans": scans_of(documents_of(row)),
        "history": steps,
        "draft_until": row.updated_at + dt.timedelta(days=DRAFT_DAYS),
        "invitation": first_invitation_of(row) if row.state == ApplicationState.OPENED else None,
    }
    return _page(request, "application", context, wrong[1] if wrong else None)


@login_not_required
@form_of_page_above
def answer(request: PortalRequest, token: str) -> HttpResponse:
    """Answer a question of the operator."""
    row, typed = _application(token), request.POST.get("question", "")
    question = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0  # noqa: PLR2004
    form = AnswerForm(request.POST, auto_id=f"message-{question}-%s")
    if form.is_valid():
        try:
            applying.answer_question(
                application_id=row.pk,
                question_id=question,
                text=form.cleaned_data["text"],
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The answer is sent."))
            return redirect("applicant:application", token)
    return _state_page(request, token, row, wrong=(question, form))


@login_not_required
@FORM
def withdraw(request: PortalRequest, token: str) -> HttpResponse:
    """Take the application back: a page that names it first, because it cannot be undone."""
    row = _application(token)
    if request.method == "POST":
        try:
            applying.withdraw_application(application_id=row.pk, facts=request.facts, now=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The application is withdrawn."))
        return redirect("applicant:application", token)
    if row.state not in OPEN:
        return redirect("applicant:application", token)
    return _page(request, "withdraw", {"application": row, "token": token})


@login_not_required
@require_POST
def again(request: PortalRequest, token: str) -> HttpResponse:
    """A new application out of a refused one."""
    try:
        _row, new_token = applying.apply_again(
            application_id=_application(token).pk, facts=request.facts, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("applicant:application", token)
    request.session[_KEPT] = new_token
    return redirect("applicant:organisation", new_token)


@login_not_required
@require_POST
def invitation_again(request: PortalRequest, token: str) -> HttpResponse:
    """The invitation of the responsible person once more: within 72 hours not everybody reads their mail."""
    row = _application(token)
    found = first_invitation_of(row)
    if found is None:
        raise Http404
    try:
        send_first_invitation_again(invitation_id=found.pk, by=None, facts=request.facts, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The invitation is sent again. The former link is void."))
    return redirect("applicant:application", token)


@login_not_required
@require_safe
def cover_sheet(request: PortalRequest, token: str) -> HttpResponse:
    """The sheet that goes with the paper originals: a scanner finds the application by its bar code (R-201)."""
    row = _application(token)
    if not row.number:
        return redirect("applicant:application", token)
    context = {
        "application": row,
        "token": token,
        "documents": list(DocumentKind),
        "address": settings.OPERATOR_ADDRESS,
        "barcode": bar_code(row.number.rpartition("-")[2]),
    }
    return _page(request, "cover_sheet", context)
