"""The law of specialists' data: trust levels, states of documents and disputes. Pure decisions."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused


class Step(models.TextChoices):
    """Steps of the first run that this installation has, in their order (ux.md A-10..A-14)."""

    AGREEMENT = "agreement", _("Agreement")
    ROLE = "role", _("Your work")
    CHECK = "check", _("Register")
    DOCUMENTS = "documents", _("Documents")
    CYCLE = "cycle", _("Cycle")


class Trust(models.TextChoices):
    """Who vouches for a document (C24, N15), the strongest first."""

    REGISTER = "register", _("Federal register")
    STATE_SERVICES = "state_services", _("Госуслуги")
    ORGANISATION = "organisation", _("Educational organisation")
    SCAN = "scan", _("Added by hand, with a scan")
    WORD = "word", _("Added by hand")


BY_HAND = frozenset({Trust.SCAN, Trust.WORD})  # nobody but their owner vouches for them


class DocumentKind(models.TextChoices):
    """Kinds of admissions to practice and of their grounds (R-087)."""

    EDUCATION = "education", _("Education document")
    ACCREDITATION = "accreditation", _("Accreditation")
    CERTIFICATE = "certificate", _("Specialist certificate")
    CATEGORY = "category", _("Qualification category")


class DisputeState(models.TextChoices):
    """What has become of a person's «это ошибка»."""

    OPEN = "open", _("Waits for the operator")
    ACCEPTED = "accepted", _("The person is right")
    DECLINED = "declined", _("The record is right")


class RowState(models.TextChoices):
    """What the person says of a row of the register."""

    SHOWN = "shown", _("Not looked at yet")
    CONFIRMED = "confirmed", _("Right")
    DISPUTED = "disputed", _("There is a mistake")


class DatesOutOfOrder(Refused):
    message = _("The document ends before it was issued. Check the dates.")
    field = "valid_until_on"


class IssuedInFuture(Refused):
    message = _("The day of issue has not come yet.")
    field = "issued_on"


class NumberMissing(Refused):
    message = _("Enter the number, or tick «the document has not been issued yet».")
    field = "number"


class OwnDispute(Refused):
    message = _("You cannot decide about your own data. Another operator will.")


class AlreadyDecided(Refused):
    message = _("This was decided a moment ago. The page shows the decision.")


def check_document(
    *, number: str, awaiting: bool, issued_on: dt.date | None, valid_until_on: dt.date | None, today: dt.date
) -> None:
    """Refuse a document that contradicts itself."""
    if not number and not awaiting:
        raise NumberMissing
    if issued_on and issued_on > today:
        raise IssuedInFuture
    if issued_on and valid_until_on and valid_until_on < issued_on:
        raise DatesOutOfOrder
