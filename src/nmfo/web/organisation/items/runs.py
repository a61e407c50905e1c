"""O-07: the runs of a programme, and the calendar of all runs."""

from __future__ import annotations

import datetime as dt
import json
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from foundation.errors import Refused
from nmfo.catalogue.fields import dense_text
from nmfo.catalogue.models import Item, Run
from nmfo.catalogue.operations import running
from nmfo.catalogue.queries import (
    counts_of_runs,
    newest_version_of,
    run_facts_of,
    runs_of,
    runs_of_organisation,
)
from nmfo.catalogue.rules.refusals import Problems, RunChangedMeanwhile
from nmfo.catalogue.rules.runs import RunFacts
from nmfo.catalogue.rules.words import Kind, RunState
from nmfo.enrolment.operations.tending import cancel_run
from nmfo.enrolment.queries import people_of_run
from nmfo.organisations.rules import Right
from nmfo.web.organisation.items.forms import CancelRunForm, RunForm
from nmfo.web.organisation.items.views import FORM, PAGE, own, page_of
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right

_TABS = ("open", "past", "cancelled")


def _programme(request: OrganisationRequest, pk: int) -> Item:
    found = own(request, pk)
    if found.kind != Kind.PROGRAMME:
        raise Http404
    return found


@require_safe
@require_right(Right.SEE)
def runs(request: OrganisationRequest) -> HttpResponse:
    """The runs of all programmes by date."""
    today = timezone.localdate()
    tab = request.GET.get("tab", "open")
    tab = tab if tab in _TABS else "open"
    counts = counts_of_runs(request.organisation, today=today)
    listed = Paginator(runs_of_organisation(request.organisation, tab=tab, today=today), PAGE)
    page = listed.get_page(request.GET.get("page"))
    months = groupby(page, key=lambda run: formats.date_format(run.begins_on, "F Y"))
    names = {"open": _("Coming and going on"), "past": _("Past"), "cancelled": pgettext("runs", "Cancelled")}
    return page_of(
        request,
        "all_runs",
        {
            "page": page,
            "months": [(month, list(found)) for month, found in months],
            "tab": tab,
            "tabs": [(name, names[name], counts[name]) for name in _TABS],
            "today": today,
        },
    )


@require_safe
@require_right(Right.SEE)
def item_runs(request: OrganisationRequest, pk: int) -> HttpResponse:
    """The runs of a programme."""
    found = _programme(request, pk)
    listed = Paginator(runs_of(found).order_by("-begins_on", "-pk"), PAGE).get_page(request.GET.get("page"))
    return page_of(
        request,
        "runs",
        {"item": found, "version": newest_version_of(found), "page": listed, "today": timezone.localdate()},
    )


@FORM
@require_right(Right.RUNS)
def run_add(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Set a run."""
    found = _programme(request, pk)
    version = newest_version_of(found)
    initial = {
        "region": "" if version.distance else request.organisation.region_id,
        "bases": version.bases,
        "price_rub": version.price_rub,
    }
    form = RunForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = running.add_run(
                item_id=pk,
                run=form.facts(),
                by=request.member,
                facts=request.facts,
                now=timezone.now(),
                form_key=form.cleaned_data["form_key"],
            )
        except Refused as refusal:
            _add_problems(form, refusal)
        else:
            messages.success(request, _("The run is set."))
            _warn(request, made)
            return redirect("organisation:item-runs", pk)
    return page_of(request, "run_form", {"item": found, "version": version}, form)


@FORM
@require_right(Right.RUNS)
def run_edit(request: OrganisationRequest, pk: int, run: int) -> HttpResponse:
    """Change a run, close it for applications, open it again."""
    found = _programme(request, pk)
    row = get_object_or_404(runs_of(found), pk=run)
    there = run_facts_of(row)
    initial = {**_plain(there), "seen": json.dumps(_plain(there))}
    form = RunForm(request.POST or None, initial=initial)
    now_there: RunFacts | None = None
    if request.method == "POST" and form.is_valid():
        try:
            kept = running.change_run(
                run_id=run,
                run=form.facts(),
                seen=_seen(form.cleaned_data["seen"]),
                by=request.member,
                facts=request.facts,
                now=timezone.now(),
            )
        except RunChangedMeanwhile as refusal:
            now_there = there
            form.add_error(None, str(refusal))
        except Refused as refusal:
            _add_problems(form, refusal)
        else:
            messages.success(request, _("Saved."))
            _warn(request, kept)
            return redirect("organisation:item-runs", pk)
    seen = json.dumps(_plain(there)) if now_there is not None else form["seen"].value()
    context = {
        "item": found,
        "version": newest_version_of(found),
        "run": row,
        "now_there": row if now_there is not None else None,
        "seen": seen,
        "today": timezone.localdate(),
        "dense": _dense(row),
    }
    return page_of(request, "run_form", context, form)


@require_POST
@require_right(Right.RUNS)
def run_close(request: OrganisationRequest, pk: int, run: int) -> HttpResponse:
    """Take no more applications, or take them again."""
    row = get_object_or_404(runs_of(_programme(request, pk)), pk=run)
    act = running.open_run if row.state == RunState.CLOSED else running.close_run
    try:
        act(run_id=run, by=request.member, facts=request.facts, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request,
            _("The run takes applications again.")
            if row.state == RunState.CLOSED
            else _("The run takes no more applications."),
        )
    return redirect("organisation:run-edit", pk, run)


@FORM
@require_right(Right.RUNS)
def run_cancel(request: OrganisationRequest, pk: int, run: int) -> HttpResponse:
    """Cancel a run for good, with a reason."""
    found = _programme(request, pk)
    row: Run = get_object_or_404(runs_of(found), pk=run)
    people = people_of_run(request.organisation, run)
    form = CancelRunForm(request.POST or None, asks=people.any)
    if request.method == "POST" and form.is_valid():
        try:
            cancel_run(
                run_id=run,
                reason=form.cleaned_data["reason"],
                sure=form.cleaned_data.get("sure", False),
                by=request.member,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The run is cancelled."))
            return redirect("organisation:item-runs", pk)
    context = {
        "item": found,
        "run": row,
        "version": newest_version_of(found),
        "people": people,
    }
    return page_of(request, "run_cancel", context, form)


def _dense(run: Run) -> str:
    """That the programme takes more hours a day in this run than is plausible."""
    return dense_text(run.version.hours, (run.ends_on - run.begins_on).days + 1)


def _warn(request: OrganisationRequest, run: Run) -> None:
    if text := _dense(run):
        messages.warning(request, text)


def _add_problems(form: RunForm, refusal: Refused) -> None:
    for field, problem in refusal.problems if isinstance(refusal, Problems) else ((refusal.field or "", refusal),):
        form.add_error(field if field in form.fields else None, str(problem))


def _plain(run: RunFacts) -> dict[str, Any]:
    """The facts of a run as the form's controls show them, and as its hidden field keeps them."""
    return {
        "begins_on": run.begins_on.isoformat(),
        "ends_on": run.ends_on.isoformat(),
        "apply_until_on": run.apply_until_on.isoformat(),
        "seats": run.seats,
        "region": run.region,
        "place": run.place,
        "bases": list(run.bases),
        "price_rub": run.price_rub,
    }


def _seen(text: str) -> RunFacts:
    """What the form showed, from its hidden field. Raises RunChangedMeanwhile for what no form has shown."""
    try:
        kept = json.loads(text)
        begins_on, ends_on, apply_until_on = (
            dt.date.fromisoformat(kept[name]) for name in ("begins_on", "ends_on", "apply_until_on")
        )
        return RunFacts(
            begins_on=begins_on,
            ends_on=ends_on,
            apply_until_on=apply_until_on,
            seats=kept["seats"],
            region=kept["region"],
            place=kept["place"],
            bases=tuple(kept["bases"]),
            price_rub=kept["price_rub"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise RunChangedMeanwhile from error
