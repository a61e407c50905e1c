"""What organisations say of ФИС ФРДО: which documents stand there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from foundation.audit.operations import entry_of, record_all
from foundation.runtime.facts import RequestFacts
from nmfo.enrolment.models import Completion, FrdoRecord
from nmfo.organisations.models import Member
from nmfo.organisations.rules import Right, check_may


@transaction.atomic
def note_in_frdo(*, completion_ids: Collection[int], by: Member, facts: RequestFacts | None, now: dt.datetime) -> int:
    """Note that documents of the member's organisation stand in ФИС ФРДО. Returns how many are newly noted.

    Others' documents, those taken back and those noted before are passed over, so a double click notes each once.
    """
    check_may(by.roles, Right.LISTENERS)
    rows = Completion.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.filter(organisation=by.organisation_id, pk__in=completion_ids, taken_back_at=None)
    found = list(rows.filter(frdo=None).order_by("pk"))
    FrdoRecord.objects.bulk_create(
        FrdoRecord(completion=one, specialist_id=one.specialist_id, by=by.account, at=now) for one in found
    )
    _record(found, "enrolment.frdo_noted", by, facts)
    return len(found)


@transaction.atomic
def take_back_frdo(*, completion_ids: Collection[int], by: Member, facts: RequestFacts | None) -> int:
    """Take such a note back, when it was a mistake. Returns how many were taken back."""
    check_may(by.roles, Right.LISTENERS)
    rows = Completion.objects.select_for_update(of=("self",), no_key=True)
    found = list(rows.filter(organisation=by.organisation_id, pk__in=completion_ids, frdo__isnull=False).order_by("pk"))
    FrdoRecord.objects.filter(completion__in=found).delete()
    _record(found, "enrolment.frdo_taken_back", by, facts)
    return len(found)


def _record(found: list[Completion], action: str, by: Member, facts: RequestFacts | None) -> None:
    record_all(
        entry_of(actor_id=by.account_id, action=action, subject="enrolment", subject_id=one.application_id, facts=facts)
        for one in found
    )
