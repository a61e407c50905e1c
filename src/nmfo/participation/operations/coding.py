"""Confirmation codes for those whose presence is confirmed: one bound to each, sent by letter (features.md 64)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from foundation.runtime.facts import RequestFacts
from nmfo.credits.models import CodeBatch
from nmfo.credits.operations.issuing import check_same_form, issue_codes
from nmfo.credits.rules.words import LONGEST_REASON, MOST_CODES
from nmfo.organisations.models import Member
from nmfo.participation.operations.steps import locked_gathering, own_event
from nmfo.participation.queries import without_a_code
from nmfo.participation.rules import AttendanceNotClosed, Award, CreditsComeAtOnce, EverybodyHasACode, StillSettling


@transaction.atomic
def send_codes(
    *,
    item_id: int,
    valid_until_on: dt.date,
    note: str,
    form_key: str,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
) -> CodeBatch:
    """Issue a code to everybody on the list who has none yet, and let the letters go. The same form again is one batch.

    Two at once wait for each other at the gathering: the second finds nobody without a code. More people than a batch
    may have get theirs with the next one.

    Raises NotAllowed, EventUnknown, AttendanceNotClosed, CreditsComeAtOnce, StillSettling, EverybodyHasACode, FormUsed;
    and as `issue_codes` does.
    """
    version = own_event(by, item_id)
    gathering = locked_gathering(version)
    if gathering.closed_at is None:
        raise AttendanceNotClosed
    if gathering.award != Award.CODES:
        raise CreditsComeAtOnce
    if gathering.settled_at is None:  # or the job would say of a code that was sent that it is still to come
        raise StillSettling
    made = CodeBatch.objects.filter(organisation_id=by.organisation_id, item_id=item_id, form_key=form_key).first()
    if made is not None:
        return check_same_form(made, valid_until_on=valid_until_on, note=note.strip()[:LONGEST_REASON])
    people = list(without_a_code(item_id).values_list("specialist", flat=True)[:MOST_CODES])
    if not people:
        raise EverybodyHasACode
    return issue_codes(
        item_id=item_id,
        count=len(people),
        people=people,
        valid_until_on=valid_until_on,
        note=note,
        form_key=form_key,
        by=by,
        facts=facts,
        now=now,
    )
