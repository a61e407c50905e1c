"""Two people at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone
from tests.builders import a_specialist, facts
from tests.enrolment_builders import (
    a_draft_application,
    a_registrar,
    a_run_of,
    a_wish,
    an_application,
    confirmed,
)

from foundation.errors import Refused
from nmfo.catalogue.models import Run, SearchRow
from nmfo.enrolment.models import Application, EnrolmentOrder
from nmfo.enrolment.operations import applying, deciding

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[str]:
    """What became of each: «done», or the name of its refusal."""
    together = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        try:
            together.wait()
            act()
        except Refused as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as crew:
        return list(crew.map(run, acts))


def sending(row: Application, *, may_wait: bool = False) -> Callable[[], object]:
    return lambda: applying.submit_application(
        specialist=row.specialist, application_id=row.pk, may_wait=may_wait, facts=facts(), now=timezone.now()
    )


def test_of_two_applicants_for_the_last_seat_one_gets_it() -> None:
    run = a_run_of(a_registrar(), seats=1)
    rows = [a_draft_application(run) for _one in range(2)]

    assert sorted(at_once(*(sending(row) for row in rows))) == ["NoSeats", "done"]

    assert Run.objects.get(pk=run.pk).taken == 1
    assert SearchRow.objects.get(item=run.item_id).free_seats == [0]
    assert Application.objects.filter(state="submitted").count() == 1


def test_four_for_two_seats_are_two_with_a_seat_and_two_who_wait() -> None:
    run = a_run_of(a_registrar(), seats=2)
    rows = [a_draft_application(run) for _one in range(4)]

    assert at_once(*(sending(row, may_wait=True) for row in rows)) == ["done"] * 4

    assert sorted(Application.objects.values_list("state", flat=True)) == ["submitted"] * 2 + ["waiting"] * 2
    assert Run.objects.get(pk=run.pk).taken == 2
    assert len(set(Application.objects.values_list("number", flat=True))) == 4


def test_a_form_sent_twice_at_once_is_one_application() -> None:
    run, specialist = a_run_of(a_registrar()), a_specialist()

    def press() -> object:
        return applying.begin_application(
            specialist=specialist, wish=a_wish(run), form_key="key", facts=facts(), now=timezone.now()
        )

    assert set(at_once(press, press)) <= {"done", "ApplicationOpen"}

    assert Application.objects.count() == 1


def test_two_windows_begin_one_application_for_a_programme() -> None:
    run, specialist = a_run_of(a_registrar()), a_specialist()

    outcomes = at_once(*(lambda: a_draft_application(run, specialist),) * 2)

    assert sorted(outcomes) == ["ApplicationOpen", "done"]
    assert Application.objects.count() == 1


def test_one_who_leaves_and_one_who_sends_end_with_as_many_seats_as_people() -> None:
    run = a_run_of(a_registrar(), seats=1)
    leaver, comer = an_application(run), a_draft_application(run)

    def leave() -> object:
        return applying.withdraw_application(
            specialist=leaver.specialist, application_id=leaver.pk, reason="", facts=facts(), now=timezone.now()
        )

    assert at_once(leave, sending(comer, may_wait=True)) == ["done", "done"]

    comer.refresh_from_db()
    assert comer.state in {"submitted", "offered"}
    assert Run.objects.get(pk=run.pk).taken == 1


def test_of_two_colleagues_who_decide_one_is_told_that_it_was_decided() -> None:
    by = a_registrar()
    row = an_application(a_run_of(by))
    common = {"application_id": row.pk, "seen": row.revision, "by": by, "facts": facts(), "now": timezone.now()}

    outcomes = at_once(
        lambda: deciding.accept_application(**common),  # type: ignore[arg-type]
        lambda: deciding.refuse_application(**common, reason="Нет мест"),  # type: ignore[arg-type]
    )

    assert sorted(outcomes) == ["ChangedMeanwhile", "done"]
    row.refresh_from_db()
    assert row.revision == 2


def test_two_orders_at_once_enrol_a_listener_once() -> None:
    by = a_registrar()
    row = confirmed(an_application(a_run_of(by)), by)

    def give(number: str) -> Callable[[], object]:
        return lambda: deciding.enrol_group(
            run_id=row.run_id,
            chosen=[(row.pk, None)],
            number=number,
            issued_on=timezone.localdate(),
            by=by,
            facts=facts(),
            now=timezone.now(),
        )

    assert sorted(at_once(give("1-к"), give("2-к"))) == ["NobodyChosen", "done"]

    assert EnrolmentOrder.objects.count() == 1
