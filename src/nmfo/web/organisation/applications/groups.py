"""O-08: the group of a run: the order of enrolment, the results, the documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from foundation.errors import Refused
from foundation.files.spreadsheets import XLSX
from foundation.runtime.forms import form_of_page_above
from foundation.ui.templatetags.ui import initials
from nmfo.catalogue.models import Run
from nmfo.catalogue.rules.refusals import Problems
from nmfo.credits.queries.claims import reversals_asked
from nmfo.credits.queries.ledger import posted_by_origin
from nmfo.credits.rules.words import Source
from nmfo.enrolment.models import Application
from nmfo.enrolment.operations import completing, deciding
from nmfo.enrolment.operations.results import Verdict, check_results, enter_results
from nmfo.enrolment.operations.steps import origin_of
from nmfo.enrolment.queries import attended_of, attendees_of, counts_of_tabs, group_of, orders_of, runs_of_listeners
from nmfo.enrolment.result_files import MOST_ROWS, ResultRow, as_text, template_of
from nmfo.enrolment.rules import Side, State, results_due_on
from nmfo.organisations.rules import Right
from nmfo.web.organisation.applications.forms import OrderForm, ResultForm, ResultsForm
from nmfo.web.organisation.corrections import standing_of as standing_of_proposal
from nmfo.web.parts import wording
from nmfo.web.parts.enrolment import standing_of
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right

FORM = require_http_methods(["GET", "HEAD", "POST"])
PAGE = 200
_DIGITS = 12
_JOINER = "\u2060"  # no line is broken here


def run_of(request: OrganisationRequest, pk: int) -> Run:
    """A run of this organisation; any other is not there."""
    return get_object_or_404(runs_of_listeners(request.organisation), pk=pk)


@require_safe
@require_right(Right.LISTENERS)
def group(request: OrganisationRequest, run: int) -> HttpResponse:
    """Who is to be enrolled, who learns, who has learnt. That names were on the page is recorded."""
    return _page(request, run_of(request, run), OrderForm(initial={"issued_on": timezone.localdate()}))


def _page(
    request: OrganisationRequest, run: Run, form: OrderForm, chosen: frozenset[int] | None = None
) -> HttpResponse:
    today = timezone.localdate()
    found = group_of(request.organisation, run).alias(ready=Q(state=State.CONFIRMED))
    listed = found.order_by("-ready", "specialist__account__surname", "specialist__account__first_name", "pk")
    page = Paginator(listed, PAGE).get_page(request.GET.get("page"))
    people: list[Application] = [*page.object_list]
    if people:
        deciding.list_seen_by(request.member, people, facts=request.facts)
    counts = counts_of_tabs(request.organisation, run.pk)
    asked, attended = _asked(people), attended_of(row.pk for row in people)
    rows: list[dict[str, Any]] = [
        {
            "application": row,
            "standing": standing_of(row, today, reader=Side.ORGANISATION),
            "completion": next(iter(row.completions.all()), None),
            "chosen": chosen is None or row.pk in chosen,
            "asked": asked.get(row.pk, ("", "")),
            "attended": attended.get(row.pk),
        }
        for row in people
    ]
    period = wording.period(run.begins_on, run.ends_on)
    context = {
        "run": run,
        "period": period,
        "unbroken": period.replace("–", f"{_JOINER}–{_JOINER}"),  # a line of the heading does not end in «2–»
        "ready": [row for row in rows if row["application"].state == State.CONFIRMED],
        "others": [row for row in rows if row["application"].state != State.CONFIRMED],
        "orders": orders_of(request.organisation).filter(run=run),
        "due_on": results_due_on(run.ends_on),
        "days": (results_due_on(run.ends_on) - today).days,
        "page": page,
        "awaited": counts["enrolled"],
        "seated": counts["basis"] + counts["enrolled"] + counts["done"],
        # they hold seats and are not in the group yet: as many as the lists show that the links lead to
        "undecided": counts["new"],
        "returned": counts["returned"],
        "begun": run.begins_on <= today,
        "attending": run.begins_on <= today and _attend(request, run, counts),
        "all_done": counts["done"] > 0 and not counts["basis"],
        "over": run.ends_on <= today,
        "late": run.ends_on < today,
        "closed_address": f"{reverse('organisation:applications')}?tab=closed&run={run.pk}",
        "form": form,
    }
    return render(request, "organisation/applications/group.html", context, status=422 if form.is_bound else 200)


def _attend(request: OrganisationRequest, run: Run, counts: Mapping[str, int]) -> bool:
    """Whether it is marked of anybody who was there: also of those whose result was taken back."""
    return counts["enrolled"] > 0 or (counts["done"] > 0 and attendees_of(request.organisation, run).exists())


def _asked(people: list[Application]) -> dict[int, tuple[str, str]]:
    """Badges about results whose credits are being taken back, by application: two statements."""
    origins = {
        origin_of(row, completion.attempt): row.pk for row in people for completion in list(row.completions.all())[:1]
    }
    entries = posted_by_origin(Source.COMPLETION, origins)
    proposals = reversals_asked(entries.values())
    return {origins[origin]: standing_of_proposal(proposals.get(pk)) for origin, pk in entries.items()}


@form_of_page_above
@require_right(Right.LISTENERS)
def enrol(request: OrganisationRequest, run: int) -> HttpResponse:
    """Give an order for the chosen: those whom a colleague has changed meanwhile are named and stay chosen."""
    row, form = run_of(request, run), OrderForm(request.POST)
    chosen = _pairs(request)
    if form.is_valid():
        try:
            done = deciding.enrol_group(
                run_id=run,
                chosen=chosen,
                number=form.cleaned_data["number"],
                issued_on=form.cleaned_data["issued_on"],
                reason=form.cleaned_data["reason"],
                by=request.member,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            n = len(done.applications)
            text = ngettext(
                "%(n)d listener is enrolled by order № %(number)s.",
                "%(n)d listeners are enrolled by order № %(number)s.",
                n,
            )
            messages.success(request, text % {"n": n, "number": done.order.number})
            for left in done.left:
                messages.error(request, f"{initials(left.application.specialist.account)}: {left.why}")
            return redirect("organisation:group", run)
    return _page(request, row, form, frozenset(pk for pk, _seen in chosen))


def _pairs(request: OrganisationRequest) -> list[tuple[int, int | None]]:
    found: dict[int, int | None] = {}
    for text in request.POST.getlist("row")[:PAGE]:
        pk, _colon, seen = text.partition(":")
        if pk.isascii() and pk.isdigit() and len(pk) <= _DIGITS:
            found[int(pk)] = int(seen) if seen.isascii() and seen.isdigit() and len(seen) <= _DIGITS else None
    return list(found.items())


@require_safe
@require_right(Right.LISTENERS)
def order(request: OrganisationRequest, run: int, pk: int) -> HttpResponse:
    """The order as a sheet to print and sign, by the template."""
    found = get_object_or_404(orders_of(request.organisation), pk=pk, run=run_of(request, run))
    people = list(group_of(request.organisation, found.run).filter(order=found))
    deciding.list_seen_by(request.member, people, facts=request.facts)
    context = {
        "order": found,
        "run": found.run,
        "people": people,
        "period": wording.period(found.run.begins_on, found.run.ends_on),
        "organisation": request.organisation,
    }
    return render(request, "organisation/applications/order.html", context)


@FORM
@require_right(Right.LISTENERS)
def result(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Enter a result; the credits are posted with it."""
    row = deciding.application_seen_by(request.member, pk=pk, facts=request.facts)
    if row is None:
        raise Http404
    if row.state not in {State.ENROLLED, State.REVERSED} and request.method != "POST":
        return redirect("organisation:application", pk)
    initial: dict[str, Any] = {
        "seen": row.revision,
        "mark": "passed",
        "attested_on": row.run.ends_on,
        "issued_on": max(row.run.ends_on, timezone.localdate()),
    }
    form = ResultForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            completing.complete_application(
                application_id=pk,
                seen=form.cleaned_data["seen"],
                result=form.result(),
                by=request.member,
                facts=request.facts,
                now=timezone.now(),
            )
        except Problems as refusal:
            for field, problem in refusal.problems:
                form.add_error(field if field in form.fields else None, str(problem))
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            n = row.version.credits or 0
            text = ngettext(
                "The result is entered: %(n)d credit is posted.", "The result is entered: %(n)d credits are posted.", n
            )
            messages.success(request, text % {"n": n})
            return redirect("organisation:group", row.run_id)
    wrong = form.is_bound and not form.is_valid()
    context = {
        "application": row,
        "account": row.specialist.account,
        "attended": attended_of([pk]).get(pk),
        "period": wording.period(row.run.begins_on, row.run.ends_on),
        "early": row.run.ends_on > timezone.localdate(),
        "form": form,
    }
    return render(request, "organisation/applications/result.html", context, status=422 if wrong else 200)


@require_safe
@require_right(Right.LISTENERS)
def results_template(request: OrganisationRequest, run: int) -> HttpResponse:
    """A workbook with those who wait for a result. That names were in it is recorded."""
    row = run_of(request, run)
    people = list(group_of(request.organisation, row).filter(state=State.ENROLLED)[:MOST_ROWS])
    deciding.list_seen_by(request.member, people, facts=request.facts)
    response = HttpResponse(template_of(people), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="results-{run}.xlsx"'
    return response


@FORM
@require_right(Right.LISTENERS)
def results(request: OrganisationRequest, run: int) -> HttpResponse:
    """O-08: results by a table. First the report of what would become of each row, then the writing."""
    row = run_of(request, run)
    form = ResultsForm(request.POST, request.FILES) if request.method == "POST" else ResultsForm()
    context: dict[str, Any] = {"run": row, "period": wording.period(row.begins_on, row.ends_on)}
    if request.method == "POST" and form.is_valid():
        try:
            rows = form.rows()
        except Refused as refusal:
            form.add_error("file" if form.cleaned_data.get("file") else "table", str(refusal))
        else:
            keep = "confirm" in request.POST
            verdicts = _verdicts(request, run, rows, keep=keep)
            fit = [one for one in verdicts if not one.why]
            context |= {
                "verdicts": verdicts,
                "fit": len(fit),
                "left": len(verdicts) - len(fit),
                "unseen": _unseen(fit),
                "written": keep,
                "table": as_text([one.row for one in fit]),
            }
    wrong = form.is_bound and not form.is_valid()
    return render(
        request, "organisation/applications/results.html", {**context, "form": form}, status=422 if wrong else 200
    )


def _unseen(verdicts: list[Verdict]) -> frozenset[int]:
    """The applications among these whose listeners nobody has marked as present: the report says so."""
    ids = {one.application.pk for one in verdicts if one.application is not None}
    attended = attended_of(ids)
    return frozenset(pk for pk in ids if pk not in attended or attended[pk].is_doubtful)


def _verdicts(request: OrganisationRequest, run: int, rows: list[ResultRow], *, keep: bool) -> list[Verdict]:
    now = timezone.now()
    if keep:
        return enter_results(run_id=run, rows=rows, by=request.member, facts=request.facts, now=now)
    return check_results(run_id=run, rows=rows, by=request.member, now=now)
