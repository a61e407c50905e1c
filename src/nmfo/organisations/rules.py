"""The law of organisations: an application's way, what its documents are, who of the staff may do what. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused


class ApplicationState(models.TextChoices):
    """States of an application for a cabinet, as organisations know them (domain.md, onboarding of 2024)."""

    DRAFT = "draft", _("Being filled in")
    SUBMITTED = "submitted", _("Submitted")
    REVIEW = "review", _("Being processed")
    RETURNED = "returned", _("Returned for corrections")
    REFUSED = "refused", _("Refused")
    OPENED = "opened", _("Closed: the cabinet is open")
    WITHDRAWN = "withdrawn", _("Withdrawn by the applicant")


_S = ApplicationState
# The only ways a state may change; docs/how-it-works/organisations.md draws them and a test compares.
APPLICATION_MOVES: dict[str, frozenset[str]] = {
    _S.DRAFT: frozenset({_S.SUBMITTED, _S.WITHDRAWN}),
    _S.SUBMITTED: frozenset({_S.REVIEW, _S.WITHDRAWN}),
    _S.REVIEW: frozenset({_S.RETURNED, _S.REFUSED, _S.OPENED, _S.WITHDRAWN}),
    _S.RETURNED: frozenset({_S.SUBMITTED, _S.WITHDRAWN}),
    _S.REFUSED: frozenset(),
    _S.OPENED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}
EDITABLE = frozenset({_S.DRAFT, _S.RETURNED})
WAITING = frozenset({_S.SUBMITTED, _S.REVIEW})
OPEN = EDITABLE | WAITING
HANDED_IN = WAITING | {_S.RETURNED}  # of these an ИНН has one at a time
REVIEW_DAYS = 14  # «до двух недель»; a setting of the installation may change it (C17)
DRAFT_DAYS = 30  # since the last change
DRAFT_WARNING_DAYS = 3  # so long before its end a letter comes
REMIND_AFTER_DAYS = 7  # an application that lies with the applicant
LINK_DAYS = 400  # the link to an application outlives a review, a refusal and what follows it
INVITATION_HOURS = 72
INVITATION_LETTERS = 5
MOST_MEMBERS = 200
MOST_OPEN_INVITATIONS = 50
LICENCE_WARNING_DAYS = 60


class Step(models.TextChoices):
    """Steps of the form of an application (ux.md O-01)."""

    ORGANISATION = "organisation", _("The organisation")
    PERSON = "person", _("The responsible person")
    DOCUMENTS = "documents", _("Documents of the application")
    CHECK = "check", _("Check your answers")


class Field(models.TextChoices):
    """What an application says, in the order of its form; a remark stands at one of these or at a kind of document."""

    NAME = "name", _("Full name of the organisation")
    SHORT_NAME = "short_name", _("Short name of the organisation")
    KIND = "kind", _("Kind of organisation")
    INN = "inn", _("INN")
    OGRN = "ogrn", _("OGRN")
    REGION = "region", _("Region of the organisation")
    ADDRESS = "address", _("Postal address")
    SITE = "site", _("Site on the internet")
    LICENCE_NUMBER = "licence_number", _("Number of the licence")
    LICENCE_ISSUED_ON = "licence_issued_on", _("Licence given on")
    LICENCE_UNTIL_ON = "licence_until_on", _("Licence valid until")
    PERSON_SURNAME = "person_surname", _("Surname of the responsible person")
    PERSON_FIRST_NAME = "person_first_name", _("First name of the responsible person")
    PERSON_PATRONYMIC = "person_patronymic", _("Patronymic of the responsible person")
    PERSON_POST = "person_post", _("Post of the responsible person")
    PERSON_EMAIL = "person_email", _("E-mail of the responsible person")
    PERSON_PHONE = "person_phone", _("Telephone of the responsible person")


OPTIONAL = frozenset({Field.SITE, Field.LICENCE_UNTIL_ON, Field.PERSON_PATRONYMIC})


class What(models.TextChoices):
    """What happened to an application: the lines of its history."""

    SUBMITTED = "submitted", _("Application submitted")
    RESUBMITTED = "resubmitted", _("Submitted again after corrections")
    TAKEN = "taken", _("Taken into work")
    ASKED = "asked", _("A question was asked")
    ANSWERED = "answered", _("A question was answered")
    RETURNED = "returned", _("Returned to be corrected")
    RECEIVED = "received", _("Paper originals received")
    CHECKED = "checked", _("Paper originals checked")
    APPROVED = "approved", _("Approved by the first operator")
    OPENED = "opened", _("Approved by the second operator, the account is open")
    REFUSED = "refused", _("Application refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class DocumentKind(models.TextChoices):
    """The five scans of an application (R-195..R-200)."""

    REQUEST = "request", _("Application for a cabinet, signed and stamped")
    NON_DISCLOSURE = "non_disclosure", _("Undertaking not to disclose personal data, signed and stamped")
    LICENCE = "licence", _("Licence for educational activity")
    REGISTRATION = "registration", _("Certificate of state registration of the legal entity")
    TAX = "tax", _("Certificate of tax registration")


class Side(models.TextChoices):
    """Who speaks in an application."""

    APPLICANT = "applicant", _("Applicant")
    OPERATOR = "operator", _("Operator of the portal")


class OrganisationKind(models.TextChoices):
    """What sort of organisation it is; people filter by it."""

    UNIVERSITY = "university", _("University or institute")
    ACADEMY = "academy", _("Institute of further education")
    COLLEGE = "college", _("College")
    RESEARCH = "research", _("Research centre")
    SOCIETY = "society", _("Professional society")
    OTHER = "other", _("Other organisation")


class LicenceState(models.TextChoices):
    """State of the licence: with a suspended one nobody may apply (P-06)."""

    VALID = "valid", _("In force")
    SUSPENDED = "suspended", _("Suspended")
    ENDED = "ended", _("Ended")


class StaffRole(models.TextChoices):
    """Roles of an organisation's people."""

    OWNER = "owner", _("Responsible person")
    METHODIST = "methodist", _("Methodist")
    REGISTRAR = "registrar", _("Registrar")
    TEACHER = "teacher", _("Teacher")


class Right(models.TextChoices):
    """What may be done in an organisation's cabinet."""

    SEE = "see", _("See programmes, events and modules")
    STAFF = "staff", _("Invite and remove people, change their roles")
    SETTINGS = "settings", _("Change the organisation's card")
    ITEMS = "items", _("Write programmes, events and modules and submit them")
    RUNS = "runs", _("Set runs: dates, seats, prices")
    LISTENERS = "listeners", _("See and decide applications of listeners")
    CONTENT = "content", _("Write the content of modules")
    JOURNAL = "journal", _("See who looked at and changed what")


RIGHTS: dict[str, frozenset[str]] = {
    StaffRole.OWNER: frozenset(Right.values),
    StaffRole.METHODIST: frozenset({Right.SEE, Right.ITEMS, Right.RUNS, Right.CONTENT}),
    StaffRole.REGISTRAR: frozenset({Right.SEE, Right.RUNS, Right.LISTENERS}),
    StaffRole.TEACHER: frozenset({Right.SEE, Right.CONTENT}),
}


class StateMoved(Refused):
    message = _("The application has moved on meanwhile: it is «%(state)s» now. Look at the page anew.")


class NotAllowed(Refused):
    message = _("Your role in the organisation does not allow this. Ask the responsible person.")


class LastOwner(Refused):
    message = _("An organisation cannot be left without a responsible person. Hand over to somebody first.")


class MemberLeft(Refused):
    message = _("This person does not work in the organisation any more.")


class OwnApplication(Refused):
    message = _("You submitted this yourself, or belong to the organisation. Another operator decides.")


class SecondEyes(Refused):
    message = _("You have approved this already. The cabinet opens when another operator approves as well.")


class Incomplete(Refused):
    message = _("The application is not complete: %(names)s.")


class NotEditable(Refused):
    message = _("The application cannot be changed now: it is «%(state)s».")


class ChangedElsewhere(Refused):
    message = _("Meanwhile this was changed in another window. Compare, and save again if yours is right.")


class CabinetExists(Refused):
    message = _(
        "The organisation with this INN has an account already. Its responsible person gives access: ask for an "
        "invitation."
    )
    field = "inn"


class OgrnTaken(Refused):
    message = _("This OGRN belongs to an organisation with another INN. Check both numbers.")
    field = "ogrn"


class UnderWay(Refused):
    message = _("An application with this INN is under review already. If it is not yours, write to support.")
    field = "inn"


class LicenceEndsBeforeItBegins(Refused):
    message = _("The licence ends before it was given. Check both dates.")
    field = "licence_until_on"


class LicenceNotGivenYet(Refused):
    message = _("The day the licence was given has not come yet.")
    field = "licence_issued_on"


class LicenceOver(Refused):
    message = _("The licence is over. Without one in force no account is opened.")
    field = "licence_until_on"


class FieldUnknown(Refused):
    message = _("The form of an application has no such field.")
    field = "field"


class RemarkMissing(Refused):
    message = _("Say first what has to be corrected: add a remark at a field or a document.")


class ReasonMissing(Refused):
    message = _("Write the reason: the applicant will read it.")
    field = "reason"


class OriginalsOutOfOrder(Refused):
    message = _("First note that the originals have come, then that they are checked.")


class AlreadyInvited(Refused):
    message = _("This address has an invitation already. Send it again or withdraw it below.")
    field = "email"


class AlreadyMember(Refused):
    message = _("The person with this address works in the organisation already. Change the roles below.")
    field = "email"


class StaffFull(Refused):
    message = _("The organisation has as many people and open invitations as it can have. Remove some first.")


class LettersSpent(Refused):
    message = _("This invitation was sent five times already. Check the address and invite anew.")


class InvitationSettled(Refused):
    message = _("This invitation has been accepted or withdrawn meanwhile.")


class InvitationWithdrawn(Refused):
    message = _("The organisation has withdrawn this invitation.")


class InvitationUsed(Refused):
    message = _("This invitation has been accepted already. It works once.")


class InvitationOver(Refused):
    message = _("This invitation is over: it works for 72 hours. Ask the organisation to send it again.")


class InvitationReplaced(Refused):
    message = _("A newer letter with this invitation was sent. Use the link in that one.")


class NoRoles(Refused):
    message = _("Choose at least one role.")
    field = "roles"


def check_move(state: str, to: str) -> None:
    """Refuse a way that the table does not have."""
    if to not in APPLICATION_MOVES[state]:
        raise StateMoved(state=ApplicationState(state).label)


def rights_of(roles: Iterable[str]) -> frozenset[str]:
    """What somebody with these roles may do."""
    return frozenset().union(*(RIGHTS[role] for role in roles))


def may(roles: Iterable[str], right: Right) -> bool:
    """Whether somebody with these roles may do this."""
    return right in rights_of(roles)


def check_may(roles: Iterable[str], right: Right) -> None:
    """Refuse what the roles do not allow."""
    if not may(roles, right):
        raise NotAllowed


def place_of(name: str) -> tuple[Step, str] | None:
    """The step of the form that a field or a kind of document stands in, and its name in words; None: no such thing."""
    if name in DocumentKind.values:
        return Step.DOCUMENTS, str(DocumentKind(name).label)
    if name in Field.values:
        step = Step.PERSON if name.startswith("person_") else Step.ORGANISATION
        return step, str(Field(name).label)
    return None


def check_editable(state: str) -> None:
    """Refuse changes of what an operator looks at or has decided."""
    if state not in EDITABLE:
        raise NotEditable(state=ApplicationState(state).label)


def check_licence(*, issued_on: dt.date | None, until_on: dt.date | None, today: dt.date) -> None:
    """Refuse dates of a licence that contradict each other or the calendar."""
    if issued_on is not None and issued_on > today:
        raise LicenceNotGivenYet
    if issued_on is not None and until_on is not None and until_on < issued_on:
        raise LicenceEndsBeforeItBegins
    if until_on is not None and until_on < today:
        raise LicenceOver


def missing_documents(kinds: Iterable[str]) -> list[DocumentKind]:
    """Scans that are not there yet, in their order."""
    there = set(kinds)
    return [kind for kind in DocumentKind if kind not in there]


def due_on(submitted_on: dt.date, *, days: int = REVIEW_DAYS) -> dt.date:
    """The last day of the review, inclusive; time that the application spent with the applicant does not count."""
    return submitted_on + dt.timedelta(days=days)


def due_after_return(due: dt.date, *, returned_on: dt.date, again_on: dt.date) -> dt.date:
    """The last day of the review after corrections: later by the days that the application was with the applicant."""
    return due + (again_on - returned_on)


def is_overdue(state: str, due: dt.date | None, today: dt.date) -> bool:
    """Whether the operator is late."""
    return state in WAITING and due is not None and today > due


def check_not_own(*, decider_snils: str, snils_of_the_others: Iterable[str]) -> None:
    """Nobody decides about what they or their organisation submitted: by person, not by account (Z4, Z5)."""
    if decider_snils in set(snils_of_the_others):
        raise OwnApplication
