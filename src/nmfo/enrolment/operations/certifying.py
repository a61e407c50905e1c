"""Educational certificates of a specialist: what employer and fund have decided, and the application one pays for."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from foundation.audit.operations import record
from foundation.errors import Refused
from foundation.runtime.facts import RequestFacts
from nmfo.enrolment.models import Application, CertificateStep, EducationalCertificate
from nmfo.enrolment.rules import (
    ENDS,
    CertificateFormUsed,
    CertificateMoved,
    CertificateState,
    Side,
    State,
    check_certificate_free,
    check_certificate_move,
    check_certificate_paper,
)
from nmfo.specialists.models import Specialist


@transaction.atomic
def ask_for_certificate(
    *, specialist: Specialist, employer: str, form_key: str, facts: RequestFacts | None, now: dt.datetime
) -> EducationalCertificate:
    """Begin: the employer was asked. The same form again gives the same, with other words CertificateFormUsed."""
    words = " ".join(employer.split())[:300]
    Specialist.objects.select_for_update(of=("self",), no_key=True).get(pk=specialist.pk)
    rows = EducationalCertificate.objects.filter(specialist=specialist, form_key=form_key)
    made = rows.first() if form_key else None
    if made is not None:
        if made.employer != words:
            raise CertificateFormUsed
        return made
    row = EducationalCertificate(specialist=specialist, form_key=form_key, created_at=now, updated_at=now)
    row.employer, row.number = words, ""
    row.save(force_insert=True)
    _note(row, Side.SPECIALIST, facts, now, before="")
    return row


@transaction.atomic
def move_certificate(
    *, specialist: Specialist, certificate_id: int, to: str, facts: RequestFacts | None, now: dt.datetime
) -> EducationalCertificate:
    """Note that the employer agreed, that it was refused, or that it was given back. Raises CertificateMoved."""
    row = _own(specialist, certificate_id)
    if to not in CertificateState.values or to == CertificateState.ISSUED:
        raise CertificateMoved(state=CertificateState(row.state).label)
    _move(row, CertificateState(to), Side.SPECIALIST, facts, now)
    return row


@transaction.atomic
def issue_certificate(
    *,
    specialist: Specialist,
    certificate_id: int,
    number: str,
    issued_on: dt.date,
    valid_until_on: dt.date | None,
    amount_rub: int | None,
    facts: RequestFacts | None,
    now: dt.datetime,
) -> EducationalCertificate:
    """Note what the fund has issued. Raises CertificateMoved, CertificateNumberNeeded, CertificateDatesWrong."""
    row = _own(specialist, certificate_id)
    check_certificate_move(row.state, CertificateState.ISSUED, by=Side.SPECIALIST)
    words = " ".join(number.split())
    check_certificate_paper(
        number=words, issued_on=issued_on, valid_until_on=valid_until_on, today=timezone.localdate(now)
    )
    row.number, row.issued_on, row.valid_until_on, row.amount_rub = words, issued_on, valid_until_on, amount_rub
    _move(
        row, CertificateState.ISSUED, Side.SPECIALIST, facts, now, "number", "issued_on", "valid_until_on", "amount_rub"
    )
    return row


def bind_certificate(application: Application, facts: RequestFacts | None, now: dt.datetime) -> None:
    """Use the certificate of an application that is being sent, in the caller's transaction.

    Of two applications with one certificate at once the second waits and is refused. Raises CertificateNotFree,
    CertificateOver.
    """
    if application.certificate_id is None:
        return
    row = _locked(application.certificate_id)
    check_certificate_free(state=row.state, valid_until_on=row.valid_until_on, today=timezone.localdate(now))
    _move(row, CertificateState.BOUND, Side.PORTAL, facts, now)


def settle_certificate(application: Application, facts: RequestFacts | None, now: dt.datetime) -> None:
    """Close the certificate of an application that gave its document; free it when it ended otherwise."""
    if application.certificate_id is None or application.state not in ENDS:
        return
    row = _locked(application.certificate_id)
    if row.state == CertificateState.BOUND:
        earned = application.state == State.CREDITED
        _move(row, CertificateState.CLOSED if earned else CertificateState.ISSUED, Side.PORTAL, facts, now)


class CertificateUnknown(Refused):
    """The specialist has no such certificate; pages answer 404."""

    message = CertificateMoved.message


def _own(specialist: Specialist, certificate_id: int) -> EducationalCertificate:
    if not EducationalCertificate.objects.filter(pk=certificate_id, specialist=specialist).exists():
        raise CertificateUnknown(state="–")
    return _locked(certificate_id)


def _locked(certificate_id: int) -> EducationalCertificate:
    rows = EducationalCertificate.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("specialist").get(pk=certificate_id)


def _move(
    row: EducationalCertificate,
    to: CertificateState,
    side: Side,
    facts: RequestFacts | None,
    now: dt.datetime,
    *also: str,
) -> None:
    check_certificate_move(row.state, to, by=side)
    before, row.state, row.updated_at = row.state, to, now
    row.save(update_fields=["state", "updated_at", *also])
    _note(row, side, facts, now, before=before)


def _note(
    row: EducationalCertificate, side: Side, facts: RequestFacts | None, now: dt.datetime, *, before: str
) -> None:
    CertificateStep.objects.create(certificate=row, specialist_id=row.specialist_id, state=row.state, side=side, at=now)
    record(
        actor_id=row.specialist.account_id if side == Side.SPECIALIST else None,
        action=f"certificate.{row.state}",
        subject="certificate",
        subject_id=row.pk,
        facts=facts,
        before={"state": before} if before else {},
        after={"state": row.state},
    )
