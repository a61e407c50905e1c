"""S-02: the plan of a cycle by year, what it comes to against the rule set, and «в план» of the cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.errors import Refused
from nmfo.cycles.operations.planning import add_to_plan, move_planned, remove_from_plan
from nmfo.cycles.queries import CycleState, PlanRow, cycles_of, if_planned, plan_of, state_of
from nmfo.cycles.rules import CycleKind, PlanState, YearSum, year_of
from nmfo.web.parts.requests import PortalRequest, SpecialistRequest
from nmfo.web.specialist.dashboard import usual_cycle


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """A line of the plan with its card."""

    row: PlanRow
    url: str
    badge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanYear:
    """A year of the plan: its lines, and what they come to. `coming`: planned, applied for, completed."""

    year: YearSum
    rows: list[ShownRow]
    coming: int
    is_now: bool
    is_over: bool

    @property
    def together(self) -> int:
        """What the year comes to when all of it is done."""
        return self.year.total + self.coming

    @property
    def missing(self) -> int:
        """What is missing even then."""
        return max(0, self.year.target - self.together)


_BADGES = {
    PlanState.PLANNED: "",
    PlanState.INCLUDED: "info",
    PlanState.COMPLETED: "warn",
    PlanState.CONFIRMED: "ok",
}


@require_safe
def plan(request: SpecialistRequest) -> HttpResponse:
    """The plan of a cycle by year. `?cycle=` chooses among several."""
    today = timezone.localdate()
    cycles = [cycle for cycle in cycles_of(request.specialist) if cycle.kind == CycleKind.FIVE_YEARS]
    chosen = usual_cycle(cycles, today, request.GET.get("cycle", ""))
    context: dict[str, Any] = {"cycles": cycles, "cycle": chosen, "base": reverse("specialist:plan")}
    if chosen is not None:
        state = state_of(chosen, today=today)
        rows = plan_of(state, today)
        context |= {
            "years": sorted(_years(state, rows), key=lambda one: one.is_over),  # what can still be done comes first
            "then": if_planned(state, rows),
            "now": state.standing,
            "empty": not rows,
            "year": next((one for one in state.standing.years if one.number == state.year), None),
            "days_left": _days_left(state),
            "open_years": [one.number for one in state.standing.years if one.ends_on >= today],
        }
    return render(request, "specialist/plan.html", context)


def _days_left(state: CycleState) -> int | None:
    year = next((one for one in state.standing.years if one.number == state.year), None)
    return (year.ends_on - state.facts.today).days if year else None


def _years(state: CycleState, rows: list[PlanRow]) -> list[PlanYear]:
    begins_on = state.cycle.begins_on
    found = []
    for year in state.standing.years:
        own = [row for row in rows if year_of(begins_on, row.on) == year.number]
        found.append(
            PlanYear(
                year=year,
                rows=[_shown(row) for row in own],
                coming=sum(row.credits for row in own if row.state != PlanState.CONFIRMED and not row.is_withdrawn),
                is_now=year.number == state.year,
                is_over=year.ends_on < state.facts.today,
            )
        )
    return found


def _shown(row: PlanRow) -> ShownRow:
    kinds = {"programme", "event", "module"}
    url = reverse(f"public:{row.part}", args=[row.item]) if row.item and row.part in kinds else ""
    return ShownRow(row=row, url=url, badge=_BADGES[row.state])


@require_POST
def add(request: SpecialistRequest, pk: int) -> HttpResponse:
    """«В план» on a card or beside a recommendation."""
    now = timezone.now()
    try:
        add_to_plan(specialist=request.specialist, item_id=pk, today=timezone.localdate(now), now=now)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Added to the plan."))
    return _back(request)


@require_POST
def move(request: SpecialistRequest, pk: int) -> HttpResponse:
    """Put something planned into another year of a cycle."""
    cycles = cycles_of(request.specialist).filter(kind=CycleKind.FIVE_YEARS)
    cycle = get_object_or_404(cycles, pk=_number(request, "cycle"))
    try:
        move_planned(
            specialist=request.specialist,
            item_id=pk,
            cycle=cycle,
            year=_number(request, "year"),
            today=timezone.localdate(),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Moved."))
    return redirect(f"{reverse('specialist:plan')}?cycle={cycle.pk}")


@require_POST
def remove(request: SpecialistRequest, pk: int) -> HttpResponse:
    """Take an item out of the plan."""
    try:
        remove_from_plan(specialist=request.specialist, item_id=pk)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Removed from the plan."))
    return _back(request)


def _number(request: PortalRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 - fits a column


def _back(request: PortalRequest) -> HttpResponse:
    """Where the button stood; never to another site."""
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    return redirect(back if safe else "specialist:plan")
