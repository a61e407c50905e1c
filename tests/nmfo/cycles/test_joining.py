"""Cycles of people: from their documents, never two at once for a specialty, changed until the first credit."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from tests.builders import a_specialist, a_specialty, facts
from tests.cycle_builders import a_credit, a_cycle, an_admission, at_once, rules_in_force
from tests.support.races import after_waiting

from foundation.audit.models import Entry
from foundation.db.refusals import violated_constraint
from nmfo.cycles.models import Cycle
from nmfo.cycles.operations.joining import join_cycle, leave_cycle, stay_outside
from nmfo.cycles.queries.choosing import cycles_of, offered_to
from nmfo.cycles.queries.counting import counted_for, seen_from
from nmfo.cycles.rules.refusals import CycleHasCredits, CycleIsOver, CycleOverlaps, CycleUnfounded, CycleUnknown
from nmfo.cycles.rules.words import CycleKind
from nmfo.reference.models import Specialty
from nmfo.specialists.models import Document, Specialist
from nmfo.specialists.rules import Step

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 23)


def join(specialist: Specialist, document: Document, today: dt.date = TODAY) -> Cycle:
    return join_cycle(specialist=specialist, document_id=document.pk, today=today, facts=facts(), now=timezone.now())


def outside(specialist: Specialist, today: dt.date = TODAY) -> Cycle:
    return stay_outside(specialist=specialist, today=today, facts=facts(), now=timezone.now())


def test_a_cycle_begins_on_the_admissions_day_and_lasts_five_years() -> None:
    doctor = a_specialist()
    document = an_admission(doctor, dt.date(2024, 3, 12))

    cycle = join(doctor, document)

    assert (cycle.begins_on, cycle.ends_on) == (dt.date(2024, 3, 12), dt.date(2029, 3, 11))
    assert (cycle.specialty, cycle.document) == (a_specialty(), document)
    entry = Entry.objects.get(subject="cycle", subject_id=cycle.pk)
    assert (entry.action, entry.actor_id) == ("cycle.joined", doctor.account_id)
    assert entry.after["days"] == ["2024-03-12", "2029-03-11"]


def test_a_cycle_from_29_february_ends_on_28_february() -> None:
    doctor = a_specialist()

    cycle = join(doctor, an_admission(doctor, dt.date(2024, 2, 29), valid_until_on=dt.date(2029, 2, 28)))

    assert cycle.ends_on == dt.date(2029, 2, 28)


def test_the_last_day_is_still_in_the_cycle_and_the_next_is_not() -> None:
    doctor = a_specialist()
    document = an_admission(doctor, dt.date(2021, 1, 1), valid_until_on=dt.date(2025, 12, 31))

    assert [offer.is_over for offer in offered_to(doctor, dt.date(2025, 12, 31))] == [False]
    with pytest.raises(CycleIsOver):
        join(doctor, document, dt.date(2026, 1, 1))
    assert join(doctor, document, dt.date(2025, 12, 31)).pk


def test_a_document_that_an_act_lengthens_can_still_be_followed() -> None:
    rules_in_force()
    doctor = a_specialist()
    document = an_admission(doctor, dt.date(2021, 5, 15))

    cycle = join(doctor, document, dt.date(2026, 11, 23))

    assert cycle.ends_on == dt.date(2026, 5, 14)


def test_the_specialty_is_taken_as_the_order_in_force_names_it() -> None:
    doctor, new = a_specialist(), a_specialty()
    old = Specialty.objects.get(name=new.name, level=new.level, replaced_by=new)

    assert join(doctor, an_admission(doctor, dt.date(2024, 3, 12), specialty=old)).specialty == new


def test_several_specialties_run_side_by_side_and_one_never_twice() -> None:
    doctor = a_specialist()
    therapy = an_admission(doctor, dt.date(2024, 3, 12))
    join(doctor, therapy)
    cardiology = join(doctor, an_admission(doctor, dt.date(2025, 6, 1), specialty=a_specialty("Кардиология")))

    assert cycles_of(doctor).count() == 2
    with pytest.raises(CycleUnfounded):  # no longer offered
        join(doctor, therapy)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Cycle.objects.create(
            specialist=doctor,
            kind=CycleKind.FIVE_YEARS,
            specialty=cardiology.specialty,
            begins_on=dt.date(2030, 5, 31),
            ends_on=dt.date(2035, 1, 1),
            joined_at=timezone.now(),
        )
    assert violated_constraint(caught.value) == "cycles_no_overlap"


def test_a_cycle_after_the_other_and_one_of_another_person_do_not_overlap() -> None:
    doctor, other = a_specialist(), a_specialist()
    first = join(doctor, an_admission(doctor, dt.date(2019, 3, 12)), dt.date(2024, 1, 1))
    second = join(doctor, an_admission(doctor, dt.date(2024, 3, 12)))
    join(other, an_admission(other, dt.date(2024, 3, 12)))

    assert second.begins_on == first.ends_on + dt.timedelta(days=1)  # type: ignore[operator]


def test_outside_cycles_has_no_specialty_and_no_end() -> None:
    doctor = a_specialist()
    cycle = outside(doctor)

    assert (cycle.kind, cycle.specialty, cycle.ends_on) == (CycleKind.OUTSIDE, None, None)
    assert outside(doctor).pk == cycle.pk
    for wrong in ({"specialty": a_specialty()}, {"ends_on": TODAY + dt.timedelta(days=1)}):
        with pytest.raises(IntegrityError, match="cycles_five_years_have_specialty_and_end"), transaction.atomic():
            Cycle.objects.filter(pk=cycle.pk).update(**wrong)


def test_joining_ends_the_choice_of_staying_outside_and_back() -> None:
    doctor = a_specialist()
    outside(doctor)

    cycle = join(doctor, an_admission(doctor, dt.date(2024, 3, 12)))
    assert list(cycles_of(doctor)) == [cycle]

    again = outside(doctor)
    assert list(cycles_of(doctor)) == [again]
    assert Cycle.objects.filter(specialist=doctor).count() == 3


def test_a_choice_can_be_changed_until_the_first_credit_is_bound_to_it() -> None:
    doctor = a_specialist()
    cycle = a_cycle(doctor)
    a_credit(doctor, timezone.localdate(), kind="event")

    with pytest.raises(CycleHasCredits):
        leave_cycle(specialist=doctor, cycle_id=cycle.pk, facts=facts(), now=timezone.now())
    with pytest.raises(CycleHasCredits):
        outside(doctor)

    assert list(cycles_of(doctor)) == [cycle]


def test_a_credit_that_counts_by_an_extension_binds_as_well() -> None:
    rules_in_force()
    doctor, today = a_specialist(), timezone.localdate()
    first, until = today - dt.timedelta(days=5 * 366 - 200), today + dt.timedelta(days=700)
    document = an_admission(doctor, first, extended_until_on=until)
    cycle = join(doctor, document, today)
    assert cycle.ends_on is not None
    assert counted_for(cycle) == (0, 0)
    a_credit(doctor, cycle.ends_on + dt.timedelta(days=20))

    assert [one.counted for one in seen_from([cycle], today)] == [36]  # so pages show it
    assert counted_for(cycle) == (1, 36)
    with pytest.raises(CycleHasCredits):
        leave_cycle(specialist=doctor, cycle_id=cycle.pk, facts=facts(), now=timezone.now())
    with pytest.raises(CycleHasCredits):
        outside(doctor, today)


def test_a_credit_of_another_specialty_binds_nothing() -> None:
    doctor = a_specialist()
    cycle = a_cycle(doctor, specialty=a_specialty("Кардиология"))
    a_credit(doctor, timezone.localdate())

    leave_cycle(specialist=doctor, cycle_id=cycle.pk, facts=facts(), now=timezone.now())

    assert not cycles_of(doctor)


def test_a_cycle_of_another_person_is_unknown() -> None:
    cycle = a_cycle(a_specialist())

    with pytest.raises(CycleUnknown):
        leave_cycle(specialist=a_specialist(), cycle_id=cycle.pk, facts=facts(), now=timezone.now())


def test_only_own_admissions_with_specialty_and_day_found_a_cycle() -> None:
    doctor, other = a_specialist(), a_specialist()
    an_admission(doctor, dt.date(2024, 3, 12), kind="education")
    strange = an_admission(other, dt.date(2024, 3, 12))
    Document.objects.filter(pk=an_admission(doctor, dt.date(2024, 3, 12)).pk).update(issued_on=None)
    future = an_admission(doctor, TODAY + dt.timedelta(days=1))

    assert offered_to(doctor, TODAY) == []
    for document in (strange, future):
        with pytest.raises(CycleUnfounded):
            join(doctor, document)


def test_the_first_run_is_done_when_a_choice_is_made() -> None:
    doctor = a_specialist()
    Specialist.objects.filter(pk=doctor.pk).update(steps_done=[])
    doctor.refresh_from_db()

    outside(doctor)

    doctor.refresh_from_db()
    assert Step.CYCLE not in doctor.open_steps


@pytest.mark.django_db(transaction=True)
def test_of_two_that_join_at_once_one_is_refused() -> None:
    doctor = a_specialist()
    document = an_admission(doctor, dt.date(2024, 3, 12))

    answers = at_once(*[partial(join, doctor, document)] * 2)

    assert sorted(type(one).__name__ for one in answers) in (["Cycle", "CycleUnfounded"], ["Cycle", "CycleOverlaps"])
    assert cycles_of(doctor).count() == 1
    assert CycleOverlaps.field == "choice"


@pytest.mark.django_db(transaction=True)
def test_of_joining_and_staying_outside_at_once_one_is_the_choice() -> None:
    doctor = a_specialist()
    document = an_admission(doctor, dt.date(2024, 3, 12))

    answers = after_waiting(
        Specialist.objects.filter(pk=doctor.pk), partial(join, doctor, document), partial(outside, doctor)
    )

    last = answers[-1]
    assert isinstance(last, Cycle)
    assert [cycle.kind for cycle in cycles_of(doctor)] == [last.kind]
    assert Cycle.objects.filter(specialist=doctor).count() == 2
