"""What time does to applications: reminders, and the end of drafts that nobody goes on with."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from foundation.audit.operations import record
from foundation.signin import secrets
from nmfo.organisations.models import CabinetApplication
from nmfo.organisations.operations.applying import forget_contents, write_to_applicant
from nmfo.organisations.rules import DRAFT_DAYS, DRAFT_WARNING_DAYS, REMIND_AFTER_DAYS, ApplicationState


def warn_of_ending_drafts(now: dt.datetime) -> int:
    """Tell applicants that their draft is removed in three days. Returns how many. Once for a draft left alone."""
    last = now - dt.timedelta(days=DRAFT_DAYS)
    rows = CabinetApplication.objects.filter(
        state=ApplicationState.DRAFT,
        updated_at__gt=last,
        updated_at__lte=last + dt.timedelta(days=DRAFT_WARNING_DAYS),
    )
    found = [row for row in rows.exclude(person_email_index=b"").order_by("pk") if row.person_email]
    for row in found:
        ends_on = timezone.localdate(row.updated_at + dt.timedelta(days=DRAFT_DAYS))
        with transaction.atomic():
            write_to_applicant(
                row, kind="application_draft_ends", cause=f"{row.revision}", values={"ends_on": ends_on}, now=now
            )
    return len(found)


def remove_old_drafts(now: dt.datetime) -> int:
    """Remove drafts that were not touched for thirty days, with their scans. Returns how many."""
    left = CabinetApplication.objects.filter(
        state=ApplicationState.DRAFT, updated_at__lte=now - dt.timedelta(days=DRAFT_DAYS)
    )
    return sum(_remove(pk, now) for pk in list(left.order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def _remove(application_id: int, now: dt.datetime) -> int:
    rows = CabinetApplication.objects.select_for_update(of=("self",), skip_locked=True)
    old = now - dt.timedelta(days=DRAFT_DAYS)
    row = rows.filter(pk=application_id, state=ApplicationState.DRAFT, updated_at__lte=old).first()
    if row is None:  # somebody went on with it this minute
        return 0
    forget_contents(row)
    secrets.withdraw_about(row.pk, secrets.Purpose.APPLICATION, now=now)
    record(actor_id=None, action="application.draft_removed", subject="application", subject_id=row.pk, facts=None)
    row.delete()
    return 1


def remind_applicants(now: dt.datetime) -> int:
    """Remind applicants whose application has waited for their corrections for a week. Once for each return."""
    rows = CabinetApplication.objects.filter(
        state=ApplicationState.RETURNED, returned_at__lte=now - dt.timedelta(days=REMIND_AFTER_DAYS)
    )
    found = list(rows.order_by("pk"))
    for row in found:
        with transaction.atomic():
            write_to_applicant(row, kind="application_reminder", cause=f"{row.returned_at:%Y%m%d%H%M%S}", now=now)
    return len(found)
