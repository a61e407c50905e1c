"""S-01: where a specialist stands in a cycle, what to do next, the nearest dates, what suits the gaps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from foundation.ui.addresses import address_of
from foundation.ui.templatetags.ui import day as shown_day
from nmfo.credits.rules.words import Holder
from nmfo.cycles.models import Cycle
from nmfo.cycles.queries.choosing import present_cycles_of
from nmfo.cycles.queries.counting import (
    Awaiting,
    CodeAwaited,
    CycleState,
    codes_awaited_of,
    months_of,
    state_of,
)
from nmfo.cycles.rules.measuring import Outcome, YearSum
from nmfo.cycles.rules.words import CycleKind
from nmfo.specialists.models import Document, Specialist
from nmfo.specialists.queries import newest_papers_of
from nmfo.specialists.rules import DocumentKind, Step
from nmfo.web.parts.requests import SpecialistRequest
from nmfo.web.specialist.coming import Coming, Task, of_learning
from nmfo.web.specialist.papers import paper_of
from nmfo.web.specialist.recommending import present_year, recommended_for
from nmfo.web.specialist.ring import YearLine, arcs_of, ring_html, years_html

_MOST_TASKS = 4
_MOST_DATES = 4
_SOON = dt.timedelta(days=90)
_YEAR = dt.timedelta(days=366)
_STEPS = {
    Step.AGREEMENT: "specialist:welcome-agreement",
    Step.ROLE: "specialist:welcome-role",
    Step.CHECK: "specialist:welcome-check",
    Step.DOCUMENTS: "specialist:welcome-documents",
    Step.CYCLE: "specialist:welcome-cycle",
}


@require_safe
def dashboard(request: SpecialistRequest) -> HttpResponse:
    """The first page of the cabinet. `?cycle=` chooses among several."""
    specialist, today = request.specialist, timezone.localdate()
    present = present_cycles_of(specialist)
    cycles = [cycle for cycle in present if cycle.kind == CycleKind.FIVE_YEARS]
    chosen = usual_cycle(cycles, today, request.GET.get("cycle", ""))
    state = state_of(chosen, today=today, with_met=True) if chosen else None
    asked, begins = of_learning(specialist, today)
    codes = state.codes if state else codes_awaited_of(specialist)
    papers = newest_papers_of(specialist, disputes=3)
    own = [*_tasks(specialist, state, today), *map(_enter_code, codes)]
    tasks = sorted([*own, *asked], key=lambda task: task.due_on or dt.date.min)
    context: dict[str, Any] = {
        "specialist": specialist,
        "cycles": cycles,
        "cycle": chosen,
        "state": state,
        "outside": bool(present) and chosen is None,
        "months": months_of(specialist)[:12] if chosen is None and present else [],
        "levels": [] if chosen else [track.get_level_display() for track in specialist.tracks.order_by("level")],
        "tasks": tasks[:_MOST_TASKS],
        "dates": _dates(papers.documents, state, [*begins, *_last_days(codes, today)], today),
        "papers": [paper_of(document, today) for document in papers.documents[:3]],
        "disputes": papers.disputes,
        "today": today,
        **(_of_cycle(state, today) if state else {}),
    }
    return render(request, "specialist/dashboard.html", context)


def usual_cycle(cycles: list[Cycle], today: dt.date, asked: str) -> Cycle | None:
    """The cycle that is asked for by its key, else one that runs today, the newest of them."""
    running = [cycle for cycle in cycles if cycle.ends_on is not None and cycle.ends_on >= today]
    return next((cycle for cycle in cycles if str(cycle.pk) == asked), next(iter(running or cycles), None))


def _of_cycle(state: CycleState, today: dt.date) -> dict[str, Any]:
    """What the card of the cycle shows: the ring and the same numbers as a table."""
    years, year = state.standing.years, present_year(state)
    recommended = state.standing.recommended
    ringed = bool(recommended and recommended.needed and years and years[0].target)
    with_other = any(one.parts["other"] for one in years)
    arcs = arcs_of(years, now=state.year, awaited=state.on_their_way + state.with_you) if ringed else []
    return {
        "ring": ring_html(arcs),
        "said": _said(years, state),
        "lines": years_html([_line(one, state.year) for one in years], with_other=with_other),
        "with_other": with_other,
        "total": recommended.done if recommended else sum(one.total for one in years),
        "needed": recommended.needed if recommended else 0,
        "surplus": sum(one.surplus for one in years),
        "year": year,
        "days_left": (year.ends_on - today).days if year else None,
        "awaited": _awaited(state.awaited, today),
        "minimum": state.standing.minimum,
        "minimum_shown": _shown_of(state.standing.minimum),
        "recommended": recommended_for(state, today),
    }


def _shown_of(outcome: Outcome | None) -> int:
    """How far the bar reaches: never past its end."""
    return max(0, min(outcome.done, outcome.needed)) if outcome else 0


def _said(years: Iterable[YearSum], state: CycleState) -> str:
    """The ring in words, for those who do not see it."""
    said = [
        _("year %(n)d: %(sum)d of %(target)d") % {"n": year.number, "sum": year.total, "target": year.target}
        for year in years
    ]
    if state.on_their_way:
        said.append(_("on their way: %(n)d") % {"n": state.on_their_way})
    if state.with_you:
        said.append(_("wait for you: %(n)d") % {"n": state.with_you})
    return ", ".join(said)


def _line(year: YearSum, now: int) -> YearLine:
    number = _("year %(n)d") % {"n": year.number}
    values = {"year": number, "day": f"{year.ends_on:%d.%m.%Y}", "first": f"{year.begins_on:%d.%m.%Y}"}
    if year.number < now:
        label = pgettext("year of a cycle", "%(year)s, until %(day)s") % values
    elif year.number == now:
        label = pgettext("year of a cycle", "%(year)s, now") % values
    else:
        label = pgettext("year of a cycle", "%(year)s, from %(first)s") % values
    total = _("%(sum)d of %(target)d") % {"sum": year.total, "target": year.target} if year.target else str(year.total)
    return YearLine(year=year, is_now=year.number == now, is_done=year.number < now, label=label, sum=total)


def _awaited(rows: Iterable[Awaiting], today: dt.date) -> dict[str, Any]:
    """Of what is on its way: who has to act first."""
    awaited = [one for one in rows if one.is_on_its_way(today)]
    first = next(iter(awaited), None)
    return {
        "first": first,
        "of_organisation": bool(first and first.holder == Holder.ORGANISATION),
        "late": bool(first and first.due_on and first.due_on < today),
    }


def _tasks(specialist: Specialist, state: CycleState | None, today: dt.date) -> Iterator[Task]:
    titles = {
        Step.AGREEMENT: _("Read the agreement"),
        Step.ROLE: _("Say which education you work with"),
        Step.CHECK: _("Check what the register says of you"),
        Step.DOCUMENTS: _("Add your documents"),
        Step.CYCLE: _("Choose the cycle"),
    }
    for step in specialist.open_steps:
        yield Task(
            title=titles[step], text="", url=address_of(_STEPS[step]), label=_("Go on"), icon="list", urgent=True
        )
    if state is not None:
        yield from _tasks_of(state, today)


def _enter_code(code: CodeAwaited) -> Task:
    """A code waits whether or not its credits suit the cycle on the page, and for those who have chosen none."""
    return Task(
        title=ngettext(
            "Enter your confirmation code: %(n)d credit waits for it",
            "Enter your confirmation code: %(n)d credits wait for it",
            code.credits,
        )
        % {"n": code.credits},
        text=_("Until %(day)s.") % {"day": shown_day(code.due_on)} if code.due_on else "",
        url=address_of("specialist:codes"),
        label=_("Enter the code"),
        icon="ticket",
        due_on=code.due_on,
        urgent=True,
    )


def _last_days(codes: Iterable[CodeAwaited], today: dt.date) -> Iterator[Coming]:
    for code in codes:
        if code.due_on is not None and code.due_on >= today:
            text = ngettext("%(n)d credit waits for your code", "%(n)d credits wait for your code", code.credits)
            yield Coming(on=code.due_on, title=_("Last day to enter the code"), text=text % {"n": code.credits})


def _tasks_of(state: CycleState, today: dt.date) -> Iterator[Task]:
    year, minimum, specialty = present_year(state), state.standing.minimum, state.cycle.specialty_id
    catalogue = f"{address_of('public:catalogue')}?specialty={specialty}"
    if year is not None and year.missing > state.awaited_credits and year.ends_on - today <= _SOON:
        lacking = year.missing - state.awaited_credits
        yield Task(
            title=ngettext(
                "Collect %(n)d more credit by the end of the year of the cycle",
                "Collect %(n)d more credits by the end of the year of the cycle",
                lacking,
            )
            % {"n": lacking},
            text=_("Year %(n)d ends on %(day)s. It is a recommendation of the portal.")
            % {"n": year.number, "day": shown_day(year.ends_on)},
            url=catalogue,
            label=_("Find learning"),
            icon="calendar",
            due_on=year.ends_on,
            urgent=True,
        )
    if minimum and minimum.missing and minimum.until_on and today <= minimum.until_on <= today + _YEAR:
        yield Task(
            title=ngettext("The minimum lacks %(n)d hour", "The minimum lacks %(n)d hours", minimum.missing)
            % {"n": minimum.missing},
            text=_("The document holds until %(day)s.") % {"day": shown_day(minimum.until_on)},
            url=address_of("specialist:cycle", state.cycle.pk),
            label=_("What is asked"),
            icon="scale",
            due_on=minimum.until_on,
            urgent=True,
        )


def _dates(documents: list[Document], state: CycleState | None, begins: list[Coming], today: dt.date) -> list[Coming]:
    found = [
        _end(document, until, today) for document in documents if (until := document.holds_until_on) and until >= today
    ]
    found += begins
    year = present_year(state) if state else None
    if state is not None and year is not None:
        text = _("The recommended credits of this year are there") if year.target else ""
        if year.missing:
            text = _("%(n)d more credits to the recommended %(target)d") % {"n": year.missing, "target": year.target}
            if state.on_their_way:
                text = ", ".join([text, _("on their way: %(n)d") % {"n": state.on_their_way}])
        found.append(Coming(on=year.ends_on, title=_("End of year %(n)d of the cycle") % {"n": year.number}, text=text))
        found += [
            Coming(
                on=one.due_on,
                title=_("Last day to enter the result"),
                text=_awaiting(one, today),
            )
            for one in state.awaited
            if one.due_on is not None
            and one.due_on >= today
            and one.short is None
            and one.holder != Holder.SPECIALIST  # of these `_last_days` tells
        ]
    return sorted(found, key=lambda one: one.on)[:_MOST_DATES]


def _awaiting(one: Awaiting, today: dt.date) -> str:
    """What is to come by then; «on its way» is only what is over and waits for others, as above the ledger."""
    values = {"n": one.credits}
    if not one.is_on_its_way(today):
        return (
            ngettext(
                "%(n)d credit, the learning has still to end",
                "%(n)d credits, the learning has still to end",
                one.credits,
            )
            % values
        )
    return ngettext("%(n)d credit is on its way", "%(n)d credits are on their way", one.credits) % values


def _end(document: Document, until: dt.date, today: dt.date) -> Coming:
    title = str(DocumentKind(document.kind).label)
    if document.specialty:
        title = f"{title}: {document.specialty.name}"
    days = (until - today).days
    left = ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days} if days else _("today is the last day")
    ends = _("extended by order, ends then") if document.extended_until_on else _("ends then")
    return Coming(on=until, title=title, text=f"{ends} · {left}")
