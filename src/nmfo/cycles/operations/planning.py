"""What specialists do with their plan: put an item of the catalogue into it, move it to another year, take it out."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from foundation.audit.operations import record
from foundation.runtime.facts import RequestFacts
from foundation.ui.templatetags.ui import day
from nmfo.catalogue.models import Item, SearchRow
from nmfo.credits.queries.ledger import credit_of
from nmfo.cycles.models import Cycle, PlanItem
from nmfo.cycles.queries.choosing import are_in_one_cycle
from nmfo.cycles.rules.planning import MOST_PLANNED, planned_day
from nmfo.cycles.rules.refusals import CreditedInThisCycle, ItemNotPlannable, NotPlanned, PlanFull
from nmfo.specialists.models import Specialist


@transaction.atomic
def add_to_plan(
    *, specialist: Specialist, item_id: int, today: dt.date, facts: RequestFacts | None, now: dt.datetime
) -> PlanItem:
    """Put an item into the plan, for the day it begins next, or today when it can be done at any time.

    Again: nothing changes. Raises ItemNotPlannable, CreditedInThisCycle, PlanFull.
    """
    Specialist.objects.select_for_update(of=("self",), no_key=True).get(pk=specialist.pk)
    row = SearchRow.objects.filter(item_id=item_id, listed=True).first()
    if row is None or (row.begins_at is not None and timezone.localdate(row.begins_at) < today):
        raise ItemNotPlannable
    present = PlanItem.objects.filter(specialist=specialist)
    already = present.filter(item_id=item_id).first()
    if already is not None:
        return already
    if present.count() >= MOST_PLANNED:
        raise PlanFull(most=MOST_PLANNED)
    planned_on = min((start for start in row.starts if start >= today), default=today)
    credited = credit_of(specialist.account, item_id)
    if credited is not None and are_in_one_cycle(specialist.account, credited.earned_on, planned_on):
        raise CreditedInThisCycle(day=day(credited.earned_on))
    made = PlanItem.objects.create(specialist=specialist, item_id=item_id, planned_on=planned_on, added_at=now)
    _record(made, "plan.added", facts, after=_kept(made))
    return made


@transaction.atomic
def move_planned(
    *,
    specialist: Specialist,
    item_id: int,
    cycle: Cycle,
    year: int,
    today: dt.date,
    facts: RequestFacts | None,
) -> PlanItem:
    """Put something planned into another year of a cycle. Raises NotPlanned, YearIsOver."""
    row = _planned(specialist, item_id)
    before = _kept(row)
    row.planned_on = planned_day(cycle.begins_on, year, today=today)
    if _kept(row) != before:
        row.save(update_fields=["planned_on"])
        _record(row, "plan.moved", facts, before=before, after=_kept(row))
    return row


@transaction.atomic
def remove_from_plan(*, specialist: Specialist, item_id: int, facts: RequestFacts | None) -> Item:
    """Take an item out of the plan. Raises NotPlanned."""
    row = _planned(specialist, item_id)
    _record(row, "plan.removed", facts, before=_kept(row))
    row.delete()
    return row.item


def _kept(row: PlanItem) -> dict[str, Any]:
    return {"item": row.item_id, "planned_on": row.planned_on.isoformat()}


def _record(
    row: PlanItem,
    action: str,
    facts: RequestFacts | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    record(
        actor_id=row.specialist.account_id,
        action=action,
        subject="plan_item",
        subject_id=row.pk,
        facts=facts,
        before=before,
        after=after,
    )


def _planned(specialist: Specialist, item_id: int) -> PlanItem:
    rows = PlanItem.objects.select_for_update(of=("self",), no_key=True).select_related("item", "specialist")
    row = rows.filter(specialist=specialist, item_id=item_id).first()
    if row is None:
        raise NotPlanned
    return row
