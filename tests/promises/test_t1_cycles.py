"""What people do to their plan leaves a row of the trail, with what was there before."""

from __future__ import annotations

import pytest
from django.utils import timezone
from tests.builders import a_specialist, a_version, an_item, facts, published
from tests.cycle_builders import a_cycle
from tests.support.acts import Act, is_undone_without

from foundation.audit.models import Entry
from nmfo.cycles.operations.planning import add_to_plan, move_planned, remove_from_plan
from nmfo.cycles.queries.counting import state_of

WHERE = facts(ip="203.0.113.5", agent="Firefox", request_id="AB-CD")


@pytest.mark.django_db
def test_t1_changes_of_a_plan_are_told_and_what_changes_nothing_is_not() -> None:
    doctor, today, now = a_specialist(), timezone.localdate(), timezone.now()
    cycle, item = a_cycle(doctor), published(a_version(an_item("module"))).item
    year = state_of(cycle, today=today).year + 1
    before = Entry.objects.count()

    for _time in range(2):
        row = add_to_plan(specialist=doctor, item_id=item.pk, today=today, facts=WHERE, now=now)
    was = row.planned_on.isoformat()
    for _time in range(2):
        moved = move_planned(specialist=doctor, item_id=item.pk, cycle=cycle, year=year, today=today, facts=WHERE)
    remove_from_plan(specialist=doctor, item_id=item.pk, facts=WHERE)

    rows = list(Entry.objects.order_by("pk")[before:])
    first, then = ({"item": item.pk, "planned_on": on} for on in (was, moved.planned_on.isoformat()))
    assert [(one.action, one.before, one.after) for one in rows] == [
        ("plan.added", {}, first),
        ("plan.moved", first, then),
        ("plan.removed", then, {}),
    ]
    assert {(one.actor_id, one.subject, one.subject_id) for one in rows} == {(doctor.account_id, "plan_item", row.pk)}
    assert {(one.ip, one.agent, one.request_id) for one in rows} == {("203.0.113.5", "Firefox", "AB-CD")}


@pytest.mark.django_db(transaction=True)
def test_t1_a_plan_stays_as_it_is_when_its_change_cannot_be_written_down() -> None:
    doctor, today, now = a_specialist(), timezone.localdate(), timezone.now()
    cycle = a_cycle(doctor)
    one, other = (published(a_version(an_item("module"))).item_id for _number in range(2))
    year = state_of(cycle, today=today).year + 1
    add_to_plan(specialist=doctor, item_id=one, today=today, facts=WHERE, now=now)
    acts = (
        lambda: add_to_plan(specialist=doctor, item_id=other, today=today, facts=WHERE, now=now),
        lambda: move_planned(specialist=doctor, item_id=one, cycle=cycle, year=year, today=today, facts=WHERE),
        lambda: remove_from_plan(specialist=doctor, item_id=one, facts=WHERE),
    )

    assert [
        number
        for number, do in enumerate(acts)
        if not is_undone_without(Act(do=do, by=doctor.account_id), "audit_entry")
    ] == []
