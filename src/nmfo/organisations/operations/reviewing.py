"""What operators do with an application: take it, ask, return it, note the originals, refuse, approve (B-02)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from foundation.audit.operations import record, record_look
from foundation.db.refusals import refuses
from foundation.files.models import StoredFile
from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account
from nmfo.accounts.queries import account_by_email
from nmfo.organisations.models import (
    ApplicationDocument,
    ApplicationMessage,
    CabinetApplication,
    Member,
    Organisation,
)
from nmfo.organisations.operations.applying import add_step, touch, write_to_applicant
from nmfo.organisations.operations.inviting import open_invitation
from nmfo.organisations.queries import open_remarks_of, submitted_applications
from nmfo.organisations.rules import (
    WAITING,
    ApplicationState,
    CabinetExists,
    ChangedElsewhere,
    FieldUnknown,
    OgrnTaken,
    OriginalsOutOfOrder,
    ReasonMissing,
    RemarkMissing,
    SecondEyes,
    Side,
    StaffRole,
    StateMoved,
    What,
    check_move,
    check_not_own,
    place_of,
)

_S = ApplicationState


@transaction.atomic
def application_seen_by(by: Account, *, pk: int, facts: RequestFacts, now: dt.datetime) -> CabinetApplication | None:
    """An application for an operator's eyes, with the contacts of the responsible person; the look is recorded."""
    row = submitted_applications().filter(pk=pk).first()
    if row is not None:
        record_look(actor_id=by.pk, subject="application", subject_id=row.pk, what="contacts", facts=facts)
    return row


@transaction.atomic
def scan_seen_by(
    by: Account, *, application_id: int, document_id: int, facts: RequestFacts, now: dt.datetime
) -> StoredFile | None:
    """A scan of an application, a replaced one too; the look is recorded."""
    rows = ApplicationDocument.objects.filter(application__in=submitted_applications().values("pk"))
    document = rows.select_related("file").filter(pk=document_id, application_id=application_id).first()
    if document is None:
        return None
    record_look(
        actor_id=by.pk, subject="application", subject_id=application_id, what=f"scan {document.kind}", facts=facts
    )
    return document.file


@transaction.atomic
def take_application(*, application_id: int, by: Account, facts: RequestFacts, now: dt.datetime) -> CabinetApplication:
    """Take an application into work. Of two operators at once the second gets StateMoved. Raises OwnApplication."""
    row = _lock_for(application_id, by)
    check_move(row.state, _S.REVIEW)
    row.state, row.taken_by = _S.REVIEW, by
    touch(row, now, "state", "taken_by")
    add_step(row, What.TAKEN, side=Side.OPERATOR, by_id=by.pk, now=now)
    _record(row, "application.taken", by, facts)
    return row


@transaction.atomic
def ask_applicant(
    *, application_id: int, field: str, text: str, by: Account, facts: RequestFacts, now: dt.datetime
) -> ApplicationMessage:
    """Say something to the applicant: a question, which goes out by letter at once, or a remark at a field.

    Remarks wait until the application is returned and go together. Raises OwnApplication, StateMoved, FieldUnknown.
    """
    row = _lock_for(application_id, by)
    _check_in_review(row)
    if field and place_of(field) is None:
        raise FieldUnknown
    message = ApplicationMessage(application=row, side=Side.OPERATOR, author=by, field=field, text=text, at=now)
    message.save(force_insert=True)
    _record(row, "application.remarked" if field else "application.asked", by, facts, after={"message": message.pk})
    if not field:
        add_step(row, What.ASKED, side=Side.OPERATOR, by_id=by.pk, now=now)
        values = {"message": message}
        write_to_applicant(row, kind="application_question", cause=str(message.pk), values=values, now=now)
    return message


@transaction.atomic
def settle_remark(*, application_id: int, message_id: int, by: Account, facts: RequestFacts, now: dt.datetime) -> None:
    """Take a remark back, or note that it has been put right. Raises OwnApplication, StateMoved."""
    row = _lock_for(application_id, by)
    _check_in_review(row)
    if open_remarks_of(row).filter(pk=message_id).update(settled_at=now):
        _record(row, "application.remark_settled", by, facts, after={"message": message_id})


@transaction.atomic
def return_application(
    *, application_id: int, revision: int, by: Account, facts: RequestFacts, now: dt.datetime
) -> CabinetApplication:
    """Give the application back for corrections, with its remarks as a list in the letter. A first approval is void.

    Raises OwnApplication, StateMoved, ChangedElsewhere, RemarkMissing.
    """
    row = _lock_for(application_id, by, revision)
    check_move(row.state, _S.RETURNED)
    remarks = list(open_remarks_of(row))
    if not remarks:
        raise RemarkMissing
    row.state, row.returned_at, row.approved_at, row.approved_by = _S.RETURNED, now, None, None
    touch(row, now, "state", "returned_at", "approved_at", "approved_by")
    add_step(row, What.RETURNED, side=Side.OPERATOR, by_id=by.pk, now=now)
    _record(row, "application.returned", by, facts, after={"remarks": len(remarks)})
    tasks = [{"name": named[1], "text": remark.text} for remark in remarks if (named := place_of(remark.field))]
    write_to_applicant(row, kind="application_returned", cause=str(row.revision), values={"tasks": tasks}, now=now)
    return row


@transaction.atomic
def note_originals(
    *, application_id: int, checked: bool, on: dt.date, by: Account, facts: RequestFacts, now: dt.datetime
) -> CabinetApplication:
    """Note the day the paper originals came, or were checked (R-201). Allowed until the application is decided.

    Raises OwnApplication, StateMoved, OriginalsOutOfOrder for a check before they came or for a day to come.
    """
    row = _lock_for(application_id, by)
    if row.state not in WAITING | {_S.RETURNED}:
        raise StateMoved(state=ApplicationState(row.state).label)
    early = checked and (row.originals_received_on is None or on < row.originals_received_on)
    if early or on > timezone.localdate(now):
        raise OriginalsOutOfOrder
    name = "originals_checked_on" if checked else "originals_received_on"
    setattr(row, name, on)
    touch(row, now, name)
    add_step(row, What.CHECKED if checked else What.RECEIVED, side=Side.OPERATOR, by_id=by.pk, now=now)
    _record(row, "application.originals_noted", by, facts, after={name: on.isoformat()})
    return row


@transaction.atomic
def refuse_application(
    *, application_id: int, revision: int, reason: str, by: Account, facts: RequestFacts, now: dt.datetime
) -> CabinetApplication:
    """Refuse for good, with the reason in the letter.

    Raises OwnApplication, StateMoved, ChangedElsewhere, ReasonMissing.
    """
    row = _lock_for(application_id, by, revision)
    check_move(row.state, _S.REFUSED)
    if not reason.strip():
        raise ReasonMissing
    row.state, row.reason, row.decided_at, row.decided_by = _S.REFUSED, reason.strip(), now, by
    touch(row, now, "state", "reason", "decided_at", "decided_by")
    add_step(row, What.REFUSED, side=Side.OPERATOR, by_id=by.pk, reason=row.reason, now=now)
    _record(row, "application.refused", by, facts, reason=row.reason[:500])
    write_to_applicant(row, kind="application_refused", cause=str(row.revision), now=now)
    return row


@transaction.atomic
def approve_application(
    *, application_id: int, revision: int, by: Account, facts: RequestFacts, now: dt.datetime
) -> CabinetApplication:
    """Approve. The first approval is noted; the second, by another person, opens the cabinet (promise Z4).

    People are compared by СНИЛС, so a second account of the first operator does not help. `revision` is that of the
    page the operator looked at: nobody approves what they have not seen. Raises OwnApplication, StateMoved,
    ChangedElsewhere, SecondEyes, CabinetExists, OgrnTaken.
    """
    row = _lock_for(application_id, by, revision)
    check_move(row.state, _S.OPENED)
    if row.approved_by is None:
        row.approved_at, row.approved_by = now, by
        touch(row, now, "approved_at", "approved_by")
        add_step(row, What.APPROVED, side=Side.OPERATOR, by_id=by.pk, now=now)
        _record(row, "application.approved", by, facts)
        return row
    if row.approved_by_id == by.pk or row.approved_by.snils == by.snils:
        raise SecondEyes
    organisation = _open(row, now)
    row.state, row.organisation, row.decided_at, row.decided_by = _S.OPENED, organisation, now, by
    touch(row, now, "state", "organisation", "decided_at", "decided_by")
    add_step(row, What.OPENED, side=Side.OPERATOR, by_id=by.pk, now=now)
    _record(
        row,
        "application.opened",
        by,
        facts,
        after={"organisation": organisation.pk, "first": row.approved_by_id, "second": by.pk},
    )
    record(
        actor_id=by.pk,
        action="organisation.opened",
        subject="organisation",
        subject_id=organisation.pk,
        facts=facts,
        after={"application": row.number},
    )
    open_invitation(
        organisation=organisation,
        email=row.person_email,
        name=" ".join(filter(None, (row.person_surname, row.person_first_name, row.person_patronymic))),
        post=row.person_post,
        roles=[str(StaffRole.OWNER)],
        language=row.language,
        by=None,
        kind="cabinet_opened",
        facts=facts,
        now=now,
        actor_id=by.pk,
    )
    return row


def check_may_decide(*, application_id: int, by: Account) -> CabinetApplication:
    """The application, when this operator may decide about it. Raises OwnApplication, SecondEyes."""
    row = CabinetApplication.objects.select_related("approved_by").get(pk=application_id)
    check_not_own(decider_snils=by.snils, snils_of_the_others=_snils_of_applicants(row))
    if row.approved_by is not None and row.approved_by.snils == by.snils:
        raise SecondEyes
    return row


def _open(row: CabinetApplication, now: dt.datetime) -> Organisation:
    with refuses(organisations_organisation_inn_key=CabinetExists, organisations_organisation_ogrn_key=OgrnTaken):
        return Organisation.objects.create(
            name=row.name,
            short_name=row.short_name,
            kind=row.kind,
            inn=row.inn,
            ogrn=row.ogrn,
            region_id=row.region_id or "",
            address=row.address,
            licence_number=row.licence_number,
            licence_issued_on=row.licence_issued_on,
            licence_until_on=row.licence_until_on,
            site=row.site,
            opened_at=now,
            is_demo=row.is_demo,
        )


def _lock_for(application_id: int, by: Account, revision: int | None = None) -> CabinetApplication:
    """The application under lock, for somebody who may decide about it (promise Z5)."""
    rows = CabinetApplication.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related("approved_by").get(pk=application_id)
    check_not_own(decider_snils=by.snils, snils_of_the_others=_snils_of_applicants(row))
    if revision is not None and row.revision != revision:
        if row.state not in WAITING:
            raise StateMoved(state=ApplicationState(row.state).label)
        raise ChangedElsewhere
    return row


def _snils_of_applicants(row: CabinetApplication) -> Iterable[str]:
    """Persons behind an application: the responsible one by the e-mail, and whoever works in the organisation."""
    person = account_by_email(row.person_email) if row.person_email else None
    members = Member.objects.filter(organisation__inn=row.inn, left_at=None).select_related("account")
    return [*([person.snils] if person is not None else []), *(member.account.snils for member in members)]


def _check_in_review(row: CabinetApplication) -> None:
    if row.state != _S.REVIEW:
        raise StateMoved(state=ApplicationState(row.state).label)


def _record(
    row: CabinetApplication,
    action: str,
    by: Account,
    facts: RequestFacts,
    *,
    reason: str = "",
    after: dict[str, object] | None = None,
) -> None:
    record(
        actor_id=by.pk,
        action=action,
        subject="application",
        subject_id=row.pk,
        facts=facts,
        reason=reason,
        after={"state": row.state, **(after or {})},
    )
