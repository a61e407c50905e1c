"""The plan: intentions by year, how far each has come, what clashes, what it comes to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_run, a_specialist, a_specialty, a_version, an_item, facts, published
from tests.cycle_builders import a_credit, a_cycle, a_reversal
from tests.enrolment_builders import a_registrar, a_run_of, accepted, an_application, enrolled, over

from nmfo.catalogue.models import Item, Run, Version
from nmfo.catalogue.operations.listing import refresh_search
from nmfo.credits.models import Expectation
from nmfo.credits.operations.expecting import expect
from nmfo.credits.rules.words import Holder, Source
from nmfo.cycles.models import Cycle, PlanItem
from nmfo.cycles.operations import planning
from nmfo.cycles.operations.planning import add_to_plan, move_planned, remove_from_plan
from nmfo.cycles.plan_queries import PlanRow, if_planned, is_planned, plan_of
from nmfo.cycles.queries.counting import state_of
from nmfo.cycles.rules.planning import (
    OF_APPLICATIONS,
    OF_REGISTRATIONS,
    Busy,
    PlanState,
    Stage,
    clashes,
    of_learning,
    planned_day,
)
from nmfo.cycles.rules.refusals import ItemNotPlannable, NotPlanned, PlanFull, YearIsOver
from nmfo.enrolment.models import Application
from nmfo.enrolment.rules import SEATED
from nmfo.enrolment.rules import State as ApplicationState
from nmfo.participation.rules import State as RegistrationState
from nmfo.specialists.models import Specialist

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


def add(doctor: Specialist, version: Version) -> PlanItem:
    return add_to_plan(
        specialist=doctor, item_id=version.item_id, today=timezone.localdate(), facts=facts(), now=timezone.now()
    )


def rows(cycle: Cycle) -> list[PlanRow]:
    today = timezone.localdate()
    return plan_of(state_of(cycle, today=today), today)


def shown(cycle: Cycle) -> list[tuple[str, str, int]]:
    return [(row.title, str(row.state), row.credits) for row in rows(cycle)]


def awaited(doctor: Specialist, version: Version, began_on: dt.date) -> None:
    expect(
        specialist_id=doctor.pk,
        version=version,
        source=Source.COMPLETION,
        origin=f"application:{version.pk}",
        began_on=began_on,
        holder=Holder.ORGANISATION,
        due_on=None,
        now=timezone.now(),
    )


@pytest.mark.django_db
def test_an_item_goes_through_its_states_and_stands_once() -> None:
    doctor, today = a_specialist(), timezone.localdate()
    cycle = a_cycle(doctor)
    version = published(a_version(an_item(), title="Кардиология сегодня"))
    add(doctor, version)
    assert shown(cycle) == [("Кардиология сегодня", "planned", 36)]

    awaited(doctor, version, today)
    assert shown(cycle) == [("Кардиология сегодня", "included", 36)]

    other = a_specialist()
    theirs = a_cycle(other)
    awaited(other, version, today - dt.timedelta(days=1))
    assert shown(theirs) == [("Кардиология сегодня", "completed", 36)]

    third = a_specialist()
    own = a_cycle(third)
    add(third, version)
    a_credit(third, today, version=version)
    assert shown(own) == [("Кардиология сегодня", "confirmed", 36)]
    assert [row.is_changeable for row in rows(own)] == [False]


@pytest.mark.django_db
def test_a_reversed_credit_is_planned_again_and_not_confirmed() -> None:
    doctor = a_specialist()
    cycle = a_cycle(doctor)
    version = published(a_version(an_item()))
    add(doctor, version)
    a_reversal(a_credit(doctor, timezone.localdate(), version=version))

    assert [row.state for row in rows(cycle)] == [PlanState.PLANNED]


@pytest.mark.django_db
def test_an_item_is_planned_for_its_next_beginning_else_for_today() -> None:
    doctor, today = a_specialist(), timezone.localdate()
    programme = published(a_version(an_item()))
    a_run(programme, begins_on=today + dt.timedelta(days=40), ends_on=today + dt.timedelta(days=50))
    a_run(programme)

    assert add(doctor, programme).planned_on == today + dt.timedelta(days=20)
    assert add(doctor, published(a_version(an_item("module")))).planned_on == today


@pytest.mark.django_db
def test_adding_twice_is_once_and_what_is_not_listed_or_over_is_refused() -> None:
    doctor = a_specialist()
    version = published(a_version(an_item()))
    past = timezone.now() - dt.timedelta(days=2)
    over = published(a_version(an_item("event"), begins_at=past, ends_at=past + dt.timedelta(hours=3)))
    draft = a_version(an_item())

    assert add(doctor, version).pk == add(doctor, version).pk
    for wrong in (over, draft):
        with pytest.raises(ItemNotPlannable):
            add(doctor, wrong)
    assert is_planned(doctor.account, version.item_id)
    assert not is_planned(a_specialist().account, version.item_id)


@pytest.mark.django_db
def test_a_plan_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "MOST_PLANNED", 1)
    doctor = a_specialist()
    add(doctor, published(a_version(an_item())))

    with pytest.raises(PlanFull):
        add(doctor, published(a_version(an_item())))


@pytest.mark.django_db
def test_a_plan_belongs_to_the_cycles_whose_specialty_it_suits() -> None:
    doctor, cardiology = a_specialist(), a_specialty("Кардиология")
    therapy, heart = a_cycle(doctor), a_cycle(doctor, specialty=cardiology)

    add(doctor, published(a_version(an_item(), title="Только терапия")))
    add(doctor, published(a_version(an_item(), a_specialty(), other=[cardiology], title="И кардиология")))

    assert [row.title for row in rows(therapy)] == ["И кардиология", "Только терапия"]
    assert [row.title for row in rows(heart)] == ["И кардиология"]


@pytest.mark.django_db
def test_two_events_at_once_are_warned_of() -> None:
    doctor, begins = a_specialist(), timezone.now() + dt.timedelta(days=5)
    cycle = a_cycle(doctor)
    for title, shift in (("Первый", 0), ("Второй", 2), ("Третий", 24)):
        at = begins + dt.timedelta(hours=shift)
        version = a_version(an_item("event"), title=title, begins_at=at, ends_at=at + dt.timedelta(hours=3))
        add(doctor, published(version))

    assert {row.title: row.clashes_with for row in rows(cycle)} == {
        "Первый": "Второй",
        "Второй": "Первый",
        "Третий": "",
    }


@pytest.mark.django_db
def test_a_withdrawn_item_stays_and_counts_for_nothing() -> None:
    doctor, today = a_specialist(), timezone.localdate()
    cycle = a_cycle(doctor)
    version = published(a_version(an_item()))
    add(doctor, version)
    Item.objects.filter(pk=version.item_id).update(
        state="withdrawn", withdrawn_at=timezone.now(), withdrawn_reason="Нет преподавателя"
    )
    refresh_search([version.item_id])

    (row,) = rows(cycle)
    then = if_planned(state_of(cycle, today=today), [row])

    assert row.is_withdrawn
    assert then.minimum is not None
    assert then.minimum.done == 0


@pytest.mark.django_db
def test_the_plan_says_what_it_comes_to() -> None:
    doctor, today = a_specialist(), timezone.localdate()
    cycle = a_cycle(doctor)
    a_credit(doctor, today, hours=72, credits=72)
    add(doctor, published(a_version(an_item())))

    state = state_of(cycle, today=today)
    then = if_planned(state, plan_of(state, today))

    assert state.standing.minimum is not None
    assert then.minimum is not None
    assert (state.standing.minimum.missing, then.minimum.missing) == (72, 36)


@pytest.mark.django_db
def test_something_planned_is_moved_into_a_year_that_is_not_over_and_taken_out() -> None:
    doctor, today = a_specialist(), timezone.localdate()
    cycle = a_cycle(doctor)
    version = published(a_version(an_item("module")))
    add(doctor, version)
    number = state_of(cycle, today=today).year

    moved = move_planned(
        specialist=doctor, item_id=version.item_id, cycle=cycle, year=number + 1, today=today, facts=facts()
    )
    assert moved.planned_on == state_of(cycle, today=today).standing.years[number].begins_on
    for year in (number - 1, 0, 6):
        with pytest.raises(YearIsOver):
            move_planned(specialist=doctor, item_id=version.item_id, cycle=cycle, year=year, today=today, facts=facts())

    remove_from_plan(specialist=doctor, item_id=version.item_id, facts=facts())
    with pytest.raises(NotPlanned):
        remove_from_plan(specialist=doctor, item_id=version.item_id, facts=facts())
    assert rows(cycle) == []


@pytest.mark.django_db
def test_a_plan_of_another_person_is_not_touched() -> None:
    doctor, other = a_specialist(), a_specialist()
    version = published(a_version(an_item()))
    add(doctor, version)

    with pytest.raises(NotPlanned):
        remove_from_plan(specialist=other, item_id=version.item_id, facts=facts())

    assert is_planned(doctor.account, version.item_id)


@pytest.mark.django_db
def test_a_plan_costs_eight_statements_however_long_it_is() -> None:
    doctor, today = a_specialist(), timezone.localdate()
    cycle = a_cycle(doctor)
    for _number in range(3):
        add(doctor, published(a_version(an_item())))
        a_credit(doctor, today)
    state = state_of(cycle, today=today)

    with CaptureQueriesContext(connection) as asked:
        assert len(plan_of(state, today)) == 6

    assert len(asked) == 8


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 10)), max_size=12))
def test_clashes_are_those_that_overlap(spans: list[tuple[int, int]]) -> None:
    times = [
        Busy(key=key, begins_at=NOW + dt.timedelta(hours=first), ends_at=NOW + dt.timedelta(hours=first + length))
        for key, (first, length) in enumerate(spans)
    ]
    hours = [set(range(first, first + length)) for first, length in spans]

    found = clashes(times)

    assert set(found) == {
        key for key, own in enumerate(hours) if any(own & other for place, other in enumerate(hours) if place != key)
    }
    assert all(hours[key] & hours[other] for key, other in found.items())


def test_a_day_of_a_year_is_its_first_that_has_not_passed() -> None:
    begins_on = dt.date(2024, 2, 29)

    assert planned_day(begins_on, 3, today=dt.date(2026, 11, 23)) == dt.date(2026, 11, 23)
    assert planned_day(begins_on, 5, today=dt.date(2026, 11, 23)) == dt.date(2028, 2, 29)
    assert planned_day(begins_on, 3, today=dt.date(2027, 2, 28)) == dt.date(2027, 2, 28)
    with pytest.raises(YearIsOver):
        planned_day(begins_on, 3, today=dt.date(2027, 3, 1))


_OVER_OR_NOT = (False, True)
_PLACES = {
    "draft": (None, None),
    "submitted": (("included", "applied"), ("included", "not_enrolled")),
    "review": (("included", "applied"), ("included", "not_enrolled")),
    "returned": (("included", "applied"), ("included", "not_enrolled")),
    "waiting": (("included", "waiting"), ("included", "no_seat")),
    "offered": (("included", "offered"), ("included", "no_seat")),
    "approved": (("included", "accepted"), ("included", "not_enrolled")),
    "confirmed": (("included", "accepted"), ("included", "not_enrolled")),
    "enrolled": (("included", "enrolled"), ("completed", None)),
    "completed": (("completed", None),) * 2,
    "credited": (("confirmed", None),) * 2,
    "reversed": (("completed", "taken_back"),) * 2,
    "refused": (None, None),
    "withdrawn": (None, None),
    "expelled": (None, None),
    "cancelled": (None, None),
    "lapsed": (None, None),
}
_SEATS = {
    "signed_up": (("included", "signed_up"), ("completed", None)),
    "waiting": (("included", "waiting"), ("included", "no_seat")),
    "offered": (("included", "offered"), ("included", "no_seat")),
    "cancelled": (None, None),
    "lapsed": (None, None),
    "called_off": (None, None),
    "present": (None, None),  # what is awaited of it, and the ledger, say where it stands
    "absent": (None, None),
}


@pytest.mark.parametrize("state", ApplicationState.values)
def test_each_state_of_an_application_has_its_place_in_a_plan(state: str) -> None:
    assert tuple(of_learning(OF_APPLICATIONS, state, is_over=over) for over in _OVER_OR_NOT) == _PLACES[state]


@pytest.mark.parametrize("state", RegistrationState.values)
def test_each_state_of_a_registration_has_its_place_in_a_plan(state: str) -> None:
    assert tuple(of_learning(OF_REGISTRATIONS, state, is_over=over) for over in _OVER_OR_NOT) == _SEATS[state]


def test_whoever_holds_a_seat_of_a_run_stands_in_the_plan() -> None:
    assert set(OF_APPLICATIONS) >= SEATED


@pytest.mark.django_db
def test_an_application_is_counted_whatever_its_state_although_the_programme_was_credited_before() -> None:
    doctor, today, by = a_specialist(), timezone.localdate(), a_registrar()
    cycle, run = a_cycle(doctor), a_run_of(by)
    a_credit(doctor, today - dt.timedelta(days=500), version=run.version)
    row = an_application(run, doctor)

    seen = []
    for step in (None, accepted, enrolled):
        if step is enrolled:
            row = an_application(a_run_of(by), doctor)
        if step is not None:
            step(row, by)
        lines = [line for line in rows(cycle) if line.item == row.item_id and line.state != PlanState.CONFIRMED]
        seen += [(str(line.state), str(line.stage), line.on == row.run.ends_on, line.is_to_come) for line in lines]

    assert seen == [
        ("included", "applied", True, True),
        ("included", "accepted", True, True),
        ("included", "enrolled", True, True),
    ]
    then = if_planned(state_of(cycle, today=today), rows(cycle))
    assert then.minimum is not None
    assert then.minimum.done == 36 + 36 + 36


@pytest.mark.django_db
@pytest.mark.parametrize("step", [None, accepted])
def test_what_is_over_without_enrolment_is_shown_and_not_reckoned_with(step: Callable[..., object] | None) -> None:
    doctor, by = a_specialist(), a_registrar()
    cycle, run = a_cycle(doctor), a_run_of(by)
    row = an_application(run, doctor)
    if step is not None:
        step(row, by)
    over(run)
    today = timezone.localdate()

    [line] = rows(cycle)

    assert (line.application, line.label, line.is_to_come, line.is_under_way) == (
        row.pk, "Обучение прошло, зачисления не было", False, False,
    )  # fmt: skip
    then = if_planned(state_of(cycle, today=today), rows(cycle))
    assert then.minimum is not None
    assert then.minimum.done == 0


@pytest.mark.django_db
def test_what_is_planned_and_credited_is_not_planned_again_when_another_run_is_missed() -> None:
    doctor, by = a_specialist(), a_registrar()
    cycle, run = a_cycle(doctor), a_run_of(by)
    add(doctor, run.version)
    a_credit(doctor, timezone.localdate() - dt.timedelta(days=40), version=run.version)
    over(an_application(run, doctor).run)

    assert sorted((str(line.state), line.is_to_come) for line in rows(cycle)) == [
        ("confirmed", False), ("included", False),
    ]  # fmt: skip


@pytest.mark.django_db
def test_what_was_missed_may_be_planned_for_another_time() -> None:
    doctor, by = a_specialist(), a_registrar()
    cycle, run = a_cycle(doctor), a_run_of(by)
    add(doctor, run.version)
    row = an_application(run, doctor)
    today = timezone.localdate()
    over(run)
    PlanItem.objects.update(planned_on=Run.objects.get(pk=run.pk).begins_on)

    passed = [(str(line.state), line.is_to_come, line.is_changeable) for line in rows(cycle)]
    year = state_of(cycle, today=today).year
    assert year is not None
    move_planned(specialist=doctor, item_id=row.item_id, cycle=cycle, year=year, today=today, facts=facts())
    moved = [(str(line.state), line.is_to_come, line.is_changeable) for line in rows(cycle)]

    assert sorted(passed) == [("included", False, False), ("planned", False, True)]
    assert sorted(moved) == [("included", False, False), ("planned", True, True)]


@pytest.mark.django_db
def test_a_result_that_was_taken_back_stands_in_the_plan_and_is_not_reckoned_with() -> None:
    doctor, today, by = a_specialist(), timezone.localdate(), a_registrar()
    cycle = a_cycle(doctor)
    row = enrolled(an_application(a_run_of(by), doctor), by)
    Expectation.objects.filter(specialist=doctor).update(state="withdrawn")
    Application.objects.filter(pk=row.pk).update(state="reversed")

    (line,) = rows(cycle)
    then = if_planned(state_of(cycle, today=today), [line])

    assert (line.state, line.stage, line.is_to_come) == (PlanState.COMPLETED, Stage.TAKEN_BACK, False)
    assert then.minimum is not None
    assert then.minimum.done == 0


@pytest.mark.django_db
def test_what_is_applied_for_after_the_five_years_counts_while_the_document_is_extended() -> None:
    doctor, today, by = a_specialist(), timezone.localdate(), a_registrar()
    extended = today + dt.timedelta(days=200)
    cycle = a_cycle(doctor, today - dt.timedelta(days=5 * 365 + 100), extended_until_on=extended)
    inside = accepted(an_application(a_run_of(by), doctor), by)
    far = today + dt.timedelta(days=300)
    outside = an_application(a_run_of(by, begins_on=far, ends_on=far), doctor)

    found = rows(cycle)
    then = if_planned(state_of(cycle, today=today), found)

    assert [(row.item, str(row.stage), row.counts) for row in found] == [
        (inside.item_id, "accepted", True),
        (outside.item_id, "applied", False),
    ]
    assert then.minimum is not None
    assert then.minimum.done == 36


@pytest.mark.django_db
def test_what_is_applied_for_and_is_for_another_specialty_stands_last_without_a_sum() -> None:
    doctor, today, by = a_specialist(), timezone.localdate(), a_registrar()
    cycle = a_cycle(doctor, specialty=a_specialty("Кардиология"))
    row = accepted(an_application(a_run_of(by), doctor), by)

    (line,) = rows(cycle)
    then = if_planned(state_of(cycle, today=today), [line])

    assert (line.item, line.stage, line.counts, line.is_to_come) == (row.item_id, Stage.ACCEPTED, False, False)
    assert line.organisation == by.organisation.short_name
    assert then.minimum is not None
    assert then.minimum.done == 0
