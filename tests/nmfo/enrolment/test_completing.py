"""A result makes the credits, once, of the size of what was taught."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone
from tests.builders import facts
from tests.enrolment_builders import (
    DAY,
    a_registrar,
    a_result,
    a_run_of,
    an_application,
    confirmed,
    enrolled,
    over,
)

from foundation.errors import Refused
from foundation.mail.models import Letter
from nmfo.catalogue.models import Run
from nmfo.catalogue.operations.seating import SeatsGone, take_seat
from nmfo.credits.models import Expectation, LedgerEntry
from nmfo.credits.queries.ledger import sums_of
from nmfo.enrolment import rules
from nmfo.enrolment.models import Application, Completion
from nmfo.enrolment.operations import applying, deciding, tending
from nmfo.enrolment.operations.completing import ResultWrong, complete_application
from nmfo.enrolment.queries import steps_of
from nmfo.organisations.models import Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(db: None) -> Member:
    return a_registrar()


def complete(row: Application, by: Member, *, seen: int | None = None, **changes: Any) -> Completion:
    return complete_application(
        application_id=row.pk, seen=seen, result=a_result(**changes), by=by, facts=facts(), now=timezone.now()
    )


def learnt(by: Member) -> Application:
    run = a_run_of(by)
    row = enrolled(an_application(run), by, number=f"{run.pk}-к")
    over(run)
    return row


def entries(row: Application) -> list[tuple[int, str, str]]:
    rows = LedgerEntry.objects.filter(specialist=row.specialist_id)
    return list(rows.values_list("credits", "source", "origin"))


def test_an_order_makes_the_credits_awaited_of_the_organisation(by: Member) -> None:
    run = a_run_of(by)
    row = enrolled(an_application(run), by)

    awaited = Expectation.objects.get(specialist=row.specialist_id)
    assert (awaited.origin, awaited.state, awaited.holder, awaited.due_on, awaited.credits) == (
        f"application:{row.pk}",
        "awaited",
        "organisation",
        run.ends_on + 30 * DAY,
        36,
    )


def test_a_result_posts_the_credits_of_what_was_taught_and_tells_it(by: Member) -> None:
    row = learnt(by)

    made = complete(row, by, series=" пк ", number="7724 0012 3456")

    row.refresh_from_db()
    assert (row.state, row.due_on) == ("credited", None)
    assert entries(row) == [(36, "completion", f"application:{row.pk}")]
    assert LedgerEntry.objects.get().earned_on == made.issued_on
    assert Expectation.objects.get().state == "arrived"
    assert (made.series, made.number) == ("ПК", "772400123456")
    assert [(one.state, one.side) for one in steps_of(row)][:2] == [
        ("credited", "portal"),
        ("completed", "organisation"),
    ]
    assert "36" in Letter.objects.get(kind="enrolment_credited").subject
    assert not Letter.objects.filter(kind="credits_posted").exists()  # one result, one letter


def test_a_later_version_does_not_change_what_the_listener_gets(by: Member) -> None:
    row = learnt(by)
    other = a_run_of(by).version
    Run.objects.filter(pk=row.run_id).update(version=other)

    complete(row, by)

    assert LedgerEntry.objects.get().version_id == row.version_id


def test_completing_twice_is_refused_and_posts_once(by: Member) -> None:
    row = learnt(by)
    complete(row, by)

    with pytest.raises(rules.CompletedAlready):
        complete(row, by, number="772400123457")

    assert len(entries(row)) == 1


def test_who_is_not_enrolled_gets_no_result(by: Member) -> None:
    run = a_run_of(by)
    row = confirmed(an_application(run), by)
    over(run)

    with pytest.raises(rules.NotEnrolled):
        complete(row, by)

    assert entries(row) == []


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"attested_on": timezone.localdate() - 11 * DAY}, ["attested_on"]),
        ({"number": "12"}, ["number"]),
        ({"series": "П-К", "number": "", "registration_number": "?"}, ["series", "number", "registration_number"]),
        ({"issued_on": timezone.localdate() + DAY}, ["issued_on"]),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_written(
    by: Member, changes: dict[str, Any], fields: list[str]
) -> None:
    row = learnt(by)

    with pytest.raises(ResultWrong) as caught:
        complete(row, by, **changes)

    assert [field for field, _problem in caught.value.problems] == fields
    assert not Completion.objects.exists()
    assert entries(row) == []


def test_a_document_belongs_to_one_listener_of_an_organisation(by: Member) -> None:
    complete(learnt(by), by)
    row = learnt(by)

    with pytest.raises(ResultWrong) as caught:
        complete(row, by)

    assert [type(problem) for _field, problem in caught.value.problems] == [rules.NumberTaken]
    stranger = a_registrar()
    complete(learnt(stranger), stranger)


def test_a_row_that_was_changed_meanwhile_gets_no_result(by: Member) -> None:
    row = learnt(by)

    with pytest.raises(rules.ChangedMeanwhile):
        complete(row, by, seen=row.revision - 1)


def test_the_expelled_are_told_why_no_credits_come(by: Member) -> None:
    row = learnt(by)

    deciding.expel_listener(
        application_id=row.pk, seen=None, reason="Не посещал", by=by, facts=facts(), now=timezone.now()
    )

    awaited = Expectation.objects.get()
    assert (awaited.state, awaited.reason) == ("refused", "Не посещал")


def test_nothing_is_awaited_of_who_left_or_whose_run_was_cancelled(by: Member) -> None:
    run = a_run_of(by)
    left, other = (enrolled(an_application(run), by) for _one in range(2))
    applying.withdraw_application(
        specialist=left.specialist, application_id=left.pk, reason="", facts=facts(), now=timezone.now()
    )
    tending.cancel_run(run_id=run.pk, reason="Ремонт", sure=True, by=by, facts=facts(), now=timezone.now())

    assert set(Expectation.objects.values_list("specialist", "state")) == {
        (left.specialist_id, "withdrawn"),
        (other.specialist_id, "withdrawn"),
    }


def test_nobody_is_attested_before_they_were_enrolled(by: Member) -> None:
    row, today = enrolled(an_application(a_run_of(by)), by), timezone.localdate()
    days = {"begins_on": today - 9 * DAY, "ends_on": today, "apply_until_on": today - 12 * DAY}
    Run.objects.filter(pk=row.run_id).update(**days)  # it has gone on for nine days when the order is given

    with pytest.raises(ResultWrong) as refusal:
        complete(row, by, attested_on=today - 9 * DAY, issued_on=today - 9 * DAY)

    ((field, said),) = refusal.value.problems
    assert (field, type(said)) == ("attested_on", rules.AttestedBeforeOrder)
    assert not LedgerEntry.objects.exists()
    complete(row, by, attested_on=today, issued_on=today)


@pytest.mark.parametrize(("begun", "left"), [(0, "refused"), (1, "withdrawn")])
def test_who_has_begun_to_learn_reads_why_a_cancelled_run_brings_nothing(begun: int, left: str, by: Member) -> None:
    row, today = enrolled(an_application(a_run_of(by)), by), timezone.localdate()
    days = {"begins_on": today + begun * DAY, "ends_on": today + 10 * DAY, "apply_until_on": today - DAY}
    Run.objects.filter(pk=row.run_id).update(**days)

    tending.cancel_run(run_id=row.run_id, reason="Уволился лектор", sure=True, by=by, facts=facts(), now=timezone.now())

    reason = "Организация отменила поток: Уволился лектор" if left == "refused" else ""
    assert [(one.state, one.why) for one in Expectation.objects.all()] == [(left, reason)]
    assert sums_of(row.specialist).cases == (left == "refused")


@pytest.mark.parametrize("taken_back", [False, True])
def test_a_run_with_results_is_not_cancelled(taken_back: bool, by: Member) -> None:
    row = learnt(by)
    complete(row, by)
    if taken_back:
        Application.objects.filter(pk=row.pk).update(state="reversed")
    Run.objects.filter(pk=row.run_id).update(ends_on=timezone.localdate())

    with pytest.raises(rules.RunHasResults):
        tending.cancel_run(run_id=row.run_id, reason="Ремонт", sure=True, by=by, facts=facts(), now=timezone.now())

    run = Run.objects.get(pk=row.run_id)
    assert (run.state, run.reason) == ("open", "")


def test_numbers_of_documents_do_not_stand_in_the_table(by: Member) -> None:
    made = complete(learnt(by), by)

    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT number, series, document_index FROM enrolment_completion WHERE id = %s", [made.pk])
        raw = b"".join(bytes(value) for value in cursor.fetchone())
    assert b"772400123456" not in raw
    assert "ПК".encode() not in raw


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_at_once_post_once() -> None:
    by = a_registrar()
    row, together = learnt(by), threading.Barrier(2)

    def press(number: int) -> str:
        try:
            together.wait()
            complete(row, by, number=f"77240012345{number}")
        except Refused as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as crew:
        outcomes = list(crew.map(press, range(2)))

    assert sorted(outcomes) == ["CompletedAlready", "done"]
    assert len(entries(row)) == 1


@pytest.mark.django_db(transaction=True)
def test_one_document_for_two_listeners_at_once_is_of_one() -> None:
    by = a_registrar()
    rows, together = [learnt(by), learnt(by)], threading.Barrier(2)

    def press(row: Application) -> str:
        try:
            together.wait()
            complete(row, by)
        except Refused as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as crew:
        assert sorted(crew.map(press, rows)) == ["ResultWrong", "done"]

    assert Completion.objects.count() == 1


def test_the_table_itself_takes_one_result_of_an_application(by: Member) -> None:
    made = complete(learnt(by), by)
    made.pk += 1

    with pytest.raises(IntegrityError, match="enrolment_an_application_is_completed_once"), transaction.atomic():
        made.save(force_insert=True)


def test_a_run_never_gives_more_seats_than_it_has(by: Member) -> None:
    run = a_run_of(by, seats=1)
    take_seat(run.pk)

    with pytest.raises(SeatsGone):
        take_seat(run.pk)

    assert Run.objects.values_list("taken", flat=True).get(pk=run.pk) == 1
