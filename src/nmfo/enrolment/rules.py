"""The law of enrolment: the ways of an application (заявка на обучение), who may go them, terms, numbers. Pure.

The states are the project's own (domain.md 3.3): the source names none. «Studying» is no state of its own: somebody
enrolled studies from the first day of the run to its last. What the days of the run make of a state is a `Phase`,
computed when it is shown: no job has to come by first.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.errors import Refused
from nmfo.catalogue.rules.words import Basis


class State(models.TextChoices):
    """Where an application stands."""

    DRAFT = "draft", pgettext_lazy("enrolment", "Draft")
    SUBMITTED = "submitted", pgettext_lazy("enrolment", "Submitted")
    REVIEW = "review", pgettext_lazy("enrolment", "Under review")
    RETURNED = "returned", pgettext_lazy("enrolment", "Returned for more")
    WAITING = "waiting", pgettext_lazy("enrolment", "In the waiting list")
    OFFERED = "offered", pgettext_lazy("enrolment", "A seat is offered")
    APPROVED = "approved", pgettext_lazy("enrolment", "Approved")
    CONFIRMED = "confirmed", pgettext_lazy("enrolment", "Basis confirmed")
    ENROLLED = "enrolled", pgettext_lazy("enrolment", "Enrolled")
    COMPLETED = "completed", pgettext_lazy("enrolment", "Learning completed")
    CREDITED = "credited", pgettext_lazy("enrolment", "Credits posted")
    REVERSED = "reversed", pgettext_lazy("enrolment", "Result taken back")
    REFUSED = "refused", pgettext_lazy("enrolment", "Refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("enrolment", "Withdrawn by the listener")
    EXPELLED = "expelled", pgettext_lazy("enrolment", "Expelled")
    CANCELLED = "cancelled", pgettext_lazy("enrolment", "The run is cancelled")
    LAPSED = "lapsed", pgettext_lazy("enrolment", "Closed without a seat")


class Phase(models.TextChoices):
    """What the days of a run make of a state that nobody has changed."""

    STUDYING = "studying", pgettext_lazy("enrolment", "Studying")
    OVER = "over", pgettext_lazy("enrolment", "Learning is over, the result is awaited")
    BEGUN_WITHOUT = "begun_without", pgettext_lazy("enrolment", "Learning goes on, not enrolled yet")
    OVER_WITHOUT = "over_without", pgettext_lazy("enrolment", "Learning is over, was not enrolled")
    NO_SEAT = "no_seat", pgettext_lazy("enrolment", "Learning has begun, there was no seat")
    MISSED = "missed", pgettext_lazy("enrolment", "Learning has begun, was not sent")


class Side(models.TextChoices):
    """Who makes a step, and who holds an application."""

    SPECIALIST = "specialist", pgettext_lazy("enrolment", "Listener")
    ORGANISATION = "organisation", pgettext_lazy("enrolment", "Organisation")
    PORTAL = "portal", pgettext_lazy("enrolment", "Portal")


_S, _W = State, Side
_CLOSING = {_S.WITHDRAWN: _W.SPECIALIST, _S.CANCELLED: _W.PORTAL}
_DECIDED = {_S.REFUSED: _W.ORGANISATION, **_CLOSING}
# The only ways a state may change, with who may go each; docs/how-it-works/enrolment.md draws them, a test compares.
MOVES: dict[State, dict[State, Side]] = {
    _S.DRAFT: {_S.SUBMITTED: _W.SPECIALIST, _S.WAITING: _W.SPECIALIST},
    _S.SUBMITTED: {
        _S.REVIEW: _W.ORGANISATION,
        _S.RETURNED: _W.ORGANISATION,
        _S.APPROVED: _W.ORGANISATION,
        **_DECIDED,
    },
    _S.REVIEW: {_S.RETURNED: _W.ORGANISATION, _S.APPROVED: _W.ORGANISATION, **_DECIDED},
    _S.RETURNED: {_S.REVIEW: _W.SPECIALIST, **_DECIDED},
    _S.WAITING: {_S.OFFERED: _W.PORTAL, _S.LAPSED: _W.PORTAL, **_DECIDED},
    _S.OFFERED: {_S.SUBMITTED: _W.SPECIALIST, _S.LAPSED: _W.PORTAL, **_DECIDED},
    _S.APPROVED: {_S.CONFIRMED: _W.ORGANISATION, **_DECIDED},
    _S.CONFIRMED: {_S.ENROLLED: _W.ORGANISATION, **_DECIDED},
    _S.ENROLLED: {_S.COMPLETED: _W.ORGANISATION, _S.EXPELLED: _W.ORGANISATION, **_CLOSING},
    _S.COMPLETED: {_S.CREDITED: _W.PORTAL},
    _S.CREDITED: {_S.REVERSED: _W.PORTAL},
    _S.REVERSED: {_S.COMPLETED: _W.ORGANISATION},
    _S.REFUSED: {},
    _S.WITHDRAWN: {},
    _S.EXPELLED: {},
    _S.CANCELLED: {},
    _S.LAPSED: {},
}
ENDS = frozenset({_S.CREDITED, _S.REVERSED, _S.REFUSED, _S.WITHDRAWN, _S.EXPELLED, _S.CANCELLED, _S.LAPSED})
OPEN = frozenset(State) - ENDS  # of these a specialist has one for a programme
SEATED = OPEN - {_S.DRAFT, _S.WAITING} | {_S.CREDITED, _S.REVERSED}  # these hold a seat of the run
LIVE = frozenset(State) - {_S.DRAFT}  # these an organisation sees
DECIDABLE = frozenset({_S.SUBMITTED, _S.REVIEW})  # these wait for the organisation's answer
EDITABLE = frozenset({_S.DRAFT, _S.RETURNED})  # of these the specialist changes documents
CORRECTABLE = frozenset({_S.CONFIRMED, _S.ENROLLED})  # of these number and date of the basis may be put right
ATTENDING = frozenset({_S.ENROLLED, _S.REVERSED})  # of these it is marked who was there
AGAIN = frozenset({_S.REFUSED, _S.WITHDRAWN, _S.CANCELLED, _S.LAPSED, _S.EXPELLED})  # one may apply anew
HOLDERS: dict[str, Side] = {
    _S.DRAFT: _W.SPECIALIST,
    _S.SUBMITTED: _W.ORGANISATION,
    _S.REVIEW: _W.ORGANISATION,
    _S.RETURNED: _W.SPECIALIST,
    _S.WAITING: _W.PORTAL,
    _S.OFFERED: _W.SPECIALIST,
    _S.APPROVED: _W.ORGANISATION,
    _S.CONFIRMED: _W.ORGANISATION,
    _S.ENROLLED: _W.ORGANISATION,
    _S.COMPLETED: _W.PORTAL,
}
# Tabs of the organisation's list, in their order (mock/org-inbox.html).
TABS: dict[str, tuple[State, ...]] = {
    "new": (_S.SUBMITTED, _S.REVIEW),
    "returned": (_S.RETURNED,),
    "waiting": (_S.WAITING, _S.OFFERED),
    "basis": (_S.APPROVED, _S.CONFIRMED),
    "enrolled": (_S.ENROLLED,),
    "done": (_S.COMPLETED, _S.CREDITED, _S.REVERSED),
    "closed": (_S.REFUSED, _S.WITHDRAWN, _S.EXPELLED, _S.CANCELLED, _S.LAPSED),
}
RESULT_DAYS = 30  # after the last day of the run; domain.md: crediting takes up to 30 days
DRAFT_DAYS = 30  # a draft nobody touches is dropped after it
LONGEST_REASON = 2000
LONGEST_LATE_REASON = 500  # of an order after its run; as long as the trail keeps reasons
MOST_DOCUMENTS = 20


class DocumentKind(models.TextChoices):
    """What a specialist encloses."""

    DIPLOMA = "diploma", pgettext_lazy("enrolment", "Diploma of education")
    ADMISSION = "admission", pgettext_lazy("enrolment", "Accreditation or specialist certificate")
    NAME_CHANGE = "name_change", pgettext_lazy("enrolment", "Document of a changed name")
    CONTRACT = "contract", pgettext_lazy("enrolment", "Signed contract")
    CERTIFICATE = "certificate", pgettext_lazy("enrolment", "Educational certificate")
    REFERRAL = "referral", pgettext_lazy("enrolment", "Referral of the employer")
    OTHER = "other", pgettext_lazy("enrolment", "Another document")


class CertificateState(models.TextChoices):
    """Where an educational certificate stands: money of the insurance reserve of a territorial fund (ТФОМС)."""

    ASKED = "asked", pgettext_lazy("certificate", "Asked of the employer")
    AGREED = "agreed", pgettext_lazy("certificate", "Agreed by the employer")
    ISSUED = "issued", pgettext_lazy("certificate", "Issued")
    BOUND = "bound", pgettext_lazy("certificate", "Used in an application")
    CLOSED = "closed", pgettext_lazy("certificate", "Closed by the document of qualification")
    RETURNED = "returned", pgettext_lazy("certificate", "Returned unused")
    REFUSED = "refused", pgettext_lazy("certificate", "Refused")


_C = CertificateState
# Employer and fund have no cabinet here: the specialist notes what they have decided. A certificate is bound by sending
# an application, free again when that ends without a document, closed by the document.
CERTIFICATE_MOVES: dict[CertificateState, dict[CertificateState, Side]] = {
    _C.ASKED: {_C.AGREED: _W.SPECIALIST, _C.REFUSED: _W.SPECIALIST},
    _C.AGREED: {_C.ISSUED: _W.SPECIALIST, _C.REFUSED: _W.SPECIALIST},
    _C.ISSUED: {_C.BOUND: _W.PORTAL, _C.RETURNED: _W.SPECIALIST},
    _C.BOUND: {_C.ISSUED: _W.PORTAL, _C.CLOSED: _W.PORTAL},
    _C.CLOSED: {},
    _C.RETURNED: {},
    _C.REFUSED: {},
}


class Mark(models.TextChoices):
    """Result of the final attestation."""

    PASSED = "passed", pgettext_lazy("attestation", "Passed")
    EXCELLENT = "excellent", pgettext_lazy("attestation", "Excellent")
    GOOD = "good", pgettext_lazy("attestation", "Good")
    FAIR = "fair", pgettext_lazy("attestation", "Satisfactory")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDays:
    """The days of a run that the rules look at; both inclusive."""

    begins_on: dt.date
    ends_on: dt.date


class StepMoved(Refused):
    message = _("The application has moved on meanwhile: it is «%(state)s» now. Look at it anew.")


class NotYours(Refused):
    message = _("This step is made by somebody else.")


class ChangedMeanwhile(Refused):
    message = _("A colleague changed this application a moment ago. It is shown anew; decide again.")


class OwnApplication(Refused):
    message = _("You submitted this application yourself. Another member of the staff decides.")


class ReasonMissing(Refused):
    message = _("Write the reason: the listener will read it.")
    field = "reason"


class TextMissing(Refused):
    message = _("Write what you want to say.")
    field = "text"


class ApplicationOpen(Refused):
    message = _("You have an open application for this programme.")


class RunNotOpen(Refused):
    message = _("This run takes no applications now. Choose another one.")
    field = "run"


class ProgrammeClosed(Refused):
    message = _("Applications for this programme are closed now.")
    field = "run"


class BasisNotOffered(Refused):
    message = _("This run is not taught on that basis. Choose one of the list.")
    field = "basis"


class CertificateNumberMissing(Refused):
    message = _("Write the number of the educational certificate.")
    field = "basis_number"


class SpecialtyMissing(Refused):
    message = _("Choose the specialty that you learn for.")
    field = "specialty"


class LevelUnfit(Refused):
    message = _("The programme is for another level of education than yours.")
    field = "run"


class NoSeats(Refused):
    message = _("There are no seats left. You can join the waiting list, you will be number %(n)d.")


class NoSeatsToWaitFor(Refused):
    message = _("There are no seats left, and the learning has begun: there is no waiting list. Choose another run.")


class OfferOver(Refused):
    message = _("The seat was kept until %(until)s. It has gone to the next in the list.")


class RunBegun(Refused):
    message = _("The learning has begun. To leave it, write to the organisation.")


class RunHasResults(Refused):
    """What was taught and attested has taken place; a result that was taken back may be entered anew."""

    message = _("Results of listeners are entered for this run: it has taken place and cannot be cancelled.")


class RunHasPeople(Refused):
    """Those of a run that is to be cancelled lose their seats: who cancels has to mean it."""

    message = _("Somebody has applied for this run. Look who it concerns and tick that you mean it.")
    field = "sure"


class DocumentsFull(Refused):
    message = _("An application takes at most twenty documents.")
    field = "scans"


class DocumentsSettled(Refused):
    message = _("Documents are added and removed before the application is sent, or when it was returned.")


class BasisNumberMissing(Refused):
    message = _("Write the number: of the contract, of the quota or of the certificate.")
    field = "number"


class BasisInFuture(Refused):
    message = _("The date of the contract, quota or certificate has not come yet. Check the date.")
    field = "on"


class OrderNumberWrong(Refused):
    message = _("The number of an order has letters, digits, a hyphen, a slash; thirty signs at most. Example: 118-к.")
    field = "number"


class OrderTooEarly(Refused):
    message = _("The order is dated before an application of the group was submitted: %(day)s. Check the date.")
    field = "issued_on"


class OrderTooLate(Refused):
    message = _("The order is dated after the last day of the run: %(day)s. Check the date.")
    field = "issued_on"


class OrderInFuture(Refused):
    message = _("The date of the order has not come yet.")
    field = "issued_on"


class LateOrderReasonMissing(Refused):
    """An order that is entered when the learning is over says why; the trail keeps it."""

    message = _("The run is over. Write why the order is entered only now: the trail keeps it.")
    field = "reason"


class OrderTaken(Refused):
    message = _("An order with this number and date is there already, for another run.")
    field = "number"


class NobodyChosen(Refused):
    message = _("Choose at least one application.")


class AttestedBeforeRun(Refused):
    message = _("The attestation is dated before the run began: %(day)s. Check the date.")
    field = "attested_on"


class AttestedBeforeOrder(Refused):
    message = _("The attestation is dated before the order of enrolment: %(day)s. Check the date.")
    field = "attested_on"


class AttestedInFuture(Refused):
    message = _("The day of the attestation has not come yet.")
    field = "attested_on"


class IssuedBeforeAttestation(Refused):
    message = _("The document is dated before the attestation. Check both dates.")
    field = "issued_on"


class IssuedInFuture(Refused):
    message = _("The day of issue of the document has not come yet.")
    field = "issued_on"


class SeriesWrong(Refused):
    message = _("The series of the document has letters and digits only, ten signs at most. Example: ПК.")
    field = "series"


class NumberWrong(Refused):
    message = _("The number of the document has 4 to 14 digits, nothing else. Example: 772400123456.")
    field = "number"


class RegistrationWrong(Refused):
    message = _(
        "The registration number has letters, digits, a hyphen, a slash; thirty signs at most. Example: 118/26."
    )
    field = "registration_number"


class NumberTaken(Refused):
    message = _("Your organisation has entered a document with this series and number already.")
    field = "number"


class DocumentTakenBack(Refused):
    """The listener's document of a result that was reversed: their pages say that it is not valid."""

    message = _(
        "This listener's document was taken back on %(day)s and is shown as not valid. A corrected result has a "
        "document of its own: enter its series and number."
    )
    field = "number"


class CompletedAlready(Refused):
    message = _("The result of this listener has been entered already.")


class AppliedAnew(Refused):
    message = _("The listener has a newer application for this programme: enter the result there.")


class NotEnrolled(Refused):
    message = _("A result is entered for those who are enrolled. This application is «%(state)s».")


class ClassDayOutside(Refused):
    message = _("Classes of this run are from %(first)s to %(last)s. Choose a day between them.")
    field = "day"


class ClassDayNotCome(Refused):
    message = _("This day has not come yet: attendance is marked on the day or after it.")
    field = "day"


class OwnAttendance(Refused):
    message = _("Nobody marks their own attendance. Ask a colleague.")


class CertificateMoved(Refused):
    message = _("The certificate is «%(state)s» now. Look at it anew.")


class CertificateFormUsed(Refused):
    """The form has made a certificate already; what it says now is something else (L3)."""

    message = _("You have sent this form already, with other words. Open it anew to send another.")


class CertificateNotFree(Refused):
    message = _("This certificate cannot be used: it is «%(state)s».")
    field = "certificate"


class CertificateOver(Refused):
    message = _("The certificate was valid until %(day)s.")
    field = "certificate"


class CertificateNumberNeeded(Refused):
    message = _("Write the number of the certificate.")
    field = "number"


class CertificateDatesWrong(Refused):
    message = _("The certificate ends before it was issued. Check both dates.")
    field = "valid_until_on"


class CertificateInFuture(Refused):
    message = _("The day of issue of the certificate has not come yet.")
    field = "issued_on"


_ORDER = re.compile(r"[0-9A-Za-zА-Яа-яЁё][0-9A-Za-zА-Яа-яЁё./ \-]{0,29}")
_SERIES = re.compile(r"[0-9A-Za-zА-Яа-яЁё]{0,10}")
_NUMBER = re.compile(r"[0-9]{4,14}")


_ORIGIN = re.compile(r"application:([0-9]{1,18})(?:/([0-9]{1,4}))?")


def origin_for(application_id: int, attempt: int = 1) -> str:
    """The key of what earns the credits of an application: «application:7», of a second result «application:7/2»."""
    return f"application:{application_id}" if attempt == 1 else f"application:{application_id}/{attempt}"


def application_in(origin: str) -> tuple[int, int]:
    """The application that such a key names, and the attempt; zeros: another kind of key."""
    found = _ORIGIN.fullmatch(origin)
    return (int(found[1]), int(found[2] or 1)) if found else (0, 0)


def check_move(state: str, to: str, *, by: Side) -> None:
    """Refuse a way that the table does not have, or has for another side."""
    ways = MOVES[State(state)]
    if State(to) not in ways:
        raise StepMoved(state=State(state).label)
    if ways[State(to)] != by:
        raise NotYours


def can_move(state: str, to: str, *, by: Side) -> bool:
    """Whether this side may go this way now: pages offer the button by it."""
    return MOVES[State(state)].get(State(to)) == by


def check_withdrawable(state: str, *, run: RunDays, today: dt.date) -> None:
    """Refuse a withdrawal of what is over, or of learning that has begun."""
    check_move(state, State.WITHDRAWN, by=Side.SPECIALIST)
    if state == State.ENROLLED and today >= run.begins_on:
        raise RunBegun


def can_withdraw(state: str, *, run: RunDays, today: dt.date) -> bool:
    """Whether the specialist may take it back now."""
    return State.WITHDRAWN in MOVES[State(state)] and not (state == State.ENROLLED and today >= run.begins_on)


def phase_of(state: str, *, run: RunDays, today: dt.date, due_on: dt.date | None = None) -> Phase | None:
    """What the days make of a state; None: it says by itself where the application stands.

    `due_on`: the last day of who holds it. Nobody is blamed for what they may still do today: one may apply on the
    first day of the run.
    """
    if today < run.begins_on or state not in OPEN or state == State.COMPLETED:
        return None
    if state in {State.DRAFT, State.WAITING, State.OFFERED}:  # a seat is offered until the learning begins
        return Phase.MISSED if state == State.DRAFT else Phase.NO_SEAT
    is_over = today > run.ends_on
    if state == State.ENROLLED:
        return Phase.OVER if is_over else Phase.STUDYING
    if today == run.begins_on and due_on is not None and today <= due_on:
        return None
    return Phase.OVER_WITHOUT if is_over else Phase.BEGUN_WITHOUT


def before_learning(day: dt.date, *, begins_on: dt.date, today: dt.date) -> dt.date:
    """A term that is over before the learning begins; today at the earliest: nobody is late on the day of a step."""
    return max(min(day, begins_on - dt.timedelta(days=1)), today)


def results_due_on(ends_on: dt.date) -> dt.date:
    """The last day, inclusive, to enter the results of a run."""
    return ends_on + dt.timedelta(days=RESULT_DAYS)


def check_class_day(day: dt.date, *, run: RunDays, today: dt.date) -> None:
    """Refuse a day on which a run has no classes, or that has not come."""
    if not run.begins_on <= day <= run.ends_on:
        raise ClassDayOutside(first=f"{run.begins_on:%d.%m.%Y}", last=f"{run.ends_on:%d.%m.%Y}")
    if day > today:
        raise ClassDayNotCome


def check_basis(*, basis: str, number: str, offered: list[str]) -> None:
    """Refuse a way to pay that the run does not have."""
    if basis not in offered:
        raise BasisNotOffered
    if basis == Basis.CERTIFICATE and not number:
        raise CertificateNumberMissing


def check_basis_paper(*, number: str, on: dt.date | None, today: dt.date) -> None:
    """Refuse a contract, quota or certificate without a number, or of a day that has not come."""
    if not number:
        raise BasisNumberMissing
    if on is not None and on > today:
        raise BasisInFuture


def check_certificate_move(state: str, to: str, *, by: Side) -> None:
    """Refuse a way that the table of certificates does not have for this side."""
    if CERTIFICATE_MOVES[CertificateState(state)].get(CertificateState(to)) != by:
        raise CertificateMoved(state=CertificateState(state).label)


def check_certificate_free(*, state: str, valid_until_on: dt.date | None, today: dt.date) -> None:
    """Refuse a certificate that is not issued, is used elsewhere, or is over."""
    if state != CertificateState.ISSUED:
        raise CertificateNotFree(state=CertificateState(state).label)
    if valid_until_on is not None and today > valid_until_on:
        raise CertificateOver(day=f"{valid_until_on:%d.%m.%Y}")


def check_certificate_paper(*, number: str, issued_on: dt.date, valid_until_on: dt.date | None, today: dt.date) -> None:
    """Refuse what a certificate cannot say."""
    if not number:
        raise CertificateNumberNeeded
    if issued_on > today:
        raise CertificateInFuture
    if valid_until_on is not None and valid_until_on < issued_on:
        raise CertificateDatesWrong


def check_order(
    *, number: str, issued_on: dt.date, submitted_on: dt.date, run: RunDays, today: dt.date, reason: str
) -> None:
    """Refuse an order (приказ) whose number or date cannot be, and one after the run without a reason.

    `submitted_on`: the day of the last application of the group.
    """
    if not _ORDER.fullmatch(number):
        raise OrderNumberWrong
    if issued_on > today:
        raise OrderInFuture
    if issued_on < submitted_on:
        raise OrderTooEarly(day=f"{submitted_on:%d.%m.%Y}")
    if issued_on > run.ends_on:
        raise OrderTooLate(day=f"{run.ends_on:%d.%m.%Y}")
    if today > run.ends_on and not reason:
        raise LateOrderReasonMissing


def completion_problems(
    *,
    attested_on: dt.date,
    issued_on: dt.date,
    series: str,
    number: str,
    registration_number: str,
    run: RunDays,
    enrolled_on: dt.date,
    today: dt.date,
) -> list[Refused]:
    """Everything that is wrong with a result, each with the field it belongs beside.

    `enrolled_on`: the date of the order; nobody is attested before.
    """
    found: list[Refused] = []
    if attested_on < run.begins_on:
        found.append(AttestedBeforeRun(day=f"{run.begins_on:%d.%m.%Y}"))
    elif attested_on < enrolled_on:
        found.append(AttestedBeforeOrder(day=f"{enrolled_on:%d.%m.%Y}"))
    elif attested_on > today:
        found.append(AttestedInFuture())
    if issued_on > today:
        found.append(IssuedInFuture())
    elif issued_on < attested_on:
        found.append(IssuedBeforeAttestation())
    if not _SERIES.fullmatch(series):
        found.append(SeriesWrong())
    if not _NUMBER.fullmatch(number):
        found.append(NumberWrong())
    if not _ORDER.fullmatch(registration_number):
        found.append(RegistrationWrong())
    return found
