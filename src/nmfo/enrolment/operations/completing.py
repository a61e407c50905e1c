"""The result of a listener: final attestation, удостоверение, and the credits, in one transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from foundation.db.refusals import refuses
from foundation.runtime.facts import RequestFacts
from foundation.ui.templatetags.ui import day
from foundation.vault.cipher import blind
from foundation.vault.lookup import by_index
from nmfo.catalogue.rules.refusals import Problems
from nmfo.credits.operations.posting import post
from nmfo.credits.rules.words import Source
from nmfo.enrolment.models import Application, Completion
from nmfo.enrolment.operations.deciding import received
from nmfo.enrolment.operations.steps import make_step, origin_of
from nmfo.enrolment.rules import (
    AppliedAnew,
    CompletedAlready,
    DocumentTakenBack,
    Mark,
    NotEnrolled,
    NumberTaken,
    Side,
    State,
    completion_problems,
)
from nmfo.organisations.models import Member, Organisation

_DOCUMENT = "enrolment_document"


class ResultWrong(Problems):
    """Everything that is wrong with a result; `problems` are pairs of a field and its refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the form of a result asks. `series` may be empty."""

    mark: str
    attested_on: dt.date
    series: str
    number: str
    registration_number: str
    issued_on: dt.date


@transaction.atomic
def complete_application(
    *,
    application_id: int,
    seen: int | None,
    result: Result,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
) -> Completion:
    """Enter a result and post the credits of the version that was taught, in one transaction (L1, Z2).

    The day of issue is the day the credits are earned. Of two colleagues at once the second gets CompletedAlready; a
    document's series and number belong to one listener of an organisation. After a reversal a corrected result is
    entered once again, as the next attempt with an origin and a document of its own; what was entered for somebody of
    the same name by mistake is free for whose it is. Raises ResultWrong with everything that is wrong,
    NotEnrolled, ChangedMeanwhile, OwnApplication, AppliedAnew.
    """
    row = received(application_id, by, None)
    if row.state in {State.COMPLETED, State.CREDITED}:
        raise CompletedAlready
    if row.state not in {State.ENROLLED, State.REVERSED}:
        raise NotEnrolled(state=State(row.state).label)
    received(application_id, by, seen)
    Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=row.organisation_id)  # of its numbers
    made = _checked(row, result, by, now)
    with refuses(enrolment_an_application_is_completed_once=CompletedAlready):
        made.save(force_insert=True)
    with refuses(enrolment_one_open_application_for_a_programme=AppliedAnew):
        make_step(row, State.COMPLETED, side=Side.ORGANISATION, by=by.account, facts=facts, now=now)
    post(
        specialist_id=row.specialist_id,
        version=row.version,
        source=Source.COMPLETION,
        origin=origin_of(row, made.attempt),
        earned_on=result.issued_on,
        by=by.account,
        now=now,
        began_on=row.run.begins_on,
    )
    make_step(row, State.CREDITED, side=Side.PORTAL, by=None, facts=facts, now=now, letter="enrolment_credited")
    return made


def _checked(row: Application, result: Result, by: Member, now: dt.datetime) -> Completion:
    series, number = result.series.strip().upper(), "".join(result.number.split())
    registration = " ".join(result.registration_number.split())
    problems = completion_problems(
        attested_on=result.attested_on,
        issued_on=result.issued_on,
        series=series,
        number=number,
        registration_number=registration,
        run=row.days,
        enrolled_on=row.order.issued_on if row.order is not None else row.run.begins_on,
        today=timezone.localdate(now),
    )
    made = Completion(
        application=row,
        specialist_id=row.specialist_id,
        organisation_id=row.organisation_id,
        mark=Mark(result.mark),
        attested_on=result.attested_on,
        series=series,
        number=number,
        registration_number=registration,
        issued_on=result.issued_on,
        by=by.account,
        at=now,
        attempt=Completion.objects.filter(application=row).count() + 1,
    )
    issued = Completion.objects.filter(organisation=row.organisation_id)
    known = list(by_index(issued, "document_index", made.document_name, purpose=_DOCUMENT))
    gone = [one.taken_back_at for one in known if one.specialist_id == row.specialist_id and one.taken_back_at]
    if any(one.taken_back_at is None for one in known):
        problems.append(NumberTaken())
    elif gone:
        problems.append(DocumentTakenBack(day=day(timezone.localdate(max(gone)))))
    if problems:
        raise ResultWrong([(problem.field or "", problem) for problem in problems])
    made.document_index = blind(made.document_name, purpose=_DOCUMENT)
    return made
