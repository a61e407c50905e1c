"""Pages of the operator: what waits, disputed data, letters and jobs in trouble, people, the register."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import Refused
from foundation.jobs.operations import retry_job
from foundation.jobs.queries import poisoned_jobs
from foundation.mail.operations import resend_letter
from foundation.mail.queries import letters_in_trouble
from nmfo.accounts.operations.looking import find_people, person_seen_by, reveal_person
from nmfo.catalogue.queries import counts_of_waiting
from nmfo.specialists.operations.disputing import decide_dispute
from nmfo.specialists.operations.importing import FileRefused, import_register
from nmfo.specialists.queries import import_reports, open_disputes
from nmfo.web.operator.forms import DecideForm, FindForm, RegisterForm, RevealForm
from nmfo.web.parts.recent import require_recent
from nmfo.web.parts.requests import PortalRequest

FORM = require_http_methods(["GET", "HEAD", "POST"])
_PAGE = 30
_LARGEST_UPLOAD = 10 * 1024 * 1024


def _page(request: PortalRequest, name: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    wrong = form is not None and form.is_bound and not form.is_valid()
    return render(request, f"operator/{name}.html", {**context, "form": form}, status=422 if wrong else 200)


def _listed(request: PortalRequest, rows: Any) -> Any:
    return Paginator(rows, _PAGE).get_page(request.GET.get("page"))


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """B-01: what waits, with how much of it."""
    return _page(
        request,
        "home",
        {
            "disputes": open_disputes().count(),
            "letters": letters_in_trouble().count(),
            "jobs": poisoned_jobs().count(),
            "oldest": open_disputes().first(),
            "waiting": counts_of_waiting(today=timezone.localdate()),
        },
    )


@require_safe
def disputes(request: PortalRequest) -> HttpResponse:
    """Disputed rows of the register, the oldest first."""
    return _page(request, "disputes", {"page": _listed(request, open_disputes())})


@FORM
def dispute(request: PortalRequest, pk: int) -> HttpResponse:
    """One of them: decide with a reason."""
    found = get_object_or_404(open_disputes(), pk=pk)
    form = DecideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            decide_dispute(
                dispute_id=found.pk,
                right=form.cleaned_data["right"] == "1",
                reason=form.cleaned_data["reason"],
                by=request.user,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Decided. A letter went to the person."))
            return redirect("operator:disputes")
    return _page(request, "dispute", {"dispute": found}, form)


@require_safe
def letters(request: PortalRequest) -> HttpResponse:
    """Letters that were refused or could not be delivered (promise M6)."""
    return _page(request, "letters", {"page": _listed(request, letters_in_trouble())})


@require_POST
def letter_again(request: PortalRequest, pk: int) -> HttpResponse:
    """Send a letter again."""
    resend_letter(get_object_or_404(letters_in_trouble(), pk=pk), now=timezone.now())
    messages.success(request, _("The letter is on its way again."))
    return redirect("operator:letters")


@require_safe
def jobs(request: PortalRequest) -> HttpResponse:
    """Jobs that were given up after their tries (promise J2)."""
    return _page(request, "jobs", {"page": _listed(request, poisoned_jobs())})


@require_POST
def job_again(request: PortalRequest, pk: int) -> HttpResponse:
    """Put a job back into its queue."""
    retry_job(get_object_or_404(poisoned_jobs(), pk=pk).pk)
    messages.success(request, _("The job is in its queue again."))
    return redirect("operator:jobs")


@require_safe
def people(request: PortalRequest) -> HttpResponse:
    """B-07: a person by СНИЛС, e-mail or surname; values are masked."""
    form = FindForm(request.GET or None)
    query = form.cleaned_data["q"] if form.is_bound and form.is_valid() else ""
    found = find_people(query, by=request.user, facts=request.facts, now=timezone.now()) if query else []
    return _page(request, "people", {"people": found, "q": query}, form)


@FORM
@require_recent
def person(request: PortalRequest, pk: int) -> HttpResponse:
    """One person; opening the full values takes a reason and is recorded (promise P6)."""
    now = timezone.now()
    seen = person_seen_by(request.user, pk=pk, facts=request.facts, now=now)
    if seen is None:
        return redirect("operator:people")
    form, opened = RevealForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            opened = reveal_person(
                account_id=pk, by=request.user, reason=form.cleaned_data["reason"], facts=request.facts, now=now
            )
        except Refused as refusal:
            form.add_refusal(refusal)
    return _page(request, "person", {"person": seen, "opened": opened}, form)


@FORM
@require_recent
def register(request: PortalRequest) -> HttpResponse:
    """B-08: check or load a file of the register; reports of the last ones."""
    form = RegisterForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        if upload.size > _LARGEST_UPLOAD:
            form.add_error("file", _("The file is larger than 10 MB. Use the command line."))
        else:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "register.txt"
                path.write_bytes(upload.read())
                try:
                    report = import_register(path, dry_run=not form.cleaned_data["write"], now=timezone.now())
                except FileRefused as refusal:
                    form.add_error("file", str(refusal))
                else:
                    messages.success(
                        request, _("%(lines)d lines looked at; the report is below.") % {"lines": report.lines}
                    )
                    return redirect("operator:register")
    return _page(request, "register", {"reports": import_reports()[:10]}, form)
