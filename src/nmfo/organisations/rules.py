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
REVIEW_DAYS = 14  # «до двух недель»; a setting of the installation may change it (C17)
DRAFT_DAYS = 30
INVITATION_HOURS = 72


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


class OwnApplication(Refused):
    message = _("You submitted this yourself, or belong to the organisation. Another operator decides.")


class SecondEyes(Refused):
    message = _("You have approved this already. The cabinet opens when another operator approves as well.")


class DocumentsMissing(Refused):
    message = _("Documents are missing: %(names)s.")
    field = "documents"


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


def missing_documents(kinds: Iterable[str]) -> list[DocumentKind]:
    """Scans that are not there yet, in their order."""
    there = set(kinds)
    return [kind for kind in DocumentKind if kind not in there]


def due_on(submitted_on: dt.date, *, days: int = REVIEW_DAYS) -> dt.date:
    """The last day of the review, inclusive; time that the application spent with the applicant does not count."""
    return submitted_on + dt.timedelta(days=days)


def is_overdue(state: str, due: dt.date | None, today: dt.date) -> bool:
    """Whether the operator is late."""
    return state in WAITING and due is not None and today > due


def check_not_own(*, decider_snils: str, snils_of_the_others: Iterable[str]) -> None:
    """Nobody decides about what they or their organisation submitted: by person, not by account (Z4, Z5)."""
    if decider_snils in set(snils_of_the_others):
        raise OwnApplication
