"""B-02: applications of organisations: the list, one of them beside its scans, and what is decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import Refused
from foundation.files.responses import file_response
from foundation.runtime.forms import form_of_page_above
from foundation.ui.forms import DateField, LongText, PortalForm, Text
from nmfo.organisations.models import CabinetApplication
from nmfo.organisations.operations import reviewing
from nmfo.organisations.operations.inviting import send_first_invitation_again
from nmfo.organisations.queries import (
    TABS,
    applications_in,
    corrections_of,
    count_applications,
    documents_of,
    find_applications,
    first_invitation_of,
    messages_of,
    number_typed,
    open_remarks_of,
    replaced_documents_of,
    steps_of,
    submitted_applications,
)
from nmfo.organisations.rules import ApplicationState, DocumentKind, Field, SecondEyes
from nmfo.web.parts.applications import countdown_of, facts_of, returned_at, scans_of, talk_of, way_of
from nmfo.web.parts.recent import require_recent_for
from nmfo.web.parts.requests import PortalRequest

FORM = require_http_methods(["GET", "HEAD", "POST"])
_PAGE = 30
_TAB_NAMES = {
    "waiting": gettext_lazy("Wait for a decision"),
    "returned": gettext_lazy("With the applicant"),
    "opened": gettext_lazy("Opened"),
    "refused": gettext_lazy("Refused ones"),
    "withdrawn": gettext_lazy("Withdrawn ones"),
}


class FindApplicationForm(PortalForm):
    """One line; a scanner types the digits of the bar code into it."""

    q = Text(label=gettext_lazy("Number, INN or name"), max_length=300, required=False)


class RemarkForm(PortalForm):
    """A question, or a remark at a field."""

    field = forms.ChoiceField(label=gettext_lazy("About what"), required=False)
    text = LongText(
        label=gettext_lazy("What has to be said"),
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": gettext_lazy("Write what has to be corrected or answered.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", gettext_lazy("The whole application: a question, sent at once")),
            (gettext_lazy("Remark at a field"), Field.choices),
            (gettext_lazy("Remark at a scan"), DocumentKind.choices),
        ]


class OriginalsForm(PortalForm):
    """When the paper came, or was checked."""

    on = DateField(
        label=gettext_lazy("Date"),
        earliest=dt.date(2020, 1, 1),
        error_messages={"required": gettext_lazy("Enter the day.")},
    )


class RefuseForm(PortalForm):
    """Why."""

    reason = LongText(
        label=gettext_lazy("Reason of the refusal"),
        max_length=2000,
        help_text=gettext_lazy("The applicant reads it in the letter: what is wrong and how it can be put right."),
        error_messages={"required": gettext_lazy("Write the reason: the applicant will read it.")},
    )


def _page(request: PortalRequest, name: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    wrong = form is not None and form.is_bound and not form.is_valid()
    return render(request, f"operator/{name}.html", {**context, "form": form}, status=422 if wrong else 200)


@require_safe
def organisations(request: PortalRequest) -> HttpResponse:
    """The list by state, or what was looked for. A scanned number leads straight to its application."""
    form = FindApplicationForm(request.GET if "q" in request.GET else None)
    query = form.cleaned_data["q"].strip() if form.is_bound and form.is_valid() else ""
    tab = next((tab for tab in TABS if tab.name == request.GET.get("tab")), TABS[0])
    rows = find_applications(query) if query else applications_in(tab)
    if query and number_typed(query):
        exact = rows.first()
        if exact is not None:
            return redirect("operator:organisation", exact.pk)
    counts, today = count_applications(), timezone.localdate()
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    context = {
        "tabs": [{"name": one.name, "label": _TAB_NAMES[one.name], "count": counts[one.name]} for one in TABS],
        "tab": "" if query else tab.name,
        "q": query,
        "page": page,
        "rows": [{"application": row, "countdown": countdown_of(row, today)} for row in page],
    }
    return _page(request, "applications", context, form)


@require_safe
def organisation(request: PortalRequest, pk: int) -> HttpResponse:
    """One application; who looked at the contacts of the responsible person is recorded."""
    return _application_page(request, pk)


def _application_page(request: PortalRequest, pk: int, wrong: PortalForm | None = None) -> HttpResponse:
    now = timezone.now()
    row = reviewing.application_seen_by(request.user, pk=pk, facts=request.facts, now=now)
    if row is None:
        raise Http404
    today, steps, remarks = timezone.localdate(now), list(steps_of(row)), list(open_remarks_of(row))
    documents = list(documents_of(row))
    changes = corrections_of(row) if returned_at(steps) is not None else {}
    chosen = next((item for item in documents if item.kind == request.GET.get("scan")), None)
    remark = wrong if isinstance(wrong, RemarkForm) else RemarkForm(initial={"field": request.GET.get("field", "")})
    originals = wrong if isinstance(wrong, OriginalsForm) else OriginalsForm(initial={"on": today}, prefix="originals")
    try:
        reviewing.check_may_decide(application_id=row.pk, by=request.user)
        hindrance, second = "", False
    except Refused as refusal:
        hindrance, second = str(refusal), isinstance(refusal, SecondEyes)
    context = {
        "application": row,
        "countdown": countdown_of(row, today),
        "way": way_of(row, steps, corrections=_("With the applicant for corrections")),
        "sections": facts_of(row, remarks, changes),
        "scans": scans_of(documents, remarks, replaced_documents_of(row)),
        "chosen": chosen,
        "chosen_is_picture": chosen is not None and chosen.file.content_type.startswith("image/"),
        "remarks": remarks,
        "talk": talk_of(messages_of(row)),
        "history": steps,
        "hindrance": hindrance,
        "own": bool(hindrance) and not second,
        "reviewing": row.state == ApplicationState.REVIEW,
        "undecided": row.state in {ApplicationState.SUBMITTED, ApplicationState.REVIEW, ApplicationState.RETURNED},
        "remark_form": remark,
        "originals_form": originals,
        "invitation": first_invitation_of(row) if row.state == ApplicationState.OPENED else None,
    }
    return _page(request, "application", context, wrong)


@require_safe
def scan(request: PortalRequest, pk: int, document_pk: int) -> HttpResponse:
    """A scan; the look is recorded. Pictures were encoded by us and may be shown, everything else is downloaded."""
    stored = reviewing.scan_seen_by(
        request.user, application_id=pk, document_id=document_pk, facts=request.facts, now=timezone.now()
    )
    if stored is None:
        raise Http404
    return file_response(stored, inline="show" in request.GET)


def _act(request: PortalRequest, pk: int, act: Callable[[], object], said: str, form: Any = None) -> HttpResponse:
    """Do one thing and go back to the application; a refusal is said there."""
    get_object_or_404(submitted_applications(), pk=pk)
    try:
        act()
    except Refused as refusal:
        if form is not None:
            form.add_refusal(refusal)
            return _application_page(request, pk, form)
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("operator:organisation", pk)


def _revision(request: PortalRequest) -> int:
    typed = request.POST.get("revision", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1  # noqa: PLR2004


@require_POST
def take(request: PortalRequest, pk: int) -> HttpResponse:
    """Take it into work."""

    def act() -> object:
        return reviewing.take_application(application_id=pk, by=request.user, facts=request.facts, now=timezone.now())

    return _act(request, pk, act, _("The application is yours now."))


@form_of_page_above
def remark(request: PortalRequest, pk: int) -> HttpResponse:
    """Ask a question, or write a remark at a field."""
    form = RemarkForm(request.POST)
    if not form.is_valid():
        get_object_or_404(submitted_applications(), pk=pk)
        return _application_page(request, pk, form)

    def act() -> object:
        return reviewing.ask_applicant(
            application_id=pk,
            field=form.cleaned_data["field"],
            text=form.cleaned_data["text"],
            by=request.user,
            facts=request.facts,
            now=timezone.now(),
        )

    remarked = _("The remark is noted. It goes to the applicant when you return the application.")
    return _act(request, pk, act, remarked if form.cleaned_data["field"] else _("The question is sent."), form)


@require_POST
def settle(request: PortalRequest, pk: int, message_pk: int) -> HttpResponse:
    """A remark that is no longer needed."""

    def act() -> object:
        return reviewing.settle_remark(
            application_id=pk, message_id=message_pk, by=request.user, facts=request.facts, now=timezone.now()
        )

    return _act(request, pk, act, _("The remark is settled."))


@require_POST
def give_back(request: PortalRequest, pk: int) -> HttpResponse:
    """Return it for corrections."""

    def act() -> object:
        return reviewing.return_application(
            application_id=pk, revision=_revision(request), by=request.user, facts=request.facts, now=timezone.now()
        )

    return _act(request, pk, act, _("Returned. A letter with the remarks went to the applicant."))


@form_of_page_above
def originals(request: PortalRequest, pk: int) -> HttpResponse:
    """The paper has come, or is checked."""
    form = OriginalsForm(request.POST, prefix="originals")
    if not form.is_valid():
        get_object_or_404(submitted_applications(), pk=pk)
        return _application_page(request, pk, form)

    def act() -> object:
        return reviewing.note_originals(
            application_id=pk,
            checked="checked" in request.POST,
            on=form.cleaned_data["on"],
            by=request.user,
            facts=request.facts,
            now=timezone.now(),
        )

    return _act(request, pk, act, _("Noted."), form)


@FORM
@require_recent_for("operator:organisation-refuse")
def refuse(request: PortalRequest, pk: int) -> HttpResponse:
    """Refuse: a page that names the organisation and asks for the reason, because it cannot be undone."""
    row = _decidable(pk)
    form = RefuseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reviewing.refuse_application(
                application_id=pk,
                revision=_revision(request),
                reason=form.cleaned_data["reason"],
                by=request.user,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Refused. A letter with the reason went to the applicant."))
            return redirect("operator:organisations")
    return _page(request, "application_refuse", {"application": row, "revision": _seen(request, row)}, form)


@FORM
@require_recent_for("operator:organisation-approve")
def approve(request: PortalRequest, pk: int) -> HttpResponse:
    """Approve: the first operator notes it, the second opens the account (promise Z4)."""
    row = _decidable(pk)
    form = PortalForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            row = reviewing.approve_application(
                application_id=pk,
                revision=_revision(request),
                by=request.user,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            opened = _("The account is open. The invitation went to the responsible person.")
            first = _("Approved. The account opens when another operator approves as well.")
            messages.success(request, opened if row.state == ApplicationState.OPENED else first)
            return redirect("operator:organisations")
    context = {"application": row, "revision": _seen(request, row), "remarks": open_remarks_of(row).count()}
    return _page(request, "application_approve", context, form)


def _decidable(pk: int) -> CabinetApplication:
    return get_object_or_404(submitted_applications(), pk=pk)


def _seen(request: PortalRequest, row: CabinetApplication) -> int:
    """What the operator has looked at: the page they came from says it, and it stays while they decide."""
    typed = request.POST.get("revision") or request.GET.get("revision") or ""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else row.revision  # noqa: PLR2004


@require_POST
def invite_again(request: PortalRequest, pk: int) -> HttpResponse:
    """The invitation of the responsible person once more."""
    found = first_invitation_of(_decidable(pk))
    if found is None:
        raise Http404

    def act() -> object:
        return send_first_invitation_again(
            invitation_id=found.pk, by=request.user, facts=request.facts, now=timezone.now()
        )

    return _act(request, pk, act, _("The invitation is sent again. The former link is void."))
