"""Who was at the classes of a day: marked by the organisation, read by the listener."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from foundation.audit.operations import entry_of, record_all
from foundation.runtime.facts import RequestFacts
from nmfo.catalogue.operations.seating import lock_run
from nmfo.enrolment.models import Attendance
from nmfo.enrolment.queries import received_by
from nmfo.enrolment.rules import ATTENDING, OwnAttendance, RunDays, check_class_day
from nmfo.organisations.models import Member
from nmfo.organisations.rules import Right, check_may


@transaction.atomic
def mark_attendance(
    *, run_id: int, day: dt.date, marks: Mapping[int, bool], by: Member, facts: RequestFacts | None, now: dt.datetime
) -> int:
    """Note who was there on a day, by application. Returns how many marks are new or changed.

    Others of the group stay as they are, so two colleagues with a phone each mark their halves. Applications that are
    not of this run, or of nobody who learns, are left out. Each change is a row of the trail. Raises ClassDayOutside,
    ClassDayNotCome, OwnAttendance (people are compared by СНИЛС, promise Z5).
    """
    check_may(by.roles, Right.LISTENERS)
    run = lock_run(run_id)
    check_class_day(day, run=RunDays(begins_on=run.begins_on, ends_on=run.ends_on), today=timezone.localdate(now))
    rows = received_by(by.organisation).filter(run=run_id, pk__in=list(marks), state__in=ATTENDING)
    before = {row.application_id: row for row in Attendance.objects.filter(application__in=list(marks), day=day)}
    entries = []
    for row in rows.order_by("pk"):
        there, known = marks[row.pk], before.get(row.pk)
        if known is not None and known.was_there == there:
            continue
        if row.specialist.account.snils == by.account.snils:
            raise OwnAttendance
        Attendance.objects.update_or_create(
            application=row,
            specialist_id=row.specialist_id,
            day=day,
            defaults={"was_there": there, "by": by.account, "at": now},
        )
        entries.append(
            entry_of(
                actor_id=by.account_id,
                action="enrolment.attendance_marked",
                subject="enrolment",
                subject_id=row.pk,
                facts=facts,
                before={"was_there": known.was_there} if known is not None else {},
                after={"day": str(day), "was_there": there, "number": row.number},
            )
        )
    record_all(entries)
    return len(entries)
