"""S-02: the plan of a cycle by year, what it comes to against the rule set, and «в план» of the cards."""

from __future__ import annotations

import datetime as dt
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
from nmfo.cycles.operations.feeding import close_feed, key_of, open_feed
from nmfo.cycles.operations.planning import add_to_plan, move_planned, remove_from_plan
from nmfo.cycles.plan_queries import PlanRow, feed_of, if_planned, plan_of
from nmfo.cycles.queries.choosing import cycles_of
from nmfo.cycles.queries.counting import CycleState, state_of
from nmfo.cycles.rules.days import year_of
from nmfo.cycles.rules.measuring import Measure, Outcome, RuleSetFacts, Standing, YearSum, unlikely_by
from nmfo.cycles.rules.planning import PlanState
from nmfo.cycles.rules.words import CycleKind
from nmfo.web.parts.addresses import absolute
from nmfo.web.parts.requests import PortalRequest, SpecialistRequest
from nmfo.web.specialist.credits.cases import said_of_short
from nmfo.web.specialist.dashboard import usual_cycle


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """A line of the plan: its own application or registration, else its card. `short`: what the marks lack."""

    row: PlanRow
    url: str
    badge: str
    short: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanYear:
    """A year of the plan: its lines, and what they come to. `coming`: planned, applied for, completed."""

    year: YearSum
    rows: list[ShownRow]
    coming: int
    today: dt.date
    is_now: bool

    @property
    def together(self) -> int:
        """What the year comes to when all of it is done."""
        return self.year.total + self.coming

    @property
    def is_over(self) -> bool:
        """Whether nothing can be earned in it any more."""
        return self.year.ends_on < self.today

    @property
    def missing(self) -> int:
        """What is missing even then."""
        return max(0, self.year.target - self.together)

    @property
    def unlikely(self) -> int:
        """How much of it has no room in the days that are left of the year."""
        return unlikely_by(self.year.ends_on, self.missing, self.today) if self.is_now else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """After the five years, while the document holds on: credits count for its minimum. `rows`: its lines."""

    begins_on: dt.date
    ends_on: dt.date
    total: int
    coming: int
    rows: list[ShownRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """A rule set with what it asks: each requirement as it stands now and when all of the plan is done."""

    heading: str
    rule_set: RuleSetFacts
    lines: list[tuple[Measure, Measure]]


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
    context: dict[str, Any] = {"cycles": cycles, "cycle": chosen, "base": reverse("specialist:plan"), **_feed(request)}
    if chosen is not None:
        state = state_of(chosen, today=today)
        rows = plan_of(state, today)
        then = if_planned(state, rows)
        context |= {
            "against": _against(state, then),
            "years": sorted(_years(state, rows), key=lambda one: one.is_over),  # what can still be done comes first
            "after": _after(state, rows),
            "beside": [_shown(row) for row in rows if not row.counts],
            "then": then,
            "now": state.standing,
            "empty": not rows,
            "year": next((one for one in state.standing.years if one.number == state.year), None),
            "days_left": _days_left(state),
            "open_years": [one.number for one in state.standing.years if one.ends_on >= today],
        }
    return render(request, "specialist/plan.html", context)


def _feed(request: SpecialistRequest) -> dict[str, Any]:
    """The secret address of the calendar, as the page shows it to its owner."""
    feed = feed_of(request.specialist)
    if feed is None:
        return {"feed": ""}
    return {"feed": absolute(f"{reverse('public:plan-calendar')}?key={key_of(feed)}"), "feed_since": feed.made_at}


def _against(state: CycleState, then: Standing) -> list[Against]:
    """The minimum and the recommendation, requirement by requirement: only those that the portal counts."""
    pairs: list[tuple[str, Outcome | None, Outcome | None]] = [
        (_("Legal minimum"), state.standing.minimum, then.minimum),
        (_("Recommended by the portal"), state.standing.recommended, then.recommended),
    ]
    return [
        Against(
            heading=heading,
            rule_set=now.choice.rule_set,
            lines=[pair for pair in zip(now.measures, later.measures, strict=True) if pair[0].needed],
        )
        for heading, now, later in pairs
        if now is not None and later is not None
    ]


@require_POST
def feed_open(request: SpecialistRequest) -> HttpResponse:
    """Make the calendar's address, or a new one in place of it."""
    open_feed(specialist=request.specialist, facts=request.facts, now=timezone.now())
    messages.success(request, _("The address of your calendar is ready. A former one works no more."))
    return redirect(f"{reverse('specialist:plan')}#calendar")


@require_POST
def feed_close(request: SpecialistRequest) -> HttpResponse:
    """Let the address work no more."""
    close_feed(specialist=request.specialist, facts=request.facts, now=timezone.now())
    messages.success(request, _("The address of the calendar works no more."))
    return redirect("specialist:plan")


def _days_left(state: CycleState) -> int | None:
    year = next((one for one in state.standing.years if one.number == state.year), None)
    return (year.ends_on - state.facts.today).days if year else None


def _years(state: CycleState, rows: list[PlanRow]) -> list[PlanYear]:
    begins_on = state.cycle.begins_on
    found = []
    for year in state.standing.years:
        own = [row for row in rows if row.counts and year_of(begins_on, row.on) == year.number]
        found.append(
            PlanYear(
                year=year,
                rows=[_shown(row) for row in own],
                coming=sum(row.credits for row in own if row.is_to_come),
                today=state.facts.today,
                is_now=year.number == state.year,
            )
        )
    return found


def _after(state: CycleState, rows: list[PlanRow]) -> After | None:
    last, until = state.cycle.ends_on, state.holds_until
    if last is None or until is None or until <= last:
        return None
    own = [row for row in rows if row.counts and row.on > last]
    if not own and not last < state.facts.today <= until:
        return None
    return After(
        begins_on=last + dt.timedelta(days=1),
        ends_on=until,
        total=sum(row.credits for row in own if row.state == PlanState.CONFIRMED),
        coming=sum(row.credits for row in own if row.is_to_come),
        rows=[_shown(row) for row in own],
    )


def _shown(row: PlanRow) -> ShownRow:
    short = said_of_short(row.short) if row.short is not None else ""
    return ShownRow(row=row, url=_url_of(row), badge="warn" if row.is_missed else _BADGES[row.state], short=short)


def _url_of(row: PlanRow) -> str:
    """Where more is said: what the person did about it comes before the card that everybody sees."""
    if row.application:
        return reverse("specialist:application", args=[row.application])
    if row.registration and row.state in {PlanState.COMPLETED, PlanState.CONFIRMED}:
        return reverse("specialist:event-presence", args=[row.registration])
    if row.registration:
        return f"{reverse('specialist:events')}#event-{row.registration}"
    kinds = {"programme", "event", "module"}
    return reverse(f"public:{row.part}", args=[row.item]) if row.item and row.part in kinds else ""


@require_POST
def add(request: SpecialistRequest, pk: int) -> HttpResponse:
    """«В план» on a card or beside a recommendation."""
    now = timezone.now()
    try:
        today = timezone.localdate(now)
        add_to_plan(specialist=request.specialist, item_id=pk, today=today, facts=request.facts, now=now)
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
            facts=request.facts,
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
        remove_from_plan(specialist=request.specialist, item_id=pk, facts=request.facts)
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
