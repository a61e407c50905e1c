from __future__ import annotations

import pytest
from django.utils import timezone
from tests.builders import facts
from tests.enrolment_builders import a_registrar, a_result, a_run_of, an_application, enrolled, over

from nmfo.credits.models import LedgerEntry
from nmfo.enrolment.models import Application, Attendance
from nmfo.enrolment.operations.attending import mark_attendance
from nmfo.enrolment.operations.completing import complete_application
from nmfo.enrolment.rules import OwnApplication, OwnAttendance
from nmfo.specialists.models import Specialist


@pytest.mark.django_db
def test_z5_nobody_enters_the_result_that_gives_credits_to_themselves() -> None:
    by = a_registrar()
    run = a_run_of(by)
    row = enrolled(an_application(run), by)
    over(run)
    Application.objects.filter(pk=row.pk).update(
        specialist=Specialist.objects.create(account=by.account, created_at=timezone.now())
    )

    with pytest.raises(OwnApplication):
        complete_application(
            application_id=row.pk, seen=None, result=a_result(), by=by, facts=facts(), now=timezone.now()
        )

    assert not LedgerEntry.objects.exists()


@pytest.mark.django_db
def test_z5_nobody_marks_their_own_attendance() -> None:
    by = a_registrar()
    run = a_run_of(by)
    row = enrolled(an_application(run), by)
    over(run)
    own = Specialist.objects.create(account=by.account, created_at=timezone.now())
    Application.objects.filter(pk=row.pk).update(specialist=own)

    with pytest.raises(OwnAttendance):
        mark_attendance(
            run_id=run.pk, day=run.begins_on, marks={row.pk: True}, by=by, facts=facts(), now=timezone.now()
        )

    assert not Attendance.objects.exists()
