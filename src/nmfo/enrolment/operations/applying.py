"""What a specialist does: fill in, enclose, submit, answer, take the offered seat, withdraw, write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from foundation.audit.operations import record
from foundation.db.refusals import refuses
from foundation.files.operations import SCANS, Upload, account_holder, drop_file, keep_file
from foundation.runtime.facts import RequestFacts
from nmfo.catalogue.models import Item, Run
from nmfo.catalogue.operations.seating import lock_run
from nmfo.catalogue.rules.words import Basis, ItemState, RunState
from nmfo.enrolment.models import Application, ApplicationDocument, Message
from nmfo.enrolment.operations.certifying import bind_certificate
from nmfo.enrolment.operations.steps import (
    lock_application,
    make_step,
    next_number,
    offer_seats,
    say,
)
from nmfo.enrolment.queries import (
    applications_of,
    certificates_of,
    documents_of,
    open_application_of,
    place_of,
    run_to_apply_for,
)
from nmfo.enrolment.rules import (
    EDITABLE,
    ENDS,
    MOST_DOCUMENTS,
    ApplicationOpen,
    BasisNotOffered,
    DocumentsFull,
    DocumentsSettled,
    LevelUnfit,
    NoSeats,
    NoSeatsToWaitFor,
    OfferOver,
    ProgrammeClosed,
    RunNotOpen,
    Side,
    SpecialtyMissing,
    State,
    StepMoved,
    TextMissing,
    check_basis,
    check_certificate_free,
    check_withdrawable,
)
from nmfo.organisations.rules import LicenceState
from nmfo.reference.models import Specialty
from nmfo.specialists.models import Specialist
from nmfo.specialists.queries import levels_of

_ONE = {"enrolment_one_open_application_for_a_programme": ApplicationOpen}


class ApplicationUnknown(StepMoved):
    """The specialist has no such application; pages answer 404."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the form asks. `basis_number`: of an educational certificate, else empty."""

    run_id: int
    basis: str
    specialty_id: int | None
    basis_number: str = ""
    certificate_id: int | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file with what it is."""

    kind: str
    upload: Upload


@transaction.atomic
def begin_application(
    *,
    specialist: Specialist,
    wish: Wish,
    enclosures: Iterable[Enclosure] = (),
    form_key: str,
    facts: RequestFacts | None,
    now: dt.datetime,
) -> Application:
    """Begin an application: a draft, which nobody but the specialist sees. The same `form_key` again gives the same.

    Raises the refusals of the rules, ApplicationOpen when there is one for this programme, those of files; then
    nothing is kept.
    """
    Specialist.objects.select_for_update(of=("self",), no_key=True).get(pk=specialist.pk)  # a double click waits here
    made = applications_of(specialist).filter(form_key=form_key).first() if form_key else None
    if made is not None:
        return made
    run = _checked(specialist, wish, now)
    row = Application(
        specialist=specialist,
        organisation_id=run.item.organisation_id,
        item_id=run.item_id,
        form_key=form_key,
        reason="",
        created_at=now,
    )
    _fill(row, wish, run, now)
    if open_application_of(specialist, run.item_id) is not None:
        raise ApplicationOpen
    with refuses(**_ONE, enrolment_a_form_makes_one_application=ApplicationOpen):
        row.save(force_insert=True)
    _record(row, "enrolment.begun", facts, after={"run": run.pk})
    _enclose(row, enclosures, facts, now)
    return row


@transaction.atomic
def change_application(
    *,
    specialist: Specialist,
    application_id: int,
    wish: Wish,
    enclosures: Iterable[Enclosure] = (),
    facts: RequestFacts | None,
    now: dt.datetime,
) -> Application:
    """Change a draft; another run of the same programme may be chosen. Raises as `begin_application`, and StepMoved."""
    row = _own(specialist, application_id)
    if row.state != State.DRAFT:
        raise StepMoved(state=State(row.state).label)
    run = _checked(specialist, wish, now)
    if run.item_id != row.item_id:
        raise RunNotOpen
    _fill(row, wish, run, now)
    row.save(
        update_fields=["run", "version", "basis", "basis_number", "certificate", "specialty", "comment", "updated_at"]
    )
    _enclose(row, enclosures, facts, now)
    return row


@transaction.atomic
def submit_application(
    *, specialist: Specialist, application_id: int, may_wait: bool, facts: RequestFacts | None, now: dt.datetime
) -> Application:
    """Send a draft to the organisation. It takes a seat; without one left it joins the waiting list, if that is wished.

    Sent already, it is given as it is: a double click is one. Of two for the last seat one gets it. Raises NoSeats
    with the place one would get, NoSeatsToWaitFor once the learning has begun, RunNotOpen, ProgrammeClosed.
    """
    row = _own(specialist, application_id)
    if row.state != State.DRAFT:
        return row
    run = lock_run(row.run_id)
    check_open(run, item=run.item, today=timezone.localdate(now))
    check_basis(basis=row.basis, number=row.basis_number, offered=list(run.bases))
    bind_certificate(row, facts, now)
    row.number, row.submitted_at, row.version = next_number(now), now, run.version
    also = ("number", "submitted_at", "version")
    begun = run.begins_on <= timezone.localdate(now)  # nobody is offered a seat any more: nobody goes first, or waits
    has_seat = run.seats is None or (run.taken < run.seats and (begun or place_of(row) == 1))
    if not has_seat and begun:
        raise NoSeatsToWaitFor
    if not has_seat and not may_wait:
        raise NoSeats(n=place_of(row))
    make_step(
        row,
        State.SUBMITTED if has_seat else State.WAITING,
        side=Side.SPECIALIST,
        by=specialist.account,
        facts=facts,
        now=now,
        letter="enrolment_received" if has_seat else "enrolment_waiting",
        values={"place": 0 if has_seat else place_of(row)},
        also=also,
    )
    if not has_seat:
        offer_seats(run.pk, now)  # a seat may have come free without anybody noticing: more seats were set
        row.refresh_from_db(fields=["state", "revision", "offered_until", "waiting_since"])
    return row


@transaction.atomic
def discard_draft(*, specialist: Specialist, application_id: int, facts: RequestFacts | None, now: dt.datetime) -> None:
    """Drop a draft with its files. Raises StepMoved when it was sent."""
    row = _own(specialist, application_id)
    if row.state != State.DRAFT:
        raise StepMoved(state=State(row.state).label)
    drop_draft(row)


def drop_draft(row: Application) -> None:
    """Remove a locked draft and what is enclosed, in the caller's transaction."""
    for document in list(documents_of(row)):
        document.delete()
        drop_file(document.file)
    row.delete()


@transaction.atomic
def send_again(
    *, specialist: Specialist, application_id: int, text: str, facts: RequestFacts | None, now: dt.datetime
) -> Application:
    """Give a returned application back to the organisation, with an answer. Raises StepMoved."""
    row = _own(specialist, application_id)
    make_step(
        row,
        State.REVIEW,
        side=Side.SPECIALIST,
        by=specialist.account,
        facts=facts,
        now=now,
        reason=text.strip(),
    )
    return row


@transaction.atomic
def take_offer(
    *, specialist: Specialist, application_id: int, facts: RequestFacts | None, now: dt.datetime
) -> Application:
    """Take the seat that is offered. Raises OfferOver after its term, StepMoved."""
    row = _own(specialist, application_id)
    if row.state == State.SUBMITTED:
        return row  # pressed twice
    if row.state == State.OFFERED and row.offered_until is not None and now > row.offered_until:
        raise OfferOver(until=f"{timezone.localtime(row.offered_until):%d.%m.%Y, %H:%M}")
    make_step(
        row,
        State.SUBMITTED,
        side=Side.SPECIALIST,
        by=specialist.account,
        facts=facts,
        now=now,
        letter="enrolment_received",
    )
    return row


@transaction.atomic
def withdraw_application(
    *, specialist: Specialist, application_id: int, reason: str, facts: RequestFacts | None, now: dt.datetime
) -> Application:
    """Take an application back; its seat goes to the next in the list. Raises RunBegun, StepMoved."""
    row = _own(specialist, application_id)
    check_withdrawable(row.state, run=row.days, today=timezone.localdate(now))
    make_step(
        row,
        State.WITHDRAWN,
        side=Side.SPECIALIST,
        by=specialist.account,
        facts=facts,
        now=now,
        reason=reason.strip(),
    )
    return row


@transaction.atomic
def enclose(
    *,
    specialist: Specialist,
    application_id: int,
    enclosures: Iterable[Enclosure],
    facts: RequestFacts | None,
    now: dt.datetime,
) -> Application:
    """Add documents to a draft or a returned application. Raises DocumentsSettled, DocumentsFull, those of files."""
    row = _own(specialist, application_id)
    if row.state not in EDITABLE:
        raise DocumentsSettled
    _enclose(row, enclosures, facts, now)
    return row


@transaction.atomic
def remove_enclosure(
    *, specialist: Specialist, application_id: int, document_id: int, facts: RequestFacts | None, now: dt.datetime
) -> None:
    """Take a document out again, with its file. Pressed twice, it is gone. Raises DocumentsSettled."""
    row = _own(specialist, application_id)
    if row.state not in EDITABLE:
        raise DocumentsSettled
    document = documents_of(row).filter(pk=document_id).first()
    if document is None:
        return
    kind = document.kind
    document.delete()
    drop_file(document.file)
    _record(row, "enrolment.document_removed", facts, before={"kind": kind})


@transaction.atomic
def write_to_organisation(
    *, specialist: Specialist, application_id: int, text: str, facts: RequestFacts | None, now: dt.datetime
) -> Message:
    """Say something to the organisation. Raises TextMissing, StepMoved once all is over."""
    row = _own(specialist, application_id)
    if row.state in ENDS or row.state == State.DRAFT:
        raise StepMoved(state=State(row.state).label)
    if not text.strip():
        raise TextMissing
    message = say(row, side=Side.SPECIALIST, author=specialist.account, text=text.strip(), now=now)
    _record(row, "enrolment.written", facts, after={"message": message.pk})
    return message


def _own(specialist: Specialist, application_id: int) -> Application:
    """The specialist's own application, locked. Raises ApplicationUnknown for any other."""
    if not Application.objects.filter(pk=application_id, specialist=specialist).exists():
        raise ApplicationUnknown(state="–")
    return lock_application(application_id)


def _checked(specialist: Specialist, wish: Wish, now: dt.datetime) -> Run:
    """The run that is wished, when this person may apply for it so."""
    run = run_to_apply_for(wish.run_id)
    if run is None:
        raise RunNotOpen
    check_open(run, item=run.item, today=timezone.localdate(now))
    number = _paid_by(specialist, wish, timezone.localdate(now)) or wish.basis_number.strip()
    check_basis(basis=wish.basis, number=number, offered=list(run.bases))
    if run.version.levels and not set(run.version.levels) & set(levels_of(specialist)):
        raise LevelUnfit
    if wish.specialty_id is None or not Specialty.objects.filter(pk=wish.specialty_id).exists():
        raise SpecialtyMissing
    return run


def _paid_by(specialist: Specialist, wish: Wish, today: dt.date) -> str:
    """The number of the certificate that is to pay, when the specialist has chosen one of their own that is free."""
    if wish.certificate_id is None:
        return ""
    row = certificates_of(specialist).filter(pk=wish.certificate_id).first()
    if row is None or wish.basis != Basis.CERTIFICATE:
        raise BasisNotOffered
    check_certificate_free(state=row.state, valid_until_on=row.valid_until_on, today=today)
    return row.number


def check_open(run: Run, *, item: Item, today: dt.date) -> None:
    """Refuse a run of the programme that takes no applications: for a page before anything is sent, too."""
    if item.state != ItemState.PUBLISHED or item.organisation.licence_state != LicenceState.VALID:
        raise ProgrammeClosed
    if run.state != RunState.OPEN or today > run.apply_until_on:
        raise RunNotOpen


def _fill(row: Application, wish: Wish, run: Run, now: dt.datetime) -> None:
    row.run, row.version, row.basis, row.updated_at = run, run.version, wish.basis, now
    chosen = certificates_of(row.specialist).filter(pk=wish.certificate_id).first() if wish.certificate_id else None
    row.certificate, row.comment = chosen, wish.comment.strip()
    row.basis_number = chosen.number if chosen is not None else wish.basis_number.strip()
    row.specialty_id = wish.specialty_id or 0


def _enclose(row: Application, enclosures: Iterable[Enclosure], facts: RequestFacts | None, now: dt.datetime) -> None:
    given = list(enclosures)
    if documents_of(row).count() + len(given) > MOST_DOCUMENTS:
        raise DocumentsFull
    account_id = row.specialist.account_id
    for one in given:
        stored = keep_file(
            holder=account_holder(account_id),
            owner_id=account_id,
            purpose="enrolment",
            upload=one.upload,
            kinds=SCANS,
            now=now,
        )
        document = ApplicationDocument(
            application=row, specialist_id=row.specialist_id, kind=one.kind, file=stored, added_at=now
        )
        document.save(force_insert=True)
        _record(row, "enrolment.document_added", facts, after={"kind": one.kind})


def _record(
    row: Application,
    action: str,
    facts: RequestFacts | None,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    record(
        actor_id=row.specialist.account_id,
        action=action,
        subject="enrolment",
        subject_id=row.pk,
        facts=facts,
        before=before,
        after=after,
    )
