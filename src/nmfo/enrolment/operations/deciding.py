"""What an organisation does with the applications it has received, and that it has looked at them.

Each function decides about one application and is one transaction; a page that decides about many calls it for each,
so that one which a colleague has changed meanwhile refuses itself alone. `seen` is the revision that was on the page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from foundation.audit.operations import entry_of, record, record_all, record_look
from foundation.db.refusals import refuses
from foundation.files.models import StoredFile
from foundation.runtime.facts import RequestFacts
from nmfo.catalogue.operations.seating import lock_run
from nmfo.enrolment.models import Application, ApplicationDocument, Completion, EnrolmentOrder, Message
from nmfo.enrolment.operations.steps import lock_application, make_step, say, write_to_specialist
from nmfo.enrolment.queries import received_by
from nmfo.enrolment.rules import (
    CORRECTABLE,
    ENDS,
    LONGEST_LATE_REASON,
    ChangedMeanwhile,
    NobodyChosen,
    OrderTaken,
    OwnApplication,
    ReasonMissing,
    RunDays,
    Side,
    State,
    StepMoved,
    TextMissing,
    check_basis_paper,
    check_move,
    check_order,
)
from nmfo.organisations.models import Member
from nmfo.organisations.rules import Right, check_may


class ApplicationStrange(StepMoved):
    """The organisation has no such application; pages answer 404."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """An application that an order does not have, and why."""

    application: Application
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """What an order has done."""

    order: EnrolmentOrder
    applications: tuple[Application, ...]
    left: tuple[Left, ...]


@transaction.atomic
def application_seen_by(by: Member, *, pk: int, facts: RequestFacts | None) -> Application | None:
    """An application for the eyes of an organisation's member; the look is recorded (152-ФЗ, R-189)."""
    check_may(by.roles, Right.LISTENERS)
    row = received_by(by.organisation).filter(pk=pk).first()
    if row is not None:
        record_look(actor_id=by.account_id, subject="enrolment", subject_id=row.pk, what="card", facts=facts)
    return row


@transaction.atomic
def list_seen_by(by: Member, rows: Sequence[Application], *, facts: RequestFacts | None) -> None:
    """Record that names and ends of СНИЛС of these listeners were on a page: one statement."""
    check_may(by.roles, Right.LISTENERS)
    record_all(
        entry_of(
            actor_id=by.account_id,
            action="enrolment.looked_at",
            subject="enrolment",
            subject_id=row.pk,
            facts=facts,
            after={"what": "list"},
        )
        for row in rows
    )


@transaction.atomic
def document_seen_by(
    by: Member, *, application_id: int, document_id: int, facts: RequestFacts | None
) -> StoredFile | None:
    """A document of an application; the look is recorded."""
    check_may(by.roles, Right.LISTENERS)
    rows = ApplicationDocument.objects.filter(application__in=received_by(by.organisation).values("pk"))
    document = rows.select_related("file").filter(pk=document_id, application_id=application_id).first()
    if document is None:
        return None
    what = f"document {document.kind}"
    record_look(actor_id=by.account_id, subject="enrolment", subject_id=application_id, what=what, facts=facts)
    return document.file


@transaction.atomic
def take_into_work(
    *, application_id: int, seen: int | None, by: Member, facts: RequestFacts | None, now: dt.datetime
) -> Application:
    """Take a submitted application into work. Raises NotAllowed, OwnApplication, ChangedMeanwhile, StepMoved."""
    row = received(application_id, by, seen)
    make_step(row, State.REVIEW, side=Side.ORGANISATION, by=by.account, facts=facts, now=now)
    return row


@transaction.atomic
def accept_application(
    *, application_id: int, seen: int | None, by: Member, facts: RequestFacts | None, now: dt.datetime
) -> Application:
    """Approve an application: next its basis is confirmed. Raises as `take_into_work`."""
    row = received(application_id, by, seen)
    make_step(
        row,
        State.APPROVED,
        side=Side.ORGANISATION,
        by=by.account,
        facts=facts,
        now=now,
        letter="enrolment_approved",
    )
    return row


@transaction.atomic
def return_application(
    *,
    application_id: int,
    seen: int | None,
    asks: str,
    text: str,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
) -> Application:
    """Give an application back for more: a document, an answer. Raises as `take_into_work`, and ReasonMissing."""
    row = received(application_id, by, seen)
    if not text.strip():
        raise ReasonMissing
    make_step(
        row,
        State.RETURNED,
        side=Side.ORGANISATION,
        by=by.account,
        facts=facts,
        now=now,
        reason=text.strip(),
        asks=asks,
        letter="enrolment_returned",
    )
    return row


@transaction.atomic
def refuse_application(
    *, application_id: int, seen: int | None, reason: str, by: Member, facts: RequestFacts | None, now: dt.datetime
) -> Application:
    """Refuse for good, with a reason; the seat goes to the next in the list. Raises as above."""
    row = received(application_id, by, seen)
    if not reason.strip():
        raise ReasonMissing
    make_step(
        row,
        State.REFUSED,
        side=Side.ORGANISATION,
        by=by.account,
        facts=facts,
        now=now,
        reason=reason.strip(),
        letter="enrolment_refused",
    )
    return row


@transaction.atomic
def confirm_basis(
    *,
    application_id: int,
    seen: int | None,
    number: str,
    on: dt.date | None,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
) -> Application:
    """Confirm who pays: the contract, the quota of the budget, the certificate.

    Raises BasisNumberMissing, BasisInFuture, and as above.
    """
    row = received(application_id, by, seen)
    words = " ".join(number.split()) or row.basis_number
    check_basis_paper(number=words, on=on, today=timezone.localdate(now))
    row.basis_number, row.basis_on = words, on
    make_step(
        row,
        State.CONFIRMED,
        side=Side.ORGANISATION,
        by=by.account,
        facts=facts,
        now=now,
        also=("basis_number", "basis_on"),
    )
    return row


@transaction.atomic
def correct_basis(
    *,
    application_id: int,
    seen: int | None,
    number: str,
    on: dt.date | None,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
) -> Application:
    """Put number and date of a confirmed basis right, until there is a result. The trail says so, without the number.

    Raises as `confirm_basis`; StepMoved when the application is not confirmed or enrolled.
    """
    row = received(application_id, by, seen)
    if row.state not in CORRECTABLE:
        raise StepMoved(state=State(row.state).label)
    words = " ".join(number.split())
    check_basis_paper(number=words, on=on, today=timezone.localdate(now))
    if (row.basis_number, row.basis_on) == (words, on):
        return row
    before = {"on": str(row.basis_on or "")}
    after = {"on": str(on or ""), "number": "as it was" if row.basis_number == words else "another one"}
    row.basis_number, row.basis_on, row.revision, row.updated_at = words, on, row.revision + 1, now
    row.save(update_fields=["basis_number", "basis_on", "revision", "updated_at"])
    record(
        actor_id=by.account_id,
        action="enrolment.basis_corrected",
        subject="enrolment",
        subject_id=row.pk,
        facts=facts,
        before=before,
        after=after,
    )
    return row


@transaction.atomic
def enrol_group(
    *,
    run_id: int,
    chosen: Iterable[tuple[int, int | None]],
    number: str,
    issued_on: dt.date,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
    reason: str = "",
) -> Enrolled:
    """Give an order of enrolment (приказ) for a group of one run: pairs of application and the revision seen.

    Those that a colleague has changed meanwhile, or that are not confirmed, are left out and named; when nobody is
    left nothing is written. The same order pressed twice enrols nobody twice. One that is entered after the last day of
    the run has a `reason`, which the trail keeps. Raises NobodyChosen, OrderNumberWrong, OrderInFuture, OrderTooEarly,
    OrderTooLate, LateOrderReasonMissing, OrderTaken.
    """
    check_may(by.roles, Right.LISTENERS)
    pairs = list(dict(chosen).items())
    run = lock_run(run_id)
    if run.item.organisation_id != by.organisation_id:
        raise ApplicationStrange(state="–")
    ready, left = _ready(pairs, run_id, by)
    if not ready:
        raise NobodyChosen
    latest = max(timezone.localdate(row.submitted_at) for row in ready if row.submitted_at is not None)
    days, number = RunDays(begins_on=run.begins_on, ends_on=run.ends_on), " ".join(number.split())
    today, words = timezone.localdate(now), " ".join(reason.split())[:LONGEST_LATE_REASON]
    check_order(number=number, issued_on=issued_on, submitted_on=latest, run=days, today=today, reason=words)
    order = EnrolmentOrder.objects.filter(
        organisation=by.organisation, run=run, number=number, issued_on=issued_on
    ).first()
    if order is None:  # people may be added to an order of the same run
        order = EnrolmentOrder(
            organisation=by.organisation, run=run, number=number, issued_on=issued_on, by=by.account, at=now
        )
        with refuses(enrolment_an_order_is_given_once=OrderTaken):
            order.save(force_insert=True)
    for row in ready:
        row.order = order
        make_step(
            row,
            State.ENROLLED,
            side=Side.ORGANISATION,
            by=by.account,
            facts=facts,
            now=now,
            letter="enrolment_enrolled",
            also=("order",),
            kept=words if today > run.ends_on else "",
        )
    return Enrolled(order=order, applications=tuple(ready), left=tuple(left))


@transaction.atomic
def expel_listener(
    *, application_id: int, seen: int | None, reason: str, by: Member, facts: RequestFacts | None, now: dt.datetime
) -> Application:
    """Expel somebody enrolled, with a reason. Raises as `refuse_application`."""
    row = received(application_id, by, seen)
    if not reason.strip():
        raise ReasonMissing
    make_step(
        row,
        State.EXPELLED,
        side=Side.ORGANISATION,
        by=by.account,
        facts=facts,
        now=now,
        reason=reason.strip(),
        letter="enrolment_expelled",
    )
    return row


@transaction.atomic
def write_to_listener(
    *, application_id: int, text: str, by: Member, facts: RequestFacts | None, now: dt.datetime
) -> Message:
    """Say something to the listener; a letter tells of it. Raises TextMissing, StepMoved once all is over."""
    row = received(application_id, by, None, decides=False)
    if row.state in ENDS:
        raise StepMoved(state=State(row.state).label)
    if not text.strip():
        raise TextMissing
    message = say(row, side=Side.ORGANISATION, author=by.account, text=text.strip(), now=now)
    record(
        actor_id=by.account_id,
        action="enrolment.written",
        subject="enrolment",
        subject_id=row.pk,
        facts=facts,
        after={"message": message.pk},
    )
    write_to_specialist(
        row, kind="enrolment_message", cause=f"message:{message.pk}", now=now, values={"text": message.text}
    )
    return message


def _ready(pairs: list[tuple[int, int | None]], run_id: int, by: Member) -> tuple[list[Application], list[Left]]:
    """Those of the chosen who can be enrolled now, locked in the order of their ids; and the others with the reason."""
    ready, left = [], []
    own = {row.pk: row for row in received_by(by.organisation).filter(pk__in=[pk for pk, _seen in pairs], run=run_id)}
    for pk, seen in sorted(pairs):
        if pk not in own:
            continue  # another run's or another organisation's: as if it were not there
        try:
            row = received(pk, by, seen)
            check_move(row.state, State.ENROLLED, by=Side.ORGANISATION)
        except (ChangedMeanwhile, OwnApplication, StepMoved) as refusal:
            left.append(Left(application=own[pk], why=str(refusal)))
        else:
            ready.append(row)
    return ready, left


def received(application_id: int, by: Member, seen: int | None, *, decides: bool = True) -> Application:
    """An application that the member's organisation has received, locked, for somebody who may decide about it.

    People are compared by СНИЛС: a second account does not help (promise Z5).
    """
    check_may(by.roles, Right.LISTENERS)
    if not received_by(by.organisation).filter(pk=application_id).exists():
        raise ApplicationStrange(state="–")
    row = lock_application(application_id)
    if decides and row.specialist.account.snils == by.account.snils:
        raise OwnApplication
    if seen is not None and row.revision != seen:
        raise ChangedMeanwhile
    return row


@transaction.atomic
def documents_seen_by(by: Member, rows: Sequence[Completion], *, facts: RequestFacts | None, what: str) -> None:
    """Record that data of these listeners' documents were shown or taken away: one statement."""
    check_may(by.roles, Right.LISTENERS)
    record_all(
        entry_of(
            actor_id=by.account_id,
            action="enrolment.looked_at",
            subject="enrolment",
            subject_id=row.application_id,
            facts=facts,
            after={"what": what},
        )
        for row in rows
    )
