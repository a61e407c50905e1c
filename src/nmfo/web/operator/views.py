"""Pages of the operator: what waits, disputed data, letters and jobs in trouble, people, the register."""

from __future__ import annotations

import datetime as dt
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
from foundation.files.operations import clean_name
from foundation.jobs.queries import poisoned_jobs
from foundation.mail.queries import letters_in_trouble
from nmfo.accounts.operations.looking import find_people, person_seen_by, reveal_person
from nmfo.accounts.operations.mending import run_job_again, send_letter_again
from nmfo.specialists.operations.disputing import decide_dispute
from nmfo.specialists.operations.importing import FileRefused, import_register
from nmfo.specialists.queries import all_disputes, disputed_row_of, import_reports, open_disputes
from nmfo.web.operator import queue
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
    """B-01: what waits, whatever its kind, the overdue first; and how much of each kind."""
    now = timezone.now()
    today, week = timezone.localdate(now), now - dt.timedelta(days=7)
    rows = queue.waiting(today)
    kinds, (letters, jobs) = queue.numbers(today, week, letters_in_trouble(), poisoned_jobs())
    return _page(
        request,
        "home",
        {
            "rows": [{"row": row, "days": row.days_left(today)} for row in rows],
            "kinds": [
                {
                    "name": kind.provider.name,
                    "url": kind.provider.list_url,
                    "count": kind.waits,
                    "overdue": kind.overdue,
                    "decided": kind.decided,
                }
                for kind in kinds
            ],
            "more": sum(kind.waits for kind in kinds) - len(rows),
            "letters": letters,
            "jobs": jobs,
        },
    )


@require_POST
def take_next_one(request: PortalRequest) -> HttpResponse:
    """«Взять следующее»: the first thing that nobody has taken; a colleague's is passed over."""
    now = timezone.now()
    url = queue.take_next(request.user, facts=request.facts, today=timezone.localdate(now), now=now)
    if not url:
        messages.success(request, _("Nothing is left for you: the rest is with colleagues or waits for them."))
    return redirect(url or "operator:home")


@require_safe
def disputes(request: PortalRequest) -> HttpResponse:
    """Disputed rows of the register, the oldest first."""
    return _page(request, "disputes", {"page": _listed(request, open_disputes())})


@FORM
def dispute(request: PortalRequest, pk: int) -> HttpResponse:
    """One of them: decide with a reason."""
    found = get_object_or_404(all_disputes(), pk=pk)
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
    return _page(request, "dispute", {"dispute": found, "row": disputed_row_of(found)}, form)


@require_safe
def letters(request: PortalRequest) -> HttpResponse:
    """Letters that were refused or could not be delivered (promise M6)."""
    return _page(request, "letters", {"page": _listed(request, letters_in_trouble())})


@require_POST
def letter_again(request: PortalRequest, pk: int) -> HttpResponse:
    """Send a letter again."""
    letter = get_object_or_404(letters_in_trouble(), pk=pk)
    send_letter_again(letter=letter, by=request.user, facts=request.facts, now=timezone.now())
    messages.success(request, _("The letter is on its way again."))
    return redirect("operator:letters")


@require_safe
def jobs(request: PortalRequest) -> HttpResponse:
    """Jobs that were given up after their tries (promise J2)."""
    return _page(request, "jobs", {"page": _listed(request, poisoned_jobs())})


@require_POST
def job_again(request: PortalRequest, pk: int) -> HttpResponse:
    """Put a job back into its queue."""
    run_job_again(job_id=get_object_or_404(poisoned_jobs(), pk=pk).pk, by=request.user, facts=request.facts)
    messages.success(request, _("The job is in its queue again."))
    return redirect("operator:jobs")


@FORM
def people(request: PortalRequest) -> HttpResponse:
    """B-07: a person by СНИЛС, e-mail or surname; values are masked. A form is sent: addresses stand in logs."""
    form = FindForm(request.POST or None)
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
                    report = import_register(
                        path,
                        name=clean_name(upload.name),
                        dry_run=not form.cleaned_data["write"],
                        by=request.user,
                        facts=request.facts,
                        now=timezone.now(),
                    )
                except FileRefused as refusal:
                    form.add_error("file", str(refusal))
                else:
                    messages.success(
                        request, _("%(lines)d lines looked at; the report is below.") % {"lines": report.lines}
                    )
                    return redirect("operator:register")
    return _page(request, "register", {"reports": import_reports()[:10]}, form)
