"""A specialist applies, encloses, takes back, is offered a seat."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from tests.builders import a_practice, a_specialist, a_version, an_item, facts, lists, published
from tests.enrolment_builders import (
    DAY,
    a_draft_application,
    a_registrar,
    a_run_of,
    a_scan,
    a_wish,
    an_application,
    confirmed,
    enrolled,
)

from foundation.audit.models import Entry
from foundation.files.models import StoredFile
from foundation.mail.models import Letter
from nmfo.catalogue.models import Item, Run
from nmfo.enrolment import rules
from nmfo.enrolment.models import Application, ApplicationStep
from nmfo.enrolment.operations import applying, deciding, tending
from nmfo.enrolment.queries import documents_of, place_of, runs_to_apply_for, specialties_for
from nmfo.enrolment.rules import State
from nmfo.reference.models import Specialty

pytestmark = pytest.mark.django_db


def taken(run: Run) -> int:
    return Run.objects.values_list("taken", flat=True).get(pk=run.pk)


def state(row: Application) -> str:
    return Application.objects.values_list("state", flat=True).get(pk=row.pk)


def kinds(row: Application) -> list[str]:
    return list(
        Letter.objects.filter(key__startswith=f"enrolment:{row.pk}:").order_by("pk").values_list("kind", flat=True)
    )


def steps(row: Application) -> list[tuple[str, str]]:
    return list(ApplicationStep.objects.filter(application=row).order_by("pk").values_list("state", "side"))


def test_sending_takes_a_seat_gives_a_number_a_term_and_a_letter() -> None:
    run = a_run_of(a_registrar())
    row = an_application(run)

    assert (row.state, row.version_id, taken(run)) == (State.SUBMITTED, run.version_id, 1)
    assert row.number == f"{timezone.localdate().year}-{int(row.number[5:]):06d}"
    assert row.due_on == timezone.localdate() + 5 * DAY
    assert kinds(row) == ["enrolment_received"]
    assert steps(row) == [("submitted", "specialist")]
    assert Entry.objects.get(action="enrolment.submitted").subject_id == row.pk


def test_a_draft_takes_no_seat_and_nobody_is_told() -> None:
    run = a_run_of(a_registrar())
    row = a_draft_application(run)

    assert (row.state, row.number, taken(run), kinds(row), steps(row)) == (State.DRAFT, "", 0, [], [])


def test_the_same_form_twice_is_one_application() -> None:
    run, specialist = a_run_of(a_registrar()), a_specialist()
    made = [
        applying.begin_application(
            specialist=specialist, wish=a_wish(run), form_key="key", facts=facts(), now=timezone.now()
        )
        for _press in range(2)
    ]

    assert made[0] == made[1]
    assert Application.objects.count() == 1


def test_sending_twice_sends_once() -> None:
    run = a_run_of(a_registrar())
    row = an_application(run)
    again = applying.submit_application(
        specialist=row.specialist, application_id=row.pk, may_wait=False, facts=facts(), now=timezone.now()
    )

    assert (again.number, taken(run), len(kinds(row))) == (row.number, 1, 1)


def test_a_second_application_for_a_programme_is_refused_while_one_is_open() -> None:
    run = a_run_of(a_registrar())
    row = an_application(run)
    with pytest.raises(rules.ApplicationOpen):
        a_draft_application(run, row.specialist)

    applying.withdraw_application(
        specialist=row.specialist, application_id=row.pk, reason="", facts=facts(), now=timezone.now()
    )

    assert a_draft_application(run, row.specialist).state == State.DRAFT


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"basis": "budget"}, rules.BasisNotOffered),
        ({"basis": "cash"}, rules.BasisNotOffered),
        ({"specialty_id": None}, rules.SpecialtyMissing),
        ({"specialty_id": 99_999_999}, rules.SpecialtyMissing),
        ({"run_id": 99_999_999}, rules.RunNotOpen),
    ],
)
def test_a_wish_that_cannot_be_is_refused_by_its_own_sentence(
    changes: dict[str, Any], refusal: type[Exception]
) -> None:
    run = a_run_of(a_registrar())

    with pytest.raises(refusal):
        a_draft_application(run, **changes)

    assert not Application.objects.exists()


def test_an_educational_certificate_needs_its_number() -> None:
    run = a_run_of(a_registrar(), bases=["certificate"])

    with pytest.raises(rules.CertificateNumberMissing):
        a_draft_application(run)

    assert a_draft_application(run, basis_number="77-000123").basis_number == "77-000123"


def test_a_programme_of_another_level_is_refused() -> None:
    run = a_run_of(a_registrar())
    version = a_version(Item.objects.get(pk=run.item_id), levels=["secondary"])
    Run.objects.filter(pk=run.pk).update(version=version)

    with pytest.raises(rules.LevelUnfit):
        a_draft_application(run)


@pytest.mark.parametrize("change", [{"state": "closed"}, {"apply_until_on": dt.date(2020, 1, 1)}])
def test_a_run_that_was_closed_meanwhile_takes_no_draft(change: dict[str, object]) -> None:
    run = a_run_of(a_registrar())
    row = a_draft_application(run)
    Run.objects.filter(pk=run.pk).update(**change)

    with pytest.raises(rules.RunNotOpen):
        applying.submit_application(
            specialist=row.specialist, application_id=row.pk, may_wait=False, facts=facts(), now=timezone.now()
        )

    assert (state(row), taken(run)) == ("draft", 0)


def test_a_withdrawn_programme_takes_no_applications() -> None:
    run = a_run_of(a_registrar())
    Item.objects.filter(pk=run.item_id).update(state="withdrawn", withdrawn_at=timezone.now(), withdrawn_reason="x")

    with pytest.raises(rules.ProgrammeClosed):
        a_draft_application(run)


def test_without_seats_one_is_told_the_place_and_joins_the_list_only_if_one_wishes() -> None:
    run = a_run_of(a_registrar(), seats=1)
    an_application(run)
    an_application(run, may_wait=True)
    draft = a_draft_application(run)

    with pytest.raises(rules.NoSeats, match="2"):
        applying.submit_application(
            specialist=draft.specialist, application_id=draft.pk, may_wait=False, facts=facts(), now=timezone.now()
        )
    assert state(draft) == "draft"
    row = applying.submit_application(
        specialist=draft.specialist, application_id=draft.pk, may_wait=True, facts=facts(), now=timezone.now()
    )

    assert (row.state, place_of(row), taken(run), kinds(row)) == (State.WAITING, 2, 1, ["enrolment_waiting"])


def begins_today(run: Run) -> None:
    today = timezone.localdate()
    Run.objects.filter(pk=run.pk).update(begins_on=today, apply_until_on=today)


def test_nobody_joins_the_waiting_list_of_a_run_that_has_begun() -> None:
    run = a_run_of(a_registrar(), seats=1)
    an_application(run)
    draft = a_draft_application(run)
    begins_today(run)

    with pytest.raises(rules.NoSeatsToWaitFor):
        applying.submit_application(
            specialist=draft.specialist, application_id=draft.pk, may_wait=True, facts=facts(), now=timezone.now()
        )

    assert (state(draft), list(runs_to_apply_for(run.item_id, timezone.localdate()))) == ("draft", [])
    assert not Run.objects.get(pk=run.pk).waits_on(timezone.localdate())


def test_a_seat_that_is_free_on_the_first_day_goes_to_who_applies() -> None:
    run = a_run_of(a_registrar(), seats=1)
    an_application(run)
    an_application(run, may_wait=True)  # nobody offers them a seat any more
    Run.objects.filter(pk=run.pk).update(seats=2)
    begins_today(run)

    assert an_application(run).state == State.SUBMITTED


def test_a_seat_that_comes_free_is_offered_to_the_first_and_taken_in_time() -> None:
    run = a_run_of(a_registrar(), seats=1)
    has = an_application(run)
    first, second = an_application(run, may_wait=True), an_application(run, may_wait=True)

    now = timezone.now()
    applying.withdraw_application(specialist=has.specialist, application_id=has.pk, reason="", facts=facts(), now=now)

    first.refresh_from_db()
    assert (first.state, first.offered_until, state(second), taken(run)) == ("offered", now + DAY, "waiting", 1)
    assert kinds(first) == ["enrolment_waiting", "enrolment_seat"]
    row = applying.take_offer(specialist=first.specialist, application_id=first.pk, facts=facts(), now=now + DAY)
    assert (row.state, taken(run), place_of(second)) == (State.SUBMITTED, 1, 1)


def test_an_offer_that_runs_out_goes_to_the_next_and_a_late_answer_is_told_so() -> None:
    run = a_run_of(a_registrar(), seats=1)
    has = an_application(run)
    first, second = an_application(run, may_wait=True), an_application(run, may_wait=True)
    now = timezone.now()
    applying.withdraw_application(specialist=has.specialist, application_id=has.pk, reason="", facts=facts(), now=now)
    late = now + DAY + dt.timedelta(seconds=1)

    with pytest.raises(rules.OfferOver):
        applying.take_offer(specialist=first.specialist, application_id=first.pk, facts=facts(), now=late)
    assert tending.end_offers(now + DAY) == 0
    assert (tending.end_offers(late), tending.end_offers(late)) == (1, 0)

    assert (state(first), state(second), taken(run)) == ("lapsed", "offered", 1)
    assert kinds(first)[-1] == "enrolment_lapsed"


def test_seats_that_an_organisation_adds_are_offered_by_the_job_in_order() -> None:
    run = a_run_of(a_registrar(), seats=1)
    an_application(run)
    waiting = [an_application(run, may_wait=True) for _one in range(3)]
    Run.objects.filter(pk=run.pk).update(seats=3)

    assert (tending.offer_free_seats(timezone.now()), tending.offer_free_seats(timezone.now())) == (2, 0)
    assert [state(row) for row in waiting] == ["offered", "offered", "waiting"]
    assert taken(run) == 3


def test_a_newcomer_does_not_pass_those_who_wait() -> None:
    run = a_run_of(a_registrar(), seats=1)
    an_application(run)
    waiting = an_application(run, may_wait=True)
    Run.objects.filter(pk=run.pk).update(seats=2)
    draft = a_draft_application(run)

    with pytest.raises(rules.NoSeats):
        applying.submit_application(
            specialist=draft.specialist, application_id=draft.pk, may_wait=False, facts=facts(), now=timezone.now()
        )
    applying.submit_application(
        specialist=draft.specialist, application_id=draft.pk, may_wait=True, facts=facts(), now=timezone.now()
    )

    assert (state(waiting), state(draft)) == ("offered", "waiting")


def test_those_who_wait_when_the_learning_begins_are_told_that_it_is_over() -> None:
    run = a_run_of(a_registrar(), seats=1)
    an_application(run)
    waiting = an_application(run, may_wait=True)
    begins = timezone.now() + 20 * DAY

    assert tending.end_offers(begins - DAY) == 0
    assert tending.end_offers(begins) == 1
    assert (state(waiting), taken(run)) == ("lapsed", 1)


def test_documents_are_added_to_a_draft_and_a_returned_one_only() -> None:
    by = a_registrar()
    row = a_draft_application(a_run_of(by))
    specialist = row.specialist

    applying.enclose(
        specialist=specialist, application_id=row.pk, enclosures=[a_scan()], facts=facts(), now=timezone.now()
    )
    applying.submit_application(
        specialist=specialist, application_id=row.pk, may_wait=False, facts=facts(), now=timezone.now()
    )
    with pytest.raises(rules.DocumentsSettled):
        applying.enclose(
            specialist=specialist, application_id=row.pk, enclosures=[a_scan()], facts=facts(), now=timezone.now()
        )
    deciding.return_application(
        application_id=row.pk,
        seen=None,
        asks="diploma",
        text="Пришлите диплом",
        by=by,
        facts=facts(),
        now=timezone.now(),
    )
    applying.enclose(
        specialist=specialist,
        application_id=row.pk,
        enclosures=[a_scan("новый.pdf")],
        facts=facts(),
        now=timezone.now(),
    )
    first = documents_of(row)[0]
    applying.remove_enclosure(
        specialist=specialist, application_id=row.pk, document_id=first.pk, facts=facts(), now=timezone.now()
    )
    again = applying.send_again(
        specialist=specialist, application_id=row.pk, text="Вот он", facts=facts(), now=timezone.now()
    )

    assert [one.file.name for one in documents_of(row)] == ["новый.pdf"]
    assert (again.state, again.due_on) == (State.REVIEW, timezone.localdate() + 5 * DAY)


def test_a_twenty_first_document_is_refused_and_nothing_of_it_kept() -> None:
    row = a_draft_application(a_run_of(a_registrar()))
    many = [a_scan() for _one in range(21)]

    with pytest.raises(rules.DocumentsFull):
        applying.enclose(
            specialist=row.specialist, application_id=row.pk, enclosures=many, facts=facts(), now=timezone.now()
        )

    assert not documents_of(row).exists()


def test_a_discarded_draft_goes_with_its_files_and_old_ones_by_the_job() -> None:
    run = a_run_of(a_registrar())
    one, other = a_draft_application(run), a_draft_application(run)
    for row in (one, other):
        applying.enclose(
            specialist=row.specialist, application_id=row.pk, enclosures=[a_scan()], facts=facts(), now=timezone.now()
        )

    applying.discard_draft(specialist=one.specialist, application_id=one.pk, facts=facts(), now=timezone.now())
    assert (tending.drop_old_drafts(timezone.now()), tending.drop_old_drafts(timezone.now() + 31 * DAY)) == (0, 1)

    assert not Application.objects.exists()
    assert not StoredFile.objects.filter(purpose="enrolment").exists()


def test_one_leaves_an_order_before_the_learning_begins_only() -> None:
    by = a_registrar()
    run = a_run_of(by)
    early, late = enrolled(an_application(run), by), enrolled(an_application(run), by)

    applying.withdraw_application(
        specialist=early.specialist, application_id=early.pk, reason="Болею", facts=facts(), now=timezone.now()
    )
    with pytest.raises(rules.RunBegun):
        applying.withdraw_application(
            specialist=late.specialist, application_id=late.pk, reason="", facts=facts(), now=timezone.now() + 20 * DAY
        )

    assert (state(early), state(late), taken(run)) == ("withdrawn", "enrolled", 1)


def test_anothers_application_is_not_there() -> None:
    row, stranger = an_application(a_run_of(a_registrar())), a_specialist()

    with pytest.raises(applying.ApplicationUnknown):
        applying.withdraw_application(
            specialist=stranger, application_id=row.pk, reason="", facts=facts(), now=timezone.now()
        )

    assert state(row) == "submitted"


def test_a_cancelled_run_closes_its_applications_with_the_reason_and_a_letter() -> None:
    by = a_registrar()
    run = a_run_of(by, seats=2)
    rows = [an_application(run), confirmed(an_application(run), by), an_application(run, may_wait=True)]
    draft = a_draft_application(run)

    tending.cancel_run(
        run_id=run.pk, reason="Заболел преподаватель", sure=True, by=by, facts=facts(), now=timezone.now()
    )

    assert [state(row) for row in (*rows, draft)] == ["cancelled"] * 3 + ["draft"]
    assert taken(run) == 0
    for row in rows:
        letter = Letter.objects.get(kind="enrolment_cancelled", account_id=row.specialist.account_id)
        assert "Заболел преподаватель" in (letter.text or "")


def test_a_run_that_people_have_applied_for_is_cancelled_only_when_it_is_meant() -> None:
    by = a_registrar()
    run, empty = a_run_of(by), a_run_of(by)
    row = an_application(run)
    a_draft_application(empty)

    with pytest.raises(rules.RunHasPeople):
        tending.cancel_run(run_id=run.pk, reason="Ремонт", by=by, facts=facts(), now=timezone.now())
    tending.cancel_run(run_id=empty.pk, reason="Ремонт", by=by, facts=facts(), now=timezone.now())

    assert state(row) == "submitted"
    assert list(Run.objects.order_by("pk").values_list("state", flat=True)) == ["open", "cancelled"]
    assert not Entry.objects.filter(action="run.cancelled", subject_id=run.pk).exists()


def test_the_job_closes_applications_of_a_run_that_was_cancelled_elsewhere() -> None:
    run = a_run_of(a_registrar())
    row = an_application(run)
    Run.objects.filter(pk=run.pk).update(state="cancelled", reason="Из файла")

    assert (tending.close_cancelled(timezone.now()), tending.close_cancelled(timezone.now())) == (1, 0)
    assert state(row) == "cancelled"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"state": "odd"}, "enrolment_state_is_known"),
        ({"basis": "odd"}, "enrolment_basis_is_known"),
        ({"number": ""}, "enrolment_submitted_applications_have_a_number"),
        ({"due_on": None}, "enrolment_who_holds_an_application_has_a_term"),
        ({"state": "waiting"}, "enrolment_those_who_wait_have_a_place"),
        ({"state": "offered"}, "enrolment_an_offered_seat_has_a_term"),
        ({"state": "enrolled"}, "enrolment_the_enrolled_have_an_order"),
    ],
)
def test_the_database_keeps_the_law_of_applications(change: dict[str, object], constraint: str) -> None:
    row = an_application(a_run_of(a_registrar()))

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Application.objects.filter(pk=row.pk).update(**change)


def test_the_history_is_never_changed() -> None:
    row = an_application(a_run_of(a_registrar()))

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ApplicationStep.objects.filter(application=row).update(state="approved")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ApplicationStep.objects.filter(application=row).delete()


def test_a_specialty_of_two_lists_is_offered_once_and_it_is_the_taught_one() -> None:
    lists()
    doctor = a_specialist()
    old, new = Specialty.objects.filter(name="Терапия", level="higher").order_by("valid_from_on")
    for one in (old, new):
        a_practice(doctor, one)

    of_today = specialties_for(doctor, published(a_version(an_item(), new)))
    of_then = specialties_for(doctor, published(a_version(an_item(), old)))

    assert (of_today, of_then) == ([(new, True)], [(old, True)])
