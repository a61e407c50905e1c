"""What counts for a cycle: specialty, days, reversals; and what it costs to know."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.builders import a_specialist, a_specialty, a_version, an_item, an_operator, facts, published
from tests.cycle_builders import a_credit, a_cycle, a_reversal, rules_in_force
from tests.enrolment_builders import a_registrar, a_run_of, an_application
from tests.nmfo.participation.builders import an_event, signed_up

from nmfo.credits.models import LedgerEntry
from nmfo.credits.operations.expecting import expect, refuse_expected
from nmfo.credits.rules.words import Holder, Source
from nmfo.cycles.models import Cycle, Extension, RuleSet
from nmfo.cycles.operations.planning import add_to_plan, remove_from_plan
from nmfo.cycles.queries.counting import collected_of, months_of, state_of
from nmfo.cycles.queries.sets import acts, present_rules, sets_in_force
from nmfo.cycles.rules.words import SetState
from nmfo.enrolment.operations.applying import withdraw_application
from nmfo.participation.operations.signing_up import cancel_registration
from nmfo.reference.models import Specialty
from nmfo.specialists.models import Specialist

pytestmark = pytest.mark.django_db
BEGAN = dt.date(2024, 3, 12)
TODAY = dt.date(2026, 11, 23)


def counted(cycle: Cycle) -> list[tuple[str, int]]:
    return [(one.part, one.credits) for one in collected_of(cycle).earned]


def by_hand(doctor: Specialist, on: dt.date, *, specialty: Specialty | None = None, worth: int = 4) -> None:
    LedgerEntry.objects.create(
        specialist=doctor,
        credits=worth,
        part="other",
        source=Source.MANUAL,
        origin=f"hand:{timezone.now().timestamp()}",
        title="Семинар",
        specialty=specialty,
        earned_on=on,
        posted_at=timezone.now(),
        posted_by=an_operator(),
        reason="По заявлению с приложенной справкой",
    )


def test_an_entry_counts_for_every_cycle_whose_specialty_fits_as_main_or_additional() -> None:
    doctor, cardiology = a_specialist(), a_specialty("Кардиология")
    therapy, heart = a_cycle(doctor, BEGAN), a_cycle(doctor, BEGAN, specialty=cardiology)
    version = published(a_version(an_item("event"), a_specialty(), other=[cardiology], credits=3))

    a_credit(doctor, TODAY, kind="event", version=version)
    a_credit(doctor, TODAY)

    assert counted(therapy) == [("event", 3), ("programme", 36)]
    assert counted(heart) == [("event", 3)]


def test_an_entry_of_the_old_name_of_a_specialty_counts() -> None:
    doctor, new = a_specialist(), a_specialty()
    old = Specialty.objects.get(name=new.name, level=new.level, replaced_by=new)
    cycle = a_cycle(doctor, BEGAN)

    a_credit(doctor, TODAY, version=published(a_version(an_item(), old)))

    assert counted(cycle) == [("programme", 36)]


def test_a_version_for_another_level_does_not_count() -> None:
    doctor = a_specialist()
    cycle = a_cycle(doctor, BEGAN)

    a_credit(doctor, TODAY, version=published(a_version(an_item(), levels=["secondary"])))

    assert counted(cycle) == []


def test_an_entry_without_version_counts_by_its_specialty_and_without_one_for_all() -> None:
    doctor, cardiology = a_specialist(), a_specialty("Кардиология")
    therapy, heart = a_cycle(doctor, BEGAN), a_cycle(doctor, BEGAN, specialty=cardiology)

    by_hand(doctor, TODAY, specialty=cardiology, worth=4)
    by_hand(doctor, TODAY, worth=5)

    assert counted(therapy) == [("other", 5)]
    assert counted(heart) == [("other", 4), ("other", 5)]


def test_only_the_days_of_the_cycle_count_both_ends_with_it() -> None:
    doctor = a_specialist()
    cycle = a_cycle(doctor, BEGAN)
    last = dt.date(2029, 3, 11)

    for on in (BEGAN - dt.timedelta(days=1), BEGAN, last, last + dt.timedelta(days=1)):
        a_credit(doctor, on)

    assert [one.on for one in collected_of(cycle).earned] == [BEGAN, last]


def test_an_entry_of_another_person_counts_for_nobody_else() -> None:
    doctor = a_specialist()
    cycle = a_cycle(doctor, BEGAN)

    a_credit(a_specialist(), TODAY)

    assert counted(cycle) == []


def test_a_reversal_subtracts_in_the_year_of_what_it_reverses() -> None:
    doctor = a_specialist()
    cycle = a_cycle(doctor, BEGAN)
    wrong = a_credit(doctor, dt.date(2024, 5, 1))
    a_credit(doctor, dt.date(2026, 5, 1), kind="event")

    a_reversal(wrong)

    years = state_of(cycle, today=TODAY).standing.years
    assert [(year.parts["programme"], year.parts["event"], year.total) for year in years] == [
        (0, 0, 0),
        (0, 0, 0),
        (0, 3, 3),
        (0, 0, 0),
        (0, 0, 0),
    ]


def test_what_is_awaited_says_from_whom_and_stops_when_it_came_or_was_refused() -> None:
    doctor, version = a_specialist(), published(a_version(an_item()))
    cycle = a_cycle(doctor, BEGAN)
    for origin in ("application:1", "application:2"):
        expect(
            specialist_id=doctor.pk,
            version=version,
            source=Source.COMPLETION,
            origin=origin,
            began_on=TODAY,
            holder=Holder.ORGANISATION,
            due_on=TODAY + dt.timedelta(days=30),
            now=timezone.now(),
        )
    refuse_expected(
        specialist_id=doctor.pk,
        source=Source.COMPLETION,
        origin="application:2",
        reason="Не сдана итоговая аттестация",
        now=timezone.now(),
    )

    state = state_of(cycle, today=TODAY)

    assert [(one.part, one.credits, one.holder) for one in state.awaited] == [("programme", 36, "organisation")]
    assert (state.awaited_credits, state.year) == (36, 3)
    assert state.standing.minimum is not None
    assert state.standing.minimum.done == 0


def test_the_sums_of_a_cycle_are_those_of_the_mock() -> None:
    doctor = a_specialist()
    cycle = a_cycle(doctor, BEGAN)
    for on, worth in ((dt.date(2024, 5, 1), 36), (dt.date(2025, 5, 1), 36), (dt.date(2026, 5, 1), 18)):
        a_credit(doctor, on, hours=worth, credits=worth)
    for on, worth in ((dt.date(2024, 6, 1), 14), (dt.date(2025, 6, 1), 12), (dt.date(2026, 6, 1), 16)):
        a_credit(doctor, on, kind="event", credits=worth, minutes=worth * 45)

    found = state_of(cycle, today=TODAY).standing

    assert found.recommended is not None
    assert found.minimum is not None
    assert [year.total for year in found.years] == [50, 48, 34, 0, 0]
    assert (found.recommended.done, found.recommended.needed, found.recommended.missing) == (132, 250, 118)
    assert (found.minimum.done, found.minimum.needed, found.minimum.missing) == (132, 144, 12)
    assert found.minimum.choice.rule_set.key == "order-709n"


def test_what_if_the_document_were_extended() -> None:
    doctor = a_specialist()
    cycle = a_cycle(doctor, BEGAN)

    found = state_of(cycle, today=TODAY, extended_until=dt.date(2030, 3, 12)).standing.minimum

    assert found is not None
    assert found.until_on == dt.date(2030, 3, 12)


def test_a_cycle_costs_one_statement_for_its_sums_however_much_there_is() -> None:
    doctor = a_specialist()
    cycle = a_cycle(doctor, BEGAN)
    for number in range(4):
        a_credit(doctor, BEGAN + dt.timedelta(days=number))

    with CaptureQueriesContext(
        connection,
    ) as sums:
        collected_of(cycle)
    with CaptureQueriesContext(connection) as whole:
        state_of(cycle, today=TODAY)

    assert (len(sums), len(whole)) == (1, 4)  # and the acts, the rule sets, their requirements


def test_outside_cycles_credits_stand_by_month() -> None:
    rules_in_force()
    doctor = a_specialist()
    a_credit(doctor, dt.date(2026, 5, 1))
    wrong = a_credit(doctor, dt.date(2026, 5, 31), kind="event")
    a_reversal(wrong)
    a_credit(doctor, dt.date(2026, 11, 2), kind="module")

    assert months_of(doctor) == [(dt.date(2026, 11, 1), 1, 2), (dt.date(2026, 5, 1), 3, 36)]


def test_what_somebody_has_applied_signed_up_for_or_planned_is_met_until_it_is_given_up() -> None:
    doctor = a_specialist()
    cycle = a_cycle(doctor, BEGAN)
    seat = signed_up(an_event(), doctor)
    run = a_run_of(a_registrar())
    application = an_application(run, doctor)

    planned = published(a_version(an_item(), a_specialty())).item_id
    add_to_plan(specialist=doctor, item_id=planned, today=TODAY, facts=facts(), now=timezone.now())

    assert state_of(cycle, today=TODAY, with_met=True).met == {seat.item_id, run.item_id, planned}
    assert not state_of(a_cycle(a_specialist(), BEGAN), today=TODAY, with_met=True).met

    cancel_registration(specialist=doctor, registration_id=seat.pk, facts=facts(), now=timezone.now())
    withdraw_application(specialist=doctor, application_id=application.pk, reason="", facts=facts(), now=timezone.now())
    remove_from_plan(specialist=doctor, item_id=planned, facts=facts())
    assert state_of(cycle, today=TODAY, with_met=True).met == set()


def test_sums_are_the_same_with_what_is_met_beside_them() -> None:
    rules_in_force()
    doctor = a_specialist()
    cycle = a_cycle(doctor, BEGAN)
    for number in range(3):
        entry = a_credit(doctor, TODAY - dt.timedelta(days=number), kind="event")
    signed_up(an_event(), doctor)
    elsewhere = a_credit(doctor, BEGAN - dt.timedelta(days=400))

    with CaptureQueriesContext(connection) as asked:
        found = collected_of(cycle, with_met=True)
    alone = collected_of(cycle)

    assert len(asked) == 1
    assert (found.earned, found.awaited) == (alone.earned, alone.awaited)
    assert len(found.earned) == 3
    assert {entry.item_id, elsewhere.item_id} < found.met
    assert not alone.met


def test_pages_take_the_rules_from_memory_for_a_while_and_decisions_do_not(settings: Any) -> None:
    rules_in_force()
    settings.RULES_KEPT_S = 0
    before = present_rules()
    assert before.sets

    settings.RULES_KEPT_S = 10
    RuleSet.objects.update(state=SetState.SUPERSEDED)
    Extension.objects.all().delete()

    with CaptureQueriesContext(connection) as seen:
        assert present_rules() is before
    assert not seen.captured_queries
    assert (sets_in_force(), acts()) == ([], [])
    settings.RULES_KEPT_S = 0
    assert present_rules() == ([], [])
